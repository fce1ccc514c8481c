"""How well what was found agrees with the labels, over pairs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.labelled_texts import Flags, Judged
from dedup import Pairs, connected_components

I64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of pairs: found and true, found, true, and all that there are."""

    both: int
    found: int
    true: int
    all: int

    @property
    def precision(self) -> float:
        """Share of the found pairs that is true; not a number where none was found."""
        return self.both / self.found if self.found else float("nan")

    @property
    def recall(self) -> float:
        """Share of the true pairs that was found; not a number where there is none."""
        return self.both / self.true if self.true else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of the two; 0 where nothing was found."""
        return 2 * self.both / (self.found + self.true) if self.found + self.true else 1.0

    @property
    def ari(self) -> float:
        """Adjusted Rand index, where the pairs are those of two clusterings.

        Hubert and Arabie 1985, "Comparing partitions": pairs in common beyond those expected
        by chance, over the most that there can be.

        >>> round(of_clusters(np.array([0, 0, 1, 2]), np.array([0, 0, 1, 1])).ari, 3)
        0.571
        """
        chance = self.found * self.true / self.all if self.all else 0.0
        most = (self.found + self.true) / 2
        return (self.both - chance) / (most - chance) if most != chance else 1.0


def score(labels: Judged | I64, found: Pairs | I64) -> Score:
    """Score pairs, or clusters by (n,) the row that stands for each, by either kind of labels."""
    if isinstance(labels, Judged):
        return of_pairs(labels, chosen(labels, found))
    return of_clusters(labels, standing(found, len(labels)))


def of_pairs(judged: Judged, found: Flags) -> Score:
    """Score which of the judged pairs were found."""
    both = int((judged.copy & found).sum())
    return Score(both, int(found.sum()), int(judged.copy.sum()), len(found))


def of_clusters(true: I64, found: I64) -> Score:
    """Score clusters, (n,) each: the pairs are counted from sizes, not listed."""
    cells = np.unique(np.stack((true, found)), axis=1, return_counts=True)[1]
    columns = (np.unique(labels, return_counts=True)[1] for labels in (true, found))
    both, of_true, of_found = (_pairs_within(sizes) for sizes in (cells, *columns))
    return Score(both, of_found, of_true, _pairs_within(np.array([len(true)])))


def _pairs_within(sizes: I64) -> int:
    return int((sizes.astype(np.int64) * (sizes - 1) // 2).sum())


def chosen(judged: Judged, found: Pairs | I64) -> Flags:
    """Return which of the judged pairs were found, whichever end comes first."""
    if not isinstance(found, Pairs):
        alike: Flags = found[judged.left] == found[judged.right]
        return alike
    ends = (judged.left, judged.right, found.left, found.right)
    count = 1 + max(int(rows.max(initial=0)) for rows in ends)
    wanted, listed = (
        np.minimum(pairs.left, pairs.right) * count + np.maximum(pairs.left, pairs.right)
        for pairs in (judged, found)
    )
    return np.isin(wanted, listed)


def standing(found: Pairs | I64, count: int) -> I64:
    """Return (n,) the row that stands for each: of pairs, the first that a chain leads to."""
    return connected_components(found, count) if isinstance(found, Pairs) else found


def removals(labels: I64, stands: I64) -> tuple[int, int]:
    """Return how many rows another one stands for, and how many of these have other labels."""
    removed = stands != np.arange(len(stands))
    return int(removed.sum()), int((labels[stands] != labels)[removed].sum())
