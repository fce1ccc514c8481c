"""The exact similarity of a row and its candidates, by the sets of their shingles."""

from typing import NamedTuple

import numpy as np

from dedup.kernels.jit import compiled
from dedup.kernels.rows import Scratch, Texts, hash_piece, scratch_for, shingles_in
from dedup.kernels.sets import HashSet, count_shared, fill, new_set
from dedup.records import F64, I32, I64


class Verifier(NamedTuple):
    """Where rows are compared, made once for all of them."""

    scratch: Scratch
    mine: HashSet  # of the row that is compared
    theirs: HashSet  # of another, where its different shingles are counted
    marks: I64  # (1,): the last mark used in the sets
    distinct: I32  # (n,): different shingles of a row, 0 as long as nobody asked
    scores: F64  # of the candidates


@compiled
def verifier_for(texts: Texts, rows: int, candidates: int) -> Verifier:
    """Return room to compare a row with so many candidates at once."""
    return Verifier(
        scratch=scratch_for(texts, 0, rows),
        mine=new_set(64),
        theirs=new_set(64),
        marks=np.zeros(1, np.int64),
        distinct=np.zeros(rows, np.int32),
        scores=np.empty(candidates),
    )


@compiled
def compare(
    texts: Texts,
    counts: I64,
    row: int,
    met: I64,
    candidates: int,
    threshold: float,
    contained: bool,
    best_only: bool,
    verifier: Verifier,
) -> Verifier:
    """Write the similarity of a row to each of its candidates, ``met``, into ``scores``.

    0 stands for those that are too short to be similar, and, where the best one only is wanted,
    for those that cannot be better than one of similarity 1. The verifier is returned, since its
    sets may have been replaced by larger ones.
    """
    scratch, mine, theirs, marks, distinct, scores = verifier
    ngram_size = len(texts.places)
    size = shingles_in(counts[row], ngram_size)
    if 2 * size > len(mine.slots):
        mine = new_set(size)
    hash_piece(texts, row, row + 1, scratch)
    marks[0] += 1
    generation = marks[0]
    own = fill(mine, generation, scratch.shingles, size)
    distinct[row] = own
    equal = len(counts)  # the lowest row of similarity 1
    for place in range(candidates):
        other = met[place]
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
        marks[0] += 1
        shared = count_shared(mine, generation, marks[0], scratch.shingles, size)
        if contained:
            scores[place] = shared / own
        else:
            if distinct[other] == 0:
                if 2 * size > len(theirs.slots):
                    theirs = new_set(size)
                distinct[other] = fill(theirs, marks[0], scratch.shingles, size)
            scores[place] = shared / (own + distinct[other] - shared)
        if scores[place] == 1.0:
            equal = min(equal, other)
    return Verifier(scratch, mine, theirs, marks, distinct, scores)
