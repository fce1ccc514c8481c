"""Long columns a portion at a time, so that what is made on the way takes little memory."""

from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np

from dedup.arrays.array_types import I64, U64, Flags, IntegerArray
from dedup.arrays.memory import IN_RAM, Array, Memory
from dedup.arrays.parallel import concatenate_columns

BATCH_ITEMS = 1 << 17  # items
PARTITION_BATCHES = 8  # portions
LOW_16_BITS = 0xFFFF
MIN_TABLE_LOOKUPS = 1 << 14  # values that are looked up in a table of their last bits first
LOOKUP_TABLE_BITS = 20


def batch_slices(count: int, memory: Memory = IN_RAM) -> Iterator[slice]:
    """Yield so many items in portions; memory is checked after each."""
    for first in range(0, count, BATCH_ITEMS):
        yield slice(first, min(first + BATCH_ITEMS, count))
        memory.trim()


def partition_count(count: int, memory: Memory) -> int:
    """Return in how many parts so many items are sorted: one, unless memory is limited."""
    return 1 + count // (PARTITION_BATCHES * BATCH_ITEMS) if memory.is_limited else 1


def row_batches(offsets: I64, size: int, most: int) -> Iterator[tuple[int, int]]:
    """Yield where rows begin and end that have ``size`` items at most and are ``most``, or one.

    Examples
    --------
    >>> list(row_batches(np.array([0, 2, 4, 9, 10]), size=4, most=2))
    [(0, 2), (2, 3), (3, 4)]
    """
    start, count = 0, len(offsets) - 1
    while start < count:
        limit = offsets[start] + size
        fitting = int(np.searchsorted(offsets[: start + most + 1], limit, "right")) - 1
        stop = max(fitting, start + 1)
        yield start, stop
        start = stop


def arange(count: int, memory: Memory = IN_RAM) -> I64:
    """Return the numbers from 0 on.

    Examples
    --------
    >>> arange(3).tolist()
    [0, 1, 2]
    """
    return map_batches(lambda own: np.arange(own.start, own.stop), count, memory)


def map_batches(work: Callable[[slice], Array], count: int, memory: Memory = IN_RAM) -> Array:
    """Return what is made of portions end to end.

    Examples
    --------
    >>> values = np.arange(9)
    >>> map_batches(lambda own: values[own][values[own] > 5], 9).tolist()
    [6, 7, 8]
    """
    parts = [(memory.store(work(own)),) for own in batch_slices(count, memory)]
    return concatenate_columns(parts or [(work(slice(0, 0)),)], memory)[0]  # type: ignore[return-value]


def indices_where(holds: Callable[[slice], Flags], count: int, memory: Memory = IN_RAM) -> I64:
    """Return the items for which something holds, ascending.

    Examples
    --------
    >>> indices_where(lambda own: np.array([5, 7, 6])[own] > 5, 3).tolist()
    [1, 2]
    """
    return map_batches(lambda own: own.start + np.flatnonzero(holds(own)), count, memory)


def take(column: I64, indices: I64, memory: Memory = IN_RAM) -> I64:
    """Return what a long column has at some places.

    Examples
    --------
    >>> take(np.array([5, 6, 7]), np.array([2, 0])).tolist()
    [7, 5]
    """
    return map_batches(lambda own: column[indices[own]], len(indices), memory)


def distinct(
    values: IntegerArray, kind: Literal["quicksort", "stable"] = "quicksort"
) -> IntegerArray:
    """Return values sorted, once each: ``numpy.unique`` takes many times as long.

    Parameters
    ----------
    kind
        How they are sorted: stable is a merge, sooner where they are nearly in order.

    Examples
    --------
    >>> distinct(np.array([7, 3, 7])).tolist(), distinct(np.array([], np.int64)).tolist()
    ([3, 7], [])
    """
    ordered = np.sort(values, kind=kind)
    other = np.ones(len(ordered), np.bool_)
    other[1:] = ordered[1:] != ordered[:-1]
    return ordered[other]


def isin_sorted(values: IntegerArray, some: IntegerArray) -> Flags:
    """Tell which values are among some sorted ones.

    Of many values most are not, and a table of their last bits rules these out sooner than a
    search.

    Examples
    --------
    >>> isin_sorted(np.array([7, 3, 8]), np.array([3, 7])).tolist()
    [True, True, False]
    """
    found = np.zeros(len(values), np.bool_)
    if not len(some):
        return found
    indices = np.arange(len(values))
    if len(values) > MIN_TABLE_LOOKUPS:
        table, last = np.zeros(1 << LOOKUP_TABLE_BITS, np.bool_), (1 << LOOKUP_TABLE_BITS) - 1
        table[some & last] = True
        indices = np.flatnonzero(table[values & last])
    maybe = values[indices]
    found[indices] = some[np.minimum(np.searchsorted(some, maybe), len(some) - 1)] == maybe
    return found


def stable_order(values: IntegerArray) -> I64:
    """Return the order that sorts whole numbers from 0 on, of equal ones the first first.

    By 16 bits at a time, which numpy sorts by their digits: several times as fast as all at once.

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


def distinct_partitions(values: U64, most: int) -> list[U64]:
    """Return hashes sorted, once each, as ``distinct`` does, in parts of about so many.

    Examples
    --------
    >>> parts = distinct_partitions(np.array([1 << 63, 7, 1 << 63, 2], np.uint64), 3)
    >>> [part.tolist() for part in parts]
    [[2, 7], [9223372036854775808]]
    """
    count = len(values) // most + 1
    bounds = np.arange(1, count, dtype=np.uint64) * np.uint64((1 << 64) // count)
    parts: list[list[U64]] = [[] for _ in range(count)]
    for own in batch_slices(len(values)):
        some = np.sort(values[own])
        for part, piece in zip(parts, np.split(some, np.searchsorted(some, bounds)), strict=True):
            part.append(piece)
    return [distinct(np.concatenate(part)) for part in parts]


def has_equal_neighbor(values: IntegerArray) -> Flags:
    """Tell which of sorted numbers are there more than once.

    Examples
    --------
    >>> has_equal_neighbor(np.array([1, 2, 2])).tolist()
    [False, True, True]
    """
    repeated = np.zeros(len(values), np.bool_)
    repeated[1:] = values[1:] == values[:-1]
    repeated[:-1] |= repeated[1:]
    return repeated


def partition_positions(kinds: I64, starts: I64) -> I64:
    """Return where items go that are sorted by their kinds, those of a kind as they come.

    Parameters
    ----------
    kinds
        (n,): small numbers.
    starts
        Where the next item of each kind goes; it is moved on, for the portion that follows.

    Examples
    --------
    >>> starts = np.array([0, 3])
    >>> partition_positions(np.array([1, 0, 1]), starts).tolist()
    [3, 0, 4]
    >>> partition_positions(np.array([0]), starts).tolist()
    [1]
    """
    order = np.argsort(kinds, kind="stable")
    counts = np.bincount(kinds, minlength=len(starts))
    before = np.cumsum(counts) - counts
    found = np.empty(len(kinds), np.int64)
    found[order] = np.arange(len(kinds)) + np.repeat(starts - before, counts)
    starts += counts
    return found
