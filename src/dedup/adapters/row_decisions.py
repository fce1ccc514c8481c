"""How the rows of a frame are decided: among each other, or by what an index has."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self, get_args

import numpy as np

from dedup.columns import as_python, packed_of
from dedup.config import Keep, Settings
from dedup.errors import ConfigError, InputError, TextTypeError
from dedup.frames import filtered, library
from dedup.index.index import Index
from dedup.index.index_filter import IfSeen, IndexFilter, Place
from dedup.index.stores.protocol import Id
from dedup.index.validate import is_id
from dedup.index.write import OnConflict
from dedup.io.records import ANNOTATIONS, RecordError, rank_in
from dedup.matching.deduplicate import deduplicate
from dedup.records import F32, F64, Flags
from dedup.text.packed import Packed

FRAMES = ("DataFrame", "LazyFrame", "RecordBatch", "RecordBatchReader", "Table")


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What was found out about each of n rows."""

    keep: Flags  # (n,): which stay
    witness: Sequence[Id | None]  # (n,): the id of what a row repeats, None for none
    similarity: F32  # (n,): of the rows that have a witness
    whole: bool  # whether ids are whole numbers; else they are strings

    def rows(self, start: int, stop: int) -> Self:
        """Return what is found out about some rows."""
        part = slice(start, stop)
        return type(self)(self.keep[part], self.witness[part], self.similarity[part], self.whole)

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
        return dict(zip(ANNOTATIONS, (self.keep.tolist(), witness, similarity), strict=True))


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of frame is read and made."""

    whole: Callable[[Any, str], bool]  # whether a column has whole numbers
    rows: Callable[[Any, Flags], Any]  # the frame with some rows only
    annotated: Callable[[Any, Found], Any]  # the frame with more columns
    names: Callable[[Any], list[str]] = lambda frame: list(frame.columns)
    column: Callable[[Any, str], Any] = lambda frame, name: frame[name]


def _annotated_pandas(frame: Any, found: Found) -> Any:  # noqa: ANN401
    _, witness, similarity = found.columns().values()
    witness = library("pandas").array(witness, "Int64" if found.whole else "string")
    # Arrays have no labels, so values go by place whatever the frame's labels are.
    added = (found.keep, witness, np.array(similarity, np.float32))
    return frame.assign(**dict(zip(ANNOTATIONS, added, strict=True)))


def _annotated_polars(frame: Any, found: Found) -> Any:  # noqa: ANN401
    pl, columns = library("polars"), found.columns()
    types = (pl.Boolean, pl.Int64 if found.whole else pl.String, pl.Float32)
    return frame.with_columns(*map(pl.Series, columns, columns.values(), types))


def annotation_schema(*, whole: bool) -> Any:  # noqa: ANN401
    """Return the Arrow schema of the columns that a frame gets."""
    pa = library("pyarrow")
    types = (pa.bool_(), pa.int64() if whole else pa.string(), pa.float32())
    return pa.schema(zip(ANNOTATIONS, types, strict=True))


def annotation_batch(found: Found) -> Any:  # noqa: ANN401
    """Return the columns that a frame gets as a batch of Arrow."""
    schema = annotation_schema(whole=found.whole)
    return library("pyarrow").RecordBatch.from_pydict(found.columns(), schema)


def is_whole_in(schema: Any, name: str) -> bool:  # noqa: ANN401
    """Tell whether a field of an Arrow schema has whole numbers."""
    return bool(library("pyarrow").types.is_integer(schema.field(name).type))


def _annotated_arrow(frame: Any, found: Found) -> Any:  # noqa: ANN401
    added = annotation_batch(found)
    for entry, column in zip(added.schema, added.columns, strict=True):
        frame = frame.append_column(entry, column)
    return frame


KINDS = {
    "pandas": Kind(
        whole=lambda frame, name: library("pandas").api.types.is_integer_dtype(frame[name].dtype),
        rows=lambda frame, keep: frame.loc[keep],
        annotated=_annotated_pandas,
    ),
    "polars": Kind(
        whole=lambda frame, name: frame.schema[name].is_integer(),
        rows=lambda frame, keep: frame.filter(library("polars").Series(keep)),
        annotated=_annotated_polars,
    ),
    "pyarrow": Kind(
        names=lambda frame: frame.schema.names,
        column=lambda frame, name: frame.column(name),
        whole=lambda frame, name: is_whole_in(frame.schema, name),
        rows=filtered,
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
    >>> kind_of(library("polars").DataFrame())
    ('polars', 'DataFrame')
    """
    for base in type(frame).__mro__:
        package = base.__module__.partition(".")[0]
        if package in KINDS and base.__name__ in FRAMES:
            return package, base.__name__
    if type(frame).__name__ in ("Series", "ChunkedArray") or hasattr(frame, "__arrow_c_array__"):
        raise InputError(
            f"frame must have columns, got one {type(frame).__name__}: "
            "dedup.deduplicate(texts).keep says which of its texts stay"
        )
    allowed = "one of pandas or polars, or a table, batch or reader of pyarrow"
    raise InputError(f"frame must be {allowed}, got {type(frame).__name__}")


