"""The kept-only loop, compiled: rows are taken in order, and met by the rows kept so far."""

from typing import NamedTuple

import numpy as np

from dedup.kernels.jit import compiled
from dedup.kernels.postings import FULL, Postings, enter, fetch, new_postings, slot_of
from dedup.kernels.room import trimmed, with_room
from dedup.kernels.rows import Scratch, Texts, hash_piece, scratch_for, shingles_in
from dedup.kernels.scan import U
from dedup.kernels.sets import HashSet, count_shared, fill, new_set
from dedup.records import F64, I64, U32

UPPER = 1 << 16
AHEAD = 64  # rows that are fetched before they are taken


class Sketches(NamedTuple):
    """What the first pass found out about n rows."""

    counts: I64  # (n,): tokens
    order: I64  # (n,): rows as they are taken
    leader: I64  # (n,): the first row taken with the same tokens
    probes: U32  # keys a row is looked up by, flat
    probe_offsets: I64  # (n + 1,)
    entries: U32  # keys a row is found under once it is kept, flat
    entry_offsets: I64  # (n + 1,)
    found: I64  # (n,): probes of a row, those too that no row is entered under
    needed: I64  # (n,): probes that a candidate must share
    of_rest: I64  # or so many of those that list all their rows, by the number of these


class Room(NamedTuple):
    """Where rows are compared, made once for all of them."""

    scratch: Scratch
    hits: I64  # (n,): zeros between two rows
    met: I64  # as many as a row can meet
    distinct: I64  # (n,): different shingles of a row, 0 as long as nobody asked
    fetched: I64  # (1,): of no use but to have been read


@compiled
def meet(postings: Postings, sketches: Sketches, row: int, full: int, room: Room) -> int:
    """Write the kept rows that share enough probes with a row into ``room.met``; return how many.

    The rule is that of ``index.Index.candidates``. Of the hits, the lower part counts all probes,
    the upper those that list all their rows.
    """
    hits, met = room.hits, room.met
    slots, lengths, pool, _ = postings
    probes, count, full_keys = sketches.probes, 0, 0
    for probe in range(sketches.probe_offsets[row], sketches.probe_offsets[row + 1]):
        slot = slot_of(slots, lengths, probes[probe])
        length = np.int64(lengths[slot])
        if length == 0:
            continue
        full_keys += length == full
        weight = 1 if length == full else 1 + UPPER
        begin = np.int64(slots[slot] & U(0xFFFFFFFF))
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
        every, upper = hits[other] % UPPER, hits[other] // UPPER
        if every >= needed or (full_keys and upper >= of_rest):
            met[candidates] = other
            candidates += 1
        hits[other] = 0
    return candidates


@compiled
def _fetch_rows(postings: Postings, sketches: Sketches, begin: int, end: int, room: Room) -> None:
    """Bring into the cache what the next rows look up, a block of them at a time."""
    total = np.int64(0)
    for place in range(begin, end):
        row = sketches.order[place]
        first, stop = sketches.probe_offsets[row], sketches.probe_offsets[row + 1]
        total += fetch(postings, sketches.probes, first, stop)
        first, stop = sketches.entry_offsets[row], sketches.entry_offsets[row + 1]
        total += fetch(postings, sketches.entries, first, stop) + sketches.needed[row]
    room.fetched[0] += total


@compiled
def _room_for(texts: Texts, sketches: Sketches, full: int) -> Room:
    rows = len(sketches.counts)
    most = 0
    for row in range(rows):
        most = max(most, sketches.probe_offsets[row + 1] - sketches.probe_offsets[row])
    return Room(
        scratch=scratch_for(texts, 0, rows),
        hits=np.zeros(rows, np.int64),
        met=np.empty(min(most * full, rows) + 1, np.int64),
        distinct=np.zeros(rows, np.int64),
        fetched=np.zeros(1, np.int64),
    )


@compiled
def compare(
    texts: Texts,
    sketches: Sketches,
    row: int,
    candidates: int,
    threshold: float,
    contained: bool,
    mine: HashSet,
    theirs: HashSet,
    mark: int,
    room: Room,
    scores: F64,
    best_only: bool,
) -> tuple[HashSet, HashSet, int]:
    """Write the exact similarity of a row to each of the candidates in ``room.met``.

    0 stands for those that are too short to be similar, and, where the best one only is wanted,
    for those that cannot be better than one of similarity 1. The sets are returned since they may
    have been replaced by larger ones, and the last mark used.
    """
    counts, distinct, scratch = sketches.counts, room.distinct, room.scratch
    ngram_size = len(texts.places)
    size = shingles_in(counts[row], ngram_size)
    if 2 * size > len(mine.slots):
        mine = new_set(size)
    hash_piece(texts, row, row + 1, scratch)
    mark += 1
    generation = mark
    own = fill(mine, generation, scratch.shingles, 0, size)
    distinct[row] = own
    equal = len(counts)  # the lowest row of similarity 1
    for place in range(candidates):
        other = room.met[place]
        scores[place] = 0.0
        if best_only and other > equal:
            continue
        size = shingles_in(counts[other], ngram_size)
        # No more can be shared than the smaller of the two has.
        if size / own < threshold:
            continue
        if not contained and distinct[other] > 0 and own / distinct[other] < threshold:
            continue
        hash_piece(texts, other, other + 1, scratch)
        mark += 1
        shared = count_shared(mine, generation, mark, scratch.shingles, 0, size)
        if contained:
            scores[place] = shared / own
        else:
            if distinct[other] == 0:
                if 2 * size > len(theirs.slots):
                    theirs = new_set(size)
                distinct[other] = fill(theirs, mark, scratch.shingles, 0, size)
            scores[place] = shared / (own + distinct[other] - shared)
        if scores[place] == 1.0:
            equal = min(equal, other)
    return mine, theirs, mark


@compiled
def match_rows(
    texts: Texts, sketches: Sketches, threshold: float, contained: bool
) -> tuple[I64, F64]:
    """Match every row against the rows that stand, as ``decide.match`` does.

    Returns
    -------
    witness, similarity
        (n,) each, as in ``decide.Matches``.
    """
    order, leader = sketches.order, sketches.leader
    rows = len(order)
    witness, similarity = np.arange(rows), np.zeros(rows)
    room = _room_for(texts, sketches, FULL)
    scores = np.empty(len(room.met))
    mine, theirs, mark = new_set(64), new_set(64), 0
    postings = new_postings(len(sketches.entries) // 2)
    for turn in range(rows):
        if turn % AHEAD == 0:
            _fetch_rows(postings, sketches, turn, min(turn + AHEAD, rows), room)
        row = order[turn]
        if sketches.counts[row] == 0:
            continue
        if leader[row] != row and witness[leader[row]] == leader[row]:
            witness[row], similarity[row] = leader[row], 1.0
            continue
        found, score = row, 0.0
        candidates = meet(postings, sketches, row, FULL, room)
        if candidates:
            mine, theirs, mark = compare(
                texts,
                sketches,
                row,
                candidates,
                threshold,
                contained,
                mine,
                theirs,
                mark,
                room,
                scores,
                True,
            )
        for place in range(candidates):
            other = room.met[place]
            if scores[place] > score or (scores[place] == score and other < found):
                found, score = other, scores[place]
        if score >= threshold:
            witness[row], similarity[row] = found, score
            continue
        first, last = sketches.entry_offsets[row], sketches.entry_offsets[row + 1]
        postings = enter(postings, sketches.entries, first, last, row, FULL)
    return witness, similarity


@compiled
def pair_rows(
    texts: Texts, sketches: Sketches, threshold: float, contained: bool
) -> tuple[I64, I64, F64]:
    """Compare every row with all rows before it in order, but for those with its tokens.

    Returns
    -------
    left, right, similarity
        (m,) each: the pairs of leaders at the threshold; ``right`` comes first in order.
    """
    order, leader = sketches.order, sketches.leader
    rows = len(order)
    left, right, similarity = np.empty(1024, np.int64), np.empty(1024, np.int64), np.empty(1024)
    pairs = 0
    room = _room_for(texts, sketches, rows)
    scores = np.empty(len(room.met))
    mine, theirs, mark = new_set(64), new_set(64), 0
    postings = new_postings(len(sketches.entries) // 2)
    for turn in range(rows):
        if turn % AHEAD == 0:
            _fetch_rows(postings, sketches, turn, min(turn + AHEAD, rows), room)
        row = order[turn]
        if sketches.counts[row] == 0:
            continue
        if leader[row] != row:
            continue
        candidates = meet(postings, sketches, row, rows + 1, room)
        if candidates:
            mine, theirs, mark = compare(
                texts,
                sketches,
                row,
                candidates,
                threshold,
                contained,
                mine,
                theirs,
                mark,
                room,
                scores,
                False,
            )
        left, right = with_room(left, pairs, candidates), with_room(right, pairs, candidates)
        similarity = with_room(similarity, pairs, candidates)
        for place in range(candidates):
            if scores[place] >= threshold:
                left[pairs], right[pairs], similarity[pairs] = row, room.met[place], scores[place]
                pairs += 1
        first, last = sketches.entry_offsets[row], sketches.entry_offsets[row + 1]
        postings = enter(postings, sketches.entries, first, last, row, rows + 1)
    return trimmed(left, pairs), trimmed(right, pairs), trimmed(similarity, pairs)
