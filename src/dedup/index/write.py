"""Add texts to a store, and remove them, within ``store.writing``."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Literal

import numpy as np

from dedup.config import Config
from dedup.errors import InputError
from dedup.index.batch import HashedBatch, batches, fingerprints_of_records
from dedup.index.decide import decide
from dedup.index.result import IndexMatches
from dedup.index.stores.protocol import Id, Record
from dedup.index.stores.store import Store
from dedup.text.packed import Packed

OnConflict = Literal["error", "update"]


def hash_ahead(packed: Packed, config: Config) -> HashedBatch | None:
    """Hash texts before ``store.writing``, so that others need not wait for that.

    Return None for more texts than are decided at once: they would take much memory.
    """
    if [*islice(batches(packed), 2)] != [(0, len(packed))]:
        return None
    batch = HashedBatch.of(packed, config)
    assert batch.entries, "made now, not while others wait"
    return batch


def add(  # noqa: PLR0913, PLR0917
    store: Store,
    config: Config,
    names: Sequence[Id],
    packed: Packed,
    on_conflict: OnConflict,
    hashed: HashedBatch | None = None,
) -> IndexMatches:
    """Add the texts that are new, as ``Index.add`` does.

    Parameters
    ----------
    hashed
        What ``hash_ahead`` returned.
    """
    parts, first = [], store.next_row()
    for start, stop in batches(packed):
        batch = hashed or HashedBatch.of(packed.rows(start, stop), config)
        parts.append(_Addition(store, names[start:stop], batch, on_conflict, first).run())
    return IndexMatches.joined(parts)


@dataclass
class _Addition:
    """Adds texts that are hashed together.

    A text that the index has under its id with the same tokens is seen, and changes nothing.
    Another text under a known id is an update. The old text is removed before the update is
    compared, so the texts before the update are decided first.

    Parameters
    ----------
    first
        The number of the first text that this call adds.
    """

    _store: Store
    _names: Sequence[Id]
    _batch: HashedBatch
    _on_conflict: OnConflict
    _first: int

    def run(self) -> IndexMatches:
        """Add the texts that are new."""
        self._found = IndexMatches.all_new(self._names)
        self._read_known()
        waiting: dict[Id, int] = {}  # places of the texts that are decided next, by their names
        for place, name in enumerate(self._names):
            if name in waiting or (waiting and self._is_update(place)):
                self._add([*waiting.values()])
                waiting.clear()
            if self._is_update(place):
                self._remove_old(place)
            elif name in self._rows:
                self._mark_seen(place)
                continue
            waiting[name] = place
        if waiting:
            self._add([*waiting.values()])
        return self._found

    def _read_known(self) -> None:
        """Read the texts that the index has under the names."""
        found = zip(self._names, self._store.rows_of(self._names), strict=True)
        # Of texts that the index has under one of the names.
        self._rows = {name: row for name, row in found if row is not None}
        records = self._store.records([*self._rows.values()])
        fingerprints = fingerprints_of_records(records, self._batch.config)
        self._fingerprints = dict(zip(self._rows, fingerprints, strict=True))

    def _is_update(self, place: int) -> bool:
        name = self._names[place]
        known = self._fingerprints[name] if name in self._rows else None
        return known is not None and known != self._batch.fingerprints[place]

    def _remove_old(self, place: int) -> None:
        """Remove the text that another one replaces under its id."""
        name = self._names[place]
        if self._on_conflict == "error":
            where = "this batch" if self._rows[name] >= self._first else self._store.name
            raise InputError(
                f"id {name!r} is that of another text in {where}: give this text "
                'another id, or on_conflict="update" to replace that one'
            )
        remove(self._store, [self._rows.pop(name)])
        self._found.updated[place] = True

    def _mark_seen(self, place: int) -> None:
        if self._batch.lengths[place]:
            self._found.keep[place], self._found.exact[place] = False, True
            self._found.witness[place], self._found.similarity[place] = self._names[place], 1.0

    def _add(self, places: list[int]) -> None:
        """Decide texts together, and add those that are kept."""
        batch, names = self._batch, [self._names[place] for place in places]
        if len(places) < len(batch):
            batch = HashedBatch.of(batch.packed.only(np.array(places)), batch.config)
        found = decide(batch, names, self._store, self._found.updated[places])
        found.updated[:] = self._found.updated[places]
        self._found.fill(found, dict(enumerate(places)))
        new, now = np.flatnonzero(found.keep), int(time.time())
        first = self._store.next_row()
        records = [Record(names[row], batch.packed.encoded(row), now) for row in new.tolist()]
        self._store.insert(records, batch.entries.take(new))
        self._rows |= {record.id: row for row, record in enumerate(records, first)}
        self._fingerprints |= {names[row]: batch.fingerprints[row] for row in new.tolist()}


def remove(store: Store, rows: Sequence[int]) -> int:
    """Remove texts by their numbers; return how many they are."""
    rows = sorted(set(rows))
    if rows:
        store.remove(rows)
    return len(rows)


def forget(store: Store, age: float) -> int:
    """Remove the texts that are so many seconds old."""
    until = time.time() - age
    old = takewhile(lambda item: item[1].added <= until, store.scan())
    return remove(store, [row for row, _ in old])
