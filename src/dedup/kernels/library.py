"""The sets of large rows, kept for those that meet them again."""

from typing import NamedTuple

import numpy as np

from dedup.kernels import spill
from dedup.kernels.jit import compiled, inlined, unallocating
from dedup.kernels.room import with_room
from dedup.kernels.scalar import U
from dedup.records import I64, U64

LARGE = 1 << 13  # shingles of a row whose set is kept as soon as it is compared
LARGER = 8  # with one that has so many times fewer,
OFTEN = 1 << 10  # and of one that was read for others
READ = 2  # so many times,
BYTES = 128  # of text for a slot that is in use then, at least


class Library(NamedTuple):
    """The sets of large rows, end to end in one array, in open addressing; 0 is a free slot.

    Before each stands its size, a power of two.
    """

    slots: U64
    starts: I64  # (n,): where a row's set begins; below 0 how often it was read without one
    taken: I64  # (2,): slots in use, and how many may be


def empty_library(rows: int, size: int) -> Library:
    """Return a library without a set, for so many rows of so many bytes in all."""
    most = size // BYTES
    # What is never filled costs no memory.
    return Library(
        spill.empty(max(most, 1), np.uint64), spill.full(rows, -1, np.int64), np.array([0, most])
    )


@inlined
def has_set(library: Library, row: int) -> bool:
    """Tell whether the set of a row is there."""
    return bool(library.starts[row] >= 0)


@unallocating
def belongs(library: Library, row: int, size: int, smallest: int) -> bool:
    """Tell whether the set of a row that was read is to be kept.

    Parameters
    ----------
    size
        Its shingles.
    smallest
        Those of the row that it is compared with.
    """
    if size > max(LARGE, LARGER * smallest):
        return True
    library.starts[row] -= 1
    fits = library.taken[0] + 4 * size < library.taken[1]
    return fits and size > OFTEN and library.starts[row] < -1 - READ


@compiled
def shelved(library: Library, row: int, values: U64, count: int) -> Library:
    """Add the set of a row's shingles to the library."""
    slots, starts, taken = library
    size = OFTEN
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
def shared_with(library: Library, row: int, members: U64, count: int, least: float) -> int:
    """Count the members of a set that the set of a row in the library has.

    Where it can no longer be ``least`` of them, the count is given up, and less is returned.
    """
    slots, start = library.slots, library.starts[row]
    last = slots[start - 1] - U(1)
    shared = 0
    for at in range(count):
        value = max(members[at], U(1))
        slot = value & last
        while slots[start + np.int64(slot)] != 0 and slots[start + np.int64(slot)] != value:
            slot = (slot + U(1)) & last
        shared += slots[start + np.int64(slot)] == value
        if count - (at - shared) < least:  # one more than there can be: ``least`` may be rounded up
            break
    return shared
