"""A store in memory: for a stream that is filtered as it passes, and to see the others by."""

import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from typing import Any

import numpy as np

from dedup.records import U64, Ragged
from dedup.store.protocol import Id, Record


class MemoryStore:
    """Dictionaries; gone when nobody holds it any more."""

    name = "an index in memory"

    def __init__(self) -> None:
        self._settings: dict[str, Any] | None = None
        self._records: dict[int, Record] = {}
        self._rows: dict[Id, int] = {}
        self._listed: dict[int, list[int]] = {}
        self._next = 0

    def reading(self) -> AbstractContextManager[None]:
        """Read."""
        return nullcontext()

    def writing(self) -> AbstractContextManager[None]:
        """Read and write: an index checks all before it writes anything."""
        return nullcontext()

    def settings(self) -> dict[str, Any] | None:
        """Return what was noted."""
        return self._settings

    def note(self, settings: dict[str, Any]) -> None:
        """Note what has to be known."""
        self._settings = settings

    def next_row(self) -> int:
        """Return the number that the next record will have."""
        return self._next

    def count(self) -> int:
        """Return how many records there are."""
        return len(self._records)

    def rows_of(self, ids: Sequence[Id]) -> list[int | None]:
        """Return the number of the record of each id."""
        return [self._rows.get(name) for name in ids]

    def records(self, rows: Sequence[int]) -> list[Record]:
        """Return records by their numbers."""
        return [self._records[row] for row in rows]

    def scan(self, start: int = 0) -> Iterator[tuple[int, Record]]:
        """Yield all records from a number on."""
        rows = list(self._records)  # in order, as numbers only grow
        for row in islice(rows, bisect_left(rows, start), None):
            yield row, self._records[row]

    def listed(self, keys: U64, most: int) -> Ragged:
        """Return the records under each key."""
        found = [self._listed.get(key, [])[:most] for key in keys.tolist()]
        lengths = np.fromiter(map(len, found), np.int64, len(found))
        values = np.array([row for rows in found for row in rows], np.uint64)
        return Ragged(values, np.concatenate(([0], np.cumsum(lengths))))

    def insert(self, records: Sequence[Record], keys: Ragged) -> None:
        """Add records."""
        for record, own in zip(records, keys, strict=True):
            row, self._next = self._next, self._next + 1
            self._records[row], self._rows[record.id] = record, row
            for key in own.tolist():
                self._listed.setdefault(key, []).append(row)

    def remove(self, rows: Sequence[int], keys: Callable[[], Ragged]) -> None:
        """Take records away."""
        for row, own in zip(rows, keys(), strict=True):
            del self._rows[self._records.pop(row).id]
            for key in own.tolist():
                listed = self._listed[key]
                listed.pop(bisect_left(listed, row))
                if not listed:
                    del self._listed[key]

    def compact(self) -> None:
        """Do nothing: what is removed takes no room."""

    def size(self) -> int:
        """Return the bytes of the texts, and of the numbers under keys."""
        texts = sum(len(record.text or b"") for record in self._records.values())
        return texts + sum(map(sys.getsizeof, self._listed.values()))

    def close(self) -> None:
        """Do nothing."""
