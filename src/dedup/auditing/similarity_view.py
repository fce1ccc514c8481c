"""What one way to count similarity shows of a sample."""

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

QUERIES = 600  # texts that are compared with all others
PROBES = 3_000_000  # shingles of all texts that are looked up in; a fair part of them where more
FEW_PROBES = 64  # of a text, from which a share can be told to a tenth or so
CHECKED = 6  # candidates for the nearest one, of which the similarity is counted
SHARED = 0.5  # of what a text and its nearest have in common, what a third has, to be of the kind
ALONE = 0.75  # of what a text does not have in common with these, what neither has
BINS = 50  # of the histogram in which the valley is looked for
NEAR = 3  # bins above the median in which the peak of what is shared by chance is
TAIL = 0.02  # of it, the highest part, whose fall is continued
LEAST = 30  # pairs in that part, from which its fall can be told
ERROR = 0.01  # of the texts found, so many by chance at most
TOLD = 0.5  # of the texts so many alike by chance at most, or copies cannot be told beside


def similarities(
    pairs: Sequence[tuple[str, str]],
    config: Config,
    measure: SimilarityMeasure,
    threads: int | None,
) -> F64:
    """Return the similarity of each pair of texts by a measure."""
    packed = pack(chain.from_iterable(pairs))
    rows = [*shingle_texts(packed.utf8, packed.offsets, config, threads)]
    return np.array([*map(measure, rows[::2], rows[1::2])], np.float64)


def look_at(packed: PackedTexts, config: Config, threads: int | None = None) -> "Look":
    """Compare ``QUERIES`` texts, drawn by the seed of the settings, with all others.

    By containment others are those with as many shingles or more, as in ``near_duplicates``.

    Notes
    -----
    All shingles are counted where the texts have ``PROBES`` at most. Of more, those with the least
    hashes are (FracMinHash; Irber et al. 2022), so that what is shared by chance is estimated, of
    texts with at least ``FEW_PROBES``; the nearest is the best of ``CHECKED`` candidates by exact
    count.

    Examples
    --------
    >>> from dedup.arrays.packed import pack
    >>> texts = pack(["one two three", "one two four", "five"])
    >>> look = look_at(texts, Config(measure="jaccard", ngram_size=1))
    >>> look.nearest.tolist(), look.similarity.tolist()
    ([1, 0, 2], [0.5, 0.5, 0.0])
    """
    shingles = shingle_texts(packed.utf8, packed.offsets, config, threads)
    lengths = shingles.lengths
    rows = np.random.default_rng(config.seed).permutation(np.flatnonzero(lengths))[:QUERIES]
    rows.sort()
    postings, measure = Postings(shingles, config.measure), MEASURES[config.measure]
    nearest, similarity = rows.copy(), np.zeros(len(rows))
    form = np.zeros(len(rows), np.bool_)
    pairs, others = [np.zeros(0, np.float32)], 0
    for place, row in enumerate(rows.tolist()):
        alike = postings.similar(row)
        if postings.is_fair(row):
            pairs.append(alike[(alike > 0) & (alike < 1)])
            least = lengths[row] if config.measure == "containment" else 1
            others += int((lengths >= least).sum()) - 1
        candidates = np.argpartition(-alike, min(CHECKED, len(alike) - 1))[:CHECKED]
        candidates = candidates[alike[candidates] > 0]
        if not len(candidates):
            continue
        counted = np.array([measure(shingles[row], shingles[other]) for other in candidates])
        order = np.lexsort((candidates, -counted))
        nearest[place], similarity[place] = candidates[order[0]], counted[order[0]]
        form[place] = is_form(shingles[row], *(shingles[other] for other in candidates[order]))
    chance = chance_of(np.concatenate(pairs), others, len(rows))
    return Look(rows, nearest, similarity, form, chance, clear_from(similarity, chance))


def is_form(text: U64, nearest: U64, *thirds: U64) -> bool:
    """Tell whether two texts are of one form, or in one frame, by their shingles.

    Such texts have a part in common that a third has, too, and each of the two is alone with the
    rest. Of copies that were edited independently the third has half of what the two do not share;
    of a text with two copies of another one the third has all.

    Examples
    --------
    >>> rows = [np.array([1, 2, 3, row], np.uint64) for row in (4, 5, 6)]
    >>> is_form(*rows), is_form(rows[0], rows[1], rows[1]), is_form(rows[0], rows[1])
    (True, False, False)
    """
    shared = isin_sorted(text, nearest)
    common, rests = text[shared], (text[~shared], nearest[~isin_sorted(nearest, text)])
    alone = [
        all(len(rest) and (~isin_sorted(rest, third)).sum() >= ALONE * len(rest) for rest in rests)
        for third in thirds
        if isin_sorted(common, third).sum() >= SHARED * len(common)
    ]
    return 2 * sum(alone) > len(alone)


