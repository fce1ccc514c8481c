"""A store: the records and posting lists of an index, in the tables of a database.

Several processes may use a store at once. ``stores.database`` lists the tables. ``Store`` reads
and writes the records (``text``), the deleted rows (``gone``) and the settings (``known``);
``stores.sorted_runs`` reads and writes the posting lists.
"""

import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from itertools import chain, islice
from types import NoneType
from typing import Any, Self

import numpy as np

from dedup.arrays.array_types import I64, U64, Ragged
from dedup.arrays.parallel import Workers
from dedup.errors import ConfigError, StoreError
from dedup.index.stores import merging
from dedup.index.stores.checksums import DamagedError, verify_checksum, with_checksum
from dedup.index.stores.database import Database
from dedup.index.stores.postings import KEY_KINDS, KIND_SHIFT, ROW_BITS, LiveRows
from dedup.index.stores.records import Id, IndexRecord, SkipRecord
from dedup.index.stores.sorted_runs import SortedRuns
from dedup.index.stores.text_codec import DICTIONARY_TEXTS, TextCodec, train_dictionary

SETTING_TYPES: dict[str, Any] = {
    "signature": int,
    "config": dict,
    "keyed": bool | None,
    "batch_names": list,
}
SETTING_DEFAULTS: dict[str, Any] = {"keyed": None, "batch_names": []}
MAX_ADDED_SECONDS = 32_503_680_000  # the year 3000: a later time is damage
FIRST_SCAN_RECORDS, MAX_SCAN_RECORDS = 16, 1000  # records that a scan reads in one query,
SCAN_BYTES = 1 << 22  # of about this many bytes
MAX_COUNTER = (1 << 48) - 1
MAX_STORE_ROWS = (1 << 32) - (1 << 16)  # rows above are for the texts of a batch


