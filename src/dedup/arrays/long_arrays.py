"""Sorting, searching and filtering of long arrays, in batches that keep temporary arrays small.

``memory`` is trimmed after each batch, so that a job under a memory limit stays below it.
"""

from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np

from dedup.arrays.array_types import I64, U64, Flags, IntegerArray
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.parallel import concatenate_columns
from dedup.arrays.stored_arrays import Array

BATCH_ITEMS = 1 << 17
PARTITION_BATCHES = 8  # a partition that is sorted at once has about so many batches
LOW_16_BITS = 0xFFFF
MIN_TABLE_LOOKUPS = 1 << 14  # from so many values on, a table of low bits precedes the search
LOOKUP_TABLE_BITS = 20


def batch_slices(count: int, memory: Memory = IN_RAM) -> Iterator[slice]:
    """Yield slices of ``BATCH_ITEMS`` items that cover ``count`` items; trim memory after each."""
    for first in range(0, count, BATCH_ITEMS):
        yield slice(first, min(first + BATCH_ITEMS, count))
        memory.trim()


def partition_count(count: int, memory: Memory) -> int:
    """Return into how many partitions to sort ``count`` items: 1 unless memory is limited."""
    return 1 + count // (PARTITION_BATCHES * BATCH_ITEMS) if memory.is_limited else 1


def row_batches(offsets: I64, max_items: int, max_rows: int) -> Iterator[tuple[int, int]]:
    """Yield the first and last row (excluded) of batches of consecutive rows.

    A batch has at most ``max_rows`` rows, and at most ``max_items`` items unless it is one row.

    Examples
    --------
    >>> list(row_batches(np.array([0, 2, 4, 9, 10]), max_items=4, max_rows=2))
    [(0, 2), (2, 3), (3, 4)]
    """
    start, count = 0, len(offsets) - 1
    while start < count:
        limit = offsets[start] + max_items
        fitting = int(np.searchsorted(offsets[: start + max_rows + 1], limit, "right")) - 1
        stop = max(fitting, start + 1)
        yield start, stop
        start = stop


def arange(count: int, memory: Memory = IN_RAM) -> I64:
    """Return 0, 1, ... up to ``count - 1``, as ``numpy.arange`` does.

    Examples
    --------
    >>> arange(3).tolist()
    [0, 1, 2]
    """
    return map_batches(lambda batch: np.arange(batch.start, batch.stop), count, memory)


def map_batches(work: Callable[[slice], Array], count: int, memory: Memory = IN_RAM) -> Array:
    """Call ``work`` on each batch of ``count`` items; return the concatenated results.

    Examples
    --------
    >>> values = np.arange(9)
    >>> map_batches(lambda batch: values[batch][values[batch] > 5], 9).tolist()
    [6, 7, 8]
    """
    parts = [(memory.adopt(work(batch)),) for batch in batch_slices(count, memory)]
    parts = parts or [(work(slice(0, 0)),)]
    return concatenate_columns(parts, memory)[0]  # type: ignore[return-value]


def indices_where(condition: Callable[[slice], Flags], count: int, memory: Memory = IN_RAM) -> I64:
    """Return the indices of the items for which ``condition`` holds, ascending.

    Parameters
    ----------
    condition
        Takes a slice of the items and returns a flag for each.

    Examples
    --------
    >>> indices_where(lambda batch: np.array([5, 7, 6])[batch] > 5, 3).tolist()
    [1, 2]
    """
    return map_batches(lambda batch: batch.start + np.flatnonzero(condition(batch)), count, memory)


def take(column: I64, indices: I64, memory: Memory = IN_RAM) -> I64:
    """Return ``column[indices]``.

    Examples
    --------
    >>> take(np.array([5, 6, 7]), np.array([2, 0])).tolist()
    [7, 5]
    """
    return map_batches(lambda batch: column[indices[batch]], len(indices), memory)


def distinct(
    values: IntegerArray, kind: Literal["quicksort", "stable"] = "quicksort"
) -> IntegerArray:
    """Return the distinct values, sorted. ``numpy.unique`` takes several times as long.

    Parameters
    ----------
    kind
        The sort; ``"stable"`` is faster where the values are nearly sorted.

    Examples
    --------
    >>> distinct(np.array([7, 3, 7])).tolist(), distinct(np.array([], np.int64)).tolist()
    ([3, 7], [])
    """
    ordered = np.sort(values, kind=kind)
    is_first = np.ones(len(ordered), np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_first]


