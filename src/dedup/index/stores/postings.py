"""Postings: a key and the row of a text that has the key, in one number of 64 bits.

A posting list is the rows of one key. Keys have 32 bits: the upper halves of shingles, of LSH band
keys and of fingerprints. Half a hash is enough, since each candidate is verified.

The store keeps four kinds of keys in separate posting lists. By containment each shingle of a text
is a key of one of the first three kinds. A lookup of candidates reads the posting lists of all
three; a lookup of older versions reads those of sketch keys only. By Jaccard each band key is of
the third kind. The fourth finds exact copies.
"""

from dataclasses import dataclass

import numpy as np

from dedup.arrays.array_types import I64, U64, Flags
from dedup.arrays.long_arrays import isin_sorted

ROW_BITS = np.uint64(32)  # a posting is ``key << ROW_BITS | row``
ROW_MASK = np.uint64((1 << 32) - 1)
MAX_KEY = MAX_ROW = (1 << 32) - 1

KIND_SHIFT = np.uint64(32)  # a key with its kind is ``kind << KIND_SHIFT | key``
KIND_SKETCH = np.uint64(0)  # a shingle in the bottom-k sketch of its text
KIND_SHORT_SKETCH = np.uint64(1)  # a shingle of a short text (``HashedBatch.is_short``)
KIND_OTHER = np.uint64(2)  # a shingle outside the sketch, or an LSH band key
KIND_FINGERPRINT = np.uint64(3)  # a fingerprint of all tokens, which exact copies share
KEY_KINDS = (KIND_SKETCH, KIND_SHORT_SKETCH, KIND_OTHER, KIND_FINGERPRINT)


@dataclass(frozen=True, slots=True)
class LiveRows:
    """The rows of an index that were not deleted.

    Deleted rows keep their postings until a merge drops them, so each lookup filters rows.
    """

    min_live_row: int  # all rows below were deleted
    deleted: I64  # (d,): sorted; the other deleted rows

    def contains(self, rows: U64) -> Flags:
        """Return which of n rows are live, (n,) bool."""
        signed = rows.astype(np.int64)
        live: Flags = (signed >= self.min_live_row) & ~isin_sorted(signed, self.deleted)
        return live
