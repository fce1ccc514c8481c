"""A store of plain dictionaries: the oracle of the stores in databases."""

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
from dedup.index.stores.records import Id, IndexRecord, SkipRecord
from dedup.index.stores.store import Store


class MemoryStore(Store):
    """Records and posting lists in dictionaries."""

    name = "an index in dictionaries"

    def __init__(self) -> None:
        self._saved: dict[str, bytes | None] = {}
        self._records: dict[int, IndexRecord] = {}
        self._row_of_id: dict[Id, int] = {}
        self._rows_of_key: dict[int, list[int]] = {}
        self._keys: dict[int, U64] = {}  # of each row, of deleted rows, too
        self._next = 0
        self._is_open = True
        self._undo_steps: list[Callable[[], None]] = []
        super().__init__(SimpleNamespace(name=self.name))  # type: ignore[arg-type]

    def _clear_cache(self) -> None:
        pass

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[None]:  # noqa: ARG002
        self._check_open()
        before = self._saved.copy(), self._next
        self._undo_steps = []
        try:
            yield
        except BaseException:
            for undo in reversed(self._undo_steps):
                undo()
            self._saved, self._next = before
            self._records = dict(sorted(self._records.items()))
            raise
        finally:
            self._undo_steps = []

    def load(self, name: str) -> bytes | None:
        """Return the bytes that were saved under a name."""
        return self._saved.get(name)

    def save(self, name: str, data: bytes | None) -> None:
        """Save bytes under a name; None deletes them."""
        self._saved[name] = data

    def next_row(self) -> int:
        """Return the row of the next record."""
        return self._next

    def count(self) -> int:
        """Return the number of records."""
        return len(self._records)

    def rows_of(self, ids: Sequence[Id]) -> list[int | None]:
        """Return the row of each id."""
        return [self._row_of_id.get(name) for name in ids]

    def records(self, rows: Sequence[int]) -> list[IndexRecord]:
        """Return the records of rows."""
        return [self._records[row] for row in rows]

    def scan(
        self,
        start: int = 0,
        skip: SkipRecord | None = None,  # noqa: ARG002  nothing is damaged
    ) -> Iterator[tuple[int, IndexRecord]]:
        """Yield all records from a row on."""
        rows: Iterable[int] = self._records  # in order, as rows only grow
        if start:
            all_rows = list(rows)
            rows = islice(all_rows, bisect_left(all_rows, start), None)
        for row in rows:
            yield row, self._records[row]

    def posting_lists(self, keys: U64, limit: int) -> Ragged:
        """Return the rows of each key."""
        lists = [self._rows_of_key.get(key, [])[:limit] for key in keys.tolist()]
        lengths = np.fromiter(map(len, lists), np.int64, len(lists))
        values = np.array([row for rows in lists for row in rows], np.uint64)
        return Ragged(values, np.concatenate(([0], np.cumsum(lengths))))

    def insert(self, records: Sequence[IndexRecord], keys: Ragged) -> None:
        """Add records."""
        for record, row_keys in zip(records, keys, strict=True):
            row, self._next = self._next, self._next + 1
            self._keys[row] = row_keys
            self._undo_steps.append(partial(self._delete, row, row_keys))
            self._insert(row, record, row_keys)

    def _insert(self, row: int, record: IndexRecord, keys: U64) -> None:
        self._records[row], self._row_of_id[record.id] = record, row
        for key in keys.tolist():
            rows = self._rows_of_key.setdefault(key, [])
            at = bisect_left(rows, row)
            if rows[at : at + 1] != [row]:
                rows.insert(at, row)

    def remove(self, rows: Sequence[int]) -> None:
        """Remove records."""
        for row in rows:
            row_keys = self._keys[row]
            self._undo_steps.append(partial(self._insert, row, self._records[row], row_keys))
            self._delete(row, row_keys)

    def _delete(self, row: int, keys: U64) -> None:
        record = self._records.pop(row, None)
        if record is not None and self._row_of_id.get(record.id) == row:
            del self._row_of_id[record.id]
        for key in keys.tolist():
            rows = self._rows_of_key.get(key, [])
            at = bisect_left(rows, row)
            del rows[at : at + 1 if rows[at : at + 1] == [row] else at]
            if not rows:
                self._rows_of_key.pop(key, None)

    def problems(self) -> Iterator[str]:
        """Report no problem."""
        yield from ()

    def load_dictionary(self) -> None:
        """Do nothing: texts are stored as they are."""

    def scan_postings(self) -> Iterator[tuple[int, U64]]:
        """Yield the posting lists."""
        for key, rows in self._rows_of_key.items():
            postings = np.array([(key << 32 & (1 << 64) - 1) | row for row in rows], np.uint64)
            yield key >> 32, postings

    def compact(self) -> None:
        """Do nothing: what is removed takes no room."""

    def size(self) -> int:
        """Return the bytes of the texts and posting lists."""
        texts = sum(len(record.text or b"") for record in self._records.values())
        return texts + sum(map(sys.getsizeof, self._rows_of_key.values()))

    def close(self) -> None:
        """Drop everything."""
        self._records, self._row_of_id, self._rows_of_key = {}, {}, {}
        self._is_open = False

    def _check_open(self) -> None:
        if not self._is_open:
            raise StoreError(f"{self.name} was closed: make another one")


def dictionary_index(*arguments: Any, **settings: Any) -> Index:  # noqa: ANN401
    """Return an index in plain dictionaries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dedup.index.index.open_store", lambda *_, **__: MemoryStore())
        return Index(None, *arguments, **settings)
