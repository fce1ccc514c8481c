"""The index of kept rows: which of them may be similar to a row.

Kept rows only are inserted, so buckets stay small by construction. Two rows are candidates by a
rule that knows the two rows alone: how many keys of the one's sketch the other has. Of keys that
many kept rows have the first FULL alone count; a row that has such keys is also compared
with those that share enough of its other keys. A short row of letters is looked up by all its
keys, of which many rows have each, and is compared with whatever shares enough of them.
"""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, comb, log, log1p

import numpy as np

from dedup.config import Config
from dedup.lsh import band_keys, banding, binomial, enough
from dedup.minhash import signatures
from dedup.records import I64, Flags, Ragged
from dedup.similarity import least_shared

FULL = 64  # kept rows under a key that count
COMPARED = 64  # candidates that a row is compared with: those that share most of its keys
HALF = np.uint64(32)  # bits of a hash that are a key: candidates are verified anyway
SAMPLE = 16  # values in the bottom sketch of a short row, more at low thresholds,
PART = 8  # one in so many of its shingles in that of a long row,
LONG = 64  # and so many at most: both for thresholds from
HIGH = 0.8  # on; below it more in proportion, or rows of one language are candidates by chance,
MOST = 128  # so many at most
SMALL = 256  # shingles up to which a sample of them is told from one drawn with replacement
MISS = 1e-5  # the chance that the sample of a pair at the threshold shares too little
LISTED = 1 << 12  # kept rows under a key that count for a row that is looked up by all its keys
WHOLE = 256  # shingles of a row of letters, at most, that is looked up by all of them


