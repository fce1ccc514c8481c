"""Copies in a sample: the texts above a gap in the similarities, and how the copies differ."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from dedup.arrays.array_types import F64, Flags
from dedup.arrays.packed import PackedTexts
from dedup.auditing.planted_edits import token_spans
from dedup.auditing.similarity_view import SimilarityView, similarities
from dedup.config import Config
from dedup.matching.similarity import jaccard, overlap_coefficient

MAX_SPELLING_PAIRS = 60  # pairs of copies whose words are aligned
MIN_SPELLING_PAIRS = 10  # pairs with replaced words, to decide on OCR noise
MAX_ALIGNED_TOKENS = 300  # of each text, from its beginning
GAP_HALF_WIDTH = 0.025  # in similarity, on both sides of a gap
MAX_SHARE_IN_GAP = 0.05  # number of texts within a gap, as a share of the texts above it
MIN_SIMILAR_TEXTS = 20  # below this number, shares of similar texts are too uncertain


def has_ocr_noise(pairs: Sequence[tuple[str, str]], seed: int) -> bool:
    """Return whether most replaced words are spelled nearly like their replacement.

    Examples
    --------
    >>> typed = "the harbour ferry between the ports is back after eleven weeks in the dock"
    >>> scanned = "tbe harbour fcrry between theports is back aftcr eleven weehs in tbe dock"
    >>> edited = "the harbour tower between the ports was back for eleven days in the dock"
    >>> has_ocr_noise([(typed, scanned)] * 10, 1), has_ocr_noise([(typed, edited)] * 10, 1)
    (True, False)
    """
    rng = random.Random(seed)  # noqa: S311  no secret
    chosen = rng.sample(pairs, min(MAX_SPELLING_PAIRS, len(pairs)))
    spelled = [share for pair in chosen if (share := spelling_similarity(*pair)) is not None]
    return len(spelled) >= MIN_SPELLING_PAIRS and float(np.median(spelled)) > 1 / 2


def spelling_similarity(left_text: str, right_text: str) -> float | None:
    """Return the share of letters that replaced words have in common; None without replaced words.

    The words of the two texts are aligned. Words that only one text has are ignored.

    Examples
    --------
    >>> spelling_similarity("an old harbour", "an old harhour")
    0.8571428571428571
    >>> spelling_similarity("an old boat", "an old") is None
    True
    """
    left_words, right_words = (
        [text[slice(*span)].casefold() for span in token_spans(text)[:MAX_ALIGNED_TOKENS]]
        for text in (left_text, right_text)
    )
    common_letters = all_letters = 0.0
    matcher = SequenceMatcher(None, left_words, right_words, autojunk=False)
    for tag, *ends in matcher.get_opcodes():
        if tag == "replace":
            left = "".join(left_words[slice(*ends[:2])])
            right = "".join(right_words[slice(*ends[2:])])
            ratio = SequenceMatcher(None, left, right, autojunk=False).ratio()
            common_letters += ratio * len(left)
            all_letters += len(left)
    return common_letters / all_letters if all_letters else None


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """The texts of a sample that have a copy, and how similar the two are in each view.

    Attributes
    ----------
    views
        By name: ``"audited"`` for the audited settings, and presets.
    gap
        The similarity above which the copies lie, in the view ``"ocr"``; None if there is no gap
        and so no copies are known.
    has_copy
        (q,) bool: which of the query texts have a copy.
    similarity
        (c,) float64 by name of a view: of each text that has a copy and the copy.
    ocr_noise
        Whether the copies differ by letters inside their words.
    """

    views: dict[str, SimilarityView]
    gap: float | None
    has_copy: Flags
    similarity: dict[str, F64]
    ocr_noise: bool

    def recall_and_precision(self, name: str, threshold: float) -> tuple[float, float]:
        """Return the recall and the precision of a threshold in a view."""
        found = int((self.similarity[name] >= threshold).sum())
        wrong = int((self.views[name].similarity[~self.has_copy] >= threshold).sum())
        return found / max(len(self.similarity[name]), 1), found / max(found + wrong, 1)

    def f1(self, name: str, threshold: float) -> float:
        """Return the harmonic mean of recall and precision."""
        recall, precision = self.recall_and_precision(name, threshold)
        return 2 * recall * precision / (recall + precision) if recall else 0.0


def find_gap(view: SimilarityView) -> float | None:
    """Return the lowest similarity, not explained by chance, that separates copies from the rest.

    The number of texts decreases with the similarity. If there are copies that differ from all
    other texts, the similarities have a gap: few texts near it and more above it. None if there is
    no gap.
    """
    ordered = np.sort(view.similarity)
    steps = np.round(np.arange(view.significance_threshold, 1 - GAP_HALF_WIDTH, 0.01), 2)
    low, high = (
        np.searchsorted(ordered, steps + offset) for offset in (-GAP_HALF_WIDTH, GAP_HALF_WIDTH)
    )
    above = len(ordered) - np.searchsorted(ordered, steps)
    gaps = np.flatnonzero((high - low <= MAX_SHARE_IN_GAP * above) & (above >= MIN_SIMILAR_TEXTS))
    return float(steps[gaps[0]]) if len(gaps) else None


def find_copies(
    packed: PackedTexts,
    views: dict[str, SimilarityView],
    settings: dict[str, Config],
    threads: int | None,
) -> Copies:
    """Find the texts that have a copy, by the view ``"ocr"``.

    This view compares 8 letters at a time, so it also sees the unchanged part of changed words.
    """
    letters = views["ocr"]
    gap = find_gap(letters)
    has_copy = letters.similarity >= (np.inf if gap is None else gap)
    rows = zip(letters.rows[has_copy].tolist(), letters.nearest[has_copy].tolist(), strict=True)
    pairs = [(packed.text(row), packed.text(nearest)) for row, nearest in rows]
    similarity = {}
    for name, config in settings.items():
        measure = overlap_coefficient if config.measure == "containment" else jaccard
        similarity[name] = similarities(pairs, config, measure, threads)
    edited = [pair for pair in pairs if pair[0] != pair[1]]
    ocr_noise = has_ocr_noise(edited, settings["audited"].seed)
    return Copies(views, gap, has_copy, similarity, ocr_noise)
