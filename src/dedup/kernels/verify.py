"""The exact similarity of a row and its candidates, by the sets of their shingles."""

from typing import NamedTuple

import numpy as np

from dedup.kernels import spill
from dedup.kernels.jit import compiled, inlined
from dedup.kernels.library import (
    Library,
    belongs,
    empty_library,
    has_set,
    shared_with,
    shelved,
)
from dedup.kernels.recent import MOST, Recent, note, nothing_recent, place_of
from dedup.kernels.rows import Scratch, Texts, hash_piece, scratch_for, shingles_in
from dedup.kernels.sets import HashSet, count_shared, fill, new_set, with_slots
from dedup.records import F64, I32, I64, U64


class Verifier(NamedTuple):
    """Where rows are compared, made once for all of them."""

    scratch: Scratch
    mine: HashSet  # of the row that is compared
    theirs: HashSet  # of another, where its different shingles are counted
    marks: I64  # (1,): the last mark used in the sets
    distinct: I32  # (n,): different shingles of a row, 0 as long as nobody asked
    scores: F64  # of the candidates
    library: Library
    recent: Recent


def verifier_for(texts: Texts, rows: int, candidates: int) -> Verifier:
    """Return room to compare a row with so many candidates at once."""
    return Verifier(
        scratch=scratch_for(texts, 0, rows),
        mine=new_set(64),
        theirs=new_set(64),
        marks=np.zeros(1, np.int64),
        distinct=spill.zeros(rows, np.int32),
        scores=np.empty(candidates),
        library=empty_library(rows, int(texts.offsets[-1] - texts.offsets[0])),
        recent=nothing_recent(rows),
    )


@compiled
def _count_different(
    distinct: I32, row: int, held: HashSet, mark: int, values: U64, start: int, size: int
) -> HashSet:
    """Count the different shingles of a row, once; return the set, which may be a larger one."""
    if distinct[row] == 0:
        held = with_slots(held, size)
        distinct[row] = fill(held, mark, values, start, size)
    return held


@inlined
def _unlike(own: int, size: int, distinct: int, threshold: float, contained: bool) -> bool:
    """Tell by the sizes alone: no more can be shared than the smaller of two rows has."""
    return size / own < threshold or (not contained and distinct > 0 and own / distinct < threshold)


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
    for those that cannot be better than one of similarity 1; below the threshold it may be less
    than it is. The verifier is returned, since its
    sets may have been replaced by larger ones.
    """
    scratch, mine, theirs, marks, distinct, scores, library, recent = verifier
    # Taken out once: numba counts a reference each time it takes an array out of a tuple.
    (ring, recent_starts, written), read = recent, scratch.shingles
    ngram_size = len(texts.places)
    size = shingles_in(counts[row], ngram_size)
    mine = with_slots(mine, size)
    hash_piece(texts, row, row + 1, scratch)
    marks[0] += 1
    generation = marks[0]
    own = fill(mine, generation, scratch.shingles, 0, size)
    distinct[row] = own
    equal = len(counts)  # the lowest row of similarity 1
    for place in range(candidates):
        other = met[place]
        scores[place] = 0.0
        if best_only and other > equal:
            continue
        size = shingles_in(counts[other], ngram_size)
        if _unlike(own, size, distinct[other], threshold, contained):
            continue
        start = place_of(recent_starts, written, other)
        is_shelved = contained and has_set(library, other)
        if start < 0 and not is_shelved:
            hash_piece(texts, other, other + 1, scratch)
            if contained and belongs(library, other, size, own):
                library, is_shelved = shelved(library, other, scratch.shingles, size), True
            elif size <= MOST:
                note(recent, other, scratch.shingles, size)
        if is_shelved:
            scores[place] = shared_with(library, other, mine.members, own, threshold * own) / own
        else:
            values = ring if start >= 0 else read
            begin = max(start, 0)
            marks[0] += 1
            shared = count_shared(mine, generation, marks[0], values, begin, size)
            every = own
            if not contained:
                theirs = _count_different(distinct, other, theirs, marks[0], values, begin, size)
                every += distinct[other] - shared
            scores[place] = shared / every
        if scores[place] == 1.0:
            equal = min(equal, other)
    return Verifier(scratch, mine, theirs, marks, distinct, scores, library, recent)
