"""Frames of pandas, polars and Arrow: what is done with each in its own way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from dedup.errors import InputError
from dedup.frames import library, staying
from dedup.index.stores.protocol import Id
from dedup.io.records import ANNOTATIONS
from dedup.records import F32, Flags


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What was found out about each of n rows."""

    keep: Flags  # (n,): which stay
    witness: Sequence[Any]  # (n,): the id of what it repeats, None for none
    similarity: F32  # (n,): of those that have a witness

    def rows(self, start: int, stop: int) -> Self:
        """Return what is found out about some rows."""
        part = slice(start, stop)
        return type(self)(self.keep[part], self.witness[part], self.similarity[part])


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of frame is read and made."""

    whole: Callable[[Any, str], bool]  # whether a column is of whole numbers
    rows: Callable[[Any, Flags], Any]
    with_found: Callable[[Any, Found, bool], Any]  # the flag: whether ids are whole numbers
    names: Callable[[Any], list[str]] = lambda frame: list(frame.columns)
    column: Callable[[Any, str], Any] = lambda frame, name: frame[name]


def _arrow_rows(frame: Any, keep: Flags) -> Any:  # noqa: ANN401  a table or batch
    """Return the rows of Arrow that stay."""
    pa = library("pyarrow")
    some = [*staying(frame, keep)] or [frame.slice(0, 0)]
    if len(some) == 1:
        return some[0]
    if isinstance(frame, pa.Table):
        return pa.concat_tables(some)
    columns = zip(*(part.columns for part in some), strict=True)
    return pa.record_batch([pa.concat_arrays(parts) for parts in columns], frame.schema)


def witnesses(found: Found, *, whole: bool) -> list[Id | None]:
    """Return the ids of one column: whole numbers, or strings.

    Raises
    ------
    InputError
        When there are strings among whole numbers.
    """
    if not whole:
        return [None if witness is None else str(witness) for witness in found.witness]
    for witness in found.witness:
        if isinstance(witness, str):
            raise InputError(
                f"the index has ids that are strings, as {witness!r}, and the frame has whole "
                "numbers: make these strings"
            )
    return list(found.witness)


def found_lists(found: Found, *, whole: bool) -> dict[str, list[Any]]:
    """Return the columns that are added to a frame, as lists."""
    pairs = zip(found.witness, found.similarity.tolist(), strict=True)
    similarity = [None if witness is None else share for witness, share in pairs]
    columns = (found.keep.tolist(), witnesses(found, whole=whole), similarity)
    return dict(zip(ANNOTATIONS, columns, strict=True))


def _pandas_with_found(frame: Any, found: Found, whole: bool) -> Any:  # noqa: ANN401, FBT001
    pd = library("pandas")
    alone = np.array([witness is None for witness in found.witness], np.bool_)
    similarity = np.where(alone, np.float32(np.nan), found.similarity)
    witness = pd.array(witnesses(found, whole=whole), "Int64" if whole else "string")
    # Arrays without labels of their own, so that they go by place whatever the frame's labels are.
    return frame.assign(**dict(zip(ANNOTATIONS, (found.keep, witness, similarity), strict=True)))


def _polars_with_found(frame: Any, found: Found, whole: bool) -> Any:  # noqa: ANN401, FBT001
    pl = library("polars")
    types = (pl.Boolean, pl.Int64 if whole else pl.String, pl.Float32)
    columns = found_lists(found, whole=whole).items()
    return frame.with_columns(
        pl.Series(name, values, dtype) for (name, values), dtype in zip(columns, types, strict=True)
    )


def arrow_types(*, whole: bool) -> list[Any]:
    """Return the Arrow types of what is added to a frame."""
    pa = library("pyarrow")
    return [pa.bool_(), pa.int64() if whole else pa.string(), pa.float32()]


def arrow_found(found: Found, *, whole: bool) -> Any:  # noqa: ANN401
    """Return what is added to a frame as a batch of Arrow of its own."""
    pa = library("pyarrow")
    columns = found_lists(found, whole=whole)
    arrays = map(pa.array, columns.values(), arrow_types(whole=whole))
    return pa.record_batch(list(arrays), names=list(columns))


def _arrow_with_found(frame: Any, found: Found, whole: bool) -> Any:  # noqa: ANN401, FBT001
    added = arrow_found(found, whole=whole)
    for field, column in zip(added.schema, added.columns, strict=True):
        frame = frame.append_column(field, column)
    return frame


def _arrow_whole(frame: Any, name: str) -> bool:  # noqa: ANN401
    return bool(library("pyarrow").types.is_integer(frame.schema.field(name).type))


KINDS = {
    "pandas": Kind(
        whole=lambda frame, name: library("pandas").api.types.is_integer_dtype(frame[name].dtype),
        rows=lambda frame, keep: frame.loc[keep],
        with_found=_pandas_with_found,
    ),
    "polars": Kind(
        whole=lambda frame, name: frame.schema[name].is_integer(),
        rows=lambda frame, keep: frame.filter(library("polars").Series(keep)),
        with_found=_polars_with_found,
    ),
    "pyarrow": Kind(
        names=lambda frame: frame.schema.names,
        column=lambda frame, name: frame.column(name),
        whole=_arrow_whole,
        rows=_arrow_rows,
        with_found=_arrow_with_found,
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
        if package in KINDS and base.__name__ in (
            "DataFrame",
            "LazyFrame",
            "RecordBatch",
            "RecordBatchReader",
            "Table",
        ):
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


def check_columns(kind: Kind, frame: object, wanted: Sequence[str], added: Sequence[str]) -> None:
    """Check that a frame has some columns, and lacks others.

    Raises
    ------
    InputError
        When it is otherwise; the message names the column.
    """
    names = kind.names(frame)
    for name in wanted:
        if name not in names:
            there = f"there are {', '.join(map(str, names))}" if names else "there are none"
            raise InputError(f"the frame has no column {name!r}; {there}")
        if names.count(name) > 1:
            raise InputError(f"the frame has {names.count(name)} columns {name!r}: rename one")
    for name in added:
        if name in names:
            raise InputError(f"the frame has a column {name!r} already: rename or drop it")
