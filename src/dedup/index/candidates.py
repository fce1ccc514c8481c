"""The kept texts that each text of a batch is compared with.

Texts of the batch have the numbers from 0 on, and texts of the index the numbers below 0, so that
of two texts the lower number is the one that came first.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from dedup.index.batch import HashedBatch
from dedup.index.posting_lists import PostingLists
from dedup.index.stores.protocol import PRINT, REST, SAMPLED, SHORT, Store
from dedup.matching.candidates import FULL, Candidates
from dedup.records import U64, among, distinct

ALL = 1 << 62
_NONE = np.empty(0, np.uint64)


def fetch_postings(batch: HashedBatch, store: Store, base: int) -> PostingLists:
    """Read the posting lists of the keys of a batch.

    A text is looked up by its sample among all keys of other texts, and by all its keys among the
    samples of texts that it may contain.
    """
    contained = distinct(batch.keys.entries.values) if batch.sample_size else _NONE
    kinds = [(SAMPLED, contained), (SHORT, contained), (REST, batch.probe_keys)]
    fingerprints = distinct(batch.fingerprint_keys[batch.lengths > 0])
    most = ALL if batch.keys.whole.any() else FULL
    return PostingLists.fetch(store, [*kinds, (PRINT, fingerprints)], most, base)


def shared_keys(batch: HashedBatch) -> U64:
    """Return the keys by which some text of a batch is looked up, and that two of them have."""
    entries = batch.keys.entries.values
    keys, counts = np.unique(entries[among(entries, batch.probe_keys)], return_counts=True)
    return keys[counts > 1]


class IndexCandidates:
    """Kept texts of the index and of a batch.

    ``of`` returns exactly what ``Candidates.of`` returns where all texts of the index, and the
    inserted ones of the batch, were inserted with all their keys. It is faster since it leaves out
    keys that no text of the batch is looked up by, and looks up texts only once that share no key
    with others of the batch.

    Parameters
    ----------
    postings
        Of the batch.
    shared
        Keys that texts of the batch share; none where they are not to be compared with each other.
    """

    def __init__(self, batch: HashedBatch, postings: PostingLists, shared: U64) -> None:
        keys = batch.keys
        entries = keys.entries.select(among(keys.entries.values, shared))
        kept = postings.of_kinds(SAMPLED, REST).having(batch.probe_keys).merged().by_key()
        self._candidates = Candidates(replace(keys, entries=entries), kept=kept)
        self._in_index = [self._candidates.of(row) for row in range(len(batch))]
        shares = keys.probes.select(among(keys.probes.values, shared)).lengths > 0
        self._may_share: list[bool] = shares.tolist()

    def in_index(self) -> Iterable[int]:
        """Return the texts of the index that are candidates of some text of the batch.

        A few more may be, as texts of the batch change which keys have full lists.
        """
        return {other for candidates in self._in_index for other in candidates}

    def of(self, row: int) -> list[int]:
        """Return the kept texts that a text is compared with."""
        return self._candidates.of(row) if self._may_share[row] else self._in_index[row]

    def insert(self, row: int) -> None:
        """Add a kept text of the batch."""
        self._candidates.insert(row)
