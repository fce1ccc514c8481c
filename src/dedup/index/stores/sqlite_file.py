"""The tables of an index in one SQLite file.

The file is in WAL mode: readers see the state at which they began and wait for nobody; writers
wait for each other. A transaction is on the disk when it ends.

SQLite creates a log and an index of the log beside the file. Where the folder is read-only and
there is no log, so that no process writes, the file is opened as ``immutable``; an error reports
it if the file changes meanwhile.
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
from dedup.index.stores.database import (
    DISK_FULL,
    INDEX_FORMAT,
    INDEX_TABLES,
    LOCKED,
    NO_FOLDER,
    NO_INDEX,
    Database,
    TableRow,
)

APPLICATION_ID = 0x64656475  # "dedu": marks the file as an index of this package
PRAGMAS = {
    "page_size": 8192,
    "cache_size": -12 << 10,  # kilobytes
    "wal_autocheckpoint": 4000,  # pages, after which the log is written into the file
    "journal_size_limit": 64 << 20,  # bytes of the log that are left on the disk
    "synchronous": "FULL",
    "cell_size_check": "ON",  # SQLite recommends this and the next for files of strangers
    "trusted_schema": "OFF",
}
OUT_OF_SPACE_STATES = ("SQLITE_FULL", "SQLITE_IOERR")
MIN_SQLITE_BYTES = 512  # of a file of SQLite: its smallest page
LOCK_WAIT_SECONDS, LOCK_PAUSE_SECONDS = 0.5, 0.01  # Python handles signals in the pauses only
NOT_AN_INDEX = "is not a dedup index; name another file"
SQLITE_TABLES = "type = 'table' AND name GLOB 'sqlite_*'"


class SqliteFile(Database):
    """An SQLite file, and the connection of this process to it.

    Parameters
    ----------
    path
        In memory when None.
    timeout
        Seconds to wait for other writers.
    create
        Whether to create a missing file.

    Raises
    ------
    StoreError
        When the file cannot be opened, is missing and ``create`` is false, or is not an index.
    """

    types: ClassVar = {
        "integer": "INTEGER",
        "bytes": "BLOB",  # an affinity that leaves numbers and strings unchanged
        "serial": "INTEGER PRIMARY KEY AUTOINCREMENT",
    }
    driver_error = sqlite3.Error
    damage_states = ("SQLITE_ERROR", "SQLITE_CORRUPT", "SQLITE_CONSTRAINT", "SQLITE_MISMATCH")
    remedies: ClassVar = {
        "SQLITE_BUSY": LOCKED,
        "SQLITE_FULL": DISK_FULL,
        "SQLITE_NOTADB": NOT_AN_INDEX,
        "SQLITE_CANTOPEN": "cannot be opened; check the path and the limit of open files "
        "(ulimit -n). In a read-only folder: copy the index and its -wal file to a writable one",
        "SQLITE_IOERR": "cannot be read or written: the disk is full or has an error, or a limit "
        "was reached; nothing was changed",
        "SQLITE_READONLY": "cannot be written to: check its permissions and its folder's, or copy "
        "it into another folder",
    }
    _file: tuple[int, ...] | None = None  # the identity of the file that was opened
    _is_immutable = False  # opened without a log

    def __init__(self, path: Path | None, timeout: float, *, create: bool = True) -> None:
        self.name = "an index in memory" if path is None else str(path)
        # Absolute, since a forked process may change its folder.
        self._path, self._timeout = None if path is None else path.absolute(), timeout
        found = self._identity()
        if path is not None and found is None and not create:
            raise StoreError(NO_INDEX.format(self.name))
        if path is not None and found is None and not path.parent.is_dir():
            raise StoreError(NO_FOLDER.format(self.name, path.parent))
        if path is not None and found and path.is_dir():
            raise StoreError(f"{self.name} is a folder; name a file in it")
        if path is not None and found and not path.is_file():
            raise StoreError(f"{self.name} is not a regular file; name another file")
        # SQLite would take a short file of something else for an empty one, and overwrite it.
        if path is not None and found and 0 < found[2] < MIN_SQLITE_BYTES:
            raise StoreError(f"{self.name} {NOT_AN_INDEX}")
        try:
            self._open(create=create)
        except StoreError as error:
            is_new = found is None and self._path is not None
            if is_new and self._state(error.__cause__).startswith(OUT_OF_SPACE_STATES):
                self._remove_incomplete_file()
            raise
        self._file = found or self._identity()

    def _remove_incomplete_file(self) -> None:
        """Remove a new file that has no tables yet, its log and the index of the log."""
        self.close()
        for ending in ("", "-wal", "-shm"):
            with suppress(OSError):
                Path(f"{self._path}{ending}").unlink()

    def _identity(self) -> tuple[int, ...] | None:
        """Return device, inode, size and time of the file; None if there is no file."""
        with suppress(OSError):
            if self._path is not None:
                found = self._path.stat()
                return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        return None

    def _connect(self) -> None:
        uri = ":memory:"
        if self._path is not None:
            log = Path(f"{self._path.resolve()}-wal")
            may_log = os.access(log.parent, os.W_OK) or os.access(log, os.F_OK)
            self._is_immutable = self._identity() is not None and not may_log
            uri = self._path.as_uri() + "?immutable=1" * self._is_immutable
        wait = min(LOCK_WAIT_SECONDS, self._timeout)
        self._connection = sqlite3.connect(
            uri, wait, isolation_level=None, check_same_thread=False, uri=True
        )
        self._connection.text_factory = _decode_or_keep
        self._adopt(self._connection)
        for name, value in PRAGMAS.items():
            self.execute(f"PRAGMA {name} = {value}")

    def _has_tables(self) -> bool:
        return bool(self.value("SELECT count(*) FROM sqlite_master"))

    def _create(self) -> None:
        self.execute("PRAGMA journal_mode = WAL")
        with self.transaction(writes=True):
            if not self._has_tables():
                self._create_tables()
                self.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                self.execute(f"PRAGMA user_version = {INDEX_FORMAT}")

    def _check(self) -> None:
        if self.value("PRAGMA application_id") != APPLICATION_ID:
            raise StoreError(f"{self.name} {NOT_AN_INDEX}")
        self._check_format(self.value("PRAGMA user_version"))
        statements = self.rows(
            f"SELECT sql FROM sqlite_master WHERE sql NOT NULL AND NOT ({SQLITE_TABLES})"  # noqa: S608
        )
        # The schema must be exact: a view or trigger of a stranger could do anything.
        if {sql for (sql,) in statements} != {*self._table_statements()}:
            raise DamagedError

    def _begin(self, *, writes: bool) -> None:
        self._refuse_changed_file()
        if self._path is not None and self._process != os.getpid():  # SQLite demands it
            self._connect()
        self._rollback()  # a second interrupt may have left a transaction open
        self.execute("BEGIN IMMEDIATE" if writes else "BEGIN DEFERRED")

    def _refuse_changed_file(self) -> None:
        found, compared_fields = self._identity() or (), 4 if self._is_immutable else 2
        if self._file is not None and found[:compared_fields] != self._file[:compared_fields]:
            changed = "written to" if self._is_immutable else "deleted or replaced"
            raise StoreError(f"{self.name} was {changed} while it was open: open the index again")

    def _end(self, *, writes: bool) -> None:
        self.execute("COMMIT" if writes else "ROLLBACK")
        self._refuse_changed_file()  # else the transaction went into a deleted file

    def _rollback(self) -> None:
        if self._connection.in_transaction:  # an error may have ended it already
            self.execute("ROLLBACK")

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        """Execute a statement; return its cursor.

        SQLite does not wait for other processes in all cases, and Python handles no signal while
        it waits. So SQLite waits for a short time, and the statement is retried.
        """
        end = time.monotonic() + self._timeout
        while True:
            try:
                return self._connection.execute(statement, values)
            except sqlite3.OperationalError as error:
                is_busy = self._state(error).startswith("SQLITE_BUSY")
                if not is_busy or time.monotonic() >= end:
                    raise
                time.sleep(LOCK_PAUSE_SECONDS)
            except UnicodeDecodeError as error:  # in the error message of a damaged file
                raise DamagedError from error

    def insert(self, table: str, rows: Iterable[TableRow]) -> None:
        """Insert rows."""
        columns = ", ".join("?" * (INDEX_TABLES[table].count(",") + 1))
        self.execute_many(f"INSERT INTO {table} VALUES ({columns})", rows)  # noqa: S608  names

    def execute_many(self, statement: str, rows: Iterable[TableRow]) -> None:
        """Execute a statement for each row of values."""
        self._connection.executemany(statement, rows)

    def find(
        self, table: str, columns: str, key: str, values: Sequence[Any]
    ) -> dict[Any, TableRow]:
        """Return ``columns`` of the rows whose column ``key`` has one of the values, by value."""
        condition, arguments = "= ?", values
        if all(isinstance(value, int) for value in values):
            condition, arguments = "IN (SELECT value FROM json_each(?))", [str([*values])]
        query = f"SELECT {key}, {columns} FROM {table} WHERE {key} {condition}"  # noqa: S608  names
        found = chain.from_iterable(self.rows(query, argument) for argument in arguments)
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
        """Rewrite the file without the space of deleted rows."""
        self.execute("VACUUM")
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def _state(self, error: BaseException | None) -> str:
        return getattr(error, "sqlite_errorname", "")


def _decode_or_keep(data: bytes) -> str | bytes:
    """Decode a string; return the bytes of a damaged one, which no reader takes for a string."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data
