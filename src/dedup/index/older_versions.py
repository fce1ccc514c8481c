"""Kept texts that a new text may contain: earlier, shorter versions of it.

A text is looked up by its sample among all keys of the texts before it, and so the texts before it
are found by their samples among all its keys.
"""

from collections import Counter
from itertools import chain

import numpy as np

from dedup.index.batch import HashedBatch
from dedup.index.posting_lists import LOWER, PostingLists
from dedup.index.stores.protocol import SAMPLED, SHORT
from dedup.matching.candidates import COMPARED, FULL
from dedup.records import U64, among, distinct

SHARED = 5  # keys of the sample of a text that a text has which may contain it


class OlderVersions:
    """Kept texts of the index and of a batch, by the keys of their samples.

    Keys that FULL or more samples have say nothing. Of the others SHARED must be shared, or one by
    a text that is so short that its sample has all its keys.

    Parameters
    ----------
    postings, shared
        As for ``IndexCandidates``.
    """

    def __init__(self, batch: HashedBatch, postings: PostingLists, shared: U64) -> None:
        if not batch.sample_size:  # by Jaccard no text contains another
            shared = shared[:0]
        probes, entries = batch.keys.probes, batch.keys.entries
        samples = postings.of_kinds(SAMPLED, SHORT)
        self._kept = samples.merged().by_key()
        self._short = set(postings.of_kinds(SHORT, SHORT).rows.tolist())
        self._short.update(np.flatnonzero(batch.is_short).tolist())
        known: U64 = distinct(np.concatenate((samples.keys & LOWER, shared)))
        self._probes = probes.select(among(probes.values, shared))
        self._entries = entries.select(among(entries.values, known))

    def of(self, row: int) -> list[int]:
        """Return the kept texts that a text may contain: at most COMPARED."""
        lists = [self._kept.get(key, []) for key in set(self._entries[row].tolist())]
        shared = Counter(chain.from_iterable(rows for rows in lists if len(rows) < FULL))
        found = [
            (-count, other)
            for other, count in shared.items()
            if count >= SHARED or other in self._short
        ]
        return [other for _, other in sorted(found)[:COMPARED]]

    def insert(self, row: int) -> None:
        """Add a kept text of the batch."""
        for key in set(self._probes[row].tolist()):
            self._kept.setdefault(key, []).append(row)
