"""The kept rows that share enough of all keys of a row: its rarest keys first.

Of n keys of which m must be shared, a row that is similar has one of any n - m + 1 (prefix
filtering: Chaudhuri, Ganti and Kaushik 2006; Bayardo, Ma and Srikant 2007). So those that the
fewest kept rows have tell which rows may be similar, and of these all that is shared is counted.

Where so many rows have each of so many keys that these lists are longer than LISTED, the rows
that come first in them stand for all.
"""

from typing import NamedTuple

import numpy as np

from dedup.kernels.jit import inlined, unallocating
from dedup.kernels.postings import Postings
from dedup.kernels.scalar import U
from dedup.kernels.sets import HashSet, count_shared, fill, new_set
from dedup.records import I32, I64, U32, U64

LISTED = 1 << 12  # rows of a list, at most, that may be similar because they are in it
FEWER = 4  # lists are about as cheap as one, as each leaves fewer rows
CLASSES = 128  # of lengths: four where it doubles


class Rarest(NamedTuple):
    """Where the keys of a row are put in order."""

    keys: U32  # from the shortest list to the longest, about
    bounds: I64  # (CLASSES + 1,)
    own: HashSet  # the same keys as a set
    marks: I64  # (1,): the last mark used in it
    listed: int  # LISTED, or more than any list has where all that is similar is wanted


def room_for_rarest(keys: int, listed: int) -> Rarest:
    """Return room for rows of so many keys, of which lists are read so far."""
    bounds, marks = np.empty(CLASSES + 1, np.int64), np.zeros(1, np.int64)
    return Rarest(np.empty(keys, np.uint32), bounds, new_set(keys), marks, listed)


@unallocating
def meet_by_rarest(
    postings: Postings,
    probes: U32,
    first: int,
    last: int,
    needed: int,
    entries: U32,
    edges: I64,
    turns: I64,
    hits: I32,
    met: I64,
    rarest: Rarest,
) -> int:
    """Write the kept rows that share enough keys into ``met``; return how many there are.

    Parameters
    ----------
    probes
        ``probes[first:last]`` are the keys of the row that other rows have.
    needed
        So many of them a kept row must share.
    entries, edges
        The keys of kept rows, by their turns.
    turns
        (n,): the turns.
    hits
        (n,): zeros before; then, of the rows that are met, what they share.
    met
        (n,): one more than can be met, as the row itself is not kept yet.
    """
    lists, pool, _ = postings
    keys, listed = rarest.keys, rarest.listed
    size = last - first
    beginning = size - needed + 1  # of so many keys a similar row has one
    if beginning <= 0:
        return 0
    _sort(lists, probes, first, last, rarest)
    count, at = 0, beginning
    for place in range(beginning):
        length, begin = _list_of(lists, keys[place])
        for entry in range(begin, begin + min(length, listed)):
            other = begin if length == 1 else np.int64(pool[entry])
            met[count] = other
            count += hits[other] == 0
            hits[other] += 1
    more = 0  # than what is shared
    if _list_of(lists, keys[beginning - 1])[0] > listed:  # counted in part: once more, all of it
        at, more = 0, 1
        for place in range(count):
            hits[met[place]] = more
    while count and at < size:
        length, begin = _list_of(lists, keys[at])
        if _is_dear(length, size - at, met, count, needed, edges, turns):
            _count_all(keys, size, entries, edges, turns, hits, met, count, rarest)
            return _left(hits, met, count, needed, 0)
        at += 1
        for entry in range(begin, begin + length):
            other = begin if length == 1 else np.int64(pool[entry])
            hits[other] += hits[other] > 0
        count = _left(hits, met, count, needed + more - (size - at), 0)
    return _left(hits, met, count, needed + more, more)


@unallocating
def _is_dear(
    length: int, lists: int, met: I64, count: int, needed: int, edges: I64, turns: I64
) -> bool:
    """Tell whether to go through lists is more than to read all keys of the rows that are left.

    The next list has this length, and no other is shorter; but each leaves fewer rows.
    """
    least = max(length, length * lists // FEWER)
    return least > count * needed and bool(least > _keys_of(met, count, edges, turns))


@unallocating
def _count_all(
    keys: U32,
    size: int,
    entries: U32,
    edges: I64,
    turns: I64,
    hits: I32,
    met: I64,
    count: int,
    rarest: Rarest,
) -> None:
    """Set the hits of some rows to how many of the keys they have."""
    own, marks = rarest.own, rarest.marks
    marks[0] += 1
    generation = marks[0]
    distinct = fill(own, generation, keys, 0, size)
    for place in range(count):
        other = met[place]
        start, stop = edges[turns[other]], edges[turns[other] + 1]
        marks[0] += 1
        hits[other] = count_shared(own, generation, marks[0], entries, start, stop - start)
        if distinct < size:
            hits[other] += _shared_again(keys, size, entries, start, stop)


@unallocating
def _shared_again(keys: U32, size: int, entries: U32, start: int, stop: int) -> int:
    """Count the keys that are there again, for another shingle, and that a row has."""
    shared = 0
    for place in range(1, size):
        if keys[place] == keys[place - 1]:
            for entry in range(start, stop):
                if entries[entry] == keys[place]:
                    shared += 1
                    break
    return shared


@unallocating
def _keys_of(met: I64, count: int, edges: I64, turns: I64) -> np.int64:
    """Return how many keys some rows have."""
    total = np.int64(0)
    for place in range(count):
        turn = turns[met[place]]
        total += edges[turn + 1] - edges[turn]
    return total


@inlined
def _list_of(lists: U64, key: np.uint32) -> tuple[int, int]:
    """Return the length of the list of a key, and where it begins, or the only row in it."""
    return int(np.int64(lists[key] >> U(32))), int(np.int64(lists[key] & U(0xFFFFFFFF)))


@unallocating
def _left(hits: I32, met: I64, count: int, least: int, more: int) -> int:
    """Keep the rows that have so many hits, forget the others; return how many are left.

    Of their hits ``more`` are taken back.
    """
    left = 0
    for place in range(count):
        other = met[place]
        if hits[other] >= least:
            hits[other] -= more
            met[left] = other
            left += 1
        else:
            hits[other] = 0
    return left


@inlined
def _class_of(lists: U64, key: np.uint32, listed: int) -> int:
    # The exponent of the length and the two bits behind it; 1 is in class 1, and whatever is
    # longer than ``listed`` in the last one.
    length = int(np.int64(lists[key] >> U(32)))
    bits = int(np.float32(length).view(np.int32))
    return CLASSES - 1 if length > listed else max((bits >> 21) - 507, 0)


@unallocating
def _sort(lists: U64, probes: U32, first: int, last: int, rarest: Rarest) -> None:
    keys, bounds = rarest.keys, rarest.bounds
    # Sorted as far as it matters. Equal keys stay beside each other.
    for number in range(CLASSES + 1):
        bounds[number] = 0
    for place in range(first, last):
        bounds[_class_of(lists, probes[place], rarest.listed) + 1] += 1
    for number in range(CLASSES):
        bounds[number + 1] += bounds[number]
    for place in range(first, last):
        number = _class_of(lists, probes[place], rarest.listed)
        keys[bounds[number]] = probes[place]
        bounds[number] += 1
