"""Add texts to a store, and remove them, within ``store.writing``.

A batch may have a name: when it is added again it gets the result that it got the first time. The
result of each text is stored in the transaction that adds the texts, so a batch and its result are
both in the index or neither is.
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
from dedup.config import Config
from dedup.errors import InputError
from dedup.index.batch import HashedBatch, fingerprints, hashed_batches, hashed_records
from dedup.index.decide import decide
from dedup.index.index_result import Result
from dedup.index.stores.checksums import DamagedError
from dedup.index.stores.records import Id, Record, value_bytes
from dedup.index.stores.store import Store
from dedup.index.stores.text_codec import TextCodec

REMEMBERED = 100  # named batches whose results are stored
OnConflict = Literal["error", "update"]


@dataclass
class Addition:
    """Adds texts, as ``Index.add`` does.

    A text that the index has under its id with the same tokens is seen, and changes nothing.
    Another text under a known id is an update. The old text is removed before the update is
    compared, so the texts before the update are decided first.
    """

    store: Store
    config: Config
    on_conflict: OnConflict

    def __post_init__(self) -> None:
        """Note the number of the first text that is added."""
        self._first = self.store.next_row()

    def add(self, names: Sequence[Id], batches: Iterable[HashedBatch]) -> list[Result]:
        """Add the texts that are new, of batches one after the other."""
        results: list[Result] = []
        for self._batch in batches:
            self._names = names[len(results) : len(results) + len(self._batch)]
            self._results = [Result()] * len(self._batch)
            rows = sorted({row for row in self.store.rows_of(self._names) if row is not None})
            known = hashed_records(self.store, rows, fingerprints, self.config)
            self._known = {record.id: (row, fingerprint) for row, record, fingerprint in known}
            self._add_batch()
            results += self._results
        return results

    def _add_batch(self) -> None:
        self._waiting: dict[Id, int] = {}  # places of the texts that are decided next, by name
        for place, name in enumerate(self._names):
            if name in self._waiting or self._is_update(place):
                self._decide_waiting()
            if self._is_update(place):
                self._remove_old(place)
            elif name in self._known:
                if self._batch.lengths[place]:
                    self._results[place] = Result(name, 1.0, exact=True)
                continue
            self._waiting[name] = place
        self._decide_waiting()

    def _is_update(self, place: int) -> bool:
        name = self._names[place]
        return name in self._known and self._known[name][1] != self._batch.fingerprints[place]

    def _remove_old(self, place: int) -> None:
        """Remove the text that another one replaces under its id."""
        name = self._names[place]
        row, _ = self._known.pop(name)
        if self.on_conflict == "error":
            where = "this batch" if row >= self._first else self.store.name
            raise InputError(
                f"id {name!r} is that of another text in {where}: give this text "
                'another id, or on_conflict="update" to replace that one'
            )
        remove(self.store, [row])
        self._results[place] = Result(updated=True)

    def _decide_waiting(self) -> None:
        """Decide texts together, and add those that are kept."""
        batch, names, places = self._batch, [*self._waiting], [*self._waiting.values()]
        self._waiting.clear()
        if not places:
            return
        if len(places) < len(batch):
            batch = HashedBatch.of(batch.packed.take(np.array(places)), self.config)
        updates = [self._results[place].updated for place in places]
        results = decide(batch, names, self.store, updates)
        for place, result in zip(places, results, strict=True):
            self._results[place] = result
        new, now = [row for row, result in enumerate(results) if result.keep], int(time.time())
        for number, row in enumerate(new, self.store.next_row()):
            self._known[names[row]] = number, batch.fingerprints[row]
        records = [Record(names[row], batch.packed.encoded(row), now) for row in new]
        self.store.insert(records, batch.entries.take(np.array(new, np.int64)))


def remove(store: Store, rows: Collection[int]) -> int:
    """Remove texts by their numbers; return how many they are."""
    if rows:
        store.remove(sorted(rows))
    return len(rows)


def forget(store: Store, age: float) -> int:
    """Remove the texts that are so many seconds old."""
    until = time.time() - age
    old = takewhile(lambda item: item[1].added <= until, store.scan())
    return remove(store, [row for row, _ in old])


def add_named(
    addition: Addition, names: Sequence[Id], packed: PackedTexts, batch: str
) -> list[Result]:
    """Return the stored results of texts, and add the texts that have none.

    A kept text that was removed from the index since has no result any more: it is added again.
    """
    store, found = addition.store, dict[int, Result]()
    keys = [_key(name, packed.encoded(row)) for row, name in enumerate(names)]
    stored = load_results(store, batch)
    stored_results: dict[str, deque[Result]] = {}
    for key, result in stored:
        stored_results.setdefault(key, deque()).append(result)
    for row, (key, in_index) in enumerate(zip(keys, store.rows_of(names), strict=True)):
        same = stored_results.get(key)
        if same and not (same[0].keep and in_index is None):
            found[row] = same.popleft()
    if new := [row for row in range(len(names)) if row not in found]:
        batches = hashed_batches(packed.take(np.array(new)), addition.config)
        results = addition.add([names[row] for row in new], batches)
        found |= zip(new, results, strict=True)
        new_keys = [keys[row] for row in new]
        _save(store, batch, [*stored, *zip(new_keys, results, strict=True)])
    return [found[row] for row in range(len(names))]


def _key(name: Id, text: bytes | None) -> str:
    """Return a key of a text, made of its id and its bytes."""
    data = b"" if text is None else b"text " + text
    return xxhash.xxh3_128_hexdigest(data, xxhash.xxh3_64_intdigest(value_bytes(name)))


def _save(store: Store, batch: str, results: Sequence[tuple[str, Result]]) -> None:
    """Store the results of a batch by key; forget the oldest batch where there are too many."""
    settings = store.settings()
    names = [*(name for name in settings.get("batch_names", ()) if name != batch), batch]
    for name in names[:-REMEMBERED]:
        store.save(f"results:{name}", None)
    store.save_settings(settings | {"batch_names": names[-REMEMBERED:]})
    columns: dict[str, Sequence[object]] = {"keys": [key for key, _ in results]}
    for place, name in enumerate(Result._fields):
        columns[name] = [result[place] for _, result in results]
    store.save(f"results:{batch}", TextCodec(None).compress(json.dumps(columns).encode()))


def load_results(store: Store, batch: str) -> list[tuple[str, Result]]:
    """Return the stored results of a batch, and the keys of their texts.

    Raises
    ------
    DamagedError
        When they are not what was stored.
    """
    data = TextCodec(None).decompress(store.load(f"results:{batch}"))
    if data is None:
        return []
    try:
        columns = json.loads(data)
        rows = zip(*(columns[name] for name in Result._fields), strict=True)
        results = [
            Result(witness, float(similarity), bool(exact), variant, tuple(older), bool(updated))
            for witness, similarity, exact, variant, older, updated in rows
        ]
        return [*zip(columns["keys"], results, strict=True)]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise DamagedError from error
