"""Add texts to a store, and remove them, within ``store.writing``."""

import time
from collections.abc import Sequence
from functools import cached_property
from itertools import islice, takewhile
from typing import Literal

import numpy as np

from dedup.config import Config
from dedup.errors import InputError
from dedup.index.batch import HashedBatch, batches, fingerprints_of
from dedup.index.decide import decide
from dedup.index.named_batches import keys_of, recall, remember
from dedup.index.result import IndexMatches
from dedup.index.stores.protocol import Id, Record, Store
from dedup.records import I64, Ragged
from dedup.text.packed import Packed, packed_bytes

OnConflict = Literal["error", "update"]


def add(  # noqa: PLR0913, PLR0917
    store: Store,
    config: Config,
    names: list[Id],
    packed: Packed,
    on_conflict: OnConflict,
    batch: str | None = None,
    hashed: HashedBatch | None = None,
) -> IndexMatches:
    """Add the texts that are new, as ``Index.add`` does, within ``store.writing``.

    Parameters
    ----------
    hashed
        What ``hash_ahead`` returned.
    """
    if hashed is not None:
        return _Addition(store, config, names, hashed, on_conflict).run()
    if batch is None:
        return _add(store, config, names, packed, on_conflict)
    keys = keys_of(names, packed)
    found, rows = recall(store, batch, names, keys)
    if len(rows):
        new = packed if len(rows) == len(packed) else packed.only(rows)
        chosen = rows.tolist()
        matches = _add(store, config, [names[row] for row in chosen], new, on_conflict)
        remember(store, batch, [keys[row] for row in chosen], matches)
        found.fill(rows, matches)
    return found


def hash_ahead(packed: Packed, config: Config, batch: str | None) -> HashedBatch | None:
    """Hash texts before ``store.writing``, so that others need not wait for that.

    Return None for a batch that may have a stored result, and for more texts than are decided at
    once: they would take much memory.
    """
    if batch is None and [*islice(batches(packed), 2)] == [(0, len(packed))]:
        return HashedBatch.of(packed, config)
    return None


def _add(
    store: Store, config: Config, names: list[Id], packed: Packed, on_conflict: OnConflict
) -> IndexMatches:
    parts = []
    for start, stop in batches(packed):
        batch = HashedBatch.of(packed.rows(start, stop), config)
        parts.append(_Addition(store, config, names[start:stop], batch, on_conflict).run())
    return IndexMatches.joined(parts)


class _Addition:
    """Adds texts together.

    A text that the index has under its id with the same tokens is seen, and changes nothing.
    Another text under a known id is an update. The old text is removed before the update is
    compared, so the texts before the update are decided first.
    """

    def __init__(
        self,
        store: Store,
        config: Config,
        names: list[Id],
        batch: HashedBatch,
        on_conflict: OnConflict,
    ) -> None:
        self._store, self._config, self._names, self._batch = store, config, names, batch
        self._on_conflict = on_conflict
        self._found = IndexMatches.all_new(names)
        found = zip(names, store.rows_of(names), strict=True)
        self._rows: dict[Id, int] = {name: row for name, row in found if row is not None}
        rows = sorted(set(self._rows.values()))
        stored = packed_bytes([record.text for record in store.records(rows)])
        self._fingerprints = dict(zip(rows, fingerprints_of(stored, config)[1], strict=True))

    def run(self) -> IndexMatches:
        """Add the texts that are new."""
        start = 0
        while start < len(self._names):
            start = self._add_some(start)
        return self._found

    def _add_some(self, start: int) -> int:
        """Add texts up to one that is compared without an earlier one; return its place."""
        found, batch = self._found, self._batch
        places: list[int] = []  # of texts to decide
        ids: set[Id] = set()  # theirs
        stop = start
        while stop < len(self._names):
            name, row = self._names[stop], self._rows.get(self._names[stop])
            if name in ids:
                break
            is_update = row is not None and self._fingerprints[row] != batch.fingerprints[stop]
            if is_update:
                if places:
                    break
                self._remove(name)
                found.updated[stop] = True
            if row is None or is_update:
                places.append(stop)
                ids.add(name)
            elif batch.lengths[stop]:
                found.keep[stop], found.exact[stop] = False, True
                found.witness[stop], found.similarity[stop] = name, 1.0
            stop += 1
        if places:
            self._add(np.array(places))
        return stop

    def _add(self, places: I64) -> None:
        """Decide some of the texts, and add those that are kept."""
        found = self._found
        part = decide(
            self._batch.take(places),
            [self._names[place] for place in places.tolist()],
            self._store,
            self._config,
            updates=found.updated[places],
        )
        part.updated[:] = found.updated[places]
        found.fill(places, part)
        new = places[part.keep]
        first, now = self._store.next_row(), int(time.time())
        records = [
            Record(self._names[place], self._batch.packed.encoded(place), now)
            for place in new.tolist()
        ]
        self._store.insert(records, self._entries.take(new))
        for row, place in enumerate(new.tolist(), first):
            self._rows[self._names[place]] = row
            self._fingerprints[row] = self._batch.fingerprints[place]

    def _remove(self, name: Id) -> None:
        """Remove the text that another one replaces under its id."""
        if self._on_conflict == "error":
            raise InputError(
                f"id {name!r} is that of another text in {self._store.name}: give this text "
                'another id, or on_conflict="update" to replace that one'
            )
        remove(self._store, [self._rows.pop(name)])

    @cached_property
    def _entries(self) -> Ragged:
        return self._batch.entries


def remove(store: Store, rows: Sequence[int]) -> int:
    """Remove texts by their numbers, within ``store.writing``; return how many they are."""
    rows = sorted(set(rows))
    if rows:
        store.remove(rows)
    return len(rows)


def forget(store: Store, age: float) -> int:
    """Remove the texts that are so many seconds old, within ``store.writing``."""
    until = time.time() - age
    old = takewhile(lambda item: item[1].added <= until, store.scan())
    return remove(store, [row for row, _ in old])
