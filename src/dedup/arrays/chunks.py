"""Rows in chunks, which threads take one after the other.

Kernels hold no lock of the interpreter, and what a chunk gives depends on its rows alone. Python
handles signals between two calls, so a chunk is small enough that Ctrl-C need not wait for it.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from dedup.arrays.array_types import I64, distinct
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.workers import Workers

CHUNK_BYTES = 1 << 20
CHUNKS_A_THREAD = 64  # at most, so that all threads end at about the same time
MOST_BYTES = 1 << 23  # in a chunk of more than one row: 10 to 50 ms; memory is checked between two
Result = TypeVar("Result")


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_chunks(
    work: Callable[[int, int], Result],
    offsets: I64,
    threads: int | None,
    memory: Memory = IN_RAM,
) -> list[Result]:
    """Call ``work(first, last)`` on chunks of rows; return the results in order.

    Of no rows at all there is one chunk, so that there is a result.

    Examples
    --------
    >>> in_chunks(lambda first, last: last - first, np.array([0, 5, 9]), threads=2)
    [2]
    """
    threads = threads or available_cores()
    size = int(offsets[-1] - offsets[0])
    count = max(min(size // CHUNK_BYTES, threads * CHUNKS_A_THREAD), size // MOST_BYTES, 1)
    edges = offsets[0] + np.arange(1, count) * size // count
    cuts = [0, *distinct(np.searchsorted(offsets, edges)).tolist(), len(offsets) - 1]
    chunks = [(first, last) for first, last in pairwise(cuts) if first < last] or [(0, 0)]
    return in_parallel(lambda number: work(*chunks[number]), len(chunks), threads, memory)


def in_parallel(
    work: Callable[[int], Result], count: int, threads: int | None, memory: Memory = IN_RAM
) -> list[Result]:
    """Call ``work`` on 0, 1, 2... up to ``count``; return the results in order."""

    def checked(number: int) -> Result:
        result = work(number)
        memory.check()
        return result

    threads = threads or available_cores()
    if threads == 1 or count == 1:
        return [checked(number) for number in range(count)]
    with Workers(min(threads, count)) as workers:
        pending = [workers.submit(partial(checked, number)) for number in range(count)]
        return [one.result() for one in pending]


def joined(parts: Iterable[tuple[Any, ...]], memory: Memory = IN_RAM) -> list[npt.NDArray[Any]]:
    """Join the results of chunks, column by column."""
    return [_end_to_end(column, memory) for column in zip(*parts, strict=True)]


def _end_to_end(arrays: Sequence[npt.NDArray[Any]], memory: Memory) -> npt.NDArray[Any]:
    result = memory.empty((sum(map(len, arrays)), *arrays[0].shape[1:]), arrays[0].dtype)
    start = 0
    for array in arrays:
        result[start : start + len(array)] = array
        start += len(array)
        memory.check()
    return result


def offsets_of(lengths: I64, memory: Memory = IN_RAM) -> I64:
    """Return where rows of these lengths begin and end, (n + 1,)."""
    offsets = memory.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets
