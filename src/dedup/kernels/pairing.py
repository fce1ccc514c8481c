"""All pairs of similar rows, compiled: each row meets all rows before it."""

import numpy as np

from dedup.kernels.jit import compiled
from dedup.kernels.kept import AHEAD
from dedup.kernels.meeting import Room, Sketches, fetch_rows, meet, room_for
from dedup.kernels.numeric_variants import PairRule, spares
from dedup.kernels.postings import Postings, enter, new_postings
from dedup.kernels.room import trimmed, with_room
from dedup.kernels.rows import Texts
from dedup.kernels.verify import Verifier, compare, verifier_for
from dedup.records import F64, I64, Flags


def pair_rows(
    texts: Texts,
    sketches: Sketches,
    threshold: float,
    contained: bool,
    abandoned: Flags,
    rule: PairRule,
) -> tuple[I64, I64, F64, Flags]:
    """Compare every row with all rows before it in order, but for those with its tokens.

    Returns
    -------
    left, right, similarity, numeric_variant
        (m,) each: the pairs of leaders at the threshold; ``right`` comes first in order.
    """
    room = room_for(sketches, len(sketches.order), 0, abandoned)
    verifier = verifier_for(texts, len(sketches.order), len(room.met))
    postings = new_postings(sketches.keys, len(sketches.entries.keys), len(sketches.order) + 1)
    return _pair(texts, sketches, threshold, contained, rule, room, verifier, postings)


@compiled
def _pair(
    texts: Texts,
    sketches: Sketches,
    threshold: float,
    contained: bool,
    rule: PairRule,
    room: Room,
    verifier: Verifier,
    postings: Postings,
) -> tuple[I64, I64, F64, Flags]:
    counts, order, leader = sketches.counts, sketches.order, sketches.leader
    entries, rows = sketches.entries, len(order)
    left, right, similarity = np.empty(1024, np.int64), np.empty(1024, np.int64), np.empty(1024)
    variants = np.empty(1024, np.bool_)
    pairs = 0
    for turn in range(rows):
        if turn % AHEAD == 0:
            if room.abandoned[0]:
                break
            fetch_rows(postings, sketches, turn, min(turn + AHEAD, rows), room)
        row = order[turn]
        if counts[row] == 0 or leader[row] != row:
            continue
        candidates = meet(postings, sketches, turn, row, rows + 1, room)
        if candidates:
            verifier = compare(
                texts, counts, row, room.met, candidates, threshold, contained, False, verifier
            )
        left, right = with_room(left, pairs, candidates), with_room(right, pairs, candidates)
        similarity = with_room(similarity, pairs, candidates)
        variants = with_room(variants, pairs, candidates)
        for place in range(candidates):
            score = verifier.scores[place]
            if score >= threshold:
                left[pairs], right[pairs] = row, room.met[place]
                similarity[pairs] = score
                variants[pairs] = spares(texts, row, room.met[place], score, rule)
                pairs += 1
        first, last = entries.offsets[turn], entries.offsets[turn + 1]
        postings = enter(postings, entries.keys, first, last, row, rows + 1)
    ends = trimmed(left, pairs), trimmed(right, pairs)
    return (*ends, trimmed(similarity, pairs), trimmed(variants, pairs))
