"""Decides which texts of a batch are kept: the keep-first rule, against an index of kept texts.

A text of the index has the row of its record. The texts of a batch have the rows that follow, in
the order of the batch.
"""

from collections.abc import Iterable, Iterator, Sequence
from heapq import nsmallest
from itertools import chain

import numpy as np

from dedup.arrays.long_arrays import distinct
from dedup.arrays.packed import PackedTexts, pack_bytes
from dedup.arrays.progress import NO_PROGRESS, Progress
from dedup.config import Config
from dedup.index.batch import (
    HashedBatch,
    fingerprints_of,
    hash_in_batches,
    read_and_hash,
    shingles_of,
)
from dedup.index.index_result import Neighbor, TextResult
from dedup.index.lookup import look_up_batch
from dedup.index.posting_lists import ALL_ROWS, PostingLists, read_posting_lists
from dedup.index.stores.postings import (
    KIND_FINGERPRINT,
    KIND_OTHER,
    KIND_SHORT_SKETCH,
    KIND_SKETCH,
)
from dedup.index.stores.records import Id
from dedup.index.stores.store import Store
from dedup.matching.candidates import MAX_POSTINGS
from dedup.matching.keep_first import keep_first
from dedup.matching.pair_rule import pair_rule
from dedup.matching.similarity import MEASURES
from dedup.text.recode import recode

COPIES_PERCENT, CANDIDATES_PERCENT = 10, 80  # of the time of a batch, until they are read
ROUNDING_ERROR = 1e-6  # of ``threshold`` times a number of shingles


def decide_batch(  # noqa: PLR0913
    batch: HashedBatch,
    ids: Sequence[Id | None],
    store: Store,
    updates: Sequence[bool],
    *,
    compare_within: bool = True,
    progress: Progress = NO_PROGRESS,
) -> list[TextResult]:
    """Decide which texts of a batch are kept, by ``matching.keep_first``.

    Parameters
    ----------
    ids
        (n,): the ids of the texts, None for texts that are not added.
    updates
        (n,): which texts replace a text with the same id; they are kept whatever they repeat.
    compare_within
        Whether a text is also compared with earlier texts of the batch, not only with the index.
    progress
        Receives how much of the batch is done.
    """
    first_row = store.next_row()
    results = {row: TextResult(updated=flag) for row, flag in enumerate(updates, first_row)}
    fingerprints = dict(enumerate(batch.fingerprints, first_row))
    texts = ComparedTexts(batch, ids, store, first_row)
    exact_copies = texts.load_exact_copies()
    progress.reach(COPIES_PERCENT, 100)
    is_copy = np.array([key in exact_copies for key in batch.fingerprints], np.bool_)
    batch_lookup = look_up_batch(batch, ~is_copy, store, first_row)
    texts.load(batch_lookup.index_candidates())
    progress.reach(CANDIDATES_PERCENT, 100)

    def insert(row: int) -> None:
        if compare_within:
            exact_copies.setdefault(fingerprints[row], row)
            batch_lookup.insert(row)

    for row, witness_row, similarity, is_exact, variant_row in keep_first(
        (first_row + np.flatnonzero(batch.lengths)).tolist(),
        lambda row: exact_copies.get(fingerprints[row]),
        batch_lookup.candidates,
        insert,
        texts.similarity,
        batch.config.threshold,
        exempts=texts.is_exempt,
        is_reference=lambda row: results[row].updated,
    ):
        if witness_row is not None:
            witness, updated = texts.ids[witness_row], results[row].updated
            results[row] = TextResult(witness, similarity, is_exact, updated=updated)
            if is_exact and updated:
                insert(row)  # an update is kept, though ``keep_first`` inserts no exact copy
        elif variant_row is not None:
            results[row] = results[row]._replace(numeric_variant=texts.ids[variant_row])
    is_new = np.array([result.witness is None for result in results.values()], np.bool_)
    older_rows = batch_lookup.older_versions((batch.lengths > 0) & is_new)
    texts.load(chain.from_iterable(older_rows.values()))
    for row, rows in older_rows.items():
        results[row] = results[row]._replace(supersedes=tuple(texts.ids_of_copies(row, rows)))
    return [*results.values()]


