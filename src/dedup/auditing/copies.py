"""Which texts of a sample have copies, by the look that sees the most, where copies stand apart."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from dedup.arrays.array_types import F64, Flags
from dedup.arrays.packed import PackedTexts
from dedup.auditing.planted_edits import token_spans
from dedup.auditing.similarity_view import Look, similarities
from dedup.config import Config
from dedup.matching.similarity import jaccard, overlap_coefficient

PAIRS = 60  # of copies that are looked at
TOKENS = 300  # of each, from its beginning
TOLD_FROM = 10  # pairs that differ in words, from which it can be told
CLOSE = 0.025  # on both sides of a place, what is counted
BETWEEN = 0.05  # of the texts above a gap, so many near it at most
LEAST = 20  # texts above a gap: fewer may be a matter of the draw


def is_misread(pairs: Sequence[tuple[str, str]], seed: int) -> bool:
    """Tell whether most of what stands in the place of something else is spelled nearly like it.

    Examples
    --------
    >>> typed = "the harbour ferry between the ports is back after eleven weeks in the dock"
    >>> scanned = "tbe harbour fcrry between theports is back aftcr eleven weehs in tbe dock"
    >>> edited = "the harbour tower between the ports was back for eleven days in the dock"
    >>> is_misread([(typed, scanned)] * 10, 1), is_misread([(typed, edited)] * 10, 1)
    (True, False)
    """
    chosen = random.Random(seed).sample(pairs, min(PAIRS, len(pairs)))  # noqa: S311  no secret
    alike = [share for pair in chosen if (share := spelled_alike(*pair)) is not None]
    return len(alike) >= TOLD_FROM and float(np.median(alike)) > 1 / 2


def spelled_alike(one: str, other: str) -> float | None:
    """Return the share of the words that differ in letters that both have, None where none differ.

    Words are put beside one another in their order; what is in one text alone does not count.

    Examples
    --------
    >>> spelled_alike("an old harbour", "an old harhour"), spelled_alike("an old boat", "an old")
    (0.8571428571428571, None)
    """
    words, others = (
        [text[slice(*span)].casefold() for span in token_spans(text)[:TOKENS]]
        for text in (one, other)
    )
    both = all_letters = 0.0
    for tag, *ends in SequenceMatcher(None, words, others, autojunk=False).get_opcodes():
        if tag == "replace":
            left, right = "".join(words[slice(*ends[:2])]), "".join(others[slice(*ends[2:])])
            both += SequenceMatcher(None, left, right, autojunk=False).ratio() * len(left)
            all_letters += len(left)
    return both / all_letters if all_letters else None


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """Texts of a sample that have a copy, and how similar the two are by each look.

    Attributes
    ----------
    looks
        By name: ``"own"`` for the settings that were audited, and presets.
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

    looks: dict[str, Look]
    gap: float | None
    has: Flags
    similarity: dict[str, F64]
    misread: bool

    def rates(self, name: str, threshold: float) -> tuple[float, float]:
        """Return the share of the copies that a threshold finds by a look, and of what it finds."""
        found = int((self.similarity[name] >= threshold).sum())
        other = int((self.looks[name].similarity[~self.has] >= threshold).sum())
        return found / max(len(self.similarity[name]), 1), found / max(found + other, 1)

    def score(self, name: str, threshold: float) -> float:
        """Return the harmonic mean of the two rates."""
        found, right = self.rates(name, threshold)
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


def copies_in(
    packed: PackedTexts, looks: dict[str, Look], settings: dict[str, Config], threads: int | None
) -> Copies:
    """Tell copies by the look ``"ocr"``: letters show what is left of changed words too."""
    seen = looks["ocr"]
    gap = gap_of(seen)
    has = seen.similarity >= (np.inf if gap is None else gap)
    rows = zip(seen.rows[has].tolist(), seen.nearest[has].tolist(), strict=True)
    pairs = [(packed.text(row), packed.text(nearest)) for row, nearest in rows]
    similarity = {}
    for name, one in settings.items():
        measure = overlap_coefficient if one.measure == "containment" else jaccard
        similarity[name] = similarities(pairs, one, measure, threads)
    edited = [pair for pair in pairs if pair[0] != pair[1]]
    return Copies(looks, gap, has, similarity, is_misread(edited, settings["own"].seed))
