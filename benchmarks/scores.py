"""How well what was found agrees with the labels, over pairs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.labelled import Flags, Judged

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


def among(judged: Judged, left: I64, right: I64, count: int) -> Flags:
    """Return which of the judged pairs are among some pairs, whichever end comes first."""
    codes = [
        np.minimum(one, other) * count + np.maximum(one, other)
        for one, other in ((judged.left, judged.right), (left, right))
    ]
    return np.isin(codes[0], codes[1])
