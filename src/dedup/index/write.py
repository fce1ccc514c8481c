"""Texts into a store, and out of it again: what an index does while it may read or write."""

import time
from collections import Counter
from collections.abc import Sequence
from functools import cached_property, partial
from itertools import takewhile
from typing import Literal

import numpy as np

from dedup.config import Config
from dedup.errors import InputError
from dedup.index.batch import OWN, Arrivals
from dedup.index.candidates import ALL
from dedup.index.decide import admit
from dedup.index.named_batches import keys_of, recall, remember
from dedup.index.result import IndexMatches, Neighbor
from dedup.index.stores.protocol import KIND, Id, Record, Store
from dedup.matching.similarity import MEASURES
from dedup.records import I64, U64, Ragged, distinct
from dedup.text.packed import Packed, packed_bytes

OnConflict = Literal["error", "update"]
AT_ONCE = 1 << 12  # texts that are decided at once, and
BYTES_AT_ONCE = 1 << 25  # bytes of them: what is held in memory
SCANNED = 1 << 10  # texts that are read at once
SLACK = 1e-6  # of a count that is computed from a threshold


def add(  # noqa: PLR0913, PLR0917
    store: Store,
    config: Config,
    names: list[Id],
    packed: Packed,
    on_conflict: OnConflict,
    batch: str | None = None,
) -> IndexMatches:
    """Add the texts that are new, as ``Index.add`` does, within ``store.writing``."""
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


def _add(
    store: Store, config: Config, names: list[Id], packed: Packed, on_conflict: OnConflict
) -> IndexMatches:
    parts, start = [], 0
    while start < len(packed):
        stop = end_of(packed, start)
        taking = Taking(store, config, names[start:stop], packed.rows(start, stop))
        parts.append(taking.take(on_conflict))
        start = stop
    return IndexMatches.joined(parts)


def query(store: Store, config: Config, packed: Packed) -> IndexMatches:
    """Say what ``add`` would say of each text, within ``store.reading``."""
    parts, start = [], 0
    while start < len(packed):
        stop = end_of(packed, start)
        arrivals = Arrivals.of(packed.rows(start, stop), config)
        parts.append(admit(arrivals, [None] * (stop - start), store, config))
        start = stop
    return IndexMatches.joined(parts)


def end_of(packed: Packed, start: int) -> int:
    """Return the end of the texts that are decided at once: one at least."""
    limit = int(packed.offsets[start]) + BYTES_AT_ONCE
    fitting = int(np.searchsorted(packed.offsets, limit, "right")) - 1
    return min(max(fitting, start + 1), start + AT_ONCE, len(packed))


class Taking:
    """Texts that are added together.

    A text that the index has under its id with the same tokens is seen, and changes nothing.
    Another text under a known id is an update. The old text is removed before the update is
    compared, so the texts before the update are decided first.
    """

    def __init__(self, store: Store, config: Config, names: list[Id], packed: Packed) -> None:
        self._store, self._config, self._names, self._packed = store, config, names, packed
        self._arrivals = Arrivals.of(packed, config)
        found = zip(names, store.rows_of(names), strict=True)
        self._rows: dict[Id, int] = {name: row for name, row in found if row is not None}
        rows = sorted(set(self._rows.values()))
        stored = _arrivals_of(store, config, rows)
        self._prints = dict(zip(rows, stored.prints, strict=True))

    def take(self, on_conflict: OnConflict) -> IndexMatches:
        """Add what is new."""
        found, start = IndexMatches.all_new(self._names), 0
        while start < len(self._names):
            start = self._take_some(found, start, on_conflict)
        return found

    def _take_some(self, found: IndexMatches, start: int, on_conflict: OnConflict) -> int:
        """Decide texts up to the next that has to be compared without an earlier one."""
        places: list[int] = []  # of texts to decide
        ids: set[Id] = set()  # theirs
        stop = start
        while stop < len(self._names):
            name, row = self._names[stop], self._rows.get(self._names[stop])
            if name in ids:
                break
            is_update = row is not None and self._prints[row] != self._arrivals.prints[stop]
            if is_update:
                if places:
                    break
                self._remove(name, on_conflict)
                found.updated[stop] = True
            if row is None or is_update:
                places.append(stop)
                ids.add(name)
            elif self._arrivals.lengths[stop]:
                found.keep[stop], found.exact[stop] = False, True
                found.witness[stop], found.similarity[stop] = name, 1.0
            stop += 1
        if places:
            self._add(found, np.array(places))
        return stop

    def _add(self, found: IndexMatches, places: I64) -> None:
        """Decide some of the texts, and add those that are kept."""
        part = admit(
            self._arrivals.take(places),
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
            Record(self._names[place], self._packed.encoded(place), now) for place in new.tolist()
        ]
        self._store.insert(records, self._entries.take(new))
        for row, place in enumerate(new.tolist(), first):
            self._rows[self._names[place]] = row
            self._prints[row] = self._arrivals.prints[place]

    def _remove(self, name: Id, on_conflict: OnConflict) -> None:
        """Remove what the index has under an id that comes with another text."""
        if on_conflict == "error":
            raise InputError(
                f"id {name!r} is that of another text in {self._store.name}: give this text "
                'another id, or on_conflict="update" to replace that one'
            )
        remove(self._store, self._config, [self._rows.pop(name)])

    @cached_property
    def _entries(self) -> Ragged:
        return self._arrivals.entries()


