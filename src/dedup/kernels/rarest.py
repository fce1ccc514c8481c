"""The kept rows that share enough of all keys of a row: its rarest keys first.

Of n keys of which m must be shared, a row that is similar has one of any n - m + 1 (prefix
filtering: Chaudhuri, Ganti and Kaushik 2006; Bayardo, Ma and Srikant 2007). So those that the
fewest kept rows have tell which rows may be similar. Which ones these are changes as rows are
kept, and with it what is read, but not what is found: of whatever may be similar, all that is
shared is counted.
"""

from typing import NamedTuple

import numpy as np

from dedup.kernels.jit import inlined, unallocating
from dedup.kernels.postings import Postings
from dedup.kernels.scalar import U
from dedup.kernels.sets import HashSet, count_shared, fill, new_set
from dedup.records import I32, I64, U32

CLASSES = 128  # of lengths: four where it doubles
READ = 48  # keys of a kept row that are read in the time of as many entries of a list, about


class Rarest(NamedTuple):
    """Where the keys of a row are put in order."""

    keys: U32  # from the shortest list to the longest, about
    bounds: I64  # (CLASSES + 1,)
    own: HashSet  # the same keys as a set
    marks: I64  # (1,): the last mark used in it


def room_for_rarest(keys: int) -> Rarest:
    """Return room for rows of so many keys."""
    bounds, marks = np.empty(CLASSES + 1, np.int64), np.zeros(1, np.int64)
    return Rarest(np.empty(keys, np.uint32), bounds, new_set(keys), marks)


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
    """
    lists, pool, _ = postings
    keys, _, own, marks = rarest
    size = last - first
    beginning = size - needed + 1  # of so many keys a similar row has one
    if beginning <= 0:
        return 0
    _sort(lists, probes, first, last, rarest)
    count, at = 0, beginning
    for place in range(beginning):
        length, begin = _list_of(lists, keys[place])
        for entry in range(begin, begin + length):
            other = begin if length == 1 else np.int64(pool[entry])
            met[count] = other
            count += hits[other] == 0
            hits[other] += 1
    # As long as lists are short, it is less to go through them than through the rows.
    while count and at < size:
        length, begin = _list_of(lists, keys[at])
        if length > READ * count:
            break
        at += 1
        for entry in range(begin, begin + length):
            other = begin if length == 1 else np.int64(pool[entry])
            hits[other] += hits[other] > 0
        count = _left(hits, met, count, needed - (size - at))
    if count and at < size:
        marks[0] += 1
        generation = marks[0]
        fill(own, generation, keys, 0, size)
        for place in range(count):
            turn = turns[met[place]]
            start, stop = edges[turn], edges[turn + 1]
            marks[0] += 1
            hits[met[place]] = count_shared(own, generation, marks[0], entries, start, stop - start)
        count = _left(hits, met, count, needed)
    return count


@inlined
def _list_of(lists: I64, key: np.uint32) -> tuple[np.int64, np.int64]:
    """Return the length of the list of a key, and where it begins, or the only row in it."""
    return np.int64(lists[key] >> U(32)), np.int64(lists[key] & U(0xFFFFFFFF))


@unallocating
def _left(hits: I32, met: I64, count: int, least: int) -> int:
    """Keep the rows that have so many hits, forget the others; return how many are left."""
    left = 0
    for place in range(count):
        other = met[place]
        if hits[other] >= least:
            met[left] = other
            left += 1
        else:
            hits[other] = 0
    return left


@inlined
def _class_of(length: np.int64) -> np.int64:
    # The exponent of the number and the two bits behind it; 1 is in class 1.
    return max((np.float32(length).view(np.int32) >> 21) - 507, 0)


@unallocating
def _sort(lists: I64, probes: U32, first: int, last: int, rarest: Rarest) -> None:
    keys, bounds, _, _ = rarest
    for number in range(CLASSES + 1):
        bounds[number] = 0
    for place in range(first, last):
        bounds[_class_of(np.int64(lists[probes[place]] >> U(32))) + 1] += 1
    for number in range(CLASSES):
        bounds[number + 1] += bounds[number]
    for place in range(first, last):
        number = _class_of(np.int64(lists[probes[place]] >> U(32)))
        keys[bounds[number]] = probes[place]
        bounds[number] += 1
