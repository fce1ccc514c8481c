"""Adds texts to a store and removes them, within ``Store.writing``.

All texts of one call of ``Index.add`` may have a name (``batch``): when they are added again under
this name, they get the results of the first time. The results are stored in the transaction that
adds the texts, so the index has both or neither. A ``HashedBatch`` is smaller and has no name.
"""

import json
import time
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

import numpy as np
import xxhash

from dedup.arrays.packed import PackedTexts
from dedup.arrays.progress import NO_PROGRESS, Progress
from dedup.config import Config
from dedup.errors import InputError
from dedup.index.batch import HashedBatch, fingerprints_of, hash_in_batches, read_and_hash
from dedup.index.decide import decide_batch
from dedup.index.index_result import TextResult
from dedup.index.stores.checksums import DamagedError
from dedup.index.stores.records import Id, IndexRecord, value_bytes
from dedup.index.stores.store import Store
from dedup.index.stores.text_codec import TextCodec

DECIDED_SHARE = 0.55  # of the time in which the texts of a batch are decided and inserted
MAX_STORED_BATCHES = 100  # named batches whose results are stored
OnConflict = Literal["error", "update"]


@dataclass
class Addition:
    """Adds texts, as ``Index.add`` does.

    A text that the index has under its id with the same tokens is already indexed, and changes
    nothing. A text with other tokens under an indexed id is an update. The old text is removed
    before the update is compared, so the texts before the update are decided first.
    """

    store: Store
    config: Config
    on_conflict: OnConflict
    progress: Progress = NO_PROGRESS

    def __post_init__(self) -> None:
        """Save the row of the first text that is added."""
        self._first_row = self.store.next_row()

    def add(self, ids: Sequence[Id], batches: Iterable[HashedBatch]) -> list[TextResult]:
        """Add the texts of consecutive batches that are kept."""
        results: list[TextResult] = []
        for self._batch in batches:
            self._ids = ids[len(results) : len(results) + len(self._batch)]
            self._results = [TextResult()] * len(self._batch)
            rows = sorted({row for row in self.store.rows_of(self._ids) if row is not None})
            records = read_and_hash(self.store, rows, fingerprints_of, self.config)
            # The row and fingerprint of each indexed id.
            self._indexed = {record.id: (row, fingerprint) for row, record, fingerprint in records}
            done, total = len(results), max(len(ids), 1)
            with self.progress.part(done / total, (done + len(self._batch)) / total):
                self._add_batch()
            results += self._results
        return results

    def _add_batch(self) -> None:
        self._pending: dict[Id, int] = {}  # texts that are decided next: the place of each id
        for place, text_id in enumerate(self._ids):
            if text_id in self._pending or self._is_update(place):
                self._decide_pending()
            if self._is_update(place):
                self._remove_old(place)
            elif text_id in self._indexed:
                if self._batch.lengths[place]:
                    self._results[place] = TextResult(text_id, 1.0, exact=True)
                continue
            self._pending[text_id] = place
        self._decide_pending()

    def _is_update(self, place: int) -> bool:
        text_id = self._ids[place]
        if text_id not in self._indexed:
            return False
        return self._indexed[text_id][1] != self._batch.fingerprints[place]

    def _remove_old(self, place: int) -> None:
        """Remove the text that a text with the same id replaces."""
        text_id = self._ids[place]
        row, _ = self._indexed.pop(text_id)
        if self.on_conflict == "error":
            where = "this batch" if row >= self._first_row else self.store.name
            raise InputError(
                f"id {text_id!r} already has another text in {where}: give this text another id, "
                'or pass on_conflict="update" to replace the other text'
            )
        remove(self.store, [row])
        self._results[place] = TextResult(updated=True)

    def _decide_pending(self) -> None:
        """Decide the pending texts together, and insert those that are kept."""
        batch, ids, places = self._batch, [*self._pending], [*self._pending.values()]
        self._pending.clear()
        if not places:
            return
        if len(places) < len(batch):
            batch = HashedBatch.of(batch.packed.take(np.array(places)), self.config)
        updates = [self._results[place].updated for place in places]
        with self.progress.part(0.0, DECIDED_SHARE):
            results = decide_batch(batch, ids, self.store, updates, progress=self.progress)
        for place, result in zip(places, results, strict=True):
            self._results[place] = result
        kept, now = [text for text, result in enumerate(results) if result.keep], int(time.time())
        for row, text in enumerate(kept, self.store.next_row()):
            self._indexed[ids[text]] = row, batch.fingerprints[text]
        records = [IndexRecord(ids[text], batch.packed.encoded(text), now) for text in kept]
        self.store.insert(records, batch.stored_keys.take(np.array(kept, np.int64)))


