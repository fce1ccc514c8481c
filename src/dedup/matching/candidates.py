"""Candidates: the kept rows that a row is compared with.

A kept row is a candidate if it shares at least ``needed`` keys of the sketch of the row. A posting
list counts with its first FULL rows. If some of the keys are full, rows that share enough of the
other keys are candidates, too. A short row of letters is looked up by all its keys instead. Note 20
of docs/decisions says exactly what these caps mean, and how often they matter.
"""

from collections import Counter
from dataclasses import dataclass, replace
from itertools import chain
from sys import maxsize

import numpy as np

from dedup.arrays.array_types import I64, Flags, Ragged
from dedup.arrays.long_arrays import has_equal_neighbor, stable_order
from dedup.config import Config
from dedup.matching.bottom_sketch import sampling_of
from dedup.matching.lsh import band_keys, banding
from dedup.matching.minhash import signatures
from dedup.matching.similarity import least_shared

FULL = 64  # kept rows under a key that count
COMPARED = 64  # candidates that a row is compared with: those that share most of its keys
HALF = np.uint64(32)  # bits of a hash that are a key: candidates are verified anyway
LISTED = 1 << 12  # kept rows under a key that count for a row that is looked up by all its keys


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of n rows, and how many of them must be shared.

    Attributes
    ----------
    probes
        n rows of keys that a row is looked up by.
    entries
        n rows of keys that a row is found under once it is kept, with repetitions.
    needed
        (n,): probes that a candidate must share.
    of_rest
        Or so many of those probes that list all kept rows, by their number.
    whole
        (n,): rows of which the probes are all keys.
    """

    probes: Ragged
    entries: Ragged
    needed: I64
    of_rest: I64
    whole: Flags


class Candidates:
    """Kept rows by key.

    Parameters
    ----------
    keys
        Of n rows.
    capped
        Whether FULL, COMPARED and LISTED bound posting lists and candidates.
    kept
        Rows under each key that were kept before these n: ascending, and below ``first``.
    first
        The number of the first of the n rows.
    """

    def __init__(
        self,
        keys: Keys,
        *,
        capped: bool = True,
        kept: dict[int, list[int]] | None = None,
        first: int = 0,
    ) -> None:
        self._keys, self._capped, self._first = keys, capped, first
        self._kept: dict[int, list[int]] = kept or {}

    def insert(self, row: int) -> None:
        """Enter a kept row under its keys."""
        for key in set(self._keys.entries[row - self._first].tolist()):
            self._kept.setdefault(key, []).append(row)

    def of(self, row: int) -> list[int]:
        """Return the kept rows that share enough keys with ``row``, those that share most first.

        Keys that list all their rows count before full ones. Of equal rows the lower comes first.
        With caps, the best COMPARED rows are returned.
        """
        place = row - self._first
        probes = self._keys.probes[place].tolist()
        lists = [self._kept[key] for key in probes if key in self._kept]  # empty ones say nothing
        if not lists:
            return []
        needed = int(self._keys.needed[place])
        if self._keys.whole[place]:
            ranked = self._by_all(lists, needed)
        else:
            ranked = self._by_sample(lists, needed, len(probes))
        return ranked[:COMPARED] if self._capped else ranked

    def _by_all(self, lists: list[list[int]], needed: int) -> list[int]:
        """Rank the rows that share enough of all keys, and one of the rarest.

        Of n keys of which m must be shared, a similar row has one of any n - m + 1 (prefix
        filtering: Chaudhuri, Ganti and Kaushik 2006). So none is missed unless more than LISTED
        rows have each of so many keys.
        """
        most = LISTED if self._capped else maxsize
        rarest = sorted(lists, key=lambda listed: min(len(listed), most + 1))
        prefix = rarest[: max(len(lists) - needed + 1, 0)]
        met = {other for listed in prefix for other in listed[:most]}
        shared = Counter(other for listed in lists for other in listed if other in met)
        found = [other for other, hits in shared.items() if hits >= needed]
        return sorted(found, key=lambda other: (-shared[other], other))

    def _by_sample(self, lists: list[list[int]], needed: int, probes: int) -> list[int]:
        """Rank the rows that share enough of a sample, or of those of its keys that are rarer."""
        most = FULL if self._capped else maxsize
        rest = [listed for listed in lists if len(listed) < most]
        full = [listed for listed in lists if len(listed) >= most]
        of_rest = int(self._keys.of_rest[probes - len(full)]) if full else needed
        those = Counter(chain.from_iterable(rest))
        # Of those that share no rarer key there are many, and seldom enough is shared.
        least = min(of_rest, needed - len(full))
        maybe = {other for other, hits in those.items() if hits >= least}
        if least <= 0:
            maybe.update(*(listed[:most] for listed in full))
        if not maybe:
            return []
        counted = [set(listed[:most]) for listed in full]
        every = {other: those[other] + sum(other in own for own in counted) for other in maybe}
        found = [one for one, hits in every.items() if hits >= needed or those[one] >= of_rest]
        return sorted(found, key=lambda other: (-those[other], -every[other], other))


def candidates_among(
    shingles: Ragged, counts: I64, config: Config, *, capped: bool = True
) -> Candidates:
    """Return a lookup by the keys that suit the measure, without kept rows so far.

    Parameters
    ----------
    shingles, counts, config
        As for ``keys_of``.
    capped
        As for ``Candidates``.
    """
    keys = keys_of(shingles, counts, config)
    return Candidates(replace(keys, entries=_shared(keys.entries)), capped=capped)


def exhaustive_candidates(shingles: Ragged, threshold: float) -> Candidates:
    """Return a lookup that misses no similar row: all shingles are keys, no list is capped.

    By containment a row shares ``threshold`` of its shingles with a similar one, by Jaccard more.
    """
    needed = np.array([least_shared(size, threshold) for size in shingles.lengths.tolist()])
    keys = Keys(shingles, _shared(shingles), needed, needed[:0], np.ones(len(shingles), np.bool_))
    return Candidates(keys, capped=False)


def keys_of(shingles: Ragged, counts: I64, config: Config) -> Keys:
    """Return the keys that suit the measure.

    Parameters
    ----------
    shingles
        n rows, sorted and unique within a row; a row without any has no keys.
    counts
        (n,): shingles of each row with repetitions.
    config
        Names the measure, threshold, num_perm, recall and seed.
    """
    if config.measure == "jaccard":
        bands, rows, of_rest = banding(config.threshold, config.num_perm, config.recall)
        sketch = signatures(shingles, config.num_perm, config.seed, bands * rows)
        keys = band_keys(sketch, bands, rows, config.seed)
        keys = keys.filter_values(np.repeat(shingles.lengths > 0, bands))
        keys = Ragged(keys.values >> HALF, keys.offsets)
        needed, whole = np.full(len(shingles), of_rest[bands]), np.zeros(len(shingles), np.bool_)
        return Keys(keys, keys, needed, of_rest, whole)
    sampling = sampling_of(config)
    probes = shingles.truncated(sampling.sizes(counts))
    return Keys(
        Ragged(probes.values >> HALF, probes.offsets),
        Ragged(shingles.values >> HALF, shingles.offsets),
        sampling.needed(probes.lengths, counts),
        sampling.of_rest,
        sampling.is_whole(counts),
    )


def _shared(keys: Ragged) -> Ragged:
    """Leave out the keys that occur once."""
    order = stable_order(keys.values)
    shared = np.empty(len(order), np.bool_)
    shared[order] = has_equal_neighbor(keys.values[order])
    return keys.filter_values(shared)
