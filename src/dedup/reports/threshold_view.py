"""What the threshold decides: similarities on both sides of it, and the recall of the search."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dedup.arrays.array_types import F32, I64
from dedup.matching.deduplicate import deduplicate
from dedup.reports.corpus_sample import CLOSEST_PAIRS, ShownPair, shown_pair
from dedup.reports.decided_texts import DecidedTexts
from dedup.text.wording import format_count

LOWER_BY, LOWEST_THRESHOLD = 0.3, 0.2  # kept texts are compared again with a lower threshold
MAX_COMPARED_CHARACTERS = 100_000_000  # of kept texts that are compared again
MEMORY_PER_CHARACTER = 16  # of --memory, bytes for each character that is compared again
ROWS_AT_ONCE = 256
MIN_NUM_PERM, MAX_RECALL = 128, 0.999  # bands exist for them at the lower threshold
BINS_PER_UNIT, CHANGES_PER_UNIT = 50, 100


@dataclass(frozen=True, slots=True)
class ThresholdView:
    """The similarities of near copies above the threshold, and of kept texts below it.

    Attributes
    ----------
    above
        (a,): of each removed near copy to its witness, ascending.
    below
        (b,): of each kept text that a lower threshold would remove, ascending.
    lowest
        The lower threshold.
    compared, kept_count
        The number of kept texts that were compared again, and of all kept texts.
    closest
        The most similar pairs below the threshold.
    """

    threshold: float
    above: F32
    below: F32
    lowest: float
    compared: int
    kept_count: int
    closest: tuple[ShownPair, ...]

    @property
    def histogram(self) -> tuple[list[int], list[float]]:
        """The number of texts by similarity, and the edges of the bins."""
        first = int(self.lowest * BINS_PER_UNIT)
        edges = np.arange(first, BINS_PER_UNIT + 1) / BINS_PER_UNIT
        counts = np.histogram(np.concatenate((self.below, self.above)), edges)[0]
        return counts.tolist(), edges.tolist()

    def changes(self) -> Iterator[tuple[float, str]]:
        """Yield thresholds, each with what it would change."""
        for step in range(round(self.lowest * CHANGES_PER_UNIT), CHANGES_PER_UNIT + 1):
            threshold = step / CHANGES_PER_UNIT
            yield threshold, self.change(threshold)

    def change(self, threshold: float) -> str:
        """Return what a threshold would change, in a sentence."""
        value = np.float32(threshold)
        more = len(self.below) - int(np.searchsorted(self.below, value))
        fewer = int(np.searchsorted(self.above, value))
        near = format_count(len(self.above), "near copy").replace("copys", "copies")
        if abs(threshold - self.threshold) < 1 / (2 * CHANGES_PER_UNIT):
            return f"Threshold {threshold:.2f}, as in this run: {near} removed."
        if threshold < self.threshold:
            return f"Threshold {threshold:.2f}: about {more:,} removed besides {near}."
        return f"Threshold {threshold:.2f}: about {fewer:,} of {near} kept instead of removed."


def most_compared_characters(memory: int | None) -> int:
    """Return how many characters of kept texts are compared again under a limit of memory.

    Examples
    --------
    >>> most_compared_characters(16_000)
    1000
    """
    if memory is None:
        return MAX_COMPARED_CHARACTERS
    return min(MAX_COMPARED_CHARACTERS, memory // MEMORY_PER_CHARACTER)


def threshold_view(
    texts: DecidedTexts, max_characters: int = MAX_COMPARED_CHARACTERS
) -> ThresholdView:
    """Compare the kept texts with a lower threshold.

    Of more than ``max_characters`` a random sample is compared.
    """
    removed = texts.removed_rows
    is_near = ~(texts.exact[removed] | texts.judged_copy[removed])
    above = np.sort(texts.similarity[removed][is_near]).astype(np.float32)
    pairs = kept_pairs(texts, max_characters)
    closest = tuple(
        shown_pair(texts, row, witness, "kept", similarity)
        for row, witness, similarity in zip(
            pairs.rows[:CLOSEST_PAIRS].tolist(),
            pairs.witness[:CLOSEST_PAIRS].tolist(),
            pairs.similarity[:CLOSEST_PAIRS].tolist(),
            strict=True,
        )
    )
    threshold, kept_count = texts.config.threshold, int(np.count_nonzero(texts.kept))
    below = pairs.similarity[::-1]
    return ThresholdView(threshold, above, below, pairs.lowest, pairs.compared, kept_count, closest)


@dataclass(frozen=True, slots=True)
class KeptPairs:
    """Kept texts that a lower threshold would remove, the most similar one first.

    Attributes
    ----------
    rows, witness, similarity
        (b,) each: the text, the kept text that it would be a copy of, and its similarity to it.
    lowest
        The lower threshold.
    compared
        The number of kept texts that were compared.
    """

    rows: I64
    witness: I64
    similarity: F32
    lowest: float
    compared: int


def kept_pairs(texts: DecidedTexts, max_characters: int = MAX_COMPARED_CHARACTERS) -> KeptPairs:
    """Compare the kept texts with a lower threshold; of too many a random sample."""
    config = replace(texts.config, keep="longest") if texts.config.keep == "auto" else texts.config
    lowest = max(config.threshold - LOWER_BY, min(LOWEST_THRESHOLD, config.threshold))
    kept = np.flatnonzero(texts.kept)
    rows, originals = _limited(texts, kept, max_characters)
    lower = replace(
        config,
        threshold=lowest,
        num_perm=max(config.num_perm, MIN_NUM_PERM),
        recall=min(config.recall, MAX_RECALL),
    )
    result = deduplicate(originals, lower)
    found = np.flatnonzero(~result.keep & (result.similarity < np.float32(config.threshold)))
    found = found[np.argsort(-result.similarity[found], kind="stable")]
    witness = rows[result.witness[found]]
    return KeptPairs(rows[found], witness, result.similarity[found], lowest, len(rows))


def _limited(texts: DecidedTexts, kept: I64, max_characters: int) -> tuple[I64, list[Any]]:
    """Return kept rows and their texts, all or a random sample of limited size."""
    shuffled = np.random.default_rng(texts.config.seed).permutation(kept)
    originals: dict[int, Any] = {}
    size = 0
    for first in range(0, len(shuffled), ROWS_AT_ONCE):
        rows = shuffled[first : first + ROWS_AT_ONCE]
        found = texts.originals(rows)
        size += sum(len(text) for text in found if text)
        if size > max_characters and originals:
            break
        originals |= zip(rows.tolist(), found, strict=True)
    ordered = sorted(originals)
    return np.array(ordered, np.int64), [originals[row] for row in ordered]