def remove(store: Store, rows: Collection[int]) -> int:
    """Remove texts by their rows; return their number."""
    if rows:
        store.remove(sorted(rows))
    return len(rows)


def forget(store: Store, age: float) -> int:
    """Remove the texts that were added ``age`` seconds ago or earlier; return their number."""
    latest = time.time() - age
    old = takewhile(lambda item: item[1].added <= latest, store.scan())
    return remove(store, [row for row, _ in old])


def add_named(
    addition: Addition, ids: Sequence[Id], packed: PackedTexts, batch_name: str
) -> list[TextResult]:
    """Return the stored results of texts, and add the texts that have none.

    The result of a kept text that was removed from the index since is not used: the text is added
    again.
    """
    store, results = addition.store, dict[int, TextResult]()
    keys = [_result_key(text_id, packed.encoded(row)) for row, text_id in enumerate(ids)]
    stored = load_results(store, batch_name)
    results_of_key: dict[str, deque[TextResult]] = {}
    for key, result in stored:
        results_of_key.setdefault(key, deque()).append(result)
    for row, (key, index_row) in enumerate(zip(keys, store.rows_of(ids), strict=True)):
        equal = results_of_key.get(key)
        if equal and not (equal[0].keep and index_row is None):
            results[row] = equal.popleft()
    if new := [row for row in range(len(ids)) if row not in results]:
        batches = hash_in_batches(packed.take(np.array(new)), addition.config)
        new_results = addition.add([ids[row] for row in new], batches)
        results |= zip(new, new_results, strict=True)
        new_keys = [keys[row] for row in new]
        _save_results(store, batch_name, [*stored, *zip(new_keys, new_results, strict=True)])
    return [results[row] for row in range(len(ids))]


def _result_key(text_id: Id, text: bytes | None) -> str:
    """Return the key of a stored result: a hash of the id and the bytes of the text."""
    data = b"" if text is None else b"text " + text
    return xxhash.xxh3_128_hexdigest(data, xxhash.xxh3_64_intdigest(value_bytes(text_id)))


def _save_results(store: Store, batch_name: str, results: Sequence[tuple[str, TextResult]]) -> None:
    """Save the results of a batch by key; delete the oldest batch if there are too many."""
    settings = store.settings()
    names = [*(name for name in settings.get("batch_names", ()) if name != batch_name), batch_name]
    for name in names[:-MAX_STORED_BATCHES]:
        store.save(f"results:{name}", None)
    store.save_settings(settings | {"batch_names": names[-MAX_STORED_BATCHES:]})
    columns: dict[str, Sequence[object]] = {"keys": [key for key, _ in results]}
    for place, name in enumerate(TextResult._fields):
        columns[name] = [result[place] for _, result in results]
    store.save(f"results:{batch_name}", TextCodec(None).compress(json.dumps(columns).encode()))


def load_results(store: Store, batch_name: str) -> list[tuple[str, TextResult]]:
    """Return the stored results of a batch, each with the key of its text.

    Raises
    ------
    DamagedError
        When they are damaged.
    """
    data = TextCodec(None).decompress(store.load(f"results:{batch_name}"))
    if data is None:
        return []
    try:
        columns = json.loads(data)
        rows = zip(*(columns[name] for name in TextResult._fields), strict=True)
        results = [
            TextResult(
                witness, float(similarity), bool(exact), variant, tuple(older), bool(updated)
            )
            for witness, similarity, exact, variant, older, updated in rows
        ]
        return [*zip(columns["keys"], results, strict=True)]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise DamagedError from error
