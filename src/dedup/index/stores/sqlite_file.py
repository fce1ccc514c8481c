"""One file of SQLite: opened or made, transactions, and what goes wrong in one line.

It is in WAL mode: who reads sees what was there when they began, and waits for nobody; of those
that write each waits for the one before it. A transaction is on the disk when it ends.

SQLite makes a log and an index of that beside the file. Where it cannot, and nobody has the file
open, the file is read without (``immutable``), and an error says so if it changes meanwhile.
"""

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar

from dedup.errors import StoreError
from dedup.index.stores.checksums import DamagedError
from dedup.index.stores.database import BUSY, FORMAT, NO_INDEX, NO_ROOM, TABLES, Database, Row

APPLICATION = 0x64656475  # "dedu": what says in the file whose it is
SETTINGS = {
    "page_size": 8192,
    "cache_size": -12 << 10,  # kilobytes
    "wal_autocheckpoint": 4000,  # pages, after which the log is written into the file
    "journal_size_limit": 64 << 20,  # bytes of the log that are left on the disk
    "synchronous": "FULL",
    "cell_size_check": "ON",  # this and the next as SQLite advises for files of strangers
    "trusted_schema": "OFF",
}
LEAST_BYTES = 512  # of a file of SQLite: its smallest page
PATIENCE, PAUSE = 0.5, 0.01  # seconds in which no signal is heard, and in which one is
OTHER_FILE = "is not a dedup index; name another file"
TABLES_OF_SQLITE = "type = 'table' AND name GLOB 'sqlite_*'"


