"""The kept-only loop, compiled: rows are taken in order, and met by the rows kept so far.

Its tables are made outside of it: numpy makes them of large pages, which numba does not.
"""

from typing import NamedTuple

import numpy as np

from dedup.kernels import spill
from dedup.kernels.jit import compiled, unallocating
from dedup.kernels.numbering import Taken
from dedup.kernels.portions import numbers
from dedup.kernels.postings import COMPARED, FULL, Postings, enter, fetch, new_postings
from dedup.kernels.rows import Texts
from dedup.kernels.scalar import U
from dedup.kernels.verify import Verifier, compare, verifier_for
from dedup.kernels.witness import choose_witness
from dedup.records import F64, I32, I64, Flags

UPPER = 1 << 16  # counts in the upper half of a number
LOWER = (1 << 32) - 1
BETWEEN = 128  # candidates that are compared between two looks at the memory
NEVER = 1 << 62
AHEAD = 64  # rows that are fetched before they are taken


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


class Found(NamedTuple):
    """What became of n rows so far."""

    witness: I64
    similarity: F64
    template: I64
    standing: I32  # the first row that stands with the tokens of a leader, -1 for none


class Room(NamedTuple):
    """Where the candidates of a row are gathered."""

    hits: I32  # (n,): zeros between two rows
    met: I64  # as many as a row can meet
    ranked: I64  # the candidates with the most hits; empty where all are wanted
    fetched: I64  # (1,): of no use but to have been read
    abandoned: Flags  # (1,): set by another thread when nobody wants the result any more


@unallocating
def meet(postings: Postings, sketches: Sketches, turn: int, row: int, full: int, room: Room) -> int:
    """Write the kept rows that share enough probes with a row into ``room.met``; return how many.

    The rule is that of ``index.Index.candidates``. Of the hits, the lower part counts all probes,
    the upper those that list all their rows.
    """
    hits, met = room.hits, room.met
    (lists, pool, _), (probes, offsets) = postings, sketches.probes
    count, full_keys = 0, 0
    for probe in range(offsets[turn], offsets[turn + 1]):
        length = np.int64(lists[probes[probe]] >> U(32))
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
    for place in range(min(candidates, len(room.ranked))):
        met[place] = LOWER - (room.ranked[place] & LOWER)
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
        fetched=np.zeros(1, np.int64),
        abandoned=abandoned,
    )


def match_rows(
    texts: Texts,
    sketches: Sketches,
    threshold: float,
    contained: bool,
    abandoned: Flags,
    given: int = 0,
    least: int = 0,
) -> tuple[I64, F64, I64]:
    """Match every row against the rows that stand, as ``decide.match`` does.

    Parameters
    ----------
    abandoned
        (1,): another thread may set it, to end the work with a result of no use.
    given
        So many of the first rows stand whatever they repeat.
    least
        As for ``is_template``.

    Returns
    -------
    witness, similarity, template
        (n,) each, as in ``decide.Matches``.
    """
    room = room_for(sketches, FULL, COMPARED + 1, abandoned)
    verifier = verifier_for(texts, len(sketches.order), len(room.met))
    postings = new_postings(sketches.keys, len(sketches.entries.keys))
    rows, turn = len(sketches.order), 0
    found = Found(
        numbers(rows),
        spill.zeros(rows, np.float64),
        numbers(rows),
        spill.full(rows, -1, np.int32),
    )
    # Texts are read at random, and with each comes what is beside it.
    most = BETWEEN if spill.is_active() else NEVER
    while turn < rows:
        turn, verifier, postings = _match(
            texts,
            sketches,
            threshold,
            contained,
            given,
            least,
            room,
            verifier,
            postings,
            found,
            turn,
            most,
        )
        spill.check()
    return found.witness, found.similarity, found.template


@compiled
def _match(
    texts: Texts,
    sketches: Sketches,
    threshold: float,
    contained: bool,
    given: int,
    least: int,
    room: Room,
    verifier: Verifier,
    postings: Postings,
    found_so_far: Found,
    first_turn: int,
    most: int,
) -> tuple[int, Verifier, Postings]:
    """Match rows from a turn on, until so many candidates were compared; return the next turn."""
    counts, order, leader = sketches.counts, sketches.order, sketches.leader
    entries, rows = sketches.entries, len(order)
    witness, similarity, template, standing = found_so_far
    for turn in range(first_turn, rows):
        if most <= 0:
            return turn, verifier, postings
        if turn % AHEAD == 0:
            if room.abandoned[0]:
                break
            fetch_rows(postings, sketches, turn, min(turn + AHEAD, rows), room)
        row = order[turn]
        if counts[row] == 0:
            continue
        if standing[leader[row]] >= 0:
            if row >= given:
                witness[row], similarity[row] = standing[leader[row]], 1.0
            continue
        found, score = row, 0.0
        candidates = meet(postings, sketches, turn, row, FULL, room) if row >= given else 0
        if candidates:
            most -= candidates
            verifier = compare(
                texts, counts, row, room.met, candidates, threshold, contained, True, verifier
            )
            found, score = choose_witness(
                texts,
                counts,
                row,
                room.met,
                verifier.scores,
                candidates,
                threshold,
                least,
                template,
            )
        if score >= threshold:
            witness[row], similarity[row] = found, score
            continue
        standing[leader[row]] = row
        first, last = entries.offsets[turn], entries.offsets[turn + 1]
        postings = enter(postings, entries.keys, first, last, row, FULL)
    return rows, verifier, postings
