"""FastSketchLSH: sketch sorted unique tokens in one batch, insert them, query all as CSR."""

import itertools
from typing import Protocol

from FastSketchLSH import LSH, FastSimilaritySketch

from benchmarks.peers.protocol import NUM_PERM, candidate_pairs, run, word_ngrams


class Numbers(Protocol):
    """The one method of a numpy array that is used here."""

    def tolist(self) -> list[int]: ...


def decide(texts: list[str]) -> tuple[Numbers, Numbers]:
    rows = [sorted(set(word_ngrams(text))) for text in texts]
    sketches = FastSimilaritySketch(size=NUM_PERM, seed=42).batch(rows)
    index = LSH(num_perm=NUM_PERM, num_bands=16)
    index.insert(sketches)
    found: tuple[Numbers, Numbers] = index.query(sketches, format="csr")
    return found


def rows_of(found: tuple[Numbers, Numbers]) -> list[list[int]]:
    flat, offsets = (numbers.tolist() for numbers in found)
    return [flat[start:end] for start, end in itertools.pairwise(offsets)]


if __name__ == "__main__":
    run(decide, lambda found: candidate_pairs(rows_of(found)))
