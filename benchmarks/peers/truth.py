"""The exact pairs of a corpus, by brute force: every tool is scored against them."""

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
    """Exact copies and similar pairs of n rows.

    Rows with equal shingle sets have one representative, and pairs are of representatives only:
    a set that many rows share would make millions of pairs.
    """

    representative: I64  # (n,): first row with an equal set; the row itself if its set is empty
    left: I64  # (pairs,): representatives, left < right
    right: I64  # (pairs,)

    @property
    def codes(self) -> I64:
        """(pairs,): each pair as one number."""
        return self.left * len(self.representative) + self.right

    @property
    def repeated(self) -> Mask:
        """(n,): whether another row has an equal set."""
        sizes = np.bincount(self.representative, minlength=len(self.representative))
        shared: Mask = sizes[self.representative] > 1
        return shared

    @property
    def similar(self) -> Mask:
        """(n,): whether a row with a different set is similar."""
        near = np.zeros(len(self.representative), np.bool_)
        near[self.left] = near[self.right] = True
        return near[self.representative]


def truth_of(values: U64, offsets: I64, measure: Measure) -> Truth:
    """Return the truth for shingle sets, sorted and unique within a row.

    By containment, a pair is similar if either row contains enough of the other.
    """
    rows = np.arange(len(offsets) - 1)
    representative = np.where(np.diff(offsets) > 0, same_rows(values, offsets), rows)
    left, right, _ = similar_pairs(values, offsets, THRESHOLD, measure)
    pairs = np.unique(np.sort(np.stack([left, right], axis=1), axis=1), axis=0)
    return Truth(representative, pairs[:, 0], pairs[:, 1])


def word_sets(texts: Sequence[str]) -> tuple[U64, I64]:
    """Return the hashed word 5-grams of each text, as the peers build them: values and offsets."""
    rows = [
        np.unique(
            np.array(
                [xxhash.xxh3_64_intdigest(ngram.encode()) for ngram in word_ngrams(text)], np.uint64
            )
        )
        for text in texts
    ]
    return np.concatenate(rows), np.cumsum([0, *map(len, rows)])
