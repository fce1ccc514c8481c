"""Kept rows by the keys of their sketch: a hash table of short lists, which only grows.

A key that FULL kept rows have takes no more: what so many unlike rows share is a phrase.
"""

from typing import NamedTuple

import numpy as np

from dedup.kernels import spill
from dedup.kernels.jit import compiled, inlined, unallocating
from dedup.kernels.room import with_room
from dedup.kernels.scalar import U, spread
from dedup.records import I32, I64, U32, U64

FULL = 64
COMPARED = 64  # candidates of a row that are compared with it, those that share most keys
FILL = 0.7  # of the slots, at most


class Postings(NamedTuple):
    """The lists, by key. A list of one row is that row; a longer one is in the pool.

    There its room is the next power of two; when that is used up it moves, so a list is always
    in one piece, and a quarter of the pool is in use at least.
    """

    slots: U64  # key in the upper half, row or place in the pool in the lower
    lengths: I32  # of the lists, 0 where a slot is free
    pool: U32
    used: I64  # (2,): slots, and places in the pool


def new_postings(keys: int) -> Postings:
    """Return no lists, with room for about so many keys."""
    size = 1024
    while size * FILL < keys:
        size *= 2
    return Postings(
        spill.empty(size, np.uint64),
        spill.zeros(size, np.int32),
        # On the disk it cannot grow, so what comes is made room for.
        spill.empty(max(1024, keys) if spill.is_active() else 1024, np.uint32),
        np.zeros(2, np.int64),
    )


@inlined
def slot_of(slots: U64, lengths: I32, key: np.uint32) -> np.int64:
    """Return the slot that holds a key, or the free one where it belongs."""
    slot = np.int64(U(spread(key)) * U(len(slots)) >> U(32))
    while lengths[slot] and slots[slot] >> U(32) != U(key):
        slot = (slot + 1) & (len(slots) - 1)
    return slot


@unallocating
def fetch(postings: Postings, keys: U32, start: int, stop: int) -> np.int64:
    """Read the slots of some keys, so that they are in the cache when they are searched.

    The reads wait for no one, so memory serves a dozen of them in the time of one. They are
    added up for the compiler not to leave them out.
    """
    slots, lengths = postings.slots, postings.lengths
    total = np.int64(0)
    for place in range(start, stop):
        slot = np.int64(U(spread(keys[place])) * U(len(slots)) >> U(32))
        total += lengths[slot] + np.int64(slots[slot] & U(1))
    return total


@compiled
def enter(postings: Postings, keys: U32, start: int, stop: int, row: int, full: int) -> Postings:
    """Enter a row under the keys from ``start`` to ``stop``, but for those whose list is full."""
    slots, lengths, pool, used = postings
    if used[0] + stop - start > FILL * len(slots):
        slots, lengths = _grown(slots, lengths, used[0] + stop - start)
    for place in range(start, stop):
        key = keys[place]
        slot = slot_of(slots, lengths, key)
        length = np.int64(lengths[slot])
        if length == 0:
            slots[slot] = U(key) << U(32) | U(row)
            lengths[slot] = 1
            used[0] += 1
            continue
        begin = np.int64(slots[slot] & U(0xFFFFFFFF))
        last = begin if length == 1 else np.int64(pool[begin + length - 1])
        if last == row or length == full:
            continue
        if length & (length - 1) == 0:  # its room is used up
            moved = used[1]
            pool = with_room(pool, moved, 2 * length)
            used[1] += 2 * length
            for item in range(length):
                pool[moved + item] = np.uint32(begin) if length == 1 else pool[begin + item]
            begin = moved
            slots[slot] = U(key) << U(32) | U(begin)
        pool[begin + length] = np.uint32(row)
        lengths[slot] = length + 1
    return Postings(slots, lengths, pool, used)


@compiled
def _grown(slots: U64, lengths: I32, needed: int) -> tuple[U64, I32]:
    """Return the same lists with twice the slots, or more."""
    size = 2 * len(slots)
    while size * FILL < needed:
        size *= 2
    larger, lengths_there = np.empty(size, np.uint64), np.zeros(size, np.int32)
    for old in range(len(slots)):
        if lengths[old]:
            slot = slot_of(larger, lengths_there, np.uint32(slots[old] >> U(32)))
            larger[slot], lengths_there[slot] = slots[old], lengths[old]
    return larger, lengths_there
