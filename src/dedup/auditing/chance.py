"""What unlike texts share by chance, and from which similarity on it explains nothing."""

from dataclasses import dataclass
from math import exp

import numpy as np

from dedup.auditing.neighbours import Neighbours

BINS = 50  # of the histogram in which the valley is looked for
NEAR = 3  # bins above the median in which the peak of what is shared by chance is
TAIL = 0.02  # of it, the highest part, whose fall is continued
LEAST = 30  # pairs in that part, from which its fall can be told
STEPS = np.round(np.arange(0.02, 1.001, 0.01), 2)  # thresholds that are looked at
ERROR = 0.01  # of the texts found, so many by chance at most


@dataclass(frozen=True, slots=True)
class Chance:
    """How many of the other texts are similar to a text by chance.

    The similarities of unlike texts fall off exponentially from ``start`` on, by the factor e each
    ``scale``.
    """

    start: float
    scale: float
    above: float  # other texts a text that are at ``start`` or above by chance

    def others(self, threshold: float) -> float:
        """Return how many others are at a threshold or above by chance, for one text.

        Examples
        --------
        >>> round(Chance(start=0.1, scale=0.02, above=1.0).others(0.2), 5)
        0.00674
        """
        if self.scale <= 0:
            return self.above * (threshold <= self.start)
        return self.above * exp(min((self.start - threshold) / self.scale, 0.0))

    def share(self, threshold: float) -> float:
        """Return the share of texts to which any other is so similar by chance."""
        return 1 - exp(-self.others(threshold))


def chance_of(found: Neighbours) -> Chance:
    """Fit what is shared by chance.

    Most pairs of texts are unrelated, so the peak of their similarities is chance, and what lies
    between it and the first valley. Of this the highest ``TAIL`` is an exponential tail: peaks over
    a threshold (Pickands 1975) of the simplest shape. As FASTA tells related sequences by the
    similarities of all others (Pearson 1998), it is continued to where it explains nothing.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> pairs = rng.exponential(0.02, 100_000).astype(np.float32)
    >>> rows, none = np.arange(100), np.zeros(100)
    >>> chance = chance_of(Neighbours(rows, rows, none, pairs, 100_000, none > 0))
    >>> round(chance.scale, 2), round(chance.others(0.1), 1), round(1000 * exp(-5), 1)
    (0.02, 6.4, 6.7)
    """
    queries = max(len(found.queries), 1)
    pairs = np.sort(found.pairs[found.pairs < valley_of(found)])
    if not len(pairs):
        return Chance(0.0, 0.0, 0.0)
    count = min(max(int(TAIL * len(pairs)), LEAST), len(pairs))
    start = float(pairs[-count])
    return Chance(start, float((pairs[-count:] - start).mean()), count / queries)


def valley_of(found: Neighbours) -> float:
    """Return where the similarities of pairs stop getting fewer, above the peak of chance."""
    pairs = np.sort(found.pairs)
    counts = np.histogram(pairs, np.linspace(0, 1, BINS + 1))[0]
    # The median of all pairs, those that share nothing included, is that of unrelated ones.
    middle = found.others // 2 - (found.others - len(pairs))
    median = float(pairs[middle]) if middle > 0 else 0.0
    smooth = np.convolve(counts, np.ones(3) / 3, "same")
    peak = int(np.argmax(counts[: int(median * BINS) + NEAR]))
    rising = np.flatnonzero(
        (smooth[peak + 2 :] >= smooth[peak + 1 : -1]) | (counts[peak + 1 : -1] == 0)
    )
    return (peak + 1 + int(rising[0])) / BINS if len(rising) else 1.0


def clear_from(found: Neighbours, chance: Chance) -> float:
    """Return the least threshold at which chance explains ``ERROR`` of what is found at most.

    Where nothing is found that is ``ERROR`` of one text.
    """
    ordered = np.sort(found.similarity)
    for threshold in STEPS.tolist():
        above = len(ordered) - int(np.searchsorted(ordered, threshold))
        if chance.share(threshold) * len(ordered) <= ERROR * max(above, 1):
            return float(threshold)
    return 1.0
