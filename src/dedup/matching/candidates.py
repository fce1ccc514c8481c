"""Candidates: the kept rows that may be similar to a row, found by shared keys.

The lookup is an inverted index: each key has a posting list of the kept rows that were inserted
under it. A row is looked up by the keys of its sketch, and a kept row is a candidate if it shares
at least ``min_shared`` of them. A posting list counts with its first MAX_POSTINGS rows: it is
*capped* when it has that many. If some of the keys are capped, a kept row that shares at least
``min_shared_uncapped`` of the other keys is a candidate, too. A row is compared with its best
MAX_CANDIDATES candidates. Decision note 20 says what these caps mean exactly, and how often they
matter.

An *exhaustive lookup* uses all shingles of a row as query keys, instead of a sketch. There are two
cases:

- By containment, rows of at most 256 shingles of letters (``unit="char"``). Their posting lists
  are capped at MAX_EXHAUSTIVE_POSTINGS rows.
- The blocks of one document (``exhaustive_lookup``), by either measure and without caps.

This is the specification; ``src/native/candidates.cpp`` is the twin. ``index/lookup.py`` applies
the same rules to whole batches.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain
from sys import maxsize

import numpy as np

from dedup.arrays.array_types import I64, Flags, Ragged
from dedup.arrays.long_arrays import has_equal_neighbor, stable_order
from dedup.config import Config, Measure
from dedup.matching.bottom_sketch import bottom_k_of
from dedup.matching.lsh import band_keys, banding
from dedup.matching.minhash import signatures
from dedup.matching.similarity import min_shared

MAX_POSTINGS = 64  # rows of a posting list that count
MAX_EXHAUSTIVE_POSTINGS = 1 << 12  # the same, in the exhaustive lookup of a row of letters
MAX_CANDIDATES = 64  # with which a row is compared: the best, as ``find`` ranks them
KEY_SHIFT = np.uint64(32)  # a key is the upper half of a hash: candidates are verified anyway


@dataclass(frozen=True, slots=True)
class SketchKeys:
    """The keys of n rows, and the number of keys that a candidate must share.

    Attributes
    ----------
    query_keys
        n rows of keys by which a row is looked up.
    posting_keys
        n rows of keys under which a row is inserted once it is kept; a key may repeat in a row.
    min_shared
        (n,): the number of query keys of a row that a candidate must share.
    min_shared_uncapped
        (m + 1,): if some query keys are capped, sharing ``min_shared_uncapped[u]`` of the u
        uncapped ones is enough, too.
    is_exhaustive
        (n,): whether each row has an exhaustive lookup.
    """

    query_keys: Ragged
    posting_keys: Ragged
    min_shared: I64
    min_shared_uncapped: I64
    is_exhaustive: Flags

    @property
    def fewest_shared(self) -> I64:
        """The number of query keys that a candidate of a row shares at least, (n,).

        If a list is capped, the candidate shares its key, and ``min_shared_uncapped`` of the
        remaining keys suffice.
        """
        remaining = np.maximum(self.query_keys.lengths - 1, 0)
        with_capped = self.min_shared_uncapped[
            np.minimum(remaining, len(self.min_shared_uncapped) - 1)
        ]
        fewest = np.minimum(self.min_shared, with_capped + 1)
        return np.where(self.is_exhaustive, self.min_shared, fewest)


class CandidateLookup:
    """An inverted index of kept rows: from a key to the rows that were inserted under it.

    Parameters
    ----------
    keys
        Of n rows.
    capped
        Whether MAX_POSTINGS, MAX_EXHAUSTIVE_POSTINGS and MAX_CANDIDATES apply.
    postings
        The posting lists of rows that were kept before these n: each ascending, below ``first``.
    first
        The n rows have the numbers from ``first`` on.
    """

    def __init__(
        self,
        keys: SketchKeys,
        *,
        capped: bool = True,
        postings: dict[int, list[int]] | None = None,
        first: int = 0,
    ) -> None:
        self._keys, self._capped, self._first = keys, capped, first
        self._postings: dict[int, list[int]] = postings or {}

    def insert(self, row: int) -> None:
        """Insert a kept row under its posting keys."""
        for key in set(self._keys.posting_keys[row - self._first].tolist()):
            self._postings.setdefault(key, []).append(row)

    def find(self, row: int) -> list[int]:
        """Return the candidates of ``row``, the best first; with caps at most MAX_CANDIDATES.

        They are ranked by the number of shared uncapped keys, then of all shared keys (in an
        exhaustive lookup by the latter only). Of equal candidates the lowest row comes first.
        """
        place = row - self._first
        keys = self._keys.query_keys[place].tolist()
        lists = [self._postings[key] for key in keys if key in self._postings]
        if not lists:
            return []
        needed = int(self._keys.min_shared[place])
        if self._keys.is_exhaustive[place]:
            ranked = self._find_by_all_keys(lists, needed)
        else:
            ranked = self._find_by_sketch(lists, needed, len(keys))
        return ranked[:MAX_CANDIDATES] if self._capped else ranked

    def _find_by_all_keys(self, lists: list[list[int]], needed: int) -> list[int]:
        """Rank the rows that share ``needed`` keys; find them in the shortest posting lists.

        If m of n keys must be shared, a similar row has at least one of any n - m + 1 keys (prefix
        filtering: Chaudhuri, Ganti and Kaushik 2006). So the n - m + 1 shortest posting lists have
        all similar rows. A row is missed only if it is not among the first MAX_EXHAUSTIVE_POSTINGS
        rows of any of them.
        """
        most = MAX_EXHAUSTIVE_POSTINGS if self._capped else maxsize
        rarest_first = sorted(lists, key=lambda rows: min(len(rows), most + 1))
        prefix = rarest_first[: max(len(lists) - needed + 1, 0)]
        candidates = {row for rows in prefix for row in rows[:most]}
        shared = Counter(row for rows in lists for row in rows if row in candidates)
        found = [row for row, count in shared.items() if count >= needed]
        return sorted(found, key=lambda row: (-shared[row], row))

    def _find_by_sketch(self, lists: list[list[int]], needed: int, key_count: int) -> list[int]:
        """Rank the rows that share ``needed`` keys of a sketch, or enough of its uncapped keys."""
        most = MAX_POSTINGS if self._capped else maxsize
        capped = [rows for rows in lists if len(rows) >= most]
        needed_uncapped = needed
        if capped:
            needed_uncapped = int(self._keys.min_shared_uncapped[key_count - len(capped)])
        shared_uncapped = Counter(chain.from_iterable(rows for rows in lists if len(rows) < most))
        # Most rows of capped lists share no uncapped key. They are counted only if they may be
        # candidates.
        least = min(needed_uncapped, needed - len(capped))
        possible = {row for row, count in shared_uncapped.items() if count >= least}
        if least <= 0:
            possible.update(*(rows[:most] for rows in capped))
        if not possible:
            return []
        capped_sets = [set(rows[:most]) for rows in capped]
        shared = {
            row: shared_uncapped[row] + sum(row in rows for rows in capped_sets) for row in possible
        }
        found = [
            row
            for row, count in shared.items()
            if count >= needed or shared_uncapped[row] >= needed_uncapped
        ]
        return sorted(found, key=lambda row: (-shared_uncapped[row], -shared[row], row))


def candidate_lookup(
    shingles: Ragged, counts: I64, config: Config, *, capped: bool = True
) -> CandidateLookup:
    """Return a lookup by the keys that suit the measure; no row is kept yet.

    Parameters
    ----------
    shingles, counts, config
        As for ``sketch_keys``.
    capped
        As for ``CandidateLookup``.
    """
    keys = sketch_keys(shingles, counts, config)
    posting_keys = _drop_unique(keys.posting_keys)
    return CandidateLookup(replace(keys, posting_keys=posting_keys), capped=capped)


def exhaustive_lookup(shingles: Ragged, threshold: float) -> CandidateLookup:
    """Return a lookup that misses no similar row: all shingles are keys, no list is capped.

    A candidate shares at least ``threshold`` of the shingles of the row. That misses no similar row
    if the measure is at most the containment of the row, as containment itself and Jaccard
    similarity are (``matching.similarity`` has the properties that a measure needs).
    """
    needed = np.array([min_shared(size, threshold) for size in shingles.lengths.tolist()])
    every = np.ones(len(shingles), np.bool_)
    unused = np.empty(0, np.int64)  # min_shared_uncapped: only lookups by sketch read it
    keys = SketchKeys(shingles, _drop_unique(shingles), needed, unused, every)
    return CandidateLookup(keys, capped=False)


def sketch_keys(shingles: Ragged, counts: I64, config: Config) -> SketchKeys:
    """Return the keys by which rows are looked up and inserted: those of KEY_FUNCTIONS.

    This is the specification of the sketchers of the core (``deduplicate.SKETCHERS``). The index
    calls it with and without the core (``index.batch``).

    Parameters
    ----------
    shingles
        n rows, sorted and unique within a row; a row without any has no keys.
    counts
        (n,): shingles of each row with repetitions.
    config
        Names the measure, threshold, num_perm, recall and seed.
    """
    return KEY_FUNCTIONS[config.measure](shingles, counts, config)


def _bottom_k_keys(shingles: Ragged, counts: I64, config: Config) -> SketchKeys:
    """Return the keys for containment: a row is looked up by its bottom-k sketch.

    It is inserted under all its shingles.
    """
    bottom_k = bottom_k_of(config)
    smallest = shingles.truncated(bottom_k.sizes(counts))
    return SketchKeys(
        Ragged(smallest.values >> KEY_SHIFT, smallest.offsets),
        Ragged(shingles.values >> KEY_SHIFT, shingles.offsets),
        bottom_k.min_shared(smallest.lengths, counts),
        bottom_k.min_shared_uncapped,
        bottom_k.is_exhaustive(counts),
    )


def _lsh_keys(shingles: Ragged, _counts: I64, config: Config) -> SketchKeys:
    """Return the keys for Jaccard similarity: a row is looked up by its LSH bands.

    It is inserted under the same keys.
    """
    bands, rows, uncapped = banding(config.threshold, config.num_perm, config.recall)
    signed = signatures(shingles, config.num_perm, config.seed, bands * rows)
    keys = band_keys(signed, bands, rows, config.seed)
    keys = keys.filter_values(np.repeat(shingles.lengths > 0, bands))
    keys = Ragged(keys.values >> KEY_SHIFT, keys.offsets)
    needed, none = np.full(len(shingles), uncapped[bands]), np.zeros(len(shingles), np.bool_)
    return SketchKeys(keys, keys, needed, uncapped, none)


# From n rows of shingles and the number of shingles of each row, with repetitions, to their keys.
KEY_FUNCTIONS: dict[Measure, Callable[[Ragged, I64, Config], SketchKeys]] = {
    "containment": _bottom_k_keys,
    "jaccard": _lsh_keys,
}


def _drop_unique(keys: Ragged) -> Ragged:
    """Leave out the keys that occur once: no other row has them."""
    order = stable_order(keys.values)
    is_repeated = np.empty(len(order), np.bool_)
    is_repeated[order] = has_equal_neighbor(keys.values[order])
    return keys.filter_values(is_repeated)
