"""A store of plain dictionaries, with which the others are compared."""

import sys
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dedup import Index
from dedup.arrays.array_types import U64, Ragged
from dedup.errors import StoreError
from dedup.index.stores.records import Id, Record, SkipRecord
from dedup.index.stores.store import Store


class MemoryStore(Store):
    """Records and posting lists in dictionaries."""

    name = "an index in dictionaries"

    def __init__(self) -> None:
        self._saved: dict[str, bytes | None] = {}
        self._records: dict[int, Record] = {}
        self._rows: dict[Id, int] = {}
        self._listed: dict[int, list[int]] = {}
        self._keys: dict[int, U64] = {}  # of each row that was ever there
        self._next = 0
        self._is_open = True
        self._undo: list[Callable[[], None]] = []
        super().__init__(SimpleNamespace(name=self.name))  # type: ignore[arg-type]

    def _forget_cache(self) -> None:
        pass

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[None]:  # noqa: ARG002
        self._check_open()
        before = self._saved.copy(), self._next
        self._undo = []
        try:
            yield
        except BaseException:
            for take_back in reversed(self._undo):
                take_back()
            self._saved, self._next = before
            self._records = dict(sorted(self._records.items()))
            raise
        finally:
            self._undo = []

    def saved(self, name: str) -> bytes | None:
        """Return the bytes that were saved under a name."""
        return self._saved.get(name)

    def save(self, name: str, data: bytes | None) -> None:
        """Save bytes under a name; None deletes them."""
        self._saved[name] = data

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

    def scan(
        self,
        start: int = 0,
        skip: SkipRecord | None = None,  # noqa: ARG002  nothing is damaged
    ) -> Iterator[tuple[int, Record]]:
        """Yield all records from a number on."""
        rows: Iterable[int] = self._records  # in order, as numbers only grow
        if start:
            every = list(rows)
            rows = islice(every, bisect_left(every, start), None)
        for row in rows:
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
            self._keys[row] = own
            self._undo.append(partial(self._take_out, row, own))
            self._put_in(row, record, own)

    def _put_in(self, row: int, record: Record, keys: U64) -> None:
        self._records[row], self._rows[record.id] = record, row
        for key in keys.tolist():
            listed = self._listed.setdefault(key, [])
            at = bisect_left(listed, row)
            if listed[at : at + 1] != [row]:
                listed.insert(at, row)

    def remove(self, rows: Sequence[int]) -> None:
        """Take records away."""
        for row in rows:
            own = self._keys[row]
            self._undo.append(partial(self._put_in, row, self._records[row], own))
            self._take_out(row, own)

    def _take_out(self, row: int, keys: U64) -> None:
        record = self._records.pop(row, None)
        if record is not None and self._rows.get(record.id) == row:
            del self._rows[record.id]
        for key in keys.tolist():
            listed = self._listed.get(key, [])
            at = bisect_left(listed, row)
            del listed[at : at + 1 if listed[at : at + 1] == [row] else at]
            if not listed:
                self._listed.pop(key, None)

    def problems(self) -> Iterator[str]:
        """Find nothing."""
        yield from ()

    def load_dictionary(self) -> None:
        """Do nothing: texts are stored as they are."""

    def every_chunk(self) -> Iterator[tuple[int, U64]]:
        """Give out the posting lists."""
        for key, rows in self._listed.items():
            pairs = np.array([(key << 32 & (1 << 64) - 1) | row for row in rows], np.uint64)
            yield key >> 32, pairs

    def compact(self) -> None:
        """Do nothing: what is removed takes no room."""

    def size(self) -> int:
        """Return the bytes of the texts, and of the numbers under keys."""
        texts = sum(len(record.text or b"") for record in self._records.values())
        return texts + sum(map(sys.getsizeof, self._listed.values()))

    def close(self) -> None:
        """Forget all."""
        self._records, self._rows, self._listed = {}, {}, {}
        self._is_open = False

    def _check_open(self) -> None:
        if not self._is_open:
            raise StoreError(f"{self.name} was closed: make another one")


def plain_index(*arguments: Any, **settings: Any) -> Index:  # noqa: ANN401
    """Return an index in plain dictionaries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dedup.index.index.open_store", lambda *_, **__: MemoryStore())
        return Index(None, *arguments, **settings)
