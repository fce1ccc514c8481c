"""Which of many texts have enough keys in common with each of some."""

import numpy as np

from dedup.kernels.jit import compiled, inlined, unallocating
from dedup.kernels.room import trimmed, with_room
from dedup.kernels.scalar import U
from dedup.records import I64, U64, Flags

BITS = 1 << 20
FIBONACCI = 0x9E3779B97F4A7C15


@compiled
def texts_met(
    keys: U64, offsets: I64, listed_keys: U64, edges: I64, listed: I64, least: I64
) -> tuple[I64, I64, I64]:
    """Count of each text which others are listed under its keys, and how often.

    Parameters
    ----------
    keys, offsets
        n texts: unique keys of each.
    listed_keys, edges, listed
        Keys, of which two may be the same, and the others under each: twice their numbers, and 1
        more where one key in common is enough.
    least
        (n,): how many keys each text has to have in common with others.

    Returns
    -------
    lengths, found, hits
        How many others were found of each text, these as in ``listed``, and how many keys they have
        in common with it.
    """
    slots, known = _slots_of(listed_keys), _bits_of(listed_keys)
    lengths, met = np.zeros(len(offsets) - 1, np.int64), np.empty(1 << 12, np.int64)
    found, hits, taken = np.empty(1 << 10, np.int64), np.empty(1 << 10, np.int64), 0
    for row in range(len(offsets) - 1):
        count, before = 0, taken
        for at in range(offsets[row], offsets[row + 1]):
            if not known[keys[at] & U(BITS - 1)]:  # as most are not
                continue
            slot = _first_slot(keys[at], slots)
            while slots[slot] >= 0:
                place = slots[slot]
                slot = (slot + U(1)) & U(len(slots) - 1)
                if listed_keys[place] == keys[at]:
                    met = with_room(met, count, edges[place + 1] - edges[place])
                    count = _append(listed, edges[place], edges[place + 1], met, count)
        ordered = np.sort(met[:count])
        start = 0
        while start < count:
            stop = start + 1
            while stop < count and ordered[stop] == ordered[start]:
                stop += 1
            if stop - start >= least[row] or ordered[start] & 1:
                found, hits = with_room(found, taken, 1), with_room(hits, taken, 1)
                found[taken], hits[taken] = ordered[start], stop - start
                taken += 1
            start = stop
        lengths[row] = taken - before
    return lengths, trimmed(found, taken), trimmed(hits, taken)


@compiled
def _slots_of(keys: U64) -> I64:
    """Return the places of keys in open addressing, -1 where there is none."""
    size = 64
    while size < 2 * len(keys):
        size *= 2
    slots = np.full(size, -1, np.int64)
    for place in range(len(keys)):
        slot = _first_slot(keys[place], slots)
        while slots[slot] >= 0:
            slot = (slot + U(1)) & U(size - 1)
        slots[slot] = place
    return slots


@compiled
def _bits_of(keys: U64) -> Flags:
    """Tell which last bits keys have."""
    known = np.zeros(BITS, np.bool_)
    for key in keys:
        known[key & U(BITS - 1)] = True
    return known


@inlined
def _first_slot(key: U, slots: I64) -> U:
    return (key * U(FIBONACCI) >> U(32)) & U(len(slots) - 1)


@unallocating
def _append(listed: I64, start: int, stop: int, met: I64, count: int) -> int:
    for number in range(start, stop):
        met[count] = listed[number]
        count += 1
    return count
