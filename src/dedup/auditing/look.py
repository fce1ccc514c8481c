"""What one way to count similarity shows of a sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np

from dedup.config import PRESETS, Config, Measure, Unit
from dedup.kernels.portions import stable_order
from dedup.matching.similarity import Similarity
from dedup.matching.sketches import shingles
from dedup.records import F32, F64, I64, Flags, Ragged, among
from dedup.text.packed import Packed

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
SHORT = 100  # words of a text, from which on it is long


@dataclass(frozen=True, slots=True)
class View:
    """A way to look at texts: what similarity is counted on."""

    measure: Measure
    unit: Unit
    ngram_size: int

    @classmethod
    def of(cls, config: Config) -> "View":
        """Return that of some settings."""
        return cls(config.measure, config.unit, config.ngram_size)

    def shingles(self, texts: object, seed: int, threads: int | None) -> Ragged:
        """Return the shingles of texts."""
        size, unit = self.ngram_size, self.unit
        return Ragged(*shingles(texts, ngram_size=size, unit=unit, seed=seed, threads=threads))

    def similarities(
        self,
        pairs: Sequence[tuple[str, str]],
        measure: Similarity,
        seed: int,
        threads: int | None,
    ) -> F64:
        """Return the similarity of each pair of texts by a measure."""
        rows = list(self.shingles([text for pair in pairs for text in pair], seed, threads))
        both = zip(rows[::2], rows[1::2], strict=True)
        return np.array([measure(*pair) for pair in both], np.float64)


def look_at(packed: Packed, view: View, seed: int, threads: int | None = None) -> "Look":
    """Compare ``QUERIES`` texts, drawn by ``seed``, with all others.

    By containment others are those with as many shingles or more, as in ``near_duplicates``.

    Notes
    -----
    All shingles are counted where the texts have ``PROBES`` at most. Of more, those with the least
    hashes are (FracMinHash; Irber et al. 2022), so that what is shared by chance is estimated, of
    texts with at least ``FEW_PROBES``; the nearest is the best of ``CHECKED`` candidates by exact
    count.

    Examples
    --------
    >>> from dedup.text.packed import pack
    >>> texts = pack(["one two three", "one two four", "five"])
    >>> look = look_at(texts, View("jaccard", "word", 1), seed=1)
    >>> look.nearest.tolist(), look.similarity.tolist()
    ([1, 0, 2], [0.5, 0.5, 0.0])
    """
    shingles = view.shingles(packed, seed, threads)
    lengths = shingles.lengths
    rows = np.random.default_rng(seed).permutation(np.flatnonzero(lengths))[:QUERIES]
    rows.sort()
    index = Postings(shingles)
    nearest, similarity = rows.copy(), np.zeros(len(rows))
    form = np.zeros(len(rows), np.bool_)
    pairs, others = [np.zeros(0, np.float32)], 0
    for place, row in enumerate(rows.tolist()):
        least = lengths[row] if view.measure == "containment" else 1
        alike = index.similar(row, view.measure)
        if index.is_fair(row):
            pairs.append(alike[(alike > 0) & (alike < 1)])
            others += int((lengths >= least).sum()) - 1
        candidates = np.argpartition(-alike, min(CHECKED, len(alike) - 1))[:CHECKED]
        candidates = candidates[alike[candidates] > 0]
        if not len(candidates):
            continue
        held = [among(shingles[row], shingles[other]) for other in candidates.tolist()]
        shared = np.array([int(which.sum()) for which in held])
        union = lengths[row] + lengths[candidates] - shared
        counted = shared / (lengths[row] if view.measure == "containment" else union)
        best = np.lexsort((candidates, -counted))[0]
        near, thirds = int(candidates[best]), np.delete(candidates, best).tolist()
        nearest[place], similarity[place] = near, counted[best]
        common = held.pop(best)
        alone = [_alone(common, third) for third in held]
        if any(alone):
            common = among(shingles[near], shingles[row])
            other = [_alone(common, among(shingles[near], shingles[third])) for third in thirds]
            both = [one and two for one, two in zip(alone, other, strict=True) if one is not None]
            # So are texts of one form, or in one frame: they have the same part in common, and each
            # says something else in the same place. Of copies that were edited by themselves the
            # third has half of what two do not have in common; of a text with two copies of another
            # one the third has all.
            form[place] = 2 * sum(map(bool, both)) > len(both)
    chance = chance_of(np.concatenate(pairs), others, len(rows))
    return Look(view, rows, nearest, similarity, form, chance, clear_from(similarity, chance))


def _alone(nearest: Flags, third: Flags) -> bool | None:
    """Tell whether a text is alone with what its nearest has not; None where there is no third.

    Examples
    --------
    >>> form, place = np.array([True, True, False]), np.array([True, False, True])
    >>> _alone(form, form), _alone(form, place), _alone(form, ~form)
    (True, False, None)
    """
    shared, own = int(nearest.sum()), int((~nearest).sum())
    if int((third & nearest).sum()) < SHARED * shared:
        return None
    return own > 0 and int((~third & ~nearest).sum()) >= ALONE * own


class Postings:
    """Which rows have a shingle, of all shingles or of a random part of them."""

    def __init__(self, shingles: Ragged) -> None:
        share = min(1.0, PROBES / max(len(shingles.values), 1))
        self._is_whole, self._lengths, self._probes = share == 1, shingles.lengths, shingles
        if share < 1:
            self._probes = shingles.select(shingles.values < np.uint64(share * 2.0**64))
        order = stable_order(self._probes.values)
        self._values = self._probes.values[order]
        self._rows = self._probes.row_numbers()[order].astype(np.int32)

    def is_fair(self, row: int) -> bool:
        """Tell whether enough shingles of a row are counted for its similarities."""
        return self._is_whole or len(self._probes[row]) >= FEW_PROBES

    def similar(self, row: int, measure: Measure) -> F32:
        """Return the similarity of a row to all, (n,), 0 for itself."""
        probes, lengths = self._probes[row], self._lengths
        begins = np.searchsorted(self._values, probes)
        counts = np.searchsorted(self._values, probes, "right") - begins
        ends = np.cumsum(counts)
        at = np.arange(ends[-1] if len(ends) else 0) + np.repeat(begins - (ends - counts), counts)
        size = int(lengths[row])
        shared = np.bincount(self._rows[at], minlength=len(lengths)) * (size / max(len(probes), 1))
        shared[row] = 0
        if measure == "containment":
            alike = np.where(lengths >= size, shared / size, 0)
        else:
            alike = np.minimum(shared / np.maximum(size + lengths - shared, 1), 1)
        return alike.astype(np.float32)


STEPS = np.round(np.arange(0.02, 1.001, 0.01), 2)  # thresholds that are looked at


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
    for threshold in STEPS.tolist():
        found = int((similarity >= threshold).sum())
        if chance.share(threshold) * len(similarity) <= ERROR * max(found, 1):
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
    views = {"own": View.of(config)}
    for name in ("ocr", "short", "web") if words < SHORT else ("ocr", "web"):
        views[name] = View.of(Config(**PRESETS[name]))
    seen = {view: look_at(packed, view, config.seed, threads) for view in set(views.values())}
    return {name: seen[view] for name, view in views.items()}
