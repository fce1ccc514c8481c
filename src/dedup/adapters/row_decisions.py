"""Decide which rows of a frame are kept: compare them with each other or with an index.

A `FrameDeduplicator` reads the columns, decides the rows and builds the result. `FRAME_TYPES`
describes how frames of each library are read and built.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast, get_args

import numpy as np

from dedup.arrays.array_types import F32, F64, Flags
from dedup.arrays.columns import pack_column, to_python_list
from dedup.arrays.packed import PackedTexts
from dedup.arrays.tabular import filter_arrow, import_optional
from dedup.config import Keep
from dedup.datasets.formats.ranks import as_rank, order_of_ranks, rank_parts
from dedup.datasets.formats.record_format import ANNOTATION_FIELDS, RecordError
from dedup.errors import ConfigError, InputError, TextTypeError
from dedup.index.index import Index
from dedup.index.stores.records import Id
from dedup.index.stream import IndexFilter
from dedup.index.validate import is_id
from dedup.matching.deduplicate import deduplicate

Frame = TypeVar("Frame")
FRAME_CLASSES = {
    "pandas": ("DataFrame",),
    "polars": ("DataFrame",),
    "pyarrow": ("RecordBatch", "RecordBatchReader", "Table"),
    "datasets": ("Dataset", "DatasetDict", "IterableDataset", "IterableDatasetDict"),
}


@dataclass(frozen=True, slots=True, eq=False)
class RowDecisions:
    """The decisions on n rows."""

    keep: Flags  # (n,): whether a row is kept
    witness: Sequence[Id | None]  # (n,): the id of the text that a row repeats, or None
    similarity: F32  # (n,): to the witness; undefined for rows without one
    has_integer_ids: bool  # whether ids are whole numbers; else they are strings

    def columns(self) -> dict[str, list[Any]]:
        """Return the annotation columns of the frame, as lists by name.

        Raises
        ------
        InputError
            If the ids of the frame are whole numbers and the index has a string id.
        """
        strings = [witness for witness in self.witness if isinstance(witness, str)]
        if self.has_integer_ids and strings:
            problem = f"the index has string ids, such as {strings[0]!r}, the frame whole numbers"
            raise InputError(f"{problem}; convert the ids of the frame to strings")
        witness = [
            witness_id if witness_id is None or self.has_integer_ids else str(witness_id)
            for witness_id in self.witness
        ]
        pairs = zip(witness, self.similarity.tolist(), strict=True)
        similarity = [None if witness_id is None else value for witness_id, value in pairs]
        return dict(zip(ANNOTATION_FIELDS, (self.keep.tolist(), witness, similarity), strict=True))


@dataclass(frozen=True, slots=True)
class FrameType:
    """How to read and build the frames of one library."""

    is_integer_column: Callable[[Any, str], bool]  # by frame and column name
    select_rows: Callable[[Any, Flags], Any]  # returns the frame with the flagged rows
    add_columns: Callable[[Any, RowDecisions], Any]  # returns the frame with annotation columns
    column_names: Callable[[Any], list[str]] = lambda frame: list(frame.columns)


def _annotated_pandas(frame: Any, decisions: RowDecisions) -> Any:  # noqa: ANN401
    _, witness, similarity = decisions.columns().values()
    dtype = "Int64" if decisions.has_integer_ids else "string"
    witness = import_optional("pandas").array(witness, dtype)
    # Arrays have no labels, so pandas aligns them by position, whatever the labels of the frame.
    added = (decisions.keep, witness, np.array(similarity, np.float32))
    return frame.assign(**dict(zip(ANNOTATION_FIELDS, added, strict=True)))


def _annotated_polars(frame: Any, decisions: RowDecisions) -> Any:  # noqa: ANN401
    pl, columns = import_optional("polars"), decisions.columns()
    types = (pl.Boolean, pl.Int64 if decisions.has_integer_ids else pl.String, pl.Float32)
    return frame.with_columns(*map(pl.Series, columns, columns.values(), types))


def annotation_schema(*, has_integer_ids: bool) -> Any:  # noqa: ANN401
    """Return the Arrow schema of the annotation columns."""
    pa = import_optional("pyarrow")
    types = (pa.bool_(), pa.int64() if has_integer_ids else pa.string(), pa.float32())
    return pa.schema(zip(ANNOTATION_FIELDS, types, strict=True))


def _annotated_arrow(frame: Any, decisions: RowDecisions) -> Any:  # noqa: ANN401
    pa, columns = import_optional("pyarrow"), decisions.columns()
    for field in annotation_schema(has_integer_ids=decisions.has_integer_ids):
        frame = frame.append_column(field, pa.array(columns[field.name], field.type))
    return frame


def _is_integer_in_arrow(frame: Any, name: str) -> bool:  # noqa: ANN401
    return bool(import_optional("pyarrow").types.is_integer(frame.schema.field(name).type))


FRAME_TYPES = {
    "pandas": FrameType(
        is_integer_column=lambda frame, name: import_optional("pandas").api.types.is_integer_dtype(
            frame[name].dtype
        ),
        select_rows=lambda frame, keep: frame.loc[keep],
        add_columns=_annotated_pandas,
    ),
    "polars": FrameType(
        is_integer_column=lambda frame, name: frame.schema[name].is_integer(),
        select_rows=lambda frame, keep: frame.filter(keep),
        add_columns=_annotated_polars,
    ),
    "pyarrow": FrameType(
        column_names=lambda frame: frame.schema.names,
        is_integer_column=_is_integer_in_arrow,
        select_rows=filter_arrow,
        add_columns=_annotated_arrow,
    ),
}


def library_and_class(frame: object) -> tuple[str, str]:
    """Return the library and the class of a frame, or of the base class that is a frame.

    Raises
    ------
    InputError
        If the object is no frame.

    Examples
    --------
    >>> library_and_class(import_optional("polars").DataFrame())
    ('polars', 'DataFrame')
    """
    for base in type(frame).__mro__:
        package = base.__module__.partition(".")[0]
        if base.__name__ in FRAME_CLASSES.get(package, ()):
            return package, base.__name__
    name = type(frame).__name__
    remedy = "; call collect() first" if name == "LazyFrame" else ""
    remedy = "; pass it to dedup.deduplicate" if name.endswith(("Series", "Array")) else remedy
    raise InputError(
        "frame must be a pandas or polars DataFrame, a pyarrow Table, RecordBatch or reader, or a "
        f"Hugging Face dataset, got {name}{remedy}"
    )


KeepOrPriority = Keep | Iterable[Any]


@dataclass(frozen=True, slots=True)
class FrameDeduplicator:
    """Decides which rows of a frame are kept.

    Attributes
    ----------
    text, id
        The names of the columns of texts and of ids; ``id`` is None if there is no such column.
    keep
        Which copy is kept, as for ``dedup.adapters.tables.unique``.
    filter
        The index, if there is one, and the settings.
    annotates
        Whether all rows are kept and get annotation columns.

    Raises
    ------
    ConfigError
        If ``text`` or ``keep`` is invalid, or an option has no effect.
    """

    text: str
    id: str | None
    keep: KeepOrPriority | None
    filter: IndexFilter
    annotates: bool = False

    def __post_init__(self) -> None:
        """Check the parameters."""
        if self.text in (None, ""):
            raise ConfigError.of("text", f"must be the name of a column, got {self.text!r}")
        keep = self.keep
        if isinstance(keep, str) and not self.priority_column and keep not in get_args(Keep):
            choices = ", ".join(get_args(Keep))
            raise ConfigError.of(
                "keep", f"must be one of {choices}, max:COLUMN, min:COLUMN or numbers, got {keep!r}"
            )
        if self.filter.index is not None:
            self.require_keep_first()
        elif self.filter.if_seen != "drop":
            raise ConfigError.of("if_seen", "has no effect without an index; leave out if_seen=")

    @property
    def priority_column(self) -> str:
        """The column that decides which copy is kept, as in ``max:date``; empty if none does."""
        order, _, column = self.keep.partition(":") if isinstance(self.keep, str) else ("", "", "")
        return column if order in ("max", "min") else ""

    @property
    def columns_read(self) -> list[str]:
        """The names of the columns that are read."""
        return [*dict.fromkeys(filter(None, (self.text, self.id, self.priority_column)))]

    def require_keep_first(self) -> None:
        """Check that the first copy is kept.

        Raises
        ------
        ConfigError
            If ``keep`` asks for another copy.
        """
        if self.keep is not None and not (isinstance(self.keep, str) and self.keep == "first"):
            raise ConfigError.of(
                "keep", "must be first with an index or a reader, as texts come one by one"
            )

    def check_columns(self, names: list[str]) -> None:
        """Check that a frame has the columns to read, and lacks the columns to add.

        Parameters
        ----------
        names
            The names of the columns of the frame.

        Raises
        ------
        InputError
            If a column is missing, ambiguous or already there; the message names it.
        """
        for name in self.columns_read:
            if name not in names:
                found = ", ".join(map(str, names)) or "none"
                raise InputError(f"the frame has no column {name!r} (found: {found})")
            if names.count(name) > 1:
                raise InputError(f"the frame has {names.count(name)} columns {name!r}: rename one")
        for name in ANNOTATION_FIELDS if self.annotates else ():
            if name in names:
                raise InputError(f"the frame has a column {name!r} already: rename or drop it")

    def deduplicate(self, frame: Frame) -> Frame:
        """Return a frame with its kept rows, or with annotation columns."""
        package, name = library_and_class(frame)
        frame_type = FRAME_TYPES[package]
        self.check_columns(frame_type.column_names(frame))
        if name == "RecordBatchReader":
            self.require_keep_first()
            return cast("Frame", self._deduplicate_reader(frame))
        decisions = self.decide(frame_type, frame)
        return cast("Frame", self.apply_decisions(frame_type, frame, decisions))

    def apply_decisions(self, frame_type: FrameType, frame: object, decisions: RowDecisions) -> Any:  # noqa: ANN401
        """Return a frame with its kept rows, or with annotation columns."""
        if self.annotates:
            return frame_type.add_columns(frame, decisions)
        return frame_type.select_rows(frame, decisions.keep)

    def decide(self, frame_type: FrameType, frame: object, first_row: int = 0) -> RowDecisions:
        """Decide all rows of a frame with checked columns, numbered from ``first_row``."""
        if self.filter.index is None:
            return self._decide_among_rows(frame_type, frame)
        with self.filter.opened() as index:
            return self.decide_with_index(index, frame_type, frame, first_row)

    def _deduplicate_reader(self, reader: Any) -> Any:  # noqa: ANN401
        frame_type, schema = FRAME_TYPES["pyarrow"], reader.schema
        if self.annotates:
            has_integer_ids = self.has_integer_ids(frame_type, reader)
            for field in annotation_schema(has_integer_ids=has_integer_ids):
                schema = schema.append(field)

        def batches() -> Iterator[Any]:
            first_row = 0
            with self.filter.opened() as index:
                for batch in reader:
                    decisions = self.decide_with_index(index, frame_type, batch, first_row)
                    yield self.apply_decisions(frame_type, batch, decisions)
                    first_row += len(batch)

        return import_optional("pyarrow").RecordBatchReader.from_batches(schema, batches())

    def has_integer_ids(self, frame_type: FrameType, frame: object) -> bool:
        """Return whether the ids of a frame are whole numbers."""
        if self.id:
            return frame_type.is_integer_column(frame, self.id)
        return self.filter.index is None

    def _decide_among_rows(self, frame_type: FrameType, frame: Any) -> RowDecisions:  # noqa: ANN401
        """Compare the rows of a frame with each other."""
        keep = self._priorities(frame) if self.priority_column else self.keep
        result = deduplicate(self._texts(frame), self.filter.config, keep=keep)
        ids = self._ids(frame, range(len(result.keep))) or ()
        pairs = zip(result.keep.tolist(), result.witness.tolist(), strict=True)
        witness = [None if keep else ids[row] for keep, row in pairs]
        has_integer_ids = self.has_integer_ids(frame_type, frame)
        return RowDecisions(result.keep, witness, result.similarity, has_integer_ids)

    def decide_with_index(
        self, index: Index, frame_type: FrameType, frame: object, first_row: int
    ) -> RowDecisions:
        """Compare rows, numbered from ``first_row``, with an index, and add the new texts to it."""
        texts = self._texts(frame)
        ids = self._ids(frame, range(first_row, first_row + len(texts)))
        matches = index.add(texts, ids=ids, on_conflict=self.filter.on_conflict)
        passes = self.filter.passes(matches)
        # A kept update may resemble another text. The witness of a repeated row would be itself.
        has_witness = (~passes | matches.updated).tolist()
        pairs = zip(has_witness, matches.witness, strict=True)
        witness = [witness_id if has else None for has, witness_id in pairs]
        has_integer_ids = self.has_integer_ids(frame_type, frame)
        return RowDecisions(passes, witness, matches.similarity, has_integer_ids)

    def _priorities(self, frame: Any) -> F64:  # noqa: ANN401
        """Return the priority of each row, (n,), by its number or date; the greatest is kept."""
        ranks = []
        for row, value in enumerate(to_python_list(frame[self.priority_column])):
            missing = value != value  # NaN, NaT  # noqa: PLR0124
            try:
                ranks.append(as_rank(None if missing else value, self.priority_column))
            except RecordError:
                problem = f"must have a number or a date to rank copies by, got {value!r}"
                raise InputError(f"column {self.priority_column!r}: row {row} {problem}") from None
        # A row without a number is last: it is removed rather than any copy with one.
        order = order_of_ranks(rank_parts(ranks), descending=str(self.keep).startswith("max:"))
        priorities = np.empty(len(ranks))
        priorities[order] = -np.arange(len(ranks))
        return priorities

    def _texts(self, frame: Any) -> PackedTexts:  # noqa: ANN401
        try:
            return pack_column(frame[self.text])
        except (TextTypeError, InputError) as error:
            raise type(error)(f"column {self.text!r}: {error}") from error

    def _ids(self, frame: Any, rows: range) -> Sequence[Id] | None:  # noqa: ANN401
        """Return the ids of rows, or the row numbers; None if an index makes ids from the texts."""
        if self.id is None:
            return rows if self.filter.index is None else None
        ids = to_python_list(frame[self.id])
        for row, row_id in zip(rows, ids, strict=True):
            if not is_id(row_id):
                rule = "must have a string or a whole number"
                raise InputError(f"column {self.id!r}: row {row} {rule}, got {row_id!r}")
        return ids
