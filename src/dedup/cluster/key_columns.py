"""Rows of numbers as binary columns of Arrow, which an engine copies as they are."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.arrays.array_types import I64, Ragged

KEY = np.dtype("<u4")


def as_binary(keys: Ragged) -> pa.BinaryArray:
    """Return rows of keys of 32 bits as a binary column.

    Examples
    --------
    >>> rows = Ragged(np.array([5, 6, 7], np.uint64), np.array([0, 2, 3]))
    >>> [len(row) for row in as_binary(rows).to_pylist()]
    [8, 4]
    """
    return binary_of(keys.values.astype(KEY), keys.offsets)


def binary_of(values: npt.NDArray[Any], offsets: I64) -> pa.BinaryArray:
    """Return n rows of numbers as a binary column; ``offsets`` is (n + 1,)."""
    edges = pa.array(offsets * values.itemsize, pa.int32())
    buffers = [None, edges.buffers()[1], pa.py_buffer(np.ascontiguousarray(values))]
    return pa.Array.from_buffers(pa.binary(), len(offsets) - 1, buffers)


def keys_of(batch: pa.RecordBatch, name: str) -> Ragged:
    """Return a binary column of a batch as rows of keys."""
    values, offsets = numbers_of(batch.column(name), KEY)
    return Ragged(values.astype(np.uint64), offsets)


def numbers_of(column: pa.BinaryArray, dtype: np.dtype[Any]) -> tuple[npt.NDArray[Any], I64]:
    """Return the numbers in a binary column, and the (n + 1,) offsets of its rows."""
    if not len(column):
        return np.empty(0, dtype), np.zeros(1, np.int64)
    _, edges, data = column.buffers()
    wide = np.int64 if pa.types.is_large_binary(column.type) else np.int32
    chosen = slice(column.offset, column.offset + len(column) + 1)
    offsets = np.frombuffer(edges, wide)[chosen].astype(np.int64)
    values = np.frombuffer(data or b"", np.uint8)[offsets[0] : offsets[-1]]
    if values.ctypes.data % dtype.itemsize:
        values = values.copy()
    return values.view(dtype), (offsets - offsets[0]) // dtype.itemsize
