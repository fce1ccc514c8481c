"""The sets of large rows, kept for those that meet them again."""

from typing import NamedTuple

import numpy as np

from dedup.kernels.jit import compiled, unallocating
from dedup.kernels.room import with_room
from dedup.kernels.scalar import U
from dedup.kernels.sets import HashSet
from dedup.records import I64, U64

LEAST_SLOTS = 1 << 14


class Library(NamedTuple):
    """The sets of large rows, end to end in one array, in open addressing; 0 is a free slot.

    Before each stands its size, a power of two.
    """

    slots: U64
    starts: I64  # (n,): where a row's set begins, -1 where it has none
    taken: I64  # (1,): slots in use


def empty_library(rows: int) -> Library:
    """Return a library without a set."""
    return Library(np.zeros(1, np.uint64), np.full(rows, -1), np.zeros(1, np.int64))


@compiled
def shelved(library: Library, row: int, values: U64, count: int) -> Library:
    """Add the set of a row's shingles to the library."""
    slots, starts, taken = library
    size = LEAST_SLOTS
    while size < 2 * count:
        size *= 2
    start = taken[0] + 1
    slots = with_room(slots, start, size)
    slots[start - 1] = U(size)
    starts[row], taken[0] = start, start + size
    for place in range(start, start + size):
        slots[place] = 0
    last = U(size - 1)
    for at in range(count):
        value = max(values[at], U(1))
        slot = value & last
        while slots[start + np.int64(slot)] != 0 and slots[start + np.int64(slot)] != value:
            slot = (slot + U(1)) & last
        slots[start + np.int64(slot)] = value
    return Library(slots, starts, taken)


@unallocating
def shared_with(library: Library, row: int, held: HashSet, generation: int) -> int:
    """Count the values of a set that the set of a row in the library has."""
    slots, start = library.slots, library.starts[row]
    last = slots[start - 1] - U(1)
    shared = 0
    for at in range(len(held.slots)):
        if held.generations[at] == generation:
            value = max(held.slots[at], U(1))
            slot = value & last
            while slots[start + np.int64(slot)] != 0 and slots[start + np.int64(slot)] != value:
                slot = (slot + U(1)) & last
            shared += slots[start + np.int64(slot)] == value
    return shared
