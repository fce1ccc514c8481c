"""Batches with a name: one that is added again gets the result that it got the first time.

The result of each text is stored in the transaction that adds the texts, so a batch and its result
are both in the index or neither is.
"""

import json
from collections import deque
from collections.abc import Sequence

import numpy as np
import xxhash

from dedup.config import Config
from dedup.index.result import COLUMNS, IndexMatches
from dedup.index.stores.protocol import Id
from dedup.index.stores.sealing import DamagedError, value_bytes
from dedup.index.stores.store import Store
from dedup.index.stores.texts import Texts
from dedup.index.write import OnConflict, add
from dedup.text.packed import Packed

REMEMBERED = 100  # batches whose results are stored


def add_named(  # noqa: PLR0913, PLR0917
    store: Store,
    config: Config,
    names: Sequence[Id],
    packed: Packed,
    on_conflict: OnConflict,
    batch: str,
) -> IndexMatches:
    """Return the stored results of texts, and add the texts that have none.

    A kept text that was removed from the index since has no result any more: it is added again.
    """
    keys = [_key(name, packed.encoded(row)) for row, name in enumerate(names)]
    stored_keys, stored = load(store, batch)
    stored_rows: dict[str, deque[int]] = {}
    for stored_row, key in enumerate(stored_keys):
        stored_rows.setdefault(key, deque()).append(stored_row)
    old: dict[int, int] = {}  # rows, by stored row
    new: list[int] = []
    for row, (key, in_index) in enumerate(zip(keys, store.rows_of(names), strict=True)):
        same = stored_rows.get(key)
        if same and not (stored.keep[same[0]] and in_index is None):
            old[same.popleft()] = row
        else:
            new.append(row)
    found = IndexMatches.all_new(names)
    found.fill(stored, old)
    if new:
        texts = packed.only(np.array(new))
        matches = add(store, config, [names[row] for row in new], texts, on_conflict)
        found.fill(matches, dict(enumerate(new)))
        every = [*stored_keys, *(keys[row] for row in new)]
        _save(store, batch, every, IndexMatches.joined([stored, matches]))
    return found


def _key(name: Id, text: bytes | None) -> str:
    """Return a key of a text, made of its id and its bytes."""
    data = b"" if text is None else b"text " + text
    return xxhash.xxh3_128_hexdigest(data, xxhash.xxh3_64_intdigest(value_bytes(name)))


def _save(store: Store, batch: str, keys: Sequence[str], matches: IndexMatches) -> None:
    """Store the results of a batch; forget those of the oldest one where there are too many."""
    settings = store.settings()
    names = [name for name in settings.get("batch_names", ()) if name != batch]
    names.append(batch)
    for name in names[:-REMEMBERED]:
        store.save(f"results:{name}", None)
    store.save_settings(settings | {"batch_names": names[-REMEMBERED:]})
    columns = {name: list(getattr(matches, name)) for name in COLUMNS}
    data = json.dumps({"keys": keys} | columns, default=lambda value: value.item())
    store.save(f"results:{batch}", Texts(None).pack(data.encode()))


def load(store: Store, batch: str) -> tuple[list[str], IndexMatches]:
    """Return the keys of the texts whose results are stored, and the results.

    Raises
    ------
    DamagedError
        When they are not what was stored.
    """
    data = Texts(None).unpack(store.saved(f"results:{batch}"))
    if data is None:
        return [], IndexMatches.all_new([])
    try:
        columns = json.loads(data)
        matches = IndexMatches.all_new([None] * len(columns["keys"]))
        for name in COLUMNS:
            getattr(matches, name)[:] = columns[name]
        matches.supersedes[:] = map(tuple, matches.supersedes)
        return columns["keys"], matches
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise DamagedError from error