def isin_sorted(values: IntegerArray, sorted_values: IntegerArray) -> Flags:
    """Return for each value whether it occurs in ``sorted_values``, (n,).

    Most of many values usually do not occur. A table of their low bits rules these out faster than
    a binary search.

    Examples
    --------
    >>> isin_sorted(np.array([7, 3, 8]), np.array([3, 7])).tolist()
    [True, True, False]
    """
    found = np.zeros(len(values), np.bool_)
    if not len(sorted_values):
        return found
    candidates = np.arange(len(values))
    if len(values) > MIN_TABLE_LOOKUPS:
        table, low_bits = np.zeros(1 << LOOKUP_TABLE_BITS, np.bool_), (1 << LOOKUP_TABLE_BITS) - 1
        table[sorted_values & low_bits] = True
        candidates = np.flatnonzero(table[values & low_bits])
    wanted = values[candidates]
    places = np.minimum(np.searchsorted(sorted_values, wanted), len(sorted_values) - 1)
    found[candidates] = sorted_values[places] == wanted
    return found


def stable_order(values: IntegerArray) -> I64:
    """Return the indices that sort non-negative integers; equal ones keep their order.

    Sorts by 16 bits at a time, for which numpy has a radix sort: several times as fast as
    ``numpy.argsort`` of the whole values.

    Examples
    --------
    >>> stable_order(np.array([70000, 5, 70000, 1])).tolist()
    [3, 1, 0, 2]
    """
    order: I64 = np.argsort((values & LOW_16_BITS).astype(np.uint16), kind="stable")
    rest = values >> 16
    while rest.any():
        order = order[np.argsort((rest & LOW_16_BITS).astype(np.uint16)[order], kind="stable")]
        rest >>= 16
    return order


def distinct_partitions(values: U64, max_values: int) -> list[U64]:
    """Return the distinct hashes, sorted, in consecutive arrays of about ``max_values`` values.

    Each array holds one of equal ranges of the 64-bit numbers, so hashes must be spread evenly.

    Examples
    --------
    >>> parts = distinct_partitions(np.array([1 << 63, 7, 1 << 63, 2], np.uint64), 3)
    >>> [part.tolist() for part in parts]
    [[2, 7], [9223372036854775808]]
    """
    count = len(values) // max_values + 1
    bounds = np.arange(1, count, dtype=np.uint64) * np.uint64((1 << 64) // count)
    partitions: list[list[U64]] = [[] for _ in range(count)]
    for batch in batch_slices(len(values)):
        ordered = np.sort(values[batch])
        slices = np.split(ordered, np.searchsorted(ordered, bounds))
        for partition, values_in_it in zip(partitions, slices, strict=True):
            partition.append(values_in_it)
    return [distinct(np.concatenate(partition)) for partition in partitions]


def has_equal_neighbor(sorted_values: IntegerArray) -> Flags:
    """Return for each of sorted values whether it occurs more than once, (n,).

    Examples
    --------
    >>> has_equal_neighbor(np.array([1, 2, 2])).tolist()
    [False, True, True]
    """
    repeated = np.zeros(len(sorted_values), np.bool_)
    repeated[1:] = sorted_values[1:] == sorted_values[:-1]
    repeated[:-1] |= repeated[1:]
    return repeated


def partition_positions(partitions: I64, next_positions: I64) -> I64:
    """Return where each item of a batch goes when items are grouped by partition (counting sort).

    Parameters
    ----------
    partitions
        (n,): the partition of each item, a small number from 0.
    next_positions
        (partitions,): the next free position of each partition. It is advanced in place, for the
        next batch.

    Examples
    --------
    >>> next_positions = np.array([0, 3])
    >>> partition_positions(np.array([1, 0, 1]), next_positions).tolist()
    [3, 0, 4]
    >>> partition_positions(np.array([0]), next_positions).tolist()
    [1]
    """
    order = np.argsort(partitions, kind="stable")
    counts = np.bincount(partitions, minlength=len(next_positions))
    before = np.cumsum(counts) - counts
    positions = np.empty(len(partitions), np.int64)
    positions[order] = np.arange(len(partitions)) + np.repeat(next_positions - before, counts)
    next_positions += counts
    return positions