class SqliteFile(Database):
    """A file, and the connection of this process to it.

    Parameters
    ----------
    path
        In memory when None.
    timeout
        Seconds to wait for others that write.
    create
        Whether a missing file is made.

    Raises
    ------
    StoreError
        When it cannot be opened, is missing and not to be made, or is something else.
    """

    types: ClassVar = {
        "integer": "INTEGER",
        "bytes": "BLOB",  # which leaves a number or a text as it is
        "serial": "INTEGER PRIMARY KEY AUTOINCREMENT",
    }
    driver_error = sqlite3.Error
    damage = ("SQLITE_ERROR", "SQLITE_CORRUPT", "SQLITE_CONSTRAINT", "SQLITE_MISMATCH")
    remedies: ClassVar = {
        "SQLITE_BUSY": BUSY,
        "SQLITE_FULL": NO_ROOM,
        "SQLITE_NOTADB": OTHER_FILE,
        "SQLITE_CANTOPEN": "cannot be opened; check the path and the limit of open files "
        "(ulimit -n). In a read-only folder: copy the index and its -wal file to a writable one",
        "SQLITE_IOERR": "cannot be read or written: the disk has an error, or a limit was reached; "
        "nothing was changed",
        "SQLITE_READONLY": "cannot be written to: check its permissions and its folder's, or copy "
        "it into another folder",
    }
    _file: tuple[int, ...] | None = None  # the identity of the file that was opened
    _is_frozen = False  # without a log

    def __init__(self, path: Path | None, timeout: float, *, create: bool = True) -> None:
        self.name = "an index in memory" if path is None else str(path)
        # Whatever the folder is behind a fork.
        self._path, self._timeout = None if path is None else path.absolute(), timeout
        found = self._identity()
        if path is not None and found is None and not create:
            raise StoreError(NO_INDEX.format(self.name))
        # SQLite might take a short file for an empty one, and write over it.
        if path is not None and found and path.is_file() and 0 < found[2] < LEAST_BYTES:
            raise StoreError(f"{self.name} {OTHER_FILE}")
        self._open(create=create)
        self._file = found or self._identity()

    def _identity(self) -> tuple[int, ...] | None:
        """Return device, number, size and time of the file; None where there is none."""
        with suppress(OSError):
            if self._path is not None:
                found = self._path.stat()
                return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        return None

    def _connect(self) -> None:
        place = ":memory:"
        if self._path is not None:
            log = Path(f"{self._path.resolve()}-wal")
            may_log = os.access(log.parent, os.W_OK) or os.access(log, os.F_OK)
            self._is_frozen = self._identity() is not None and not may_log
            place = self._path.as_uri() + "?immutable=1" * self._is_frozen
        wait = min(PATIENCE, self._timeout)
        self._connection = sqlite3.connect(
            place, wait, isolation_level=None, check_same_thread=False, uri=True
        )
        self._connection.text_factory = _text_of
        self._adopt(self._connection)
        for setting, value in SETTINGS.items():
            self.execute(f"PRAGMA {setting} = {value}")

    def _has_tables(self) -> bool:
        return bool(self.value("SELECT count(*) FROM sqlite_master"))

    def _make(self) -> None:
        self.execute("PRAGMA journal_mode = WAL")
        with self.transaction(writes=True):
            if not self._has_tables():
                self._make_tables()
                self.execute(f"PRAGMA application_id = {APPLICATION}")
                self.execute(f"PRAGMA user_version = {FORMAT}")

    def _check(self) -> None:
        if self.value("PRAGMA application_id") != APPLICATION:
            raise StoreError(f"{self.name} {OTHER_FILE}")
        self._check_format(self.value("PRAGMA user_version"))
        made = self.rows(
            f"SELECT sql FROM sqlite_master WHERE sql NOT NULL AND NOT ({TABLES_OF_SQLITE})"  # noqa: S608
        )
        if {sql for (sql,) in made} != {*self._table_statements()}:  # a view could do anything
            raise DamagedError

    def _begin(self, *, writes: bool) -> None:
        self._refuse_other_file()
        if self._path is not None and self._process != os.getpid():  # as SQLite demands
            self._connect()
        self._rollback()  # who was interrupted twice has left one
        self.execute("BEGIN IMMEDIATE" if writes else "BEGIN DEFERRED")

    def _refuse_other_file(self) -> None:
        found, parts = self._identity() or (), 4 if self._is_frozen else 2
        if self._file is not None and found[:parts] != self._file[:parts]:
            changed = "written to" if self._is_frozen else "deleted or replaced"
            raise StoreError(f"{self.name} was {changed} while it was open: open the index again")

    def _end(self, *, writes: bool) -> None:
        self.execute("COMMIT" if writes else "ROLLBACK")
        self._refuse_other_file()  # what was written is lost then

    def _rollback(self) -> None:
        if self._connection.in_transaction:  # an error may have ended it already
            self.execute("ROLLBACK")

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        """Execute a statement; return the cursor that has its rows.

        SQLite waits for other processes, but not wherever it could, and hears no signal meanwhile.
        So it waits a little, and is asked again.
        """
        end = time.monotonic() + self._timeout
        while True:
            try:
                return self._connection.execute(statement, values)
            except sqlite3.OperationalError as error:
                is_busy = self._state(error).startswith("SQLITE_BUSY")
                if not is_busy or time.monotonic() >= end:
                    raise
                time.sleep(PAUSE)
            except UnicodeDecodeError as error:  # in what SQLite says of it
                raise DamagedError from error

    def insert(self, table: str, rows: Iterable[Row]) -> None:
        """Insert rows."""
        columns = ", ".join("?" * (TABLES[table].count(",") + 1))
        self.execute_many(f"INSERT INTO {table} VALUES ({columns})", rows)  # noqa: S608  names

    def execute_many(self, statement: str, rows: Iterable[Row]) -> None:
        """Execute a statement for each row of values."""
        self._connection.executemany(statement, rows)

    def find(self, table: str, columns: str, key: str, values: Sequence[Any]) -> dict[Any, Row]:
        """Return columns of a table where the column ``key`` has one of some values, by value."""
        condition, asked = "= ?", values
        if all(isinstance(value, int) for value in values):
            condition, asked = "IN (SELECT value FROM json_each(?))", [str([*values])]
        query = f"SELECT {key}, {columns} FROM {table} WHERE {key} {condition}"  # noqa: S608  names
        found = chain.from_iterable(self.rows(query, value) for value in asked)
        return {row[0]: row[1:] for row in found}

    def problems(self) -> Iterator[str]:
        """Check the pages and indexes of SQLite."""
        for (line,) in self.rows("PRAGMA integrity_check"):
            if line != "ok":
                yield f"SQLite says: {' '.join(str(line).split())}: restore a backup"

    def size(self) -> int:
        """Return the bytes of the file."""
        return int(self.value("PRAGMA page_count")) * int(self.value("PRAGMA page_size"))

    def shrink(self) -> None:
        """Make the file as small as it can be."""
        self.execute("VACUUM")
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def _state(self, error: Exception) -> str:
        return getattr(error, "sqlite_errorname", "")


def _text_of(data: bytes) -> str | bytes:
    """Return a text; as bytes, which no reader takes for one, where it is damaged."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data
