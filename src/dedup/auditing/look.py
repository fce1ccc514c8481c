"""What one way to count similarity shows of a sample, and what unlike texts share by chance."""

from dataclasses import dataclass
from math import exp

import numpy as np

from dedup.auditing.neighbours import Neighbours, View, neighbours
from dedup.config import PRESETS, Config
from dedup.records import F64, I64, Flags
from dedup.text.packed import Packed

BINS = 50  # of the histogram in which the valley is looked for
NEAR = 3  # bins above the median in which the peak of what is shared by chance is
TAIL = 0.02  # of it, the highest part, whose fall is continued
LEAST = 30  # pairs in that part, from which its fall can be told
STEPS = np.round(np.arange(0.02, 1.001, 0.01), 2)  # thresholds that are looked at
ERROR = 0.01  # of the texts found, so many by chance at most
TOLD = 0.5  # of the texts so many alike by chance at most, or copies cannot be told beside
SHORT = 100  # words of a text, from which on it is long


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


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The similarities of the texts that were compared with all others of a sample.

    Attributes
    ----------
    view
        What was counted.
    rows, nearest
        (q,) int64: the texts, and the most similar other one of each, by their places.
    similarity
        (q,) float64: of the two, exact.
    form
        (q,) bool: whether the two are alike in a part that a third has too, and each is alone with
        the rest, as are texts of one form or in one frame.
    chance
        What unlike texts share.
    clear
        The least threshold at which chance explains one in a hundred of what is found.
    """

    view: View
    rows: I64
    nearest: I64
    similarity: F64
    form: Flags
    chance: Chance
    clear: float

    def by_chance(self, threshold: float) -> float:
        """Return the share of what is found at a threshold that is alike by chance, at most 1.

        A text that has a copy is not found by chance, whatever else it is like: of ``found``, with
        the share ``c`` alike by chance, ``(found - c) / (1 - c)`` have copies. Where most texts are
        alike by chance that cannot be told, and none is taken to have one.
        """
        found = float((self.similarity >= threshold).mean()) if len(self.similarity) else 0.0
        chance = self.chance.share(threshold)
        copies = max((found - chance) / (1 - chance), 0.0) if chance <= TOLD else 0.0
        return min(chance * (1 - copies) / found, 1.0) if found else 0.0

    def unsure(self, threshold: float) -> float:
        """Return the share of what is found at a threshold that may be forms, or in one frame."""
        found = self.similarity >= threshold
        return float(self.form[found].mean()) if found.any() else 0.0


def looks(packed: Packed, config: Config, words: int, threads: int | None) -> dict[str, Look]:
    """Look at a sample with the settings that were given, ``"own"``, and with those of presets.

    Parameters
    ----------
    words
        The median of the texts; ``"short"`` is left out where they are long.
    """
    views = {"own": View(config.measure, config.unit, config.ngram_size)}
    for name in ("ocr", "short", "web") if words < SHORT else ("ocr", "web"):
        preset = Config(**PRESETS[name])
        views[name] = View(preset.measure, preset.unit, preset.ngram_size)
    seen = {view: _look(packed, view, config.seed, threads) for view in set(views.values())}
    return {name: seen[view] for name, view in views.items()}


def _look(packed: Packed, view: View, seed: int, threads: int | None) -> Look:
    found = neighbours(packed, view, seed, threads)
    chance = chance_of(found)
    clear = clear_from(found, chance)
    return Look(view, found.queries, found.nearest, found.similarity, found.form, chance, clear)
