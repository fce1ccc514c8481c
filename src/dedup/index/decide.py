"""Which texts of a batch are new: the keep-first rule, with an index of kept texts.

Texts have numbers in the order in which they came: texts of the index their rows in the store, and
texts of the batch the rows after these.
"""

from collections.abc import Iterable, Iterator, Sequence
from heapq import nsmallest
from itertools import chain

import numpy as np

from dedup.arrays.long_arrays import distinct
from dedup.arrays.packed import PackedTexts, pack_bytes
from dedup.config import Config
from dedup.index.batch import HashedBatch, fingerprints, hashed_batches, hashed_records, shingles
from dedup.index.index_result import Neighbor, Result
from dedup.index.lookup import ALL, PostingLists, fetch, find_kept_texts
from dedup.index.stores.postings import KIND_FINGERPRINT, KIND_OTHER, KIND_SHORT_SKETCH, KIND_SKETCH
from dedup.index.stores.records import Id
from dedup.index.stores.store import Store
from dedup.matching.candidates import MAX_POSTINGS
from dedup.matching.keep_first import keep_first
from dedup.matching.numeric_variants import pair_rule
from dedup.matching.similarity import MEASURES
from dedup.text.recode import recode

SLACK = 1e-6  # of a count that is computed from a threshold


def decide(
    batch: HashedBatch,
    ids: Sequence[Id | None],
    store: Store,
    updates: Sequence[bool] | None = None,
) -> list[Result]:
    """Decide which texts are new, as ``keep_first`` says.

    Parameters
    ----------
    ids
        (n,): names of the texts, None for texts that are not to be added.
    updates
        (n,): which texts replace another one under their id, and are kept whatever they repeat.
        None where each text is compared with the index alone, and not with the others.
    """
    first = store.next_row()
    flags = updates or [False] * len(batch)
    results = {row: Result(updated=flag) for row, flag in enumerate(flags, first)}
    prints = dict(enumerate(batch.fingerprints, first))
    texts = ComparedTexts(batch, ids, store, first)
    copies = texts.load_copies()
    is_copy = np.array([fingerprint in copies for fingerprint in batch.fingerprints], np.bool_)
    kept = find_kept_texts(batch, ~is_copy, store, first)
    texts.load(kept.in_index())

    def insert(row: int) -> None:
        if updates is not None:
            copies.setdefault(prints[row], row)
            kept.insert(row)

    for row, witness, similarity, is_exact, variant in keep_first(
        (first + np.flatnonzero(batch.lengths)).tolist(),
        lambda row: copies.get(prints[row]),
        kept.candidates,
        insert,
        texts.similarity,
        batch.config.threshold,
        exempts=texts.are_exempt,
        is_reference=lambda row: results[row].updated,
    ):
        if witness is not None:
            name, is_update = texts.ids[witness], results[row].updated
            results[row] = Result(name, similarity, is_exact, updated=is_update)
            if is_exact and is_update:
                insert(row)  # the store lists it, too
        elif variant is not None:
            results[row] = results[row]._replace(numeric_variant=texts.ids[variant])
    is_new = np.array([result.witness is None for result in results.values()], np.bool_)
    older = kept.older_versions((batch.lengths > 0) & is_new)
    texts.load(chain.from_iterable(older.values()))
    for row, others in older.items():
        results[row] = results[row]._replace(supersedes=tuple(texts.copies_of(row, others)))
    return [*results.values()]


class ComparedTexts:
    """The texts that are compared, by number: those of a batch, and those read from an index.

    Attributes
    ----------
    ids
        By number.
    """

    def __init__(
        self, batch: HashedBatch, ids: Sequence[Id | None], store: Store, first: int
    ) -> None:
        self.ids = dict(enumerate(ids, first))
        self._batch, self._store, self._config = batch, store, batch.config
        self._shingles = dict(enumerate(batch.shingles, first))
        self._utf8 = dict(enumerate(map(batch.packed.encoded, range(len(batch))), first))

    def load_copies(self) -> dict[bytes, int]:
        """Return the first text of the index with each fingerprint that the batch has."""
        batch, copies = self._batch, dict[bytes, int]()
        keys = {KIND_FINGERPRINT: distinct(batch.fingerprint_keys[batch.lengths > 0])}
        postings = fetch(self._store, keys, MAX_POSTINGS)[KIND_FINGERPRINT]
        rows = distinct(postings.rows.values).tolist()
        found = hashed_records(self._store, rows, fingerprints, self._config)
        for row, record, fingerprint in found:
            self.ids[row] = record.id
            copies.setdefault(fingerprint, row)
        return copies

    def load(self, rows: Iterable[int]) -> None:
        """Read texts of the index, all at once."""
        missing = sorted({*rows} - self._shingles.keys())
        found = hashed_records(self._store, missing, shingles, self._config)
        for row, record, own in found:
            self.ids[row], self._utf8[row], self._shingles[row] = record.id, record.text, own

    def similarity(self, row: int, other: int) -> float:
        """Return the exact similarity of a text and another one."""
        if other not in self._shingles:
            self.load([other])
        return MEASURES[self._config.measure](self._shingles[row], self._shingles[other])

    def are_exempt(self, row: int, other: int, similarity: float) -> bool:
        """Tell whether a text is not to be removed as a copy of another, though it is similar."""
        both = pack_bytes([self._utf8[row], self._utf8[other]])
        pair = recode(both.utf8, both.offsets, self._config.unit)
        return pair_rule(*pair, self._config).spares(0, 1, similarity)

    def copies_of(self, row: int, others: Iterable[int]) -> Iterator[Id]:
        """Yield the ids of those texts that would be removed as copies of a text."""
        for other in sorted(others):
            share, name = self.similarity(other, row), self.ids[other]
            is_copy = share >= self._config.threshold and not self.are_exempt(other, row, share)
            if is_copy and name is not None:
                yield name


def query(store: Store, config: Config, packed: PackedTexts) -> list[Result]:
    """Return the result that ``add`` would give for each text if it were the next one."""
    batches = hashed_batches(packed, config)
    return [result for batch in batches for result in decide(batch, [None] * len(batch), store)]


def neighbors(store: Store, config: Config, packed: PackedTexts, most: int) -> list[list[Neighbor]]:
    """Find the texts that each text repeats, as ``Index.neighbors`` does.

    A text that repeats another one shares ``least`` keys with it or more. All that share as many
    are compared, however many they are.
    """
    batch, measure = HashedBatch.of(packed, config), MEASURES[config.measure]
    keys, least = batch.keys.query_keys, batch.keys.min_shared.tolist()
    if config.measure == "containment":  # all shingles are keys, by their lower 32 bits
        keys, least = batch.keys.posting_keys, (config.threshold * batch.shingles.lengths).tolist()
    found = []
    for mine, own, needed in zip(batch.shingles, keys, least, strict=True):
        wanted = distinct(own)
        postings = fetch(
            store, dict.fromkeys((KIND_SKETCH, KIND_SHORT_SKETCH, KIND_OTHER), wanted), ALL
        )
        listed = PostingLists.merged(postings.values()).rows.values
        rows, counts = np.unique(listed, return_counts=True)
        rows = rows[counts >= needed - (len(own) - len(wanted)) - SLACK]
        similar = (
            (-measure(mine, other), row, record.id)
            for row, record, other in hashed_records(store, rows.tolist(), shingles, config)
        )
        best = nsmallest(most, (one for one in similar if -one[0] >= config.threshold))
        found.append([Neighbor(name, -negative) for negative, _, name in best])
    return found
