"""How the rows of a frame are decided: among each other, or by what an index has."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast, get_args

import numpy as np

from dedup.arrays.array_types import F32, F64, Flags
from dedup.arrays.columns import pack_column, to_python_list
from dedup.arrays.packed import PackedTexts
from dedup.arrays.tabular import filter_arrow, import_optional
from dedup.config import Keep
from dedup.datasets.formats.record_format import ANNOTATION_FIELDS, RecordError, as_rank
from dedup.errors import ConfigError, InputError, TextTypeError
from dedup.index.index import Index
from dedup.index.stores.records import Id
from dedup.index.stream import IndexFilter
from dedup.index.validate import is_id
from dedup.matching.deduplicate import deduplicate

F = TypeVar("F")
FRAMES = {
    "pandas": ("DataFrame",),
    "polars": ("DataFrame",),
    "pyarrow": ("RecordBatch", "RecordBatchReader", "Table"),
    "datasets": ("Dataset", "DatasetDict", "IterableDataset", "IterableDatasetDict"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What was found out about each of n rows."""

    keep: Flags  # (n,): which stay
    witness: Sequence[Id | None]  # (n,): the id of what a row repeats, None for none
    similarity: F32  # (n,): of the rows that have a witness
    whole: bool  # whether ids are whole numbers; else they are strings

    def columns(self) -> dict[str, list[Any]]:
        """Return the columns that a frame gets, as lists by name.

        Raises
        ------
        InputError
            When there are strings among ids that are whole numbers.
        """
        strings = [witness for witness in self.witness if isinstance(witness, str)]
        if self.whole and strings:
            wrong = f"the index has string ids, such as {strings[0]!r}, and the frame whole numbers"
            raise InputError(f"{wrong}: convert these to strings")
        witness = [name if name is None or self.whole else str(name) for name in self.witness]
        pairs = zip(witness, self.similarity.tolist(), strict=True)
        similarity = [None if name is None else share for name, share in pairs]
        return dict(zip(ANNOTATION_FIELDS, (self.keep.tolist(), witness, similarity), strict=True))


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of frame is read and made."""

    whole: Callable[[Any, str], bool]  # whether a column has whole numbers
    rows: Callable[[Any, Flags], Any]  # the frame with some rows only
    annotated: Callable[[Any, Found], Any]  # the frame with more columns
    names: Callable[[Any], list[str]] = lambda frame: list(frame.columns)


def _annotated_pandas(frame: Any, found: Found) -> Any:  # noqa: ANN401
    _, witness, similarity = found.columns().values()
    witness = import_optional("pandas").array(witness, "Int64" if found.whole else "string")
    # Arrays have no labels, so values go by place whatever the frame's labels are.
    added = (found.keep, witness, np.array(similarity, np.float32))
    return frame.assign(**dict(zip(ANNOTATION_FIELDS, added, strict=True)))


def _annotated_polars(frame: Any, found: Found) -> Any:  # noqa: ANN401
    pl, columns = import_optional("polars"), found.columns()
    types = (pl.Boolean, pl.Int64 if found.whole else pl.String, pl.Float32)
    return frame.with_columns(*map(pl.Series, columns, columns.values(), types))


def annotation_schema(*, whole: bool) -> Any:  # noqa: ANN401
    """Return the Arrow schema of the columns that a frame gets."""
    pa = import_optional("pyarrow")
    types = (pa.bool_(), pa.int64() if whole else pa.string(), pa.float32())
    return pa.schema(zip(ANNOTATION_FIELDS, types, strict=True))


def _annotated_arrow(frame: Any, found: Found) -> Any:  # noqa: ANN401
    pa, columns = import_optional("pyarrow"), found.columns()
    for entry in annotation_schema(whole=found.whole):
        frame = frame.append_column(entry, pa.array(columns[entry.name], entry.type))
    return frame


def _is_whole_in_arrow(frame: Any, name: str) -> bool:  # noqa: ANN401
    return bool(import_optional("pyarrow").types.is_integer(frame.schema.field(name).type))


KINDS = {
    "pandas": Kind(
        whole=lambda frame, name: import_optional("pandas").api.types.is_integer_dtype(
            frame[name].dtype
        ),
        rows=lambda frame, keep: frame.loc[keep],
        annotated=_annotated_pandas,
    ),
    "polars": Kind(
        whole=lambda frame, name: frame.schema[name].is_integer(),
        rows=lambda frame, keep: frame.filter(keep),
        annotated=_annotated_polars,
    ),
    "pyarrow": Kind(
        names=lambda frame: frame.schema.names,
        whole=_is_whole_in_arrow,
        rows=filter_arrow,
        annotated=_annotated_arrow,
    ),
}


def kind_of(frame: object) -> tuple[str, str]:
    """Return the library and class of a frame, or of what it is derived from.

    Raises
    ------
    InputError
        When it is no frame.

    Examples
    --------
    >>> kind_of(import_optional("polars").DataFrame())
    ('polars', 'DataFrame')
    """
    for base in type(frame).__mro__:
        package = base.__module__.partition(".")[0]
        if base.__name__ in FRAMES.get(package, ()):
            return package, base.__name__
    name = type(frame).__name__
    remedy = "; call collect() first" if name == "LazyFrame" else ""
    remedy = "; pass it to dedup.deduplicate" if name.endswith(("Series", "Array")) else remedy
    raise InputError(
        "frame must be a pandas or polars DataFrame, a pyarrow Table, RecordBatch or reader, or a "
        f"Hugging Face dataset, got {name}{remedy}"
    )


KeepOf = Keep | Iterable[Any]


@dataclass(frozen=True, slots=True)
class Decider:
    """How the rows of a frame are decided.

    Attributes
    ----------
    column, id
        The columns of texts and of ids, the latter None for none.
    keep
        Which copy stays, as for ``dedup.adapters.tables.unique``.
    filter
        The index, if there is one, and the settings.
    annotates
        Whether all rows stay and get columns that say what was decided.

    Raises
    ------
    ConfigError
        When it cannot be done.
    """

    column: str
    id: str | None
    keep: KeepOf | None
    filter: IndexFilter
    annotates: bool = False

    def __post_init__(self) -> None:
        """Check what was asked for."""
        keep = self.keep
        if isinstance(keep, str) and not self.ranking and keep not in get_args(Keep):
            choices = ", ".join(get_args(Keep))
            raise ConfigError.of(
                "keep", f"must be one of {choices}, max:COLUMN, min:COLUMN or numbers, got {keep!r}"
            )
        if self.filter.index is not None:
            self.first_only()
        elif self.filter.if_seen != "drop":
            raise ConfigError.of("if_seen", "has no effect without an index: leave it out")

    @property
    def ranking(self) -> str:
        """The column that ranks copies, as in ``max:n``; empty where none does."""
        order, _, column = self.keep.partition(":") if isinstance(self.keep, str) else ("", "", "")
        return column if order in ("max", "min") else ""

    @property
    def wanted(self) -> list[str]:
        """The columns that are read."""
        return [*dict.fromkeys(filter(None, (self.column, self.id, self.ranking)))]

    def first_only(self) -> None:
        """Refuse to keep another copy than the first.

        Raises
        ------
        ConfigError
            When one was asked for.
        """
        if self.keep is not None and not (isinstance(self.keep, str) and self.keep == "first"):
            raise ConfigError.of(
                "keep", "must be first with an index or a reader, as texts come one by one"
            )

    def check(self, names: list[str]) -> None:
        """Check that a frame has the columns that are read, and lacks those that it is to get.

        Parameters
        ----------
        names
            The columns of the frame.

        Raises
        ------
        InputError
            When it is otherwise; the message names the column.
        """
        for name in self.wanted:
            if name not in names:
                there = ", ".join(map(str, names)) or "none"
                raise InputError(f"the frame has no column {name!r}; there are {there}")
            if names.count(name) > 1:
                raise InputError(f"the frame has {names.count(name)} columns {name!r}: rename one")
        for name in ANNOTATION_FIELDS if self.annotates else ():
            if name in names:
                raise InputError(f"the frame has a column {name!r} already: rename or drop it")

    def decided(self, frame: F) -> F:
        """Return a frame without the rows that go, or annotated."""
        package, name = kind_of(frame)
        kind = KINDS[package]
        self.check(kind.names(frame))
        if name == "RecordBatchReader":
            self.first_only()
            return cast("F", self._reader(frame))
        return cast("F", self.changed(kind, frame, self.found(kind, frame)))

    def changed(self, kind: Kind, frame: object, found: Found) -> Any:  # noqa: ANN401
        """Return a frame without the rows that go, or annotated, by what was found."""
        return kind.annotated(frame, found) if self.annotates else kind.rows(frame, found.keep)

    def found(self, kind: Kind, frame: object, first: int = 0) -> Found:
        """Decide all rows of a frame that has the columns, numbered from ``first``."""
        if self.filter.index is None:
            return self._among(kind, frame)
        with self.filter.opened() as index:
            return self.against(index, kind, frame, first)

    def _reader(self, reader: Any) -> Any:  # noqa: ANN401
        kind, schema = KINDS["pyarrow"], reader.schema
        for entry in annotation_schema(whole=self.whole(kind, reader)) if self.annotates else ():
            schema = schema.append(entry)

        def batches() -> Iterator[Any]:
            first = 0
            with self.filter.opened() as index:
                for batch in reader:
                    yield self.changed(kind, batch, self.against(index, kind, batch, first))
                    first += len(batch)

        return import_optional("pyarrow").RecordBatchReader.from_batches(schema, batches())

    def whole(self, kind: Kind, frame: object) -> bool:
        """Tell whether ids are whole numbers."""
        return kind.whole(frame, self.id) if self.id else self.filter.index is None

    def _among(self, kind: Kind, frame: Any) -> Found:  # noqa: ANN401
        """Compare rows with each other."""
        keep = self._ranks(frame) if self.ranking else self.keep
        result = deduplicate(self._texts(frame), self.filter.config, keep=keep)
        names = self._names(frame, range(len(result.keep))) or ()
        pairs = zip(result.keep.tolist(), result.witness.tolist(), strict=True)
        witness = [None if keep else names[row] for keep, row in pairs]
        return Found(result.keep, witness, result.similarity, self.whole(kind, frame))

    def against(self, index: Index, kind: Kind, frame: object, first: int) -> Found:
        """Compare rows, numbered from ``first``, with what an index has; add what is new."""
        texts = self._texts(frame)
        names = self._names(frame, range(first, first + len(texts)))
        matches = index.add(texts, ids=names, on_conflict=self.filter.on_conflict)
        passes = self.filter.passes(matches)
        # An update that stays may resemble another row; one that is seen again resembles itself.
        shown = zip((~passes | matches.updated).tolist(), matches.witness, strict=True)
        witness = [name if is_shown else None for is_shown, name in shown]
        return Found(passes, witness, matches.similarity, self.whole(kind, frame))

    def _ranks(self, frame: Any) -> F64:  # noqa: ANN401
        """Return what rows are ranked by, the greatest first: numbers, and dates as seconds."""
        values = to_python_list(frame[self.ranking])
        ranks = np.empty(len(values))
        for row, value in enumerate(values):
            missing = value != value  # NaN, NaT  # noqa: PLR0124
            try:
                ranks[row] = as_rank(None if missing else value, self.ranking)
            except RecordError:
                wrong = f"must have a number or a date to rank copies by, got {value!r}"
                raise InputError(f"column {self.ranking!r}: row {row} {wrong}") from None
        ranks *= -1 if str(self.keep).startswith("min:") else 1
        return np.where(np.isnan(ranks), -np.inf, ranks)  # what has no number goes first

    def _texts(self, frame: Any) -> PackedTexts:  # noqa: ANN401
        try:
            return pack_column(frame[self.column])
        except (TextTypeError, InputError) as error:
            raise type(error)(f"column {self.column!r}: {error}") from error

    def _names(self, frame: Any, rows: range) -> Sequence[Id] | None:  # noqa: ANN401
        """Return the ids of rows, or their numbers; None where an index makes ids of the texts."""
        if self.id is None:
            return rows if self.filter.index is None else None
        names = to_python_list(frame[self.id])
        for row, name in zip(rows, names, strict=True):
            if not is_id(name):
                wanted = "must have a string or a whole number"
                raise InputError(f"column {self.id!r}: row {row} {wanted}, got {name!r}")
        return names
