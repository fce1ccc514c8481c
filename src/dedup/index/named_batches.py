"""Batches with a name: one that is added again gets the result that it got the first time.

The result of each text is stored in the transaction that adds the texts, so a batch and its result
are both in the index or neither is.
"""

import json
from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np
import xxhash

from dedup.index.result import IndexMatches
from dedup.index.stores.encoding import value_bytes
from dedup.index.stores.protocol import Id, Store, load_settings, save_settings
from dedup.index.stores.sealing import DamagedError
from dedup.index.stores.texts import Texts
from dedup.records import I64
from dedup.text.packed import Packed

REMEMBERED = 100  # batches whose results are stored
NUMBERS = ("keep", "exact", "updated", "similarity")
TEXT = np.dtype([("key", "V16"), *zip(NUMBERS, ("?", "?", "?", "<f4"), strict=True)])
IDS = ("witness", "numeric_variant", "supersedes")


def keys_of(ids: Sequence[Id], texts: Packed) -> list[bytes]:
    """Return a key for each text, made of its id and its bytes."""
    keys = []
    for row, name in enumerate(ids):
        text = texts.encoded(row)
        data = b"" if text is None else b"text " + text
        keys.append(xxhash.xxh3_128_digest(data, xxhash.xxh3_64_intdigest(value_bytes(name))))
    return keys


def recall(
    store: Store, batch: str, ids: Sequence[Id], keys: Sequence[bytes]
) -> tuple[IndexMatches, I64]:
    """Return the stored results of texts, and the rows of the texts that have none.

    A kept text that was removed from the index since has no result any more: it can be added again.
    """
    found = IndexMatches.all_new(ids)
    stored = _load(store, batch)
    if stored is None:
        return found, np.arange(len(ids))
    rows_of: dict[bytes, deque[int]] = {}
    for stored_row, key in enumerate(stored[0]):
        rows_of.setdefault(key, deque()).append(stored_row)
    new, old, old_stored = [], [], []
    for row, (key, in_index) in enumerate(zip(keys, store.rows_of(ids), strict=True)):
        same = rows_of.get(key)
        if same and not (stored[1].keep[same[0]] and in_index is None):
            old.append(row)
            old_stored.append(same.popleft())
        else:
            new.append(row)
    found.fill(np.array(old, np.int64), stored[1], np.array(old_stored, np.int64))
    return found, np.array(new, np.int64)


def remember(store: Store, batch: str, keys: Sequence[bytes], matches: IndexMatches) -> None:
    """Store the results of texts, behind those that the batch has already."""
    stored = _load(store, batch)
    if stored is not None:
        keys = [*stored[0], *keys]
        matches = IndexMatches.joined([stored[1], matches])
    settings = load_settings(store)
    settings.pop("batches", None)  # rows of batches, as older versions noted them
    names = [name for name in settings.get("batch_names", ()) if name != batch]
    names.append(batch)
    for name in names[:-REMEMBERED]:
        store.save(_place_of(name), None)
    save_settings(store, settings | {"batch_names": names[-REMEMBERED:]})
    store.save(_place_of(batch), Texts(None).pack(_encode(keys, matches)))


def _place_of(batch: str) -> str:
    return f"batch:{batch}"


def _load(store: Store, batch: str) -> tuple[list[bytes], IndexMatches] | None:
    data = Texts(None).unpack(store.saved(_place_of(batch)))
    try:
        return None if data is None else _decode(data)
    except (ValueError, LookupError, TypeError) as error:
        raise DamagedError from error


def _encode(keys: Sequence[bytes], matches: IndexMatches) -> bytes:
    texts = np.empty(len(keys), TEXT)
    texts["key"] = np.frombuffer(b"".join(keys), TEXT["key"])
    for name in NUMBERS:
        texts[name] = getattr(matches, name)
    ids = {
        name: [[row, of] for row, of in enumerate(getattr(matches, name)) if of not in (None, ())]
        for name in IDS
    }
    return len(keys).to_bytes(4, "little") + texts.tobytes() + json.dumps(ids).encode()


def _decode(data: bytes) -> tuple[list[bytes], IndexMatches]:
    count = int.from_bytes(data[:4], "little")
    texts = np.frombuffer(data, TEXT, count, 4)
    matches = IndexMatches.all_new([None] * count)
    for name in NUMBERS:
        getattr(matches, name)[:] = texts[name]
    ids: dict[str, list[tuple[int, Any]]] = json.loads(data[4 + texts.nbytes :])
    for name in IDS:
        for row, of in ids[name]:
            getattr(matches, name)[row] = tuple(of) if name == "supersedes" else of
    return texts["key"].tolist(), matches
