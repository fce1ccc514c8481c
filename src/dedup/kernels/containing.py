"""Which of many texts each of some may contain: those of whose samples it has enough."""

import numpy as np

from dedup.kernels.jit import compiled
from dedup.kernels.room import trimmed, with_room
from dedup.kernels.scalar import U
from dedup.records import I64, U64

FIBONACCI = 0x9E3779B97F4A7C15


@compiled
def contained_texts(
    keys: U64, offsets: I64, listed_keys: U64, edges: I64, listed: I64, least: I64
) -> tuple[I64, I64, I64]:
    """Count of each text which others are listed under its keys, and how often.

    Parameters
    ----------
    keys, offsets
        n texts: unique keys of each.
    listed_keys, edges, listed
        Keys, of which two may be the same, and the others under each: twice their numbers, and 1 more
        where one key in common is enough.
    least
        (n,): how many keys each text has to have in common with others.

    Returns
    -------
    lengths, found, hits
        How many others were found of each text, these as in ``listed``, and how many keys they have
        in common with it.
    """
    size = 64
    while size < 2 * len(listed_keys):
        size *= 2
    slots, last = np.full(size, -1, np.int64), U(size - 1)
    for place in range(len(listed_keys)):
        slot = (listed_keys[place] * U(FIBONACCI) >> U(32)) & last
        while slots[slot] >= 0:
            slot = (slot + U(1)) & last
        slots[slot] = place
    lengths, met = np.zeros(len(offsets) - 1, np.int64), np.empty(1 << 12, np.int64)
    found, hits, taken = np.empty(1 << 10, np.int64), np.empty(1 << 10, np.int64), 0
    for row in range(len(offsets) - 1):
        count, before = 0, taken
        for at in range(offsets[row], offsets[row + 1]):
            slot = (keys[at] * U(FIBONACCI) >> U(32)) & last
            while slots[slot] >= 0:
                place = slots[slot]
                slot = (slot + U(1)) & last
                if listed_keys[place] != keys[at]:
                    continue
                met = with_room(met, count, edges[place + 1] - edges[place])
                for number in range(edges[place], edges[place + 1]):
                    met[count] = listed[number]
                    count += 1
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