def neighbors(store: Store, config: Config, packed: Packed, most: int) -> list[list[Neighbor]]:
    """Find what texts repeat, as ``Index.neighbors`` does, within ``store.reading``.

    A text that repeats another one shares ``least`` keys with it or more. All that share as many
    are compared, however many they are.
    """
    arrivals = Arrivals.of(packed, config)
    asked, least = arrivals.keys.probes, arrivals.keys.needed.tolist()
    if config.measure == "containment":  # all shingles are keys, by their lower 32 bits
        asked = arrivals.keys.entries
        least = (config.threshold * arrivals.shingles.lengths).tolist()
    return [
        _nearest(row, asked[row], least[row], arrivals, store, config)[:most]
        for row in range(len(packed))
    ]


def _nearest(  # noqa: PLR0913, PLR0917
    row: int, asked: U64, least: float, arrivals: Arrivals, store: Store, config: Config
) -> list[Neighbor]:
    """Return what a text repeats, the most similar one first, of equal ones the earliest."""
    keys = distinct(asked)
    if not len(keys):
        return []
    least -= len(asked) - len(keys) + SLACK
    kinds = [store.listed((kind << KIND) | keys, ALL) for kind in OWN]
    sharing = Counter[int]()
    for key in range(len(keys)):  # a row is counted once under a key, of whatever kind
        sharing.update({int(other) for listed in kinds for other in listed[key]})
    rows = sorted(other for other, count in sharing.items() if count >= least)
    found: list[tuple[float, int, Id]] = []
    for start in range(0, len(rows), SCANNED):
        some = rows[start : start + SCANNED]
        records = store.records(some)
        texts = Arrivals.of(packed_bytes([record.text for record in records]), config)
        for place, other in enumerate(some):
            score = MEASURES[config.measure](arrivals.shingles[row], texts.shingles[place])
            if score >= config.threshold:
                found.append((-score, other, records[place].id))
    return [Neighbor(name, -score) for score, _, name in sorted(found, key=lambda one: one[:2])]


def remove(store: Store, config: Config, rows: Sequence[int]) -> int:
    """Remove texts by their numbers, within ``store.writing``; return how many they are."""
    rows = sorted(set(rows))
    for start in range(0, len(rows), SCANNED):
        some = rows[start : start + SCANNED]
        store.remove(some, partial(_keys_of, store, config, some))
    return len(rows)


def forget(store: Store, config: Config, age: float) -> int:
    """Remove the texts that are so many seconds old, within ``store.writing``."""
    until = time.time() - age
    old = takewhile(lambda item: item[1].added <= until, store.scan())
    return remove(store, config, [row for row, _ in old])


def _keys_of(store: Store, config: Config, rows: Sequence[int]) -> Ragged:
    """Return the keys under which some texts are listed."""
    return _arrivals_of(store, config, rows).entries()


def _arrivals_of(store: Store, config: Config, rows: Sequence[int]) -> Arrivals:
    """Return texts that the index has, hashed."""
    return Arrivals.of(packed_bytes([record.text for record in store.records(rows)]), config)
