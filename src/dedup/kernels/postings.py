"""Kept rows by the keys of their sketch: short lists, which only grow.

A key that FULL kept rows have takes no more: what so many unlike rows share is a phrase.
"""

from typing import NamedTuple

import numpy as np

from dedup.kernels import spill
from dedup.kernels.jit import compiled, unallocating
from dedup.kernels.room import with_room
from dedup.kernels.scalar import U
from dedup.records import I64, U32, U64

FULL = 64
COMPARED = 64  # candidates of a row that are compared with it, those that share most keys


class Postings(NamedTuple):
    """The lists, by the numbers of their keys; a list of one row is that row.

    A longer one is in the pool, where its room is the next power of two; when that is used up it
    moves, so a list is always in one piece, and a quarter of the pool is in use at least.
    """

    lists: U64  # (keys,): length in the upper half, row or place in the pool in the lower
    pool: U32
    used: I64  # (1,): places in the pool


def new_postings(keys: int, entries: int, full: int) -> Postings:
    """Return no lists for so many keys, of so many entries at most, in lists of ``full``."""
    # The longer a list, the more often it may have moved.
    room = entries * (2 if full == FULL else 4)
    return Postings(
        spill.zeros(keys, np.uint64),
        # On the disk it cannot grow, so what comes is made room for.
        spill.empty(max(1024, room) if spill.is_active() else 1024, np.uint32),
        np.zeros(1, np.int64),
    )


@unallocating
def fetch(postings: Postings, keys: U32, start: int, stop: int) -> np.int64:
    """Read the lists of some keys, so that they are in the cache when they are needed.

    The reads wait for no one, so memory serves a dozen of them in the time of one. They are
    added up for the compiler not to leave them out.
    """
    lists, total = postings.lists, np.int64(0)
    for place in range(start, stop):
        total += np.int64(lists[keys[place]] & U(1))
    return total


@compiled
def enter(postings: Postings, keys: U32, start: int, stop: int, row: int, full: int) -> Postings:
    """Enter a row under the keys from ``start`` to ``stop``, but for those whose list is full."""
    lists, pool, used = postings
    for place in range(start, stop):
        key = keys[place]
        length, begin = np.int64(lists[key] >> U(32)), np.int64(lists[key] & U(0xFFFFFFFF))
        if length == 0:
            lists[key] = U(1) << U(32) | U(row)
            continue
        last = begin if length == 1 else np.int64(pool[begin + length - 1])
        if last == row or length == full:
            continue
        if length & (length - 1) == 0:  # its room is used up
            moved = used[0]
            pool = with_room(pool, moved, 2 * length)
            used[0] += 2 * length
            for item in range(length):
                pool[moved + item] = np.uint32(begin) if length == 1 else pool[begin + item]
            begin = moved
        pool[begin + length] = np.uint32(row)
        lists[key] = U(length + 1) << U(32) | U(begin)
    return Postings(lists, pool, used)