class ComparedTexts:
    """The texts that are compared, by row: those of a batch, and those read from an index.

    Attributes
    ----------
    ids
        The id of each text, by row.
    """

    def __init__(
        self, batch: HashedBatch, ids: Sequence[Id | None], store: Store, first_row: int
    ) -> None:
        self.ids = dict(enumerate(ids, first_row))
        self._batch, self._store, self._config = batch, store, batch.config
        self._shingles = dict(enumerate(batch.shingles, first_row))
        self._utf8 = dict(enumerate(map(batch.packed.encoded, range(len(batch))), first_row))

    def load_exact_copies(self) -> dict[bytes, int]:
        """Return the first row of the index with each fingerprint of the batch."""
        batch, exact_copies = self._batch, dict[bytes, int]()
        keys = {KIND_FINGERPRINT: distinct(batch.fingerprint_keys[batch.lengths > 0])}
        lists = read_posting_lists(self._store, keys, MAX_POSTINGS)[KIND_FINGERPRINT]
        rows = distinct(lists.rows.values).tolist()
        found = read_and_hash(self._store, rows, fingerprints_of, self._config)
        for row, record, fingerprint in found:
            self.ids[row] = record.id
            exact_copies.setdefault(fingerprint, row)
        return exact_copies

    def load(self, rows: Iterable[int]) -> None:
        """Read and hash texts of the index that are not loaded yet."""
        missing = sorted({*rows} - self._shingles.keys())
        found = read_and_hash(self._store, missing, shingles_of, self._config)
        for row, record, shingles in found:
            self.ids[row], self._utf8[row] = record.id, record.text
            self._shingles[row] = shingles

    def similarity(self, row: int, witness_row: int) -> float:
        """Return the exact similarity of a text to another one."""
        if witness_row not in self._shingles:
            self.load([witness_row])
        measure = MEASURES[self._config.measure]
        return measure(self._shingles[row], self._shingles[witness_row])

    def is_exempt(self, row: int, witness_row: int, similarity: float) -> bool:
        """Return whether a pair rule keeps a text although it is similar to another one."""
        pair = pack_bytes([self._utf8[row], self._utf8[witness_row]])
        utf8, offsets = recode(pair.utf8, pair.offsets, self._config.unit)
        return pair_rule(utf8, offsets, self._config).exempts(0, 1, similarity)

    def ids_of_copies(self, row: int, older_rows: Iterable[int]) -> Iterator[Id]:
        """Yield the ids of the older texts that would be removed as copies of a text."""
        for older_row in sorted(older_rows):
            similarity, older_id = self.similarity(older_row, row), self.ids[older_row]
            is_copy = similarity >= self._config.threshold
            is_copy = is_copy and not self.is_exempt(older_row, row, similarity)
            if is_copy and older_id is not None:
                yield older_id


def query(store: Store, config: Config, packed: PackedTexts) -> list[TextResult]:
    """Return for each text the result that ``add`` would give if it were the next text."""
    results: list[TextResult] = []
    for batch in hash_in_batches(packed, config):
        ids, updates = [None] * len(batch), [False] * len(batch)
        results += decide_batch(batch, ids, store, updates, compare_within=False)
    return results


def neighbors(
    store: Store, config: Config, packed: PackedTexts, max_neighbors: int
) -> list[list[Neighbor]]:
    """Find the texts of the index that each text repeats, as ``Index.neighbors`` does.

    No posting list is capped, and ``index.lookup`` is not used. By containment a text is compared
    with each indexed text that has ``threshold`` of its shingles, by Jaccard with each that shares
    ``min_shared`` LSH bands with it.
    """
    batch, measure = HashedBatch.of(packed, config), MEASURES[config.measure]
    query_keys, min_shared = batch.keys.query_keys, batch.keys.min_shared.tolist()
    if config.measure == "containment":
        query_keys = batch.keys.posting_keys
        min_shared = (config.threshold * batch.shingles.lengths).tolist()
    found = []
    for shingles, keys, needed in zip(batch.shingles, query_keys, min_shared, strict=True):
        # Shingles may share the 32 bits of a key: the key then counts once.
        unique_keys = distinct(keys)
        needed_keys = needed - (len(keys) - len(unique_keys)) - ROUNDING_ERROR
        kinds = (KIND_SKETCH, KIND_SHORT_SKETCH, KIND_OTHER)
        lists = read_posting_lists(store, dict.fromkeys(kinds, unique_keys), ALL_ROWS)
        rows, shared = np.unique(
            PostingLists.merged(lists.values()).rows.values, return_counts=True
        )
        candidates = rows[shared >= needed_keys].tolist()
        ranked = (
            (-measure(shingles, candidate_shingles), row, record.id)
            for row, record, candidate_shingles in read_and_hash(
                store, candidates, shingles_of, config
            )
        )
        similar = (item for item in ranked if -item[0] >= config.threshold)
        best = nsmallest(max_neighbors, similar)
        found.append([Neighbor(record_id, -negative) for negative, _, record_id in best])
    return found
