"""The index of kept rows: which of them may be similar to a row.

Kept rows only are inserted, so buckets stay small by construction. Candidates are a
matter of keys that two rows share, so they depend on the two rows alone, or on counts
over the whole input; never on the order of work.
"""

import numpy as np

from dedup.config import Config
from dedup.lsh import band_keys, choose_bands
from dedup.minhash import signatures
from dedup.records import I64, Flags, Ragged
from dedup.similarity import least_shared


class Index:
    """Kept rows by key.

    Parameters
    ----------
    probes
        n rows of keys that a row is looked up by.
    entries
        n rows of keys that a row is found under once it is kept.
    """

    def __init__(self, probes: Ragged, entries: Ragged) -> None:
        self._probes = _keys_of(probes)
        self._entries = _keys_of(entries)
        self._kept: dict[int, list[int]] = {}

    def insert(self, row: int) -> None:
        """Enter a kept row."""
        for key in self._entries.get(row, ()):
            self._kept.setdefault(key, []).append(row)

    def candidates(self, row: int) -> list[int]:
        """Return the kept rows that share a key with ``row``, in ascending order."""
        found: set[int] = set()
        for key in self._probes.get(row, ()):
            found.update(self._kept.get(key, ()))
        return sorted(found)


def _keys_of(rows: Ragged) -> dict[int, list[int]]:
    """Return the rows that have keys; most rows of a text have none that others share."""
    return {row: rows[row].tolist() for row in np.flatnonzero(rows.lengths).tolist()}


def index_of(shingles: Ragged, taking_part: Flags, config: Config) -> Index:
    """Build the empty index that suits the measure.

    Parameters
    ----------
    shingles
        n rows, sorted and unique within a row.
    taking_part
        (n,): rows that may be looked up or kept; the others have no keys.
    config
        Names the measure, threshold, num_perm, recall and seed.
    """
    wanted = np.repeat(taking_part, shingles.lengths)
    shingles = shingles.select(wanted)
    if config.measure == "jaccard":
        bands, rows = choose_bands(config.threshold, config.num_perm, config.recall)
        sketch = signatures(shingles, bands * rows, config.seed)
        keys = band_keys(sketch, bands, rows, config.seed)
        keys = keys.select(np.repeat(shingles.lengths > 0, bands))
        shared = keys.select(_counts(keys)[0] > 1)
        return Index(shared, shared)
    return _prefix_index(shingles, config.threshold)


def _prefix_index(shingles: Ragged, threshold: float) -> Index:
    """Index for containment, without a sketch: no pair at the threshold is missed.

    A row of m shingles that shares s of them with another shares at least one of any
    m - s + 1 (the prefix filter of Chaudhuri, Ganti and Kaushik 2006): it is looked up
    by its m - s + 1 rarest shingles, and found under all that occur in another row.
    """
    counts, order = _counts(shingles)
    row = shingles.row_numbers()
    by_rarity = np.lexsort((order, counts, row))
    place = np.empty(len(by_rarity), np.int64)
    place[by_rarity] = np.arange(len(by_rarity))
    place -= shingles.offsets[row]
    sizes = shingles.lengths
    prefix = np.array([int(m) - least_shared(int(m), threshold) + 1 for m in sizes], np.int64)
    shared = counts > 1
    return Index(shingles.select(shared & (place < prefix[row])), shingles.select(shared))


def _counts(rows: Ragged) -> tuple[I64, I64]:
    """Return, for each value, in how many places it stands, and its rank by value."""
    _, rank, counts = np.unique(rows.values, return_inverse=True, return_counts=True)
    return counts[rank], rank
