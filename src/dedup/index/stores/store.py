"""A store in the tables of a database, which several processes may use at once.

``stores.database`` lists the tables. ``Store`` alone reads and writes ``text``, ``gone`` and
``known``, and ``stores.runs`` the others: which rows are listed under which keys.
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
from dedup.index.stores.checksums import DamagedError, sealed, unsealed
from dedup.index.stores.database import Database
from dedup.index.stores.pages import ROW
from dedup.index.stores.pairs import LiveRows
from dedup.index.stores.records import KIND, KINDS, Id, Record, SkipRecord
from dedup.index.stores.sorted_runs import Runs
from dedup.index.stores.text_codec import ENOUGH, TextCodec, train_dictionary

SETTINGS: dict[str, Any] = {  # of an index, and their types
    "signature": int,
    "config": dict,
    "keyed": bool | None,
    "batch_names": list,
}
DEFAULTS: dict[str, Any] = {"keyed": None, "batch_names": []}
YEAR_3000 = 32_503_680_000  # in seconds: no text was added then
FIRST_SCANNED, SCANNED = 16, 1000  # records that a scan reads at once,
SCANNED_BYTES = 1 << 22  # and about so many bytes of them
MOST_NUMBER = 1 << 48  # of removals, say
MOST_ROWS = (1 << 32) - (1 << 16)  # that are ever given a number; texts of a query come behind


class Store:
    """Records by number and by id, and under each key the numbers of records, ascending.

    It knows nothing of texts that are alike. Numbers are given in the order in which records come,
    from 0 on, and none is given twice.

    Attributes
    ----------
    name
        What messages call it.
    at_begin
        What is done at the beginning of each transaction that writes.

    Raises
    ------
    StoreError
        By any method, when the database cannot be used, or is damaged.
    """

    def __init__(self, database: Database) -> None:
        self._database, self.name = database, database.name
        self.at_begin: Callable[[Store], object] = lambda _: None
        self._lock = threading.RLock()
        self._within = 0  # a transaction that writes: the process that began it
        self._failed = False  # something within it
        self._forget_cache()
        with self.reading():
            self.settings()
        database.is_open = True

    def _forget_cache(self) -> None:
        """Forget what was read, as it may have been undone."""
        self._connection = self._database.close
        self._runs = Runs(self._database)
        self._texts = TextCodec(None)
        self._gone: tuple[int, I64] = (-1, np.empty(0, np.int64))

    @contextmanager
    def reading(self) -> Iterator[Self]:
        """Read what is there now, all of one moment; within ``writing`` what that has written."""
        with self._lock, nullcontext() if self._is_within() else self._transaction(writes=False):
            yield self

    @contextmanager
    def writing(self, *, keep: bool = True) -> Iterator[Self]:
        """Read and write, alone; all that is written is there at the end, or nothing is.

        Within another one it is a part of that.

        Parameters
        ----------
        keep
            Whether what was written is kept at the end, or all is undone.

        Raises
        ------
        ConfigError
            When it is within another one, and is to be undone alone.
        StoreError
            When a part of it failed, and the error was passed over: all is undone then.
        """
        with self._lock:
            if self._is_within():
                if not keep:
                    raise ConfigError.of("keep", "must be True within another transaction")
                try:
                    yield self
                except BaseException:
                    self._failed = True
                    raise
                return
            with suppress(_Undone), self._transaction(writes=True):
                self._within, self._failed = os.getpid(), False
                try:
                    self.at_begin(self)
                    yield self
                finally:
                    self._within = 0
                if self._failed:
                    raise StoreError(
                        f"{self.name}: the transaction was undone, as a step failed: let the "
                        "error leave the with block"
                    )
                if not keep:
                    raise _Undone

    def _is_within(self) -> bool:
        return self._within == os.getpid()  # not that of a process from which this one was forked

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[None]:
        try:
            with self._database.transaction(writes=writes):
                if self._connection is not self._database.close:
                    self._forget_cache()
                yield
        except BaseException:
            self._forget_cache()
            raise

    def _known(self, name: str) -> Any:  # noqa: ANN401  a number or bytes, unless it is damaged
        query = "SELECT value FROM known WHERE name = ?"
        found = self._database.value(query, self._database.stored(name))
        return None if found is None else self._database.loaded(found)

    def _number(self, name: str) -> int:
        found = self._known(name)
        if not isinstance(found, int) or not 0 <= found < MOST_NUMBER:
            raise DamagedError
        return found

    def _note(self, name: str, value: int | bytes) -> None:
        self._database.execute(
            "INSERT INTO known VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            self._database.stored(name),
            self._database.stored(value),
        )

    def saved(self, name: str) -> bytes | None:
        """Return the bytes that were saved under a name, None where there are none."""
        data = self._known(name)
        return None if data is None else bytes(unsealed(data))

    def save(self, name: str, data: bytes | None) -> None:
        """Save bytes under a name; None deletes them."""
        if data is None:
            query = "DELETE FROM known WHERE name = ?"
            self._database.execute(query, self._database.stored(name))
        else:
            self._note(name, sealed(data))

    def settings(self) -> dict[str, Any]:
        """Return the settings of the index, none for a new one."""
        try:
            settings: Any = json.loads(self.saved("settings") or b"{}")
        except (ValueError, RecursionError) as error:
            raise DamagedError from error
        if not isinstance(settings, dict):
            raise DamagedError
        every = DEFAULTS | settings
        if settings and not all(isinstance(every.get(name), SETTINGS[name]) for name in SETTINGS):
            raise DamagedError
        return settings

    def save_settings(self, settings: dict[str, Any]) -> None:
        """Save the settings of the index: JSON."""
        self.save("settings", json.dumps(settings).encode())

    def next_row(self) -> int:
        """Return the number that the next record will have."""
        found = self._number("next")
        if found > MOST_ROWS:
            raise DamagedError
        return found

    def count(self) -> int:
        """Return how many records there are."""
        return self._number("count")

    def rows_of(self, ids: Sequence[Id]) -> list[int | None]:
        """Return the number of the record of each id, None where there is none."""
        names = [self._database.stored(name) for name in ids]
        found = self._database.find("text", "row", "id", names)
        return [found[name][0] if name in found else None for name in names]

    def records(self, rows: Sequence[int]) -> list[Record]:
        """Return records that are there, by their numbers."""
        found = self._database.find("text", "id, text, added", "row", rows)
        if found.keys() != {*rows}:  # though they are listed
            raise DamagedError
        return [self._record(*found[row]) for row in rows]

    def scan(self, start: int = 0, skip: SkipRecord | None = None) -> Iterator[tuple[int, Record]]:
        """Yield all records from a number on; call ``skip`` with each that is damaged."""
        query = (
            "SELECT row, id, text, added FROM text WHERE row >= ? AND row < ? ORDER BY row LIMIT ?"
        )
        count = FIRST_SCANNED
        while found := self._database.rows(query, start, self.next_row(), count):
            size = 1
            for row, name, packed, added in found:
                try:
                    record = self._record(name, packed, added)
                except DamagedError:
                    if skip is None:
                        raise
                    skip(row, self._database.loaded(name))
                    continue
                size += len(packed or b"")
                yield row, record
            start = found[-1][0] + 1
            count = min(max(SCANNED_BYTES * len(found) // size, 1), SCANNED)

    def _record(self, stored: object, packed: object, added: object) -> Record:
        if not isinstance(added, int) or not 0 <= added < YEAR_3000:
            raise DamagedError
        name = self._database.loaded(stored)
        if not isinstance(name, (str, int)) or not isinstance(packed, (bytes, NoneType)):
            raise DamagedError
        if TextCodec.needs_dictionary(packed) and not self._texts.has_dictionary:
            self.load_dictionary()
        text = self._texts.unpack(packed)
        try:
            str(text or b"", "utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise DamagedError from error
        return Record(name, text, added)

    def load_dictionary(self) -> None:
        """Read the dictionary of the texts, if there is one."""
        self._texts = TextCodec(self.saved("dictionary"))

    def listed(self, keys: U64, most: int) -> Ragged:
        """Return the records under each key: the ``most`` of the lowest numbers.

        Parameters
        ----------
        keys
            (k,): sorted and unique.
        """
        found = self._runs.listed(keys, most, self._live())
        if len(found.values) and found.values.max() >= self.next_row():
            raise DamagedError
        return found

    def _live(self) -> LiveRows:
        """Return which rows are still there."""
        removals = self._number("removals")
        if self._gone[0] != removals:
            rows = self._database.rows("SELECT row FROM gone ORDER BY row")
            self._gone = removals, np.array([row for (row,) in rows], np.int64)
        return LiveRows(self._number("floor"), self._gone[1])

    def insert(self, records: Sequence[Record], keys: Ragged) -> None:
        """Add records, the next numbers for each, under keys that are sorted and unique."""
        first, count = self.next_row(), len(records)
        if not count:
            return
        if first + count > MOST_ROWS:
            raise StoreError(
                f"{self.name} is full: {MOST_ROWS:,} texts were added to it; add what dedup-clean "
                "index export yields to a new index"
            )
        if not self._texts.has_dictionary:
            self._texts = TextCodec(self._dictionary(records))
        ids = [self._database.stored(record.id) for record in records]
        added = [record.added for record in records]
        with Workers(1) as packer:
            packed = packer.submit(lambda: [self._texts.pack(record.text) for record in records])
            self._list(keys, first)
            rows = zip(range(first, first + count), ids, added, packed.result(), strict=True)
            self._database.insert("text", rows)
        self._note("next", first + count)
        self._note("count", self.count() + count)

    def _list(self, keys: Ragged, first: int) -> None:
        """List the numbers from ``first`` on under their keys."""
        rows = keys.row_numbers().astype(np.uint64) + np.uint64(first)
        pairs, kinds = (keys.values << ROW) | rows, keys.values >> KIND
        for kind in KINDS:
            some = np.sort(pairs[kinds == kind])
            if len(some):
                self._runs.add(int(kind), some)
        merging.advance(self._runs, len(pairs), self._live())

    def _dictionary(self, records: Sequence[Record]) -> bytes | None:
        """Return the dictionary for texts, made of the first ones once there are enough."""
        made = self.saved("dictionary")
        if made is None and self.count() + len(records) >= ENOUGH:
            first = (record for _, record in islice(self.scan(), ENOUGH))
            some = islice(chain(first, records), ENOUGH)
            made = train_dictionary([record.text or b"" for record in some])
            self.save("dictionary", made)
        return made

    def remove(self, rows: Sequence[int]) -> None:
        """Remove records that are there; their keys disappear when runs are merged."""
        own = [(row,) for row in rows]
        self._database.execute_many("DELETE FROM text WHERE row = ?", own)
        self._database.insert("gone", own)
        least = self._database.value("SELECT min(row) FROM text")
        floor = self.next_row() if least is None else least
        self._database.execute("DELETE FROM gone WHERE row < ?", floor)
        self._note("floor", floor)
        self._note("count", self.count() - len(own))
        self._note("removals", self._number("removals") + 1)

    def compact(self) -> None:
        """Merge all runs, leave out what is gone, and give back the room.

        Raises
        ------
        StoreError
            When it is within a transaction.
        """
        with self._lock:
            if self._is_within():
                raise StoreError(f"{self.name}: cannot be compacted within a transaction")
            self._merge()
            with self._transaction(writes=True):
                # What others have begun since may have passed some that are gone by now.
                while merging.go_on(self._runs, self._live()) is not None:
                    pass
                merging.begin_all(self._runs)
                before = self._number("removals")
            self._merge()
            with self._transaction(writes=True):
                if self._number("removals") == before:  # else some may have been passed already
                    self._database.execute("DELETE FROM gone")
                    self._note("removals", before + 1)
            with self._database.errors():
                self._database.shrink()

    def _merge(self) -> None:
        """Go on with all merges to the end; others may write between two steps."""
        more = True
        while more:
            with self._transaction(writes=True):
                more = merging.go_on(self._runs, self._live()) is not None

    def problems(self) -> Iterator[str]:
        """Check the files of the database; yield what is wrong, where, and the remedy."""
        return self._database.problems()

    def every_chunk(self) -> Iterator[tuple[int, U64]]:
        """Yield kinds, and keys above rows: all that is listed of the records that are there."""
        return self._runs.every_chunk(self._live())

    def size(self) -> int:
        """Return the bytes that the tables take."""
        return self._database.size()

    def close(self) -> None:
        """Close the connection."""
        self._database.close()


class _Undone(Exception):  # noqa: N818
    """A transaction is to be undone."""
