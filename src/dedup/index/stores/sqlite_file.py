"""One file of SQLite: opened or made, transactions, and what goes wrong in one line.

It is in WAL mode: who reads sees what was there when they began, and waits for nobody; of those
that write each waits for the one before it. A transaction is on the disk when it ends.
"""

import os
import sqlite3
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from dedup.errors import StoreError
from dedup.index.stores.sealing import DamagedError

FORMAT = 1  # counted up when files of before cannot be read any more
APPLICATION = 0x64656475  # "dedu": what says in the file whose it is
PAGE_BYTES = 8192
CACHE_BYTES = 12 << 20
LOG_PAGES = 4000  # after so many the log is written into the file
LOG_BYTES = 64 << 20  # what is left of it on the disk
PAUSE = 0.01  # seconds, until what others do at once is tried again
PATIENCE = 0.5  # seconds, until one who waits to write hears signals
DAMAGED = (
    "is damaged: restore a backup, or add what Index(path).export() in Python can still read to a "
    "new index"
)
NO_INDEX = "is not a dedup index; name another file"
Kind = Literal["DEFERRED", "IMMEDIATE"]  # of a transaction: to read, or to write alone


class SqliteFile:
    """A file, and the connection of this process to it.

    Parameters
    ----------
    path
        Made if there is none; in memory when None.
    timeout
        Seconds to wait for others that write.
    schema
        The statements that make what a new file has.

    Raises
    ------
    StoreError
        When it cannot be opened, or is something else.
    """

    def __init__(self, path: Path | None, timeout: float, schema: str) -> None:
        self.name = "an index in memory" if path is None else str(path)
        # Whatever the folder is behind a fork.
        self._path, self._timeout = None if path is None else path.absolute(), timeout
        self._schema = schema
        self._connect()

    def _connect(self) -> None:
        with self.errors():
            self._process = os.getpid()
            self.connection = sqlite3.connect(
                self._path or ":memory:",
                timeout=self._timeout,
                isolation_level=None,
                check_same_thread=False,
            )
            # One that nobody closed, or that cannot be used, is closed without a warning.
            self.close = weakref.finalize(self, _close_in, self._process, self.connection)
            try:
                self._set_up()
            except UnicodeDecodeError as error:  # in what SQLite says of it
                raise DamagedError from error

    def reconnect(self) -> bool:
        """Connect to a file again behind a fork, as SQLite demands; tell whether it was one."""
        forked = self._path is not None and self._process != os.getpid()
        if forked:
            self._connect()
        return forked

    def _set_up(self) -> None:
        connection = self.connection
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.execute(f"PRAGMA cache_size = -{CACHE_BYTES >> 10}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
        connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
        connection.execute("PRAGMA synchronous = FULL")
        self._check_or_make()

    def _check_or_make(self) -> None:
        """Make the tables of a new file; refuse a file of something else."""
        connection = self.connection
        if not self.value("SELECT count(*) FROM sqlite_master"):
            # Of several processes that set WAL mode at once SQLite lets all but one fail.
            self._execute_when_free("PRAGMA journal_mode = WAL")
            with self._begun("IMMEDIATE"):
                if not self.value("SELECT count(*) FROM sqlite_master"):
                    for statement in self._schema.split(";\n"):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA application_id = {APPLICATION}")
                    connection.execute(f"PRAGMA user_version = {FORMAT}")
        if self.value("PRAGMA application_id") != APPLICATION:
            raise StoreError(f"{self.name} {NO_INDEX}")
        if (version := self.value("PRAGMA user_version")) != FORMAT:
            raise StoreError(
                f"{self.name} has format {version}, and this version of dedup reads {FORMAT}: "
                "export it with the version that wrote it, and add that to a new index"
            )

    def _execute_when_free(self, statement: str) -> None:
        """Execute a statement; while another process is busy, try again until the timeout."""
        end = time.monotonic() + self._timeout
        while True:
            try:
                self.connection.execute(statement)
            except sqlite3.OperationalError as error:
                if not _is_busy(error) or time.monotonic() >= end:
                    raise
                time.sleep(PAUSE)
            else:
                return

    @contextmanager
    def transaction(self, kind: Kind) -> Iterator[None]:
        """Do several things at once, or after an error none."""
        with self.errors(), self._begun(kind):
            yield

    @contextmanager
    def _begun(self, kind: Kind) -> Iterator[None]:
        if self.connection.in_transaction:  # who was interrupted twice has left it
            self.connection.execute("ROLLBACK")
        try:
            self._begin(kind)
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # the error may have ended it already
                self.connection.execute("ROLLBACK")
            raise

    def _begin(self, kind: Kind) -> None:
        """Begin a transaction; between two tries to be the one who writes signals are heard."""
        if kind == "DEFERRED":
            self.connection.execute("BEGIN DEFERRED")
            return
        self._wait_for(min(PATIENCE, self._timeout))
        try:
            self._execute_when_free("BEGIN IMMEDIATE")
        finally:
            self._wait_for(self._timeout)

    def _wait_for(self, seconds: float) -> None:
        """Let SQLite wait so long for others, which no signal ends."""
        self.connection.execute(f"PRAGMA busy_timeout = {int(1000 * seconds)}")

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Say in one line what went wrong."""
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self.name} {_said(error, self._timeout)}") from error
        except DamagedError as error:
            raise StoreError(f"{self.name} {DAMAGED}") from error

    def value(self, query: str, *values: object) -> Any:  # noqa: ANN401
        """Return what a query says first, None where it says nothing."""
        row = self.connection.execute(query, values).fetchone()
        return None if row is None else row[0]


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


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
        sqlite3.SQLITE_BUSY: f"was written by another process for {timeout:g} seconds: try again",
        sqlite3.SQLITE_FULL: "cannot be written: the disk is full; nothing was changed: make room, "
        "and try again",
        sqlite3.SQLITE_NOTADB: NO_INDEX,
        sqlite3.SQLITE_CANTOPEN: "cannot be opened: check the path, that its folder can be "
        "written to, and how many files may be open",
        sqlite3.SQLITE_IOERR: "cannot be read or written: the disk has an error, or a limit was "
        "reached; nothing was changed",
        sqlite3.SQLITE_READONLY: "cannot be written to: check its permissions and its folder's",
        sqlite3.SQLITE_CORRUPT: DAMAGED,
    }
    return remedies.get(code, f"cannot be used: {error}")
