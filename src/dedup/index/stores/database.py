"""The tables of an index, and what ``Store`` needs of the database that has them."""

import os
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Protocol

from dedup.errors import StoreError
from dedup.index.stores import pages
from dedup.index.stores.checksums import DamagedError

FORMAT = 1  # counted up when this version cannot read indexes of earlier ones
BUSY = "is locked: another process has written for {timeout:g} seconds; try again, or raise timeout"
NO_INDEX = "no index at {}; check the path"
CLOSED = "was closed: open it again"
NO_ROOM = "cannot be written: the disk is full; nothing was changed: make room, and try again"
NOT_OPENED = "is damaged and cannot be opened: restore a backup"
DAMAGED = (
    "is damaged: list the damage with dedup-clean index check; restore a backup, or add what "
    "dedup-clean index export can still read to a new index"
)
TABLES = {
    # The texts, by the number in which they came.
    "text": (
        "row {integer} PRIMARY KEY, id {bytes} NOT NULL UNIQUE, added {integer} NOT NULL,"
        " text {bytes}"
    ),
    # The numbers of removed texts, from the counter ``floor`` on: runs may still list them.
    "gone": "row {integer} PRIMARY KEY",
    # The counters, the settings, the dictionary of the texts, and the results of named batches.
    "known": "name {bytes} PRIMARY KEY, value {bytes}",
    # The posting lists: sorted runs (``stores.runs``), their chunks, each of which fills a page of
    # the database (``stores.chunks``), and the first keys of the chunks.
    "run": (
        "number {serial}, kind {integer} NOT NULL, pairs {integer} NOT NULL,"
        " chunks {integer} NOT NULL, last_row {integer} NOT NULL, into_run {integer},"
        " merged_to {integer} NOT NULL"
    ),
    "chunk": "place {integer} PRIMARY KEY, data {bytes} NOT NULL",
    "fence": (
        "run {integer} NOT NULL, chunk {integer} NOT NULL, keys {bytes} NOT NULL,"
        " PRIMARY KEY (run, chunk)"
    ),
}
COUNTERS = ("next", "count", "floor", "removals")  # under their names in ``known``
Row = tuple[Any, ...]


