"""Texts into a store, and out of it again: what an index does while it may read or write."""

import time
from collections.abc import Sequence
from functools import partial
from itertools import takewhile
from typing import Literal

import numpy as np

from dedup.admission import admit
from dedup.again import Again
from dedup.arrivals import Arrivals
from dedup.config import Config
from dedup.errors import InputError
from dedup.index_result import IndexMatches
from dedup.records import Ragged
from dedup.store.protocol import Id, Record, Store
from dedup.text.packed import Packed, packed_bytes

OnConflict = Literal["error", "update"]
AT_ONCE = 1 << 12  # texts that are decided at once, and
BYTES_AT_ONCE = 1 << 25  # bytes of them: what is held in memory
SOME = 1 << 6  # or so many, where texts take the place of others
BATCHES = 100  # names of batches that are remembered
SCANNED = 1 << 10  # texts that are read at once


def add(  # noqa: PLR0913, PLR0917
    store: Store,
    config: Config,
    names: list[Id],
    packed: Packed,
    on_conflict: OnConflict,
    batch: str | None = None,
) -> IndexMatches:
    """Add the texts that are new, as ``Index.add`` does, within ``store.writing``."""
    noted = (store.settings() or {}) if batch else {}
    batches: dict[str, list[tuple[int, int]]] = noted.get("batches", {})
    again = Again([range(*rows) for rows in batches.get(batch or "", ())])
    begin = store.next_row()
    parts, start, most = [], 0, AT_ONCE
    while start < len(packed):
        stop = end_of(packed, start, most)
        part = _take(store, config, names[start:stop], packed.rows(start, stop), on_conflict, again)
        most = AT_ONCE if len(part) == stop - start else SOME
        start += len(part)
        parts.append(part)
    if batch and store.next_row() > begin:
        batches.setdefault(batch, []).append((begin, store.next_row()))
        store.note(noted | {"batches": dict([*batches.items()][-BATCHES:])})
    return IndexMatches.joined(parts)


def query(store: Store, config: Config, packed: Packed) -> IndexMatches:
    """Say what ``add`` would say of each text, within ``store.reading``."""
    parts, start = [], 0
    while start < len(packed):
        stop = end_of(packed, start)
        arrivals = Arrivals.of(packed.rows(start, stop), config)
        parts.append(admit(arrivals, [None] * (stop - start), store, config, alone=True))
        start = stop
    return IndexMatches.joined(parts)


def end_of(packed: Packed, start: int, most: int = AT_ONCE) -> int:
    """Return the end of the texts that are decided at once: one at least."""
    limit = int(packed.offsets[start]) + BYTES_AT_ONCE
    fitting = int(np.searchsorted(packed.offsets, limit, "right")) - 1
    return min(max(fitting, start + 1), start + most, len(packed))


def _take(  # noqa: PLR0913, PLR0917
    store: Store,
    config: Config,
    names: list[Id],
    packed: Packed,
    on_conflict: OnConflict,
    again: Again,
) -> IndexMatches:
    """Add texts, up to one that takes the place of another; say what became of so many."""
    arrivals = Arrivals.of(packed, config)
    count, rows = len(names), store.rows_of(names)
    again.begin(rows)
    matches = admit(arrivals, names, store, config, alone=False, again=again)
    new: list[int] = []
    seen: set[Id] = set()
    for place in np.flatnonzero(matches.keep).tolist():
        if place in again.places:
            continue  # the index has it, or what took its place
        name, row = names[place], rows[place]
        if name in seen:
            count = place  # when it is decided again there is something under its id
            break
        if row is not None and store.records([row])[0].text == packed.encoded(place):
            continue  # without words, or it would repeat itself
        if row is not None:
            if on_conflict == "error":
                raise InputError(
                    f"id {name!r} is that of another text in {store.name}: replace that one, or "
                    "give this one another id"
                )
            remove(store, config, [row])
            matches.replaced[place] = True
            new.append(place)
            count = place + 1  # those behind it have to be compared without the one that went
            break
        seen.add(name)
        new.append(place)
    now = int(time.time())
    records = [Record(names[place], packed.encoded(place), now) for place in new]
    store.insert(records, arrivals.entries().take(np.array(new, np.int64)))
    again.note(count)
    return matches.first(count)


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
    texts = packed_bytes([record.text for record in store.records(rows)])
    return Arrivals.of(texts, config).entries()
