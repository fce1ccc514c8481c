"""Which kept rows a row is compared with: those that share enough of its keys."""

from typing import NamedTuple

import numpy as np

from dedup.kernels import rarest, spill
from dedup.kernels.jit import unallocating
from dedup.kernels.numbering import Taken
from dedup.kernels.postings import Postings, fetch
from dedup.kernels.rarest import Rarest, meet_by_rarest, room_for_rarest
from dedup.kernels.scalar import U
from dedup.records import I32, I64, Flags

UPPER = 1 << 16  # counts in the upper half of a number
LOWER = (1 << 32) - 1


class Sketches(NamedTuple):
    """What the first pass found out about n rows."""

    counts: I64  # (n,): tokens
    order: I64  # (n,): rows as they are taken
    leader: I64  # (n,): the first row taken with the same tokens
    probes: Taken  # numbers of keys a row is looked up by: none where it cannot share enough
    entries: Taken  # and of those it is found under once it is kept
    keys: int  # how many numbers there are
    found: I64  # (n,): probes of a row, those too that no row is entered under
    needed: I64  # (n,): probes that a candidate must share
    of_rest: I64  # or so many of those that list all their rows, by the number of these
    whole: int  # tokens of a row that is looked up by all its keys, in lists of all rows, at most
    turns: I64  # (n,): in which each row is taken, where there may be such rows


class Room(NamedTuple):
    """Where the candidates of a row are gathered."""

    hits: I32  # (n,): zeros between two rows
    met: I64  # as many as a row can meet
    ranked: I64  # the candidates with the most hits; empty where all are wanted
    rarest: Rarest  # for rows that are looked up by all their keys
    fetched: I64  # (1,): of no use but to have been read
    abandoned: Flags  # (1,): set by another thread when nobody wants the result any more


@unallocating
def meet(postings: Postings, sketches: Sketches, turn: int, row: int, full: int, room: Room) -> int:
    """Write the kept rows that share enough probes with a row into ``room.met``; return how many.

    The rule is that of ``candidates.Candidates.of``.
    """
    if sketches.counts[row] > sketches.whole:
        candidates = _meet_by_sample(postings, sketches, turn, row, full, room)
    else:
        candidates = _meet_by_all(postings, sketches, turn, row, room)
    for place in range(min(candidates, len(room.ranked))):
        room.met[place] = LOWER - (room.ranked[place] & LOWER)
    return candidates


@unallocating
def _meet_by_all(postings: Postings, sketches: Sketches, turn: int, row: int, room: Room) -> int:
    """Count what rows share of all keys."""
    hits, met, (probes, offsets) = room.hits, room.met, sketches.probes
    first, last, needed = offsets[turn], offsets[turn + 1], sketches.needed[row]
    entries, edges = sketches.entries
    count = meet_by_rarest(
        postings,
        probes,
        first,
        last,
        needed,
        entries,
        edges,
        sketches.turns,
        hits,
        met,
        room.rarest,
    )
    candidates = 0
    for place in range(count):
        other = met[place]
        shared = np.int64(hits[other])
        hits[other] = 0
        if len(room.ranked) == 0:
            met[candidates] = other
            candidates += 1
        else:
            candidates = _ranked(room.ranked, candidates, shared, other)
    return candidates


@unallocating
def _meet_by_sample(
    postings: Postings, sketches: Sketches, turn: int, row: int, full: int, room: Room
) -> int:
    """Count what rows share of the sample.

    Of the hits, the lower part counts all probes, the upper those that list all their rows.
    """
    hits, met = room.hits, room.met
    (lists, pool, _), (probes, offsets) = postings, sketches.probes
    count, full_keys = 0, 0
    for probe in range(offsets[turn], offsets[turn + 1]):
        length = min(int(np.int64(lists[probes[probe]] >> U(32))), full)
        if length == 0:
            continue
        full_keys += length == full
        weight = 1 if length == full else 1 + UPPER
        begin = np.int64(lists[probes[probe]] & U(0xFFFFFFFF))
        for place in range(begin, begin + length):
            other = begin if length == 1 else np.int64(pool[place])
            if not hits[other]:
                met[count] = other
                count += 1
            hits[other] += weight
    needed = sketches.needed[row]
    of_rest = sketches.of_rest[sketches.found[row] - full_keys]
    candidates = 0
    for place in range(count):
        other = met[place]
        every, upper = np.int64(hits[other] % UPPER), np.int64(hits[other] // UPPER)
        hits[other] = 0
        if every < needed and not (full_keys and upper >= of_rest):
            continue
        if len(room.ranked) == 0:
            met[candidates] = other
            candidates += 1
        else:
            candidates = _ranked(room.ranked, candidates, upper << 16 | every, other)
    return candidates


@unallocating
def _ranked(ranked: I64, count: int, hits: np.int64, row: int) -> int:
    """Insert a candidate among those with the most hits; return how many there are.

    Hits of keys that list all their rows count before others, as they are rarer. Of as many
    the lower row comes first. ``ranked`` has one place more than are wanted.
    """
    value = hits << 32 | (LOWER - row)
    at = count
    while at > 0 and ranked[at - 1] < value:
        ranked[at] = ranked[at - 1]
        at -= 1
    ranked[at] = value
    return min(count + 1, len(ranked) - 1)


@unallocating
def fetch_rows(postings: Postings, sketches: Sketches, begin: int, end: int, room: Room) -> None:
    """Bring into the cache what the next rows look up, a block of them at a time."""
    total = np.int64(0)
    for keys, offsets in (sketches.probes, sketches.entries):
        total += fetch(postings, keys, offsets[begin], offsets[end])
    for turn in range(begin, end):
        total += sketches.needed[sketches.order[turn]]
    room.fetched[0] += total


def room_for(sketches: Sketches, full: int, ranks: int, abandoned: Flags) -> Room:
    """Return room for the candidates of a row, where a key lists so many rows."""
    rows = len(sketches.counts)
    most = int(np.diff(sketches.probes.offsets).max(initial=0))
    return Room(
        hits=spill.zeros(rows, np.int32),
        met=np.empty(min(most * full, rows), np.int64),
        ranked=np.empty(ranks, np.int64),
        rarest=room_for_rarest(most if sketches.whole else 0, rarest.LISTED if ranks else rows),
        fetched=np.zeros(1, np.int64),
        abandoned=abandoned,
    )
