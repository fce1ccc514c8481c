"""The similarities of a sample under one configuration, and what chance explains of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from math import exp

import numpy as np

from dedup.arrays.array_types import F32, F64, I64, U64, Flags, Ragged
from dedup.arrays.long_arrays import isin_sorted, stable_order
from dedup.arrays.packed import PackedTexts, pack
from dedup.config import Config, Measure
from dedup.matching.similarity import MEASURES, SimilarityMeasure
from dedup.text.hashing import shingle_texts

MAX_QUERY_TEXTS = 600  # texts that are compared with all others
MAX_INDEXED_SHINGLES = 3_000_000  # of all texts; of more, a random share is indexed
MIN_INDEXED_SHINGLES = 64  # of a text; from fewer, a similarity is off by more than a tenth
MAX_NEAREST_CANDIDATES = 6  # candidates for the nearest text, which are compared exactly
MIN_SHARED_FORM = 0.5  # share of the common part of two texts that a third text of their form has
MIN_UNSHARED_REST = 0.75  # share of the rest of a text that a third text of its form lacks
VALLEY_BINS = 50  # of the histogram in which the first valley is searched
PEAK_BINS_ABOVE_MEDIAN = 3  # the peak of chance is at most so many bins above the median
TAIL_SHARE = 0.02  # the highest share of the chance similarities; an exponential is fitted to it
MIN_TAIL_PAIRS = 30  # pairs of which the tail consists at least
MAX_CHANCE_SHARE = 0.01  # of the texts found at the significance threshold
MAX_CHANCE_MIXTURE = 0.5  # share of texts similar by chance up to which copies are estimated
THRESHOLD_GRID = [step / 100 for step in range(2, 101)]


def similarities(
    pairs: Sequence[tuple[str, str]],
    config: Config,
    measure: SimilarityMeasure,
    threads: int | None,
) -> F64:
    """Return the similarity of each pair of texts by a measure, (n,)."""
    packed = pack(chain.from_iterable(pairs))
    rows = [*shingle_texts(packed.utf8, packed.offsets, config, threads)]
    return np.array([*map(measure, rows[::2], rows[1::2])], np.float64)


def compute_view(
    packed: PackedTexts, config: Config, threads: int | None = None
) -> "SimilarityView":
    """Compare up to ``MAX_QUERY_TEXTS`` texts, drawn by ``config.seed``, with all others.

    Containment only compares a text with texts that have at least as many shingles, as
    ``near_duplicates`` does.

    Notes
    -----
    All shingles are indexed if there are at most ``MAX_INDEXED_SHINGLES``. Of more, those with the
    smallest hashes are indexed (FracMinHash; Irber et al. 2022). The chance similarities are then
    estimated from texts with at least ``MIN_INDEXED_SHINGLES`` indexed shingles. The nearest text
    is the best of ``MAX_NEAREST_CANDIDATES`` candidates by exact similarity.

    Examples
    --------
    >>> from dedup.arrays.packed import pack
    >>> texts = pack(["one two three", "one two four", "five"])
    >>> view = compute_view(texts, Config(measure="jaccard", ngram_size=1))
    >>> view.nearest.tolist(), view.similarity.tolist()
    ([1, 0, 2], [0.5, 0.5, 0.0])
    """
    shingles = shingle_texts(packed.utf8, packed.offsets, config, threads)
    lengths = shingles.lengths
    rows = np.random.default_rng(config.seed).permutation(np.flatnonzero(lengths))[:MAX_QUERY_TEXTS]
    rows.sort()
    index, measure = ShingleIndex(shingles, config.measure), MEASURES[config.measure]
    nearest, similarity = rows.copy(), np.zeros(len(rows))
    same_form = np.zeros(len(rows), np.bool_)
    chance_pairs, compared = [np.zeros(0, np.float32)], 0
    for place, row in enumerate(rows.tolist()):
        estimates = index.similarities(row)
        if index.is_precise(row):
            chance_pairs.append(estimates[(estimates > 0) & (estimates < 1)])
            min_length = lengths[row] if config.measure == "containment" else 1
            compared += int((lengths >= min_length).sum()) - 1
        count = MAX_NEAREST_CANDIDATES
        candidates = np.argpartition(-estimates, min(count, len(estimates) - 1))[:count]
        candidates = candidates[estimates[candidates] > 0]
        if not len(candidates):
            continue
        exact = np.array([measure(shingles[row], shingles[candidate]) for candidate in candidates])
        order = np.lexsort((candidates, -exact))
        nearest[place], similarity[place] = candidates[order[0]], exact[order[0]]
        same_form[place] = may_be_same_form(
            shingles[row], *(shingles[candidate] for candidate in candidates[order])
        )
    chance = fit_chance(np.concatenate(chance_pairs), compared, len(rows))
    threshold = significance_threshold(similarity, chance)
    return SimilarityView(rows, nearest, similarity, same_form, chance, threshold)


def may_be_same_form(text: U64, nearest: U64, *third_texts: U64) -> bool:
    """Return whether two texts may be form letters, or pages in one frame, by their shingles.

    Each third text that has half of the common part of the two votes. It votes for a form if it
    lacks most of the rest of each of the two. A majority decides.

    Copies that were edited independently differ from form letters: a third copy has about half of
    the rest. If the third text is another copy of the nearest one, it has all of its rest.

    Examples
    --------
    >>> rows = [np.array([1, 2, 3, row], np.uint64) for row in (4, 5, 6)]
    >>> may_be_same_form(*rows)
    True
    >>> may_be_same_form(rows[0], rows[1], rows[1]), may_be_same_form(rows[0], rows[1])
    (False, False)
    """
    shared = isin_sorted(text, nearest)
    common, rests = text[shared], (text[~shared], nearest[~isin_sorted(nearest, text)])
    votes = [
        all(
            len(rest) and (~isin_sorted(rest, third)).sum() >= MIN_UNSHARED_REST * len(rest)
            for rest in rests
        )
        for third in third_texts
        if isin_sorted(common, third).sum() >= MIN_SHARED_FORM * len(common)
    ]
    return 2 * sum(votes) > len(votes)


class ShingleIndex:
    """The rows that have a shingle, for all shingles or for a random share of them."""

    def __init__(self, shingles: Ragged, measure: Measure) -> None:
        share = min(1.0, MAX_INDEXED_SHINGLES / max(len(shingles.values), 1))
        self._has_all, self._measure = share == 1, measure
        self._lengths, self._indexed = shingles.lengths, shingles
        if share < 1:
            self._indexed = shingles.filter_values(shingles.values < np.uint64(share * 2.0**64))
        order = stable_order(self._indexed.values)
        self._values = self._indexed.values[order]
        self._rows = self._indexed.row_numbers()[order].astype(np.int32)

    def is_precise(self, row: int) -> bool:
        """Return whether enough shingles of a row are indexed to estimate its similarities."""
        return self._has_all or len(self._indexed[row]) >= MIN_INDEXED_SHINGLES

    def similarities(self, row: int) -> F32:
        """Return the similarity of a row to all rows, (n,), 0 to itself."""
        keys, lengths = self._indexed[row], self._lengths
        begins = np.searchsorted(self._values, keys)
        counts = np.searchsorted(self._values, keys, "right") - begins
        ends = np.cumsum(counts)
        places = np.arange(ends[-1] if len(ends) else 0)
        places += np.repeat(begins - (ends - counts), counts)
        size = int(lengths[row])
        counts = np.bincount(self._rows[places], minlength=len(lengths))
        shared = counts * (size / max(len(keys), 1))
        shared[row] = 0
        if self._measure == "containment":
            similarity = np.where(lengths >= size, shared / size, 0)
        else:
            similarity = np.minimum(shared / np.maximum(size + lengths - shared, 1), 1)
        return similarity.astype(np.float32)


@dataclass(frozen=True, slots=True)
class ChanceTail:
    """How many unrelated texts are similar to a text at a threshold.

    The similarities of unrelated texts fall off exponentially above ``start``.

    Attributes
    ----------
    start
        The similarity at which the tail begins.
    scale
        The similarity over which the tail falls by the factor e.
    count_at_start
        The mean number of unrelated texts that are similar to a text at ``start`` or above.
    """

    start: float
    scale: float
    count_at_start: float

    def expected_count(self, threshold: float) -> float:
        """Return the expected number of unrelated texts at a threshold or above, for one text.

        Examples
        --------
        >>> round(ChanceTail(start=0.1, scale=0.02, count_at_start=1.0).expected_count(0.2), 5)
        0.00674
        """
        if self.scale <= 0:
            return self.count_at_start * (threshold <= self.start)
        return self.count_at_start * exp(min((self.start - threshold) / self.scale, 0.0))

    def share(self, threshold: float) -> float:
        """Return the share of texts that have an unrelated text at a threshold or above."""
        return 1 - exp(-self.expected_count(threshold))


def fit_chance(pairs: F32, compared: int, query_count: int) -> ChanceTail:
    """Fit the tail of the similarities of unrelated texts.

    Most pairs of texts are unrelated, so the peak of the similarities is chance, and so is
    everything up to the first valley above it. An exponential tail is fitted to the highest
    ``TAIL_SHARE`` of this part (peaks over a threshold; Pickands 1975) and continued, as FASTA
    distinguishes related sequences from all others (Pearson 1998).

    Parameters
    ----------
    pairs
        (m,): the similarities above 0 and below 1 of the query texts to all others, unsorted.
    compared
        Number of pairs that were compared, those without similarity included.
    query_count
        Number of query texts.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> pairs = rng.exponential(0.02, 100_000).astype(np.float32)
    >>> chance = fit_chance(pairs, compared=100_000, query_count=100)
    >>> round(chance.scale, 2), round(chance.expected_count(0.1), 1), round(1000 * exp(-5), 1)
    (0.02, 6.4, 6.7)
    """
    ordered = np.sort(pairs)
    ordered = ordered[ordered < first_valley(ordered, compared)]
    if not len(ordered):
        return ChanceTail(0.0, 0.0, 0.0)
    count = min(max(int(TAIL_SHARE * len(ordered)), MIN_TAIL_PAIRS), len(ordered))
    start = float(ordered[-count])
    return ChanceTail(start, float((ordered[-count:] - start).mean()), count / query_count)


def first_valley(pairs: F32, compared: int) -> float:
    """Return the similarity of the first valley above the peak of chance; 1 if there is none.

    ``pairs`` are the sorted similarities above 0 and below 1 of ``compared`` pairs.
    """
    counts = np.histogram(pairs, np.linspace(0, 1, VALLEY_BINS + 1))[0]
    # Most pairs are unrelated. So the median of all pairs, those without similarity included, is
    # the median of unrelated pairs.
    middle = compared // 2 - (compared - len(pairs))
    median = float(pairs[middle]) if middle > 0 else 0.0
    smooth = np.convolve(counts, np.ones(3) / 3, "same")
    peak = int(np.argmax(counts[: int(median * VALLEY_BINS) + PEAK_BINS_ABOVE_MEDIAN]))
    rising = np.flatnonzero(
        (smooth[peak + 2 :] >= smooth[peak + 1 : -1]) | (counts[peak + 1 : -1] == 0)
    )
    return (peak + 1 + int(rising[0])) / VALLEY_BINS if len(rising) else 1.0


def significance_threshold(similarity: F64, chance: ChanceTail) -> float:
    """Return the lowest threshold at which chance explains ``MAX_CHANCE_SHARE`` of the texts found.

    If no text is found, chance may explain ``MAX_CHANCE_SHARE`` of one text.
    """
    for threshold in THRESHOLD_GRID:
        found = int((similarity >= threshold).sum())
        if chance.share(threshold) * len(similarity) <= MAX_CHANCE_SHARE * max(found, 1):
            return threshold
    return 1.0


@dataclass(frozen=True, slots=True, eq=False)
class SimilarityView:
    """The similarity of each of q query texts of a sample to the most similar other text.

    Attributes
    ----------
    rows, nearest
        (q,) int64: the rows of the query texts in the sample, ascending, and of their nearest
        texts.
    similarity
        (q,) float64: the exact similarity of the two.
    same_form
        (q,) bool: whether the two may be form letters, or pages in one frame.
    chance
        The similarities of unrelated texts.
    significance_threshold
        The lowest threshold at which chance explains at most one in a hundred of the texts found.
    """

    rows: I64
    nearest: I64
    similarity: F64
    same_form: Flags
    chance: ChanceTail
    significance_threshold: float

    def by_chance(self, threshold: float) -> float:
        """Return the share of the texts found at a threshold that are similar by chance only.

        A text that has a copy is not found by chance, whatever else it resembles. If the share
        ``found`` of the texts is found and the share ``c`` is similar by chance, then
        ``(found - c) / (1 - c)`` of them have copies. If ``c`` exceeds ``MAX_CHANCE_MIXTURE``, this
        estimate is too uncertain, and the share that has copies is taken as 0.
        """
        found = float((self.similarity >= threshold).mean()) if len(self.similarity) else 0.0
        chance = self.chance.share(threshold)
        copies = 0.0
        if chance <= MAX_CHANCE_MIXTURE:
            copies = max((found - chance) / (1 - chance), 0.0)
        return min(chance * (1 - copies) / found, 1.0) if found else 0.0

    def same_form_share(self, threshold: float) -> float:
        """Return the share of the texts found at a threshold that may be form letters."""
        found = self.similarity >= threshold
        return float(self.same_form[found].mean()) if found.any() else 0.0
