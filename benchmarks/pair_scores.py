"""Precision, recall, F1 and adjusted Rand index of found pairs or clusters."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.labelled_texts import Flags, Judged
from dedup import Pairs, connected_components

I64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of pairs: found and true, found, true, and all."""

    both: int
    found: int
    true: int
    all: int

    @property
    def precision(self) -> float:
        """Share of the found pairs that are true; NaN if none was found."""
        return self.both / self.found if self.found else float("nan")

    @property
    def recall(self) -> float:
        """Share of the true pairs that were found; NaN if there is none."""
        return self.both / self.true if self.true else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 if nothing was found."""
        return 2 * self.both / (self.found + self.true) if self.found + self.true else 1.0

    @property
    def ari(self) -> float:
        """Adjusted Rand index, if the pairs are those of two clusterings.

        Hubert and Arabie 1985, "Comparing partitions": common pairs beyond those expected by
        chance, divided by their maximum.

        >>> round(score_clusters(np.array([0, 0, 1, 2]), np.array([0, 0, 1, 1])).ari, 3)
        0.571
        """
        chance = self.found * self.true / self.all if self.all else 0.0
        maximum = (self.found + self.true) / 2
        return (self.both - chance) / (maximum - chance) if maximum != chance else 1.0


def score(labels: Judged | I64, found: Pairs | I64) -> Score:
    """Score found pairs, or the kept row of each text, (n,), against either kind of labels."""
    if isinstance(labels, Judged):
        return score_judged(labels, found_of_judged(labels, found))
    return score_clusters(labels, representatives(found, len(labels)))


def score_judged(judged: Judged, found: Flags) -> Score:
    """Score judged pairs; `found` has a flag for each of them."""
    both = int((judged.copy & found).sum())
    return Score(both, int(found.sum()), int(judged.copy.sum()), len(found))


def score_clusters(true: I64, found: I64) -> Score:
    """Score cluster numbers, (n,) each. Pairs are counted from cluster sizes."""
    intersections = np.unique(np.stack((true, found)), axis=1, return_counts=True)[1]
    true_sizes, found_sizes = (np.unique(labels, return_counts=True)[1] for labels in (true, found))
    return Score(
        both=_pairs_within(intersections),
        found=_pairs_within(found_sizes),
        true=_pairs_within(true_sizes),
        all=_pairs_within(np.array([len(true)])),
    )


def _pairs_within(sizes: I64) -> int:
    return int((sizes.astype(np.int64) * (sizes - 1) // 2).sum())


def found_of_judged(judged: Judged, found: Pairs | I64) -> Flags:
    """Return a flag for each judged pair: whether it was found, in either order."""
    if not isinstance(found, Pairs):
        same_cluster: Flags = found[judged.left] == found[judged.right]
        return same_cluster
    rows = (judged.left, judged.right, found.left, found.right)
    count = 1 + max(int(part.max(initial=0)) for part in rows)
    judged_codes, found_codes = (
        np.minimum(pairs.left, pairs.right) * count + np.maximum(pairs.left, pairs.right)
        for pairs in (judged, found)
    )
    return np.isin(judged_codes, found_codes)


def representatives(found: Pairs | I64, count: int) -> I64:
    """Return one row for each text, (n,), the same within a cluster or a component of pairs."""
    return connected_components(found, count) if isinstance(found, Pairs) else found


def removals(labels: I64, representative: I64) -> tuple[int, int]:
    """Return the number of rows removed, and of those with a representative of another cluster."""
    removed = representative != np.arange(len(representative))
    wrong = labels[representative] != labels
    return int(removed.sum()), int(wrong[removed].sum())
