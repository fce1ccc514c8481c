"""The kept-only loop, compiled: rows are taken in order, and met by the rows kept so far.

Its tables are made outside of it: numpy makes them of large pages, which numba does not.
"""

from typing import NamedTuple

import numpy as np

from dedup.kernels import spill
from dedup.kernels.jit import compiled
from dedup.kernels.meeting import Room, Sketches, fetch_rows, meet, room_for
from dedup.kernels.numeric_variants import PairRule
from dedup.kernels.portions import numbers
from dedup.kernels.postings import COMPARED, FULL, Postings, enter, new_postings
from dedup.kernels.rows import Texts
from dedup.kernels.verify import Verifier, compare, verifier_for
from dedup.kernels.witness import choose_witness
from dedup.records import F64, I32, I64, Flags

BETWEEN = 128  # candidates that are compared between two looks at the memory
NEVER = 1 << 62
AHEAD = 64  # rows that are fetched before they are taken


class Found(NamedTuple):
    """What became of n rows so far."""

    witness: I64
    similarity: F64
    numeric_variant: I64
    standing: I32  # the first row that stands with the tokens of a leader, -1 for none


def match_rows(
    texts: Texts,
    sketches: Sketches,
    threshold: float,
    contained: bool,
    abandoned: Flags,
    given: int,
    rule: PairRule,
) -> tuple[I64, F64, I64]:
    """Match every row against the rows that stand, as ``decide.match`` does.

    Parameters
    ----------
    abandoned
        (1,): another thread may set it, to end the work with a result of no use.
    given
        So many of the first rows stand whatever they repeat.
    rule
        What near copies are exempt by.

    Returns
    -------
    witness, similarity, numeric_variant
        (n,) each, as in ``decide.Matches``.
    """
    full = FULL if sketches.whole == 0 else len(sketches.order) + 1
    room = room_for(sketches, full, COMPARED + 1, abandoned)
    verifier = verifier_for(texts, len(sketches.order), len(room.met))
    postings = new_postings(sketches.keys, len(sketches.entries.keys), full)
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
            rule,
            full,
            room,
            verifier,
            postings,
            found,
            turn,
            most,
        )
        spill.check()
    return found.witness, found.similarity, found.numeric_variant


@compiled
def _match(
    texts: Texts,
    sketches: Sketches,
    threshold: float,
    contained: bool,
    given: int,
    rule: PairRule,
    full: int,
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
    witness, similarity, numeric_variant, standing = found_so_far
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
            found, score, verifier = _find_witness(
                texts,
                sketches,
                row,
                room,
                candidates,
                threshold,
                contained,
                rule,
                verifier,
                numeric_variant,
            )
        if score >= threshold:
            witness[row], similarity[row] = found, score
            continue
        standing[leader[row]] = row
        first, last = entries.offsets[turn], entries.offsets[turn + 1]
        postings = enter(postings, entries.keys, first, last, row, full)
    return rows, verifier, postings


@compiled
def _find_witness(
    texts: Texts,
    sketches: Sketches,
    row: int,
    room: Room,
    candidates: int,
    threshold: float,
    contained: bool,
    rule: PairRule,
    verifier: Verifier,
    numeric_variant: I64,
) -> tuple[int, float, Verifier]:
    """Return the candidate of which a row is a copy, as ``choose_witness`` does."""
    counts, met = sketches.counts, room.met
    # Of a row that is looked up by all its keys the first candidate is the most similar one, as
    # far as keys tell: if it is as similar as that, and no numeric variant, no other matters.
    compared, best_only = 1 if counts[row] <= sketches.whole else candidates, True
    while True:
        verifier = compare(
            texts, counts, row, met, compared, threshold, contained, best_only, verifier
        )
        found, score, spared = choose_witness(
            texts, row, met, verifier.scores, compared, threshold, rule, numeric_variant
        )
        # If the best one is exempt, those count that were not compared as they are no better.
        if not (spared and best_only):
            shared = room.ranked[0] >> 32
            if compared == candidates or score >= max(threshold, shared / sketches.found[row]):
                return found, score, verifier
        compared, best_only, numeric_variant[row] = candidates, not spared and best_only, row