class Store:
    """Records by row and by id, and for each key the posting list of its rows.

    A store does not compare texts. Rows are numbers from 0 on, in the order in which records are
    inserted; a row is never used again.

    Attributes
    ----------
    name
        The path or address in messages.
    on_write_begin
        Called with the store at the beginning of each transaction that writes.

    Raises
    ------
    StoreError
        By each method, when the database cannot be used, or is damaged.
    """

    def __init__(self, database: Database) -> None:
        self._database, self.name = database, database.name
        self.on_write_begin: Callable[[Store], object] = lambda _: None
        self._lock = threading.RLock()
        self._writing_process = 0  # the process that began the open write transaction
        self._has_failed = False  # whether an operation in this transaction failed
        self._clear_cache()
        with self.reading():
            self.settings()
        database.is_open = True

    def _clear_cache(self) -> None:
        """Forget what was read: a rollback may have changed it."""
        self._connection = self._database.close
        self._runs = SortedRuns(self._database)
        self._codec = TextCodec(None)
        self._deleted: tuple[int, I64] = (-1, np.empty(0, np.int64))

    @contextmanager
    def reading(self) -> Iterator[Self]:
        """Read one state of the store; within ``writing`` the state that it has written so far."""
        with self._lock, nullcontext() if self._is_writing() else self._transaction(writes=False):
            yield self

    @contextmanager
    def writing(self, *, keep: bool = True) -> Iterator[Self]:
        """Read and write as the only writer; commit everything at the end, or roll back.

        Within another ``writing`` it is a part of the outer transaction.

        Parameters
        ----------
        keep
            Whether to commit at the end, or to roll back.

        Raises
        ------
        ConfigError
            When ``keep`` is false within another transaction.
        StoreError
            When an operation failed, and the caller caught its error: the transaction is then
            rolled back.
        """
        with self._lock:
            if self._is_writing():
                if not keep:
                    raise ConfigError.of("keep", "must be True within another transaction")
                try:
                    yield self
                except BaseException:
                    self._has_failed = True
                    raise
                return
            with suppress(_RolledBack), self._transaction(writes=True):
                self._writing_process, self._has_failed = os.getpid(), False
                try:
                    self.on_write_begin(self)
                    yield self
                finally:
                    self._writing_process = 0
                if self._has_failed:
                    raise StoreError(
                        f"{self.name}: the transaction was rolled back, because an operation in "
                        "it failed: catch the error outside of the with block"
                    )
                if not keep:
                    raise _RolledBack

    def _is_writing(self) -> bool:
        return self._writing_process == os.getpid()  # a forked process is in no transaction

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[None]:
        try:
            with self._database.transaction(writes=writes):
                if self._connection is not self._database.close:
                    self._clear_cache()
                yield
        except BaseException:
            self._clear_cache()
            raise

    def _load_value(self, name: str) -> Any:  # noqa: ANN401  a number or bytes, unless damaged
        query = "SELECT value FROM known WHERE name = ?"
        value = self._database.value(query, self._database.to_column(name))
        return None if value is None else self._database.from_column(value)

    def _counter(self, name: str) -> int:
        value = self._load_value(name)
        if not isinstance(value, int) or not 0 <= value <= MAX_COUNTER:
            raise DamagedError
        return value

    def _save_value(self, name: str, value: int | bytes) -> None:
        self._database.execute(
            "INSERT INTO known VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            self._database.to_column(name),
            self._database.to_column(value),
        )

    def load(self, name: str) -> bytes | None:
        """Return the bytes that were saved under a name, None if there are none."""
        data = self._load_value(name)
        return None if data is None else bytes(verify_checksum(data))

    def save(self, name: str, data: bytes | None) -> None:
        """Save bytes under a name; None deletes them."""
        if data is None:
            query = "DELETE FROM known WHERE name = ?"
            self._database.execute(query, self._database.to_column(name))
        else:
            self._save_value(name, with_checksum(data))

    def settings(self) -> dict[str, Any]:
        """Return the settings of the index; empty for a new index."""
        try:
            settings: Any = json.loads(self.load("settings") or b"{}")
        except (ValueError, RecursionError) as error:
            raise DamagedError from error
        if not isinstance(settings, dict):
            raise DamagedError
        values = SETTING_DEFAULTS | settings
        if settings and not all(
            isinstance(values.get(name), kind) for name, kind in SETTING_TYPES.items()
        ):
            raise DamagedError
        return settings

    def save_settings(self, settings: dict[str, Any]) -> None:
        """Save the settings of the index, as JSON."""
        self.save("settings", json.dumps(settings).encode())

    def next_row(self) -> int:
        """Return the row of the next record."""
        row = self._counter("next")
        if row > MAX_STORE_ROWS:
            raise DamagedError
        return row

    def count(self) -> int:
        """Return the number of records."""
        return self._counter("count")

    def rows_of(self, ids: Sequence[Id]) -> list[int | None]:
        """Return the row of each id, None for an id without a record."""
        keys = [self._database.to_column(record_id) for record_id in ids]
        found = self._database.find("text", "row", "id", keys)
        return [found[key][0] if key in found else None for key in keys]

    def records(self, rows: Sequence[int]) -> list[IndexRecord]:
        """Return the records of rows, which must exist."""
        found = self._database.find("text", "id, text, added", "row", rows)
        if found.keys() != {*rows}:  # posting lists have rows without a record
            raise DamagedError
        return [self._record(*found[row]) for row in rows]

    def scan(
        self, start: int = 0, skip: SkipRecord | None = None
    ) -> Iterator[tuple[int, IndexRecord]]:
        """Yield all records from a row on; call ``skip`` with each damaged one."""
        query = (
            "SELECT row, id, text, added FROM text WHERE row >= ? AND row < ? ORDER BY row LIMIT ?"
        )
        count = FIRST_SCAN_RECORDS
        while found := self._database.rows(query, start, self.next_row(), count):
            size = 1
            for row, stored_id, text, added in found:
                try:
                    record = self._record(stored_id, text, added)
                except DamagedError:
                    if skip is None:
                        raise
                    skip(row, self._database.from_column(stored_id))
                    continue
                size += len(text or b"")
                yield row, record
            start = found[-1][0] + 1
            count = min(max(SCAN_BYTES * len(found) // size, 1), MAX_SCAN_RECORDS)

    def _record(self, stored_id: object, stored_text: object, added: object) -> IndexRecord:
        if not isinstance(added, int) or not 0 <= added < MAX_ADDED_SECONDS:
            raise DamagedError
        record_id = self._database.from_column(stored_id)
        if not isinstance(record_id, (str, int)) or not isinstance(stored_text, (bytes, NoneType)):
            raise DamagedError
        if TextCodec.needs_dictionary(stored_text) and not self._codec.has_dictionary:
            self.load_dictionary()
        text = self._codec.decompress(stored_text)
        try:
            str(text or b"", "utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise DamagedError from error
        return IndexRecord(record_id, text, added)

    def load_dictionary(self) -> None:
        """Load the compression dictionary, if the store has one."""
        self._codec = TextCodec(self.load("dictionary"))

    def posting_lists(self, keys: U64, limit: int) -> Ragged:
        """Return the posting list of each key: its lowest ``limit`` rows, ascending.

        Parameters
        ----------
        keys
            (k,): sorted and unique, with their kinds.
        """
        found = self._runs.posting_lists(keys, limit, self._live_rows())
        if len(found.values) and found.values.max() >= self.next_row():
            raise DamagedError
        return found

    def _live_rows(self) -> LiveRows:
        removals = self._counter("removals")
        if self._deleted[0] != removals:
            rows = self._database.rows("SELECT row FROM gone ORDER BY row")
            self._deleted = removals, np.array([row for (row,) in rows], np.int64)
        return LiveRows(self._counter("floor"), self._deleted[1])

    def insert(self, records: Sequence[IndexRecord], keys: Ragged) -> None:
        """Insert records, in the next rows.

        Parameters
        ----------
        keys
            For each record its keys with their kinds, sorted and unique.
        """
        first, count = self.next_row(), len(records)
        if not count:
            return
        if first + count > MAX_STORE_ROWS:
            raise StoreError(
                f"{self.name} is full: {MAX_STORE_ROWS:,} texts were added to it; add what "
                "dedup-clean index export yields to a new index"
            )
        if not self._codec.has_dictionary:
            self._codec = TextCodec(self._dictionary(records))
        ids = [self._database.to_column(record.id) for record in records]
        added = [record.added for record in records]
        with Workers(1) as worker:
            texts = worker.submit(lambda: [self._codec.compress(item.text) for item in records])
            self._insert_postings(keys, first)
            rows = zip(range(first, first + count), ids, added, texts.result(), strict=True)
            self._database.insert("text", rows)
        self._save_value("next", first + count)
        self._save_value("count", self.count() + count)

    def _insert_postings(self, keys: Ragged, first: int) -> None:
        """Insert the postings of rows from ``first`` on."""
        rows = keys.row_numbers().astype(np.uint64) + np.uint64(first)
        postings, kinds = (keys.values << ROW_BITS) | rows, keys.values >> KIND_SHIFT
        for kind in KEY_KINDS:
            of_kind = np.sort(postings[kinds == kind])
            if len(of_kind):
                self._runs.add(int(kind), of_kind)
        merging.advance_merges(self._runs, len(postings), self._live_rows())

    def _dictionary(self, records: Sequence[IndexRecord]) -> bytes | None:
        """Return the dictionary; train it once there are enough texts."""
        dictionary = self.load("dictionary")
        if dictionary is None and self.count() + len(records) >= DICTIONARY_TEXTS:
            stored = (record for _, record in islice(self.scan(), DICTIONARY_TEXTS))
            samples = islice(chain(stored, records), DICTIONARY_TEXTS)
            dictionary = train_dictionary([record.text or b"" for record in samples])
            self.save("dictionary", dictionary)
        return dictionary

    def remove(self, rows: Sequence[int]) -> None:
        """Remove records, which must exist; merges drop their postings later."""
        values = [(row,) for row in rows]
        self._database.execute_many("DELETE FROM text WHERE row = ?", values)
        self._database.insert("gone", values)
        lowest = self._database.value("SELECT min(row) FROM text")
        min_live_row = self.next_row() if lowest is None else lowest
        self._database.execute("DELETE FROM gone WHERE row < ?", min_live_row)
        self._save_value("floor", min_live_row)
        self._save_value("count", self.count() - len(values))
        self._save_value("removals", self._counter("removals") + 1)

    def compact(self) -> None:
        """Merge all runs without the postings of deleted rows, and free their space.

        Raises
        ------
        StoreError
            When it is called within a transaction.
        """
        with self._lock:
            if self._is_writing():
                raise StoreError(f"{self.name}: cannot be compacted within a transaction")
            self._finish_merges()
            with self._transaction(writes=True):
                # Other processes may have begun merges that passed rows deleted since.
                while merging.merge_step(self._runs, self._live_rows()) is not None:
                    pass
                merging.begin_full_merge(self._runs)
                removals = self._counter("removals")
            self._finish_merges()
            with self._transaction(writes=True):
                if self._counter("removals") == removals:  # else the merge passed some rows
                    self._database.execute("DELETE FROM gone")
                    self._save_value("removals", removals + 1)
            with self._database.errors():
                self._database.shrink()

    def _finish_merges(self) -> None:
        """Finish all merges; other processes may write between two steps."""
        more = True
        while more:
            with self._transaction(writes=True):
                more = merging.merge_step(self._runs, self._live_rows()) is not None

    def problems(self) -> Iterator[str]:
        """Check the files of the database; yield what is wrong, where, and the remedy."""
        return self._database.problems()

    def scan_postings(self) -> Iterator[tuple[int, U64]]:
        """Yield all live postings: a kind of key, and postings of this kind."""
        return self._runs.scan_postings(self._live_rows())

    def size(self) -> int:
        """Return the bytes that the tables take."""
        return self._database.size()

    def close(self) -> None:
        """Close the connection."""
        self._database.close()


class _RolledBack(Exception):  # noqa: N818
    """Rolls a transaction back, and is not an error."""
