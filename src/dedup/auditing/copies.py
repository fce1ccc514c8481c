"""Which texts of a sample have copies, by the look that sees the most, where copies stand apart."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dedup.auditing.look import Look
from dedup.auditing.misread import is_misread
from dedup.auditing.neighbours import View
from dedup.matching.similarity import MEASURES
from dedup.matching.sketches import shingles
from dedup.records import F64, Flags
from dedup.text.packed import Packed

CLOSE = 0.025  # on both sides of a place, what is counted
BETWEEN = 0.05  # of the texts above a gap, so many near it at most
LEAST = 20  # texts above a gap: fewer may be a matter of the draw


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """Texts that have a copy, and how similar the two are by other looks.

    Attributes
    ----------
    gap
        The similarity above which they lie and near which next to none do; None where there is no
        such place, and so no copies are known.
    has
        (q,) bool: which of the compared texts have a copy.
    similarity
        (c,) float64 by name: of those that have one and the copy.
    misread
        Whether these differ in letters inside their words.
    """

    gap: float | None
    has: Flags
    similarity: dict[str, F64]
    misread: bool

    def rates(self, name: str, look: Look, threshold: float) -> tuple[float, float]:
        """Return the share of the copies that a threshold finds, and of what it finds, of copies.

        Parameters
        ----------
        name, look
            The look by which it is a threshold.
        """
        found = int((self.similarity[name] >= threshold).sum())
        other = int((look.similarity[~self.has] >= threshold).sum())
        return found / max(len(self.similarity[name]), 1), found / max(found + other, 1)

    def score(self, name: str, look: Look, threshold: float) -> float:
        """Return the harmonic mean of the two rates."""
        found, right = self.rates(name, look, threshold)
        return 2 * found * right / (found + right) if found else 0.0


def gap_of(look: Look) -> float | None:
    """Return the least similarity clear of chance that parts copies from the rest, if any does.

    Texts that are somewhat alike get fewer and fewer the more they are alike; where copies are
    apart from them the similarities have a gap, and more lie above it than near it.
    """
    ordered = np.sort(look.similarity)
    steps = np.round(np.arange(look.clear, 1 - CLOSE, 0.01), 2)
    low, high = (np.searchsorted(ordered, steps + side) for side in (-CLOSE, CLOSE))
    above = len(ordered) - np.searchsorted(ordered, steps)
    apart = np.flatnonzero((high - low <= BETWEEN * above) & (above >= LEAST))
    return float(steps[apart[0]]) if len(apart) else None


def copies_in(packed: Packed, looks: dict[str, Look], seed: int, threads: int | None) -> Copies:
    """Tell copies by the look ``"ocr"``: letters show what is left of changed words too."""
    seen = looks["ocr"]
    gap = gap_of(seen)
    has = seen.similarity >= gap if gap is not None else np.zeros(len(seen.rows), np.bool_)
    rows = np.concatenate((seen.rows[has], seen.nearest[has]))
    texts = [text or "" for text in packed.take(rows)]
    known: dict[View, F64] = {}
    for look in looks.values():
        if look.view not in known:
            known[look.view] = _similarities(texts, look.view, seed, threads)
    similarity = {name: known[look.view] for name, look in looks.items()}
    half = len(texts) // 2
    pairs = [pair for pair in zip(texts[:half], texts[half:], strict=True) if pair[0] != pair[1]]
    return Copies(gap, has, similarity, is_misread(pairs, seed))


def _similarities(texts: list[str], view: View, seed: int, threads: int | None) -> F64:
    """Return how similar each text of the first half is to that of the second in its place."""
    values, offsets = shingles(
        texts, unit=view.unit, ngram_size=view.ngram_size, seed=seed, threads=threads
    )
    rows = [values[start:stop] for start, stop in pairwise(offsets.tolist())]
    measure, half = MEASURES[view.measure], len(rows) // 2
    pairs = (sorted(pair, key=len) for pair in zip(rows[:half], rows[half:], strict=True))
    return np.array([measure(*pair) for pair in pairs], np.float64)