class Database(Protocol):
    """The tables of one index, and the connection of this process to them.

    Queries have ``?`` for each value.

    Attributes
    ----------
    name
        What messages call it.
    is_open
        Whether it was found to be an index that can be read.
    close
        Closes the connection; each connection has another one.
    """

    types: ClassVar[Mapping[str, str]]  # of columns: integer, bytes, serial
    driver_error: ClassVar[type[Exception]]
    damage: ClassVar[tuple[str, ...]] = ()  # beginnings of states that mean damage
    remedies: ClassVar[Mapping[str, str]]  # by the beginning of a state
    room: ClassVar[int] = pages.ROOM  # words of a chunk that fills a page
    name: str
    is_open: bool = False
    _timeout: float
    _process: int = 0
    close: "weakref.finalize[Any, Any]"

    def _open(self, *, create: bool) -> None:
        """Connect; make the tables of a new index, and refuse anything else."""
        with self.errors():
            self._connect()
            if not self._has_tables():
                if not create:
                    raise StoreError(NO_INDEX.format(self.name))
                self._make()
            self._check()

    def _connect(self) -> None:
        """Connect this process; what an earlier connection read is of no use any more."""

    def _adopt(self, connection: Any) -> None:  # noqa: ANN401  of the driver
        """Take a connection as that of this process; it is closed, if nobody does, silently."""
        self._process = os.getpid()
        self.close = weakref.finalize(self, _close_in, self._process, connection)

    def _has_tables(self) -> bool:
        """Tell whether there are any tables, of whatever kind."""

    def _make(self) -> None:
        """Make the tables, in a transaction, unless another process was faster."""

    def _make_tables(self) -> None:
        for statement in self._table_statements():
            self.execute(statement)
        for name in COUNTERS:
            self.execute("INSERT INTO known VALUES (?, ?)", self.stored(name), self.stored(0))

    def _table_statements(self) -> Iterator[str]:
        for name, columns in TABLES.items():
            yield f"CREATE TABLE {name} ({columns.format_map(self.types)})"

    def _check(self) -> None:
        """Refuse tables of something else, or of another format."""

    def _check_format(self, version: object) -> None:
        if version != FORMAT:
            raise StoreError(
                f"{self.name} has format {version}, and this version of dedup reads {FORMAT}: "
                "export it with the version that wrote it, and add that to a new index"
            )

    @contextmanager
    def transaction(self, *, writes: bool) -> Iterator[None]:
        """Read one state of the tables, or write alone; after an error nothing was written."""
        if not self.close.alive:
            raise StoreError(f"{self.name} {CLOSED}")
        with self.errors():
            try:
                self._begin(writes=writes)
                yield
                self._end(writes=writes)
            except BaseException:
                self._rollback()
                raise

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise an error of the driver as one line with the remedy."""
        try:
            yield
        except (self.driver_error, DamagedError) as error:
            raise StoreError(f"{self.name} {self._explain(error)}") from error

    def _explain(self, error: Exception) -> str:
        """Return what is wrong, and the remedy."""
        if isinstance(error, DamagedError) or self._is_damage(error):
            return DAMAGED if self.is_open else NOT_OPENED
        state, message = self._state(error), " ".join(str(error).partition("\n")[0].split())
        for start, remedy in self.remedies.items():
            if state.startswith(start):
                return remedy.format(message=message, timeout=self._timeout)
        return f"cannot be used: {message}"

    def _is_damage(self, error: Exception) -> bool:
        return self._state(error).startswith(self.damage)

    def _state(self, error: Exception) -> str:
        """Return the name or number of an error of the driver, nothing where it has none."""

    def _begin(self, *, writes: bool) -> None:
        """Begin a transaction; one that was left is rolled back first."""

    def _end(self, *, writes: bool) -> None:
        """Commit the transaction."""

    def _rollback(self) -> None:
        """Roll the transaction back, if there still is one."""

    def execute(self, statement: str, *values: object) -> Any:  # noqa: ANN401  of the driver
        """Execute a statement; return the cursor that has its rows."""

    def execute_many(self, statement: str, rows: Iterable[Row]) -> None:
        """Execute a statement for each row of values."""

    def insert(self, table: str, rows: Iterable[Row]) -> None:
        """Insert rows, with a value for each column in the order of ``TABLES``."""

    def rows(self, query: str, *values: object) -> list[Row]:
        """Return the rows of a query.

        Raises
        ------
        DamagedError
            When the driver says that they are damaged.
        """
        try:
            found: list[Row] = self.execute(query, *values).fetchall()
        except self.driver_error as error:
            if self._is_damage(error):
                raise DamagedError(error) from error
            raise
        return found

    def value(self, query: str, *values: object) -> Any:  # noqa: ANN401
        """Return the first value of a query, None where it has no row."""
        rows = self.rows(query, *values)
        return rows[0][0] if rows else None

    def find(self, table: str, columns: str, key: str, values: Sequence[Any]) -> dict[Any, Row]:
        """Return columns of a table where the column ``key`` has one of some values, by value."""

    def stored(self, value: str | int | bytes) -> object:
        """Return a value as columns have it that take texts, numbers and bytes."""
        return value

    def loaded(self, data: Any) -> Any:  # noqa: ANN401
        """Return what ``stored`` was given."""
        return data

    def problems(self) -> Iterator[str]:
        """Check what the database itself has written; yield what is wrong and the remedy."""
        yield from ()

    def size(self) -> int:
        """Return the bytes that the tables take."""

    def shrink(self) -> None:
        """Give back room that deleted rows took."""


def _close_in(process: int, connection: Any) -> None:  # noqa: ANN401
    """Close a connection in the process that made it: it may not be used behind a fork."""
    if process == os.getpid():
        connection.close()
