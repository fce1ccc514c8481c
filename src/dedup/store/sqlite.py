"""A store in one file of SQLite, which several processes may use at once.

It is in WAL mode: who reads sees what was there when they began, and waits for nobody; of those
that write each waits for the one before it. A transaction is on the disk when it ends.
"""

import json
import os
import sqlite3
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, islice
from pathlib import Path
from types import NoneType
from typing import Any

import numpy as np

from dedup.errors import StoreError
from dedup.records import I64, U64, Ragged
from dedup.store import listing
from dedup.store.chunks import ROW
from dedup.store.merging import Merging
from dedup.store.protocol import KIND, KINDS, Id, Record
from dedup.store.runs import SCHEMA as RUNS
from dedup.store.runs import Runs
from dedup.store.sealing import DamagedError, sealed, unsealed
from dedup.store.texts import ENOUGH, Texts, dictionary_of

FORMAT = 1  # counted up when files of before cannot be read any more
APPLICATION = 0x64656475  # "dedu": what says in the file whose it is
PAGE_BYTES = 8192
CACHE_BYTES = 24 << 20
LOG_PAGES = 4000  # after so many the log is written into the file
LOG_BYTES = 64 << 20  # what is left of it on the disk
YEAR_3000 = 32_503_680_000  # in seconds: no text was added then
PAUSE = 0.01  # seconds, until what others do at once is tried again
DAMAGED = "is damaged: make a new index of what can still be exported"
SCHEMA = """
CREATE TABLE text (row INTEGER PRIMARY KEY, id NOT NULL UNIQUE, added INTEGER NOT NULL, text BLOB);
CREATE TABLE gone (row INTEGER PRIMARY KEY);
CREATE TABLE known (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO known VALUES ('next', 0), ('count', 0), ('floor', 0), ('removals', 0);
"""


