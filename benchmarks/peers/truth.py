"""The exact pairs of a corpus: what every tool is scored against."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xxhash

from benchmarks.peers.catalogue import Measure
from benchmarks.peers.protocol import THRESHOLD, word_ngrams
from tests.brute_force import same_rows, similar_pairs

I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Truth:
    """Which of n rows are the same set, and which sets are similar.

    A set that many rows have would be millions of pairs, so each row names the first that
    is the same, and only such leaders are in pairs.
    """

    leader: I64  # (n,): the first row with the same set; a row's own number where it has no set
    left: I64  # (pairs,): leaders, left < right
    right: I64

    @property
    def codes(self) -> I64:
        """The pairs, each as one number."""
        return self.left * len(self.leader) + self.right

    @property
    def repeated(self) -> Mask:
        """(n,): which rows have the set of another row."""
        again: Mask = np.bincount(self.leader, minlength=len(self.leader))[self.leader] > 1
        return again

    @property
    def similar(self) -> Mask:
        """(n,): which rows are similar to a row with another set."""
        near = np.zeros(len(self.leader), np.bool_)
        near[self.left] = near[self.right] = True
        return near[self.leader]


def truth_of(values: U64, offsets: I64, measure: Measure) -> Truth:
    """Return the truth for rows, sorted and unique within a row; containment either way."""
    own = np.arange(len(offsets) - 1)
    leader = np.where(np.diff(offsets) > 0, same_rows(values, offsets), own)
    one, other, _ = similar_pairs(values, offsets, THRESHOLD, measure)
    pairs = np.unique(np.sort(np.stack([one, other], axis=1), axis=1), axis=0)
    return Truth(leader, pairs[:, 0], pairs[:, 1])


def word_sets(texts: Sequence[str]) -> tuple[U64, I64]:
    """Return the word 5-grams of each text as the peers see them, hashed; values, offsets."""
    rows = [
        np.unique(
            np.array(
                [xxhash.xxh3_64_intdigest(ngram.encode()) for ngram in word_ngrams(text)], np.uint64
            )
        )
        for text in texts
    ]
    return np.concatenate(rows), np.cumsum([0, *map(len, rows)])
