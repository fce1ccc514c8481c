"""What one way to count similarity shows of a sample."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log

import numpy as np

from dedup.auditing.chance import Chance, chance_of, clear_from
from dedup.auditing.neighbours import View, neighbours
from dedup.config import PRESETS, Config
from dedup.records import F64, I64
from dedup.similarity import overlap
from dedup.sketches import shingles
from dedup.text.packed import Packed

CLOSE = 0.05  # on both sides of a threshold, what is counted for the valley
SHORT = 100  # words of a text, from which on it is long
LETTERS, WORDS = View("containment", "char", 5), View("containment", "word", 5)


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
    chance
        What unlike texts share.
    clear
        The least threshold at which chance explains one in a hundred of what is found.
    garble
        (g,) float64: of pairs of near copies, the logarithm of the words 5-grams that are left over
        that of the letter 5-grams. A wrong letter breaks 5 of these and some 25 letters' worth of
        words, so it is about 5 where letters are wrong, and about 3 where words are other ones.
    """

    view: View
    rows: I64
    nearest: I64
    similarity: F64
    chance: Chance
    clear: float
    garble: F64

    @property
    def apart(self) -> float:
        """The share of the clear texts that lie in the upper half, where copies do."""
        clear = self.similarity[self.similarity >= self.clear]
        return float((clear >= upper_half(self.clear, self.view)).mean()) if len(clear) else 0.0

    def found(self, threshold: float, own: "Look") -> float:
        """Return the share of the clear texts here that another look finds at a threshold.

        Here both of two copies are found, by containment one of them.
        """
        clear = self.similarity >= self.clear
        sides = 2 if own.view.measure == "containment" and self.view.measure == "jaccard" else 1
        found = sides * (own.similarity[clear] >= threshold).mean() if clear.any() else 0.0
        return min(float(found), 1.0)

    def by_chance(self, threshold: float) -> float:
        """Return the share of what is found at a threshold that is alike by chance, at most 1."""
        found = float((self.similarity >= threshold).mean()) if len(self.similarity) else 0.0
        return min(self.chance.share(threshold) / found, 1.0) if found else 0.0

    def valley(self, threshold: float) -> float:
        """Return the similarity from ``clear`` to a threshold with the fewest texts about it."""
        steps = np.round(np.arange(self.clear, threshold + 1e-9, 0.01), 2)
        ordered = np.sort(self.similarity)
        ends = (np.searchsorted(ordered, steps + side) for side in (-CLOSE, CLOSE))
        low, high = ends
        counts = (high - low)[::-1]  # of equal ones the highest
        return float(steps[::-1][int(np.argmin(counts))])


def upper_half(clear: float, view: View) -> float:
    """Return where the upper half begins of the similarities from ``clear`` on.

    Jaccard's counts what differs twice, so it is the half by Dice's, ``2 * j / (1 + j)``.

    Examples
    --------
    >>> words, letters = View("containment", "word", 5), View("jaccard", "char", 8)
    >>> upper_half(0.2, words), round(upper_half(0.2, letters), 3)
    (0.6, 0.5)
    """
    if view.measure == "containment":
        return (1 + clear) / 2
    half = (1 + 2 * clear / (1 + clear)) / 2
    return half / (2 - half)


def looks(packed: Packed, config: Config, words: int, threads: int | None) -> Mapping[str, Look]:
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
    seen: dict[View, Look] = {}
    for name, view in views.items():
        if view not in seen:
            seen[view] = _look(packed, view, config.seed, threads, garble=name == "ocr")
    return {name: seen[view] for name, view in views.items()}


def _look(packed: Packed, view: View, seed: int, threads: int | None, *, garble: bool) -> Look:
    found = neighbours(packed, view, seed, threads)
    chance = chance_of(found)
    clear = clear_from(found, chance)
    near = (found.similarity >= upper_half(clear, view)) & (found.similarity < 1) & garble
    garbles = _garble(packed, found.queries[near], found.nearest[near], seed)
    return Look(view, found.queries, found.nearest, found.similarity, chance, clear, garbles)


def _garble(packed: Packed, left: I64, right: I64, seed: int) -> F64:
    """Return how much more words are hurt than letters in pairs of rows, where both are."""
    texts = packed.take(np.concatenate((left, right)))
    shares = []
    for view in (WORDS, LETTERS):
        values, offsets = shingles(texts, unit=view.unit, ngram_size=view.ngram_size, seed=seed)
        rows = [values[offsets[row] : offsets[row + 1]] for row in range(len(texts))]
        shares.append([overlap(*pair) for pair in zip(rows, rows[len(left) :], strict=False)])
    pairs = [pair for pair in zip(*shares, strict=True) if 0 < pair[0] < 1 and 0 < pair[1] < 1]
    return np.array([log(words) / log(letters) for words, letters in pairs])