KeepOf = Keep | Iterable[Any]


@dataclass(frozen=True, slots=True)
class Decider:
    """How the rows of a frame are decided.

    The fields are the parameters of a public function, in its order.

    Attributes
    ----------
    column, id
        The columns of texts and of ids, the latter None for none.
    annotates
        Whether all rows stay and get columns that say what was decided.

    Raises
    ------
    ConfigError
        When it cannot be done.
    """

    column: str
    config: Settings | None
    id: str | None
    index: Place | None = field(repr=False)  # it may have a password
    keep: KeepOf | None
    if_seen: IfSeen
    on_conflict: OnConflict
    overrides: dict[str, Any]
    annotates: bool = False
    filter: IndexFilter = field(init=False)

    def __post_init__(self) -> None:
        """Check what was asked for."""
        keep, index, if_seen = self.keep, self.index, self.if_seen
        if isinstance(keep, str) and not _column_of(keep) and keep not in get_args(Keep):
            choices = ", ".join(get_args(Keep))
            raise ConfigError.of(
                "keep", f"must be one of {choices}, max:COLUMN, min:COLUMN or numbers, got {keep!r}"
            )
        if index is None and if_seen != "drop":
            raise ConfigError.of("if_seen", "has no effect without an index: leave it out")
        asked = (index, self.config, self.overrides, self.id is not None, if_seen, self.on_conflict)
        object.__setattr__(self, "filter", IndexFilter(*asked))
        if index is not None:
            self.first_only()

    @property
    def wanted(self) -> list[str]:
        """The columns that are read."""
        ranking = _column_of(self.keep) if isinstance(self.keep, str) else ""
        return [*dict.fromkeys(filter(None, (self.column, self.id, ranking)))]

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

    def check(self, kind: Kind, frame: object) -> None:
        """Check that a frame has the columns that are read, and lacks those that it is to get.

        Raises
        ------
        InputError
            When it is otherwise; the message names the column.
        """
        names = kind.names(frame)
        for name in self.wanted:
            if name not in names:
                there = f"there are {', '.join(map(str, names))}" if names else "there are none"
                raise InputError(f"the frame has no column {name!r}; {there}")
            if names.count(name) > 1:
                raise InputError(f"the frame has {names.count(name)} columns {name!r}: rename one")
        for name in ANNOTATIONS if self.annotates else ():
            if name in names:
                raise InputError(f"the frame has a column {name!r} already: rename or drop it")

    def decided(self, frame: Any) -> Any:  # noqa: ANN401
        """Return a frame without the rows that go, or annotated."""
        package, name = kind_of(frame)
        kind = KINDS[package]
        if name == "LazyFrame":
            return self._when_collected(frame)
        self.check(kind, frame)
        if name == "RecordBatchReader":
            self.first_only()
            return self._reader(frame)
        return self.changed(kind, frame, self.found(kind, frame))

    def changed(self, kind: Kind, frame: object, found: Found) -> Any:  # noqa: ANN401
        """Return a frame without the rows that go, or annotated, by what was found."""
        return kind.annotated(frame, found) if self.annotates else kind.rows(frame, found.keep)

    def found(self, kind: Kind, frame: object) -> Found:
        """Decide all rows of a frame that has the columns."""
        if self.filter.index is None:
            return self._among(kind, frame)
        with self.filter.opened() as index:
            return self.against(index, kind, frame, 0)

    def _when_collected(self, frame: Any) -> Any:  # noqa: ANN401
        """Return a lazy frame that is decided whenever it is collected."""
        if self.filter.index is not None:
            raise InputError("a LazyFrame may be collected twice, by an index: collect() it first")
        kind, empty = KINDS["polars"], library("polars").DataFrame(schema=frame.collect_schema())
        self.check(kind, empty)
        return frame.map_batches(
            self.decided,
            schema=replace(self, keep=None).decided(empty).schema,
            # What is asked of the result must not be asked of what is compared.
            predicate_pushdown=False,
            projection_pushdown=False,
            slice_pushdown=False,
        )

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

        return library("pyarrow").RecordBatchReader.from_batches(schema, batches())

    def whole(self, kind: Kind, frame: object) -> bool:
        """Tell whether ids are whole numbers."""
        return kind.whole(frame, self.id) if self.id else self.filter.index is None

    def _among(self, kind: Kind, frame: object) -> Found:
        """Compare rows with each other."""
        keep = self.keep
        if isinstance(keep, str) and (column := _column_of(keep)):
            keep = _ranks(as_python(kind.column(frame, column)), column)
            keep = -keep if str(self.keep).startswith("min:") else keep
            keep[np.isnan(keep)] = -np.inf  # what has no number goes first
        result = deduplicate(self._texts(kind, frame), self.filter.config, keep=keep)
        names = self._names(kind, frame, range(len(result.keep))) or ()
        pairs = zip(result.keep.tolist(), result.witness.tolist(), strict=True)
        witness = [None if keep else names[row] for keep, row in pairs]
        return Found(result.keep, witness, result.similarity, self.whole(kind, frame))

    def against(self, index: Index, kind: Kind, frame: object, first: int) -> Found:
        """Compare rows, numbered from ``first``, with what an index has; add what is new."""
        texts = self._texts(kind, frame)
        names = self._names(kind, frame, range(first, first + len(texts)))
        matches = index.add(texts, ids=names, on_conflict=self.filter.on_conflict)
        passes = self.filter.passes(matches)
        # An update that stays may resemble another row; one that is seen again resembles itself.
        shown = zip((~passes | matches.updated).tolist(), matches.witness, strict=True)
        witness = [name if is_shown else None for is_shown, name in shown]
        return Found(passes, witness, matches.similarity, self.whole(kind, frame))

    def _texts(self, kind: Kind, frame: object) -> Packed:
        try:
            return packed_of(kind.column(frame, self.column))
        except (TextTypeError, InputError) as error:
            raise type(error)(f"column {self.column!r}: {error}") from error

    def _names(self, kind: Kind, frame: object, rows: range) -> Sequence[Id] | None:
        """Return the ids of rows, or their numbers; None where an index makes ids of the texts."""
        if self.id is None:
            return rows if self.filter.index is None else None
        names = as_python(kind.column(frame, self.id))
        for row, name in enumerate(names):
            if not is_id(name):
                wanted = "must have a string or a whole number"
                raise InputError(f"column {self.id!r}: row {row} {wanted}, got {name!r}")
        return names


def _column_of(keep: str) -> str:
    """Return the column that ranks copies, as in ``max:n``; empty where none does."""
    order, _, column = keep.partition(":")
    return column if order in ("max", "min") else ""


def _ranks(values: Sequence[Any], column: str) -> F64:
    """Return numbers, and dates as seconds; NaN for nothing."""
    ranks = np.empty(len(values))
    for row, value in enumerate(values):
        missing = value is None or value != value  # NaN, NaT  # noqa: PLR0124
        try:
            ranks[row] = np.nan if missing else rank_in(value, column)
        except RecordError:
            wrong = f"must have a number or a date to rank copies by, got {value!r}"
            raise InputError(f"column {column!r}: row {row} {wrong}") from None
    return ranks