class SqliteStore:
    """A file.

    Parameters
    ----------
    path
        Made if there is none.
    timeout
        Seconds to wait for others that write.

    Raises
    ------
    StoreError
        When it cannot be opened, or is something else.
    """

    def __init__(self, path: Path, timeout: float) -> None:
        self.name = str(path)
        self._path, self._timeout = path.absolute(), timeout  # whatever the folder, behind a fork
        self._connect()

    def _connect(self) -> None:
        with self._errors():
            self._process = os.getpid()
            self._connection = connection = sqlite3.connect(
                self._path, timeout=self._timeout, isolation_level=None, check_same_thread=False
            )
            # One that nobody closed, or that cannot be used, is closed without a warning.
            self._close = weakref.finalize(self, _close_in, self._process, connection)
            try:
                self._set_up()
            except UnicodeDecodeError as error:  # in what SQLite says of it
                raise DamagedError from error
        self._runs = Runs(connection)
        self._merging = Merging(connection, self._runs)
        self._texts = Texts(None)
        self._gone: tuple[int, I64] = (-1, np.empty(0, np.int64))

    def _set_up(self) -> None:
        connection = self._connection
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.execute(f"PRAGMA cache_size = -{CACHE_BYTES >> 10}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
        connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
        connection.execute("PRAGMA synchronous = FULL")
        self._check_or_make()

    def _check_or_make(self) -> None:
        """Make the tables of a new file; refuse a file of something else."""
        connection = self._connection
        if not self._value("SELECT count(*) FROM sqlite_master"):
            self._begin_log()
            with self._transaction("IMMEDIATE"):
                if not self._value("SELECT count(*) FROM sqlite_master"):
                    for statement in (SCHEMA + RUNS).split(";\n"):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA application_id = {APPLICATION}")
                    connection.execute(f"PRAGMA user_version = {FORMAT}")
        if self._value("PRAGMA application_id") != APPLICATION:
            raise StoreError(f"{self.name}: is no index of dedup; name another file")
        if (version := self._value("PRAGMA user_version")) != FORMAT:
            raise StoreError(
                f"{self.name}: has format {version}, and this version of dedup reads {FORMAT}: "
                "make a new index of what it exports, by the version that wrote it"
            )

    def _begin_log(self) -> None:
        """Set WAL mode; of several processes that do it at once SQLite lets all but one fail."""
        end = time.monotonic() + self._timeout
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() >= end:
                    raise
                time.sleep(PAUSE)
            else:
                return

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read what is there now."""
        with self._begun("DEFERRED"):
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Read and write, alone."""
        with self._begun("IMMEDIATE"):
            yield

    @contextmanager
    def _begun(self, kind: str) -> Iterator[None]:
        if self._process != os.getpid():  # a connection may not be used behind a fork
            self._connect()
        with self._errors(), self._transaction(kind):
            yield

    @contextmanager
    def _transaction(self, kind: str) -> Iterator[None]:
        self._connection.execute(f"BEGIN {kind}")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # the error may have ended it already
                self._connection.execute("ROLLBACK")
            if hasattr(self, "_runs"):
                self._runs.forget_cache()
                self._texts = Texts(None)
                self._gone = (-1, self._gone[1])
            raise

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Say in one line what went wrong."""
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self.name}: {_said(error, self._timeout)}") from error
        except DamagedError as error:
            raise StoreError(f"{self.name}: {DAMAGED}") from error

    def _value(self, query: str, *values: object) -> Any:  # noqa: ANN401
        row = self._connection.execute(query, values).fetchone()
        return None if row is None else row[0]

    def _known(self, name: str) -> Any:  # noqa: ANN401
        return self._value("SELECT value FROM known WHERE name = ?", name)

    def _number(self, name: str) -> int:
        found = self._known(name)
        if not isinstance(found, int):
            raise DamagedError
        return found

    def _note(self, name: str, value: object) -> None:
        self._connection.execute("INSERT OR REPLACE INTO known VALUES (?, ?)", (name, value))

    def settings(self) -> dict[str, Any] | None:
        """Return what was noted."""
        noted = self._known("settings")
        if noted is None:
            return None
        found: dict[str, Any] = json.loads(self._unsealed(noted))
        return found

    def note(self, settings: dict[str, Any]) -> None:
        """Note what has to be known."""
        self._note("settings", sealed(json.dumps(settings).encode()))

    def next_row(self) -> int:
        """Return the number that the next record will have."""
        return self._number("next")

    def count(self) -> int:
        """Return how many records there are."""
        return self._number("count")

    def rows_of(self, ids: Sequence[Id]) -> list[int | None]:
        """Return the number of the record of each id."""
        return [self._value("SELECT row FROM text WHERE id = ?", name) for name in ids]

    def records(self, rows: Sequence[int]) -> list[Record]:
        """Return records by their numbers."""
        query = "SELECT id, text, added FROM text WHERE row = ?"
        found = [self._connection.execute(query, (row,)).fetchone() for row in rows]
        if None in found:  # though it is listed
            raise DamagedError
        return [self._record(*one) for one in found]

    def scan(self, start: int = 0) -> Iterator[tuple[int, Record]]:
        """Yield all records from a number on."""
        query = "SELECT row, id, text, added FROM text WHERE row >= ? ORDER BY row"
        for row, *rest in self._connection.execute(query, (start,)):
            yield row, self._record(*rest)

    def _record(self, name: object, packed: object, added: object) -> Record:
        if not isinstance(added, int) or not 0 <= added < YEAR_3000:
            raise DamagedError
        if not isinstance(name, (str, int)) or not isinstance(packed, (bytes, NoneType)):
            raise DamagedError
        if Texts.needs_dictionary(packed) and not self._texts.has_dictionary:
            self._texts = Texts(self._noted_dictionary())
        return Record(name, self._texts.unpack(packed), added)

    def listed(self, keys: U64, most: int) -> Ragged:
        """Return the records under each key."""
        return listing.listed(self._runs, keys, most, *self._live())

    def _live(self) -> tuple[int, I64]:
        """Return the row below which none is there, and those above that are gone."""
        removals = self._number("removals")
        if self._gone[0] != removals:
            rows = self._connection.execute("SELECT row FROM gone ORDER BY row").fetchall()
            self._gone = removals, np.array([row[0] for row in rows], np.int64)
        return self._number("floor"), self._gone[1]

    def insert(self, records: Sequence[Record], keys: Ragged) -> None:
        """Add records."""
        first, count = self.next_row(), len(records)
        if not count:
            return
        if not self._texts.has_dictionary:
            self._texts = Texts(self._dictionary(records))
        texts = self._texts
        self._connection.executemany(
            "INSERT INTO text (row, id, added, text) VALUES (?, ?, ?, ?)",
            (
                (row, one.id, one.added, texts.pack(one.text))
                for row, one in enumerate(records, first)
            ),
        )
        self._note("next", first + count)
        self._note("count", self.count() + count)
        rows = keys.row_numbers().astype(np.uint64) + np.uint64(first)
        pairs, kinds = (keys.values << ROW) | rows, keys.values >> KIND
        for kind in KINDS:
            if len(some := pairs[kinds == kind]):
                self._runs.add(int(kind), np.sort(some))
        self._merging.advance(len(pairs), *self._live())

    def _dictionary(self, records: Sequence[Record]) -> bytes | None:
        """Return the dictionary for texts, made of the first ones once there are enough."""
        made = self._noted_dictionary()
        if made is None and self.count() + len(records) >= ENOUGH:
            first = (record for _, record in islice(self.scan(), ENOUGH))
            some = islice(chain(first, records), ENOUGH)
            made = dictionary_of([record.text or b"" for record in some])
            self._note("dictionary", sealed(made))
        return made

    def _noted_dictionary(self) -> bytes | None:
        noted = self._known("dictionary")
        return None if noted is None else self._unsealed(noted)

    @staticmethod
    def _unsealed(noted: object) -> bytes:
        if not isinstance(noted, bytes):
            raise DamagedError
        return unsealed(noted)

    def remove(self, rows: Sequence[int], keys: Callable[[], Ragged]) -> None:  # noqa: ARG002
        """Take records away; what is listed of them goes as runs are merged."""
        own = [(row,) for row in rows]
        self._connection.executemany("DELETE FROM text WHERE row = ?", own)
        self._connection.executemany("INSERT INTO gone VALUES (?)", own)
        floor = self._value("SELECT ifnull(min(row), ?) FROM text", self.next_row())
        self._connection.execute("DELETE FROM gone WHERE row < ?", (floor,))
        self._note("floor", floor)
        self._note("count", self.count() - len(own))
        self._note("removals", self._number("removals") + 1)

    def compact(self) -> None:
        """Merge all runs, leave out what is gone, and make the file as small as it can be."""
        self._merge()
        with self.writing():
            # What others have begun since may have passed some that are gone by now.
            while self._merging.go_on(*self._live()):
                pass
            self._merging.begin_all()
            before = self._number("removals")
        self._merge()
        with self.writing():
            if self._number("removals") == before:  # else some may have been passed already
                self._connection.execute("DELETE FROM gone")
                self._note("removals", before + 1)
        with self._errors():
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _merge(self) -> None:
        """Go on with all merges to the end; others may write between two pieces."""
        more = True
        while more:
            with self.writing():
                more = self._merging.go_on(*self._live())

    def size(self) -> int:
        """Return the bytes of the file."""
        return int(self._value("PRAGMA page_count")) * int(self._value("PRAGMA page_size"))

    def close(self) -> None:
        """Close the file."""
        self._close()


def _close_in(process: int, connection: sqlite3.Connection) -> None:
    """Close a connection in the process that made it: it may not be used behind a fork."""
    if process == os.getpid():
        connection.close()


def _said(error: sqlite3.Error, timeout: float) -> str:
    """Say what SQLite says, and what to do."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if isinstance(error, sqlite3.ProgrammingError):  # the only wrong use that there can be
        return "was closed: open it again"
    remedies = {
        sqlite3.SQLITE_BUSY: f"another process was writing for {timeout:g} seconds: try again",
        sqlite3.SQLITE_FULL: "the disk is full; nothing was changed: make room, and try again",
        sqlite3.SQLITE_NOTADB: "is no index of dedup; name another file",
        sqlite3.SQLITE_CANTOPEN: "cannot be opened: check the path, and that its folder can be "
        "written to",
        sqlite3.SQLITE_READONLY: "cannot be written to: check its permissions and its folder's",
        sqlite3.SQLITE_CORRUPT: DAMAGED,
    }
    return remedies.get(code, f"cannot be used: {error}")