@dataclass(frozen=True, slots=True)
class BottomSketch:
    """How rows are sampled for containment: by their smallest values (Broder 1997).

    The sample of the contained row is a random part of its shingles, so how many of it the other
    row has is hypergeometric: a pair at the threshold shares ``needed`` of them but for a chance
    of MISS. Of rows with up to some 40 shingles no pair at all is missed.

    Attributes
    ----------
    size
        Values in the sample of a short row.
    most
        Values in the sample of a long row, which has one in ``part`` of its shingles.
    of_rest
        (most + 1,): how many of so many probes must be shared.
    whole
        A row of so many shingles is looked up by all of them, and finds all that is similar.
    """

    size: int
    most: int
    part: int
    of_rest: I64
    whole: int
    _all: I64  # likewise, where the probes are all shingles of the row
    _short: I64  # of ``size`` probes, by the number of shingles

    def sizes(self, shingles: I64) -> I64:
        """Return how many values a row of so many shingles has in its sample, at most."""
        sizes = np.clip(shingles // self.part, self.size, self.most)
        return np.where(self.is_whole(shingles), shingles, sizes)

    def is_whole(self, shingles: I64) -> Flags:
        """Tell which rows, of so many shingles, are looked up by all of them, (n,)."""
        whole: Flags = shingles <= self.whole
        return whole

    def needed(self, found: I64, shingles: I64) -> I64:
        """Return how many of its sample a row must share with a candidate, (n,).

        Parameters
        ----------
        found
            (n,): values in the sample.
        shingles
            (n,): shingles of the row, which may be counted with repetitions.
        """
        sampled = np.where(
            found == self.size,
            self._short[np.minimum(shingles, len(self._short) - 1)],
            self.of_rest[np.minimum(found, self.most)],
        )
        every = self.is_whole(shingles) | (found < self.sizes(shingles))
        return np.where(every, self._all[found], sampled)


@lru_cache(maxsize=64)
def bottom_sketch(threshold: float, whole: int = 0) -> BottomSketch:
    """Return the sampling for a threshold, and rows that are looked up by all their shingles.

    Examples
    --------
    >>> sketch = bottom_sketch(0.8)
    >>> sketch.size, sketch.needed(np.array([5, 16, 64]), np.array([5, 40, 1000])).tolist()
    (16, [4, 8, 36])
    """
    wanted = log(MISS) / log1p(-threshold) if threshold < 1 else 0
    size = ceil(min(max(SAMPLE, wanted), MOST))
    scale = min(threshold / HIGH, 1)
    most = max(size, min(ceil(LONG / scale), MOST))
    part = max(round(PART * scale), 1)
    everything = [least_shared(count, threshold) for count in range(max(most, whole) + 1)]
    of_rest = [
        most + 1,
        *(enough(binomial(count, threshold), MISS) for count in range(1, most + 1)),
    ]
    # Repetitions count as shingles, so what is asked of a size may not exceed what is asked of
    # a smaller one.
    sizes = range(size, SMALL)
    short = [enough(_hypergeometric(count, size, threshold), MISS) for count in sizes]
    falling = np.minimum.accumulate([*short, of_rest[size]])
    padded = np.concatenate((np.full(size, falling[0]), falling))
    return BottomSketch(size, most, part, np.array(of_rest), whole, np.array(everything), padded)


def sampling_of(config: Config) -> BottomSketch:
    """Return the sampling that suits some settings.

    Examples
    --------
    >>> sampling_of(Config()).whole, sampling_of(Config.preset("short")).whole
    (0, 256)
    """
    return bottom_sketch(config.threshold, WHOLE if config.unit == "char" else 0)


def _hypergeometric(count: int, size: int, threshold: float) -> list[float]:
    """Chances that a sample of ``size`` of ``count`` shares 0 to ``size`` at the threshold."""
    shared = least_shared(count, threshold)
    ways = comb(count, size)
    return [
        comb(shared, drawn) * comb(count - shared, size - drawn) / ways for drawn in range(size + 1)
    ]


class Index:
    """Kept rows by key.

    Parameters
    ----------
    probes
        n rows of keys that a row is looked up by.
    entries
        n rows of keys that a row is found under once it is kept.
    needed
        (n,): probes that a candidate must share.
    of_rest
        Or so many of those probes that list all kept rows, by their number.
    whole
        (n,): rows of which the probes are all keys.
    full
        Kept rows under a key that count for the others.
    """

    def __init__(  # noqa: PLR0913, PLR0917
        self,
        probes: Ragged,
        entries: Ragged,
        needed: I64,
        of_rest: I64,
        whole: Flags,
        full: int = FULL,
    ) -> None:
        # Dictionaries, since most rows of a text have no key that others share.
        self._probes = {row: probes[row].tolist() for row in _filled(probes)}
        self._entries = {row: np.unique(entries[row]).tolist() for row in _filled(entries)}
        self._needed: list[int] = needed.tolist()
        self._of_rest: list[int] = of_rest.tolist()
        self._whole: list[bool] = whole.tolist()
        self._full = full
        self._kept: dict[int, list[int]] = {}

    def insert(self, row: int, like: int | None = None) -> None:
        """Enter a kept row, under its keys or under those of another with the same tokens."""
        for key in self._entries.get(row if like is None else like, ()):
            self._kept.setdefault(key, []).append(row)

    def candidates(self, row: int) -> list[int]:
        """Return the kept rows that share enough keys with ``row``, those that share most first.

        Keys that list all their rows count before others, as they are rarer. Of as many the
        lower row comes first. Where keys have lists that may be full, so that
        the index is there to find one similar row and not all of them, they are COMPARED at most.
        """
        lists = [self._kept.get(key, []) for key in self._probes.get(row, ())]
        ranked = self._by_all(row, lists) if self._whole[row] else self._by_sample(row, lists)
        return ranked[:COMPARED] if self._full == FULL else ranked

    def _by_all(self, row: int, lists: list[list[int]]) -> list[int]:
        """Rank the rows that share enough of all keys, and one of the rarest.

        Of n keys of which m must be shared, a similar row has one of any n - m + 1 (prefix
        filtering: Chaudhuri, Ganti and Kaushik 2006). So none is missed unless more than LISTED
        rows have each of so many keys.
        """
        needed, most = self._needed[row], LISTED if self._full == FULL else self._full
        rarest = sorted(lists, key=lambda listed: min(len(listed), most + 1))
        met = {other for listed in rarest[: len(lists) - needed + 1] for other in listed[:most]}
        shared = Counter(other for listed in lists for other in listed if other in met)
        found = [other for other, hits in shared.items() if hits >= needed]
        return sorted(found, key=lambda other: (-shared[other], other))

    def _by_sample(self, row: int, lists: list[list[int]]) -> list[int]:
        """Rank the rows that share enough of a sample, or of those of its keys that are rarer."""
        lists = [listed[: self._full] for listed in lists]
        rest = [listed for listed in lists if len(listed) < self._full]
        needed, of_rest = self._needed[row], self._of_rest[len(rest)]
        every = Counter(other for listed in lists for other in listed)
        found = {other for other, hits in every.items() if hits >= needed}
        those = every
        if len(rest) < len(lists):
            those = Counter(other for listed in rest for other in listed)
            found.update(other for other, hits in those.items() if hits >= of_rest)
        return sorted(found, key=lambda other: (-those[other], -every[other], other))


def _filled(rows: Ragged) -> list[int]:
    filled: list[int] = np.flatnonzero(rows.lengths).tolist()
    return filled


def index_of(
    shingles: Ragged, counts: I64, taking_part: Flags, config: Config, full: int = FULL
) -> Index:
    """Build the empty index that suits the measure.

    Parameters
    ----------
    shingles
        n rows, sorted and unique within a row.
    counts
        (n,): shingles of each row with repetitions.
    taking_part
        (n,): rows that may be looked up or kept; the others have no keys.
    config
        Names the measure, threshold, num_perm, recall and seed.
    full
        Kept rows under a key that count.
    """
    shingles = shingles.select(np.repeat(taking_part, shingles.lengths))
    if config.measure == "jaccard":
        bands, rows, of_rest = banding(config.threshold, config.num_perm, config.recall)
        sketch = signatures(shingles, config.num_perm, config.seed, bands * rows)
        keys = band_keys(sketch, bands, rows, config.seed)
        keys = keys.select(np.repeat(shingles.lengths > 0, bands))
        keys = Ragged(keys.values >> HALF, keys.offsets)
        needed, whole = np.full(len(shingles), of_rest[bands]), np.zeros(len(shingles), np.bool_)
        return Index(keys, _shared(keys), needed, of_rest, whole, full)
    sampling = sampling_of(config)
    row = shingles.row_numbers()
    place = np.arange(len(shingles.values)) - shingles.offsets[row]
    probes = shingles.select(place < sampling.sizes(counts)[row])
    needed = sampling.needed(probes.lengths, counts)
    entries = _shared(Ragged(shingles.values >> HALF, shingles.offsets))
    keys, whole = Ragged(probes.values >> HALF, probes.offsets), sampling.is_whole(counts)
    return Index(keys, entries, needed, sampling.of_rest, whole, full)


def _shared(keys: Ragged) -> Ragged:
    """Leave out the keys that stand in one place only."""
    _, rank, counts = np.unique(keys.values, return_inverse=True, return_counts=True)
    return keys.select(counts[rank] > 1)