class Postings:
    """Which rows have a shingle, of all shingles or of a random part of them."""

    def __init__(self, shingles: Ragged, measure: Measure) -> None:
        share = min(1.0, PROBES / max(len(shingles.values), 1))
        self._is_whole, self._measure = share == 1, measure
        self._lengths, self._probes = shingles.lengths, shingles
        if share < 1:
            self._probes = shingles.filter_values(shingles.values < np.uint64(share * 2.0**64))
        order = stable_order(self._probes.values)
        self._values = self._probes.values[order]
        self._rows = self._probes.row_numbers()[order].astype(np.int32)

    def is_fair(self, row: int) -> bool:
        """Tell whether enough shingles of a row are counted for its similarities."""
        return self._is_whole or len(self._probes[row]) >= FEW_PROBES

    def similar(self, row: int) -> F32:
        """Return the similarity of a row to all, (n,), 0 for itself."""
        probes, lengths = self._probes[row], self._lengths
        begins = np.searchsorted(self._values, probes)
        counts = np.searchsorted(self._values, probes, "right") - begins
        ends = np.cumsum(counts)
        at = np.arange(ends[-1] if len(ends) else 0) + np.repeat(begins - (ends - counts), counts)
        size = int(lengths[row])
        shared = np.bincount(self._rows[at], minlength=len(lengths)) * (size / max(len(probes), 1))
        shared[row] = 0
        if self._measure == "containment":
            alike = np.where(lengths >= size, shared / size, 0)
        else:
            alike = np.minimum(shared / np.maximum(size + lengths - shared, 1), 1)
        return alike.astype(np.float32)


STEPS = [step / 100 for step in range(2, 101)]  # thresholds that are looked at


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


def chance_of(pairs: F32, others: int, rows: int) -> Chance:
    """Fit what is shared by chance.

    Most pairs of texts are unrelated, so the peak of their similarities is chance, and what lies
    between it and the first valley. Of this the highest ``TAIL`` is an exponential tail: peaks over
    a threshold (Pickands 1975) of the simplest shape. As FASTA tells related sequences by the
    similarities of all others (Pearson 1998), it is continued to where it explains nothing.

    Parameters
    ----------
    pairs
        (m,): the similarities above 0 and below 1 of some rows to all others, unsorted.
    others
        How many others were compared, for all these rows together.
    rows
        How many rows these are.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> pairs = rng.exponential(0.02, 100_000).astype(np.float32)
    >>> chance = chance_of(pairs, others=100_000, rows=100)
    >>> round(chance.scale, 2), round(chance.others(0.1), 1), round(1000 * exp(-5), 1)
    (0.02, 6.4, 6.7)
    """
    ordered = np.sort(pairs)
    ordered = ordered[ordered < valley_of(ordered, others)]
    if not len(ordered):
        return Chance(0.0, 0.0, 0.0)
    count = min(max(int(TAIL * len(ordered)), LEAST), len(ordered))
    start = float(ordered[-count])
    return Chance(start, float((ordered[-count:] - start).mean()), count / rows)


def valley_of(pairs: F32, others: int) -> float:
    """Return where similarities of pairs, sorted, stop getting fewer above the peak of chance."""
    counts = np.histogram(pairs, np.linspace(0, 1, BINS + 1))[0]
    # The median of all pairs, those that share nothing included, is that of unrelated ones.
    middle = others // 2 - (others - len(pairs))
    median = float(pairs[middle]) if middle > 0 else 0.0
    smooth = np.convolve(counts, np.ones(3) / 3, "same")
    peak = int(np.argmax(counts[: int(median * BINS) + NEAR]))
    rising = np.flatnonzero(
        (smooth[peak + 2 :] >= smooth[peak + 1 : -1]) | (counts[peak + 1 : -1] == 0)
    )
    return (peak + 1 + int(rising[0])) / BINS if len(rising) else 1.0


def clear_from(similarity: F64, chance: Chance) -> float:
    """Return the least threshold at which chance explains ``ERROR`` of what is found at most.

    Where nothing is found that is ``ERROR`` of one text.
    """
    for threshold in STEPS:
        found = int((similarity >= threshold).sum())
        if chance.share(threshold) * len(similarity) <= ERROR * max(found, 1):
            return threshold
    return 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The similarities of the texts that were compared with all others of a sample.

    Attributes
    ----------
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
