"""Which texts of a batch are new: the keep-first rule, with an index of kept texts.

Texts of the batch have the numbers from 0 on, and texts of the index the numbers below 0, so that
of two texts the lower number is the one that came first.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np

from dedup.config import Config
from dedup.index.batch import HashedBatch
from dedup.index.candidates import IndexCandidates, fetch_postings, shared_keys
from dedup.index.older_versions import OlderVersions
from dedup.index.result import IndexMatches
from dedup.index.stores.protocol import PRINT, Id, Store
from dedup.matching.keep_first import keep_first
from dedup.matching.native_rule import rule_of_rows
from dedup.matching.similarity import MEASURES
from dedup.records import Flags
from dedup.text.recode import recode


def decide(
    batch: HashedBatch,
    ids: Sequence[Id | None],
    store: Store,
    config: Config,
    *,
    updates: Flags | None = None,
) -> IndexMatches:
    """Decide which texts are new, as ``keep_first`` says.

    Parameters
    ----------
    ids
        (n,): names of the texts, None for texts that are not to be added.
    updates
        (n,): texts that replace another one under their id, and are kept whatever they repeat.
        None where each text is compared with the index alone, and not with the others.
    """
    base, query_only = store.next_row(), updates is None
    postings = fetch_postings(batch, store, base)
    shared = batch.probe_keys[:0] if query_only else shared_keys(batch)
    candidates = IndexCandidates(batch, postings, shared)
    versions = OlderVersions(batch, postings, shared)
    texts = _Texts(batch, ids, store, config, base)
    exact = postings.of_kinds(PRINT, PRINT).rows.tolist()
    texts.load(chain(exact, candidates.in_index()))
    copies: dict[bytes, int] = {}  # the first kept text with each fingerprint
    for row in sorted(exact):
        copies.setdefault(texts.fingerprint(row), row)

    def insert(row: int) -> None:
        if not query_only:
            copies.setdefault(texts.fingerprint(row), row)
            candidates.insert(row)
            versions.insert(row)

    is_update = np.zeros(len(batch), np.bool_) if updates is None else updates
    found = IndexMatches.all_new(ids)
    contained: dict[int, list[int]] = {}
    for decision in keep_first(
        np.flatnonzero(batch.lengths).tolist(),
        lambda row: copies.get(texts.fingerprint(row)),
        candidates.of,
        insert,
        texts.similarity,
        config.threshold,
        exempts=texts.are_exempt,
        is_reference=lambda row: bool(is_update[row]),
    ):
        row = decision.row
        if decision.witness is not None:
            found.witness[row] = texts.ids[decision.witness]
            found.similarity[row], found.exact[row] = decision.similarity, decision.is_exact
            found.keep[row] = is_update[row]
        else:
            found.numeric_variant[row] = texts.ids[decision.numeric_variant]
            contained[row] = versions.of(row)
        if decision.is_exact and is_update[row]:
            insert(row)  # as the store lists it, too
    texts.load(chain.from_iterable(contained.values()))
    for row, others in contained.items():
        found.supersedes[row] = tuple(texts.older_versions(row, others))
    return found


class _Texts:
    """The texts of a batch, and those of the index that they are compared with."""

    def __init__(
        self,
        batch: HashedBatch,
        ids: Sequence[Id | None],
        store: Store,
        config: Config,
        base: int,
    ) -> None:
        self._batch, self._store, self._config, self._base = batch, store, config, base
        self._loaded: dict[int, tuple[HashedBatch, int]] = {}
        self.ids: dict[int | None, Id | None] = {None: None, **dict(enumerate(ids))}
        self._measure = MEASURES[config.measure]

    def load(self, rows: Iterable[int]) -> None:
        """Fetch texts of the index, all at once."""
        missing = sorted(row for row in set(rows) if row < 0 and row not in self._loaded)
        if not missing:
            return
        records = self._store.records([self._base + row for row in missing])
        loaded = HashedBatch.of_records(records, self._config)
        self._loaded.update((row, (loaded, place)) for place, row in enumerate(missing))
        self.ids.update(zip(missing, (record.id for record in records), strict=True))

    def _place(self, row: int) -> tuple[HashedBatch, int]:
        if row >= 0:
            return self._batch, row
        self.load([row])
        return self._loaded[row]

    def fingerprint(self, row: int) -> bytes:
        """Return the fingerprint of the tokens of a text."""
        batch, place = self._place(row)
        return batch.fingerprints[place]

    def similarity(self, row: int, other: int) -> float:
        """Return the exact similarity of a text and another one."""
        batch, place = self._place(row)
        other_batch, other_place = self._place(other)
        return self._measure(batch.shingles[place], other_batch.shingles[other_place])

    def are_exempt(self, row: int, other: int, similarity: float) -> bool:
        """Tell whether a text is not to be removed as a copy of another, though it is similar."""
        texts = [batch.utf8(place) for batch, place in map(self._place, (row, other))]
        offsets = np.array([0, len(texts[0]), len(texts[0]) + len(texts[1])])
        pair = recode(np.concatenate(texts), offsets, self._config.unit)
        return rule_of_rows(*pair, self._config).spares(0, 1, similarity)

    def older_versions(self, row: int, others: Iterable[int]) -> Iterator[Id]:
        """Yield the ids of those texts that would be removed as copies of a text."""
        for other in sorted(others):
            share = self.similarity(other, row)
            name = self.ids[other]
            if share < self._config.threshold or self.are_exempt(other, row, share):
                continue
            if name is not None:
                yield name
