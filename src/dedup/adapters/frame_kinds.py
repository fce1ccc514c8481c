"""Frames of pandas, polars and Arrow: how the rows of each are read, filtered and annotated."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from dedup.errors import InputError
from dedup.frames import filtered, library
from dedup.index.stores.protocol import Id
from dedup.io.records import ANNOTATIONS
from dedup.records import F32, Flags

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
            raise InputError(
                f"the index has string ids, such as {strings[0]!r}, and the frame has whole "
                "numbers: convert these to strings"
            )
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
    for field, column in zip(added.schema, added.columns, strict=True):
        frame = frame.append_column(field, column)
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
    raise InputError(
        f"frame must be one of pandas or polars, or a table, batch or reader of pyarrow, got "
        f"{type(frame).__name__}"
    )
