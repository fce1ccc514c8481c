"""Sets of shingle hashes in open addressing, emptied by counting up a generation."""

from typing import NamedTuple

import numpy as np

from dedup.kernels.jit import compiled, unallocating
from dedup.kernels.scalar import U
from dedup.records import I64, U32, U64

LEAST = 1 << 10  # slots that are never too many


class HashSet(NamedTuple):
    """A slot is taken where its generation is the current one."""

    slots: U64
    generations: I64
    marks: I64  # the last count in which a slot was met
    members: U64  # the different values, as they came


@compiled
def new_set(size: int) -> HashSet:
    """Return room for so many values, and three times as many free slots: few searches go on."""
    room = 64
    while room < 4 * size:
        room *= 2
    return HashSet(
        np.empty(room, np.uint64),
        np.zeros(room, np.int64),
        np.zeros(room, np.int64),
        np.empty(room // 4, np.uint64),
    )


@compiled
def with_slots(held: HashSet, size: int) -> HashSet:
    """Return a set with room for so many values: the same, or an empty one.

    One that is much too large goes too, since its slots are walked.
    """
    slots = len(held.slots)
    return held if 4 * size <= slots <= max(LEAST, 64 * size) else new_set(size)


@unallocating
def fill(held: HashSet, generation: int, values: U64 | U32, start: int, count: int) -> int:
    """Make the set of some values; return how many different ones there are."""
    slots, generations, _, members = held
    last = U(len(slots) - 1)
    distinct = 0
    for place in range(start, start + count):
        value = values[place]
        slot = value & last
        while generations[slot] == generation and slots[slot] != value:
            slot = (slot + U(1)) & last
        if generations[slot] != generation:
            generations[slot], slots[slot] = generation, value
            members[distinct] = value
            distinct += 1
    return distinct


@unallocating
def count_shared(
    held: HashSet, generation: int, mark: int, values: U64 | U32, start: int, count: int
) -> int:
    """Count the different values of a row that the set holds; ``mark`` is used once."""
    slots, generations, marks = held.slots, held.generations, held.marks
    last = U(len(slots) - 1)
    shared = 0
    for place in range(start, start + count):
        value = values[place]
        slot = value & last
        while generations[slot] == generation and slots[slot] != value:
            slot = (slot + U(1)) & last
        if generations[slot] == generation and marks[slot] != mark:
            marks[slot] = mark
            shared += 1
    return shared
