"""What the store of tables and runs needs of a database: ``SqliteFile`` and ``PostgresSchema``."""

import os
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Protocol

from dedup.errors import StoreError
from dedup.index.stores import chunks
from dedup.index.stores.sealing import DamagedError

FORMAT = 1  # counted up when this version cannot read indexes of earlier ones
BUSY = "was written by another process for {:g} seconds: try again"
NO_INDEX = "no index at {}; check the path"
CLOSED = "was closed: open it again"
NO_ROOM = "cannot be written: the disk is full; nothing was changed: make room, and try again"
TABLES = {
    "text": (
        "row {integer} PRIMARY KEY, id {bytes} NOT NULL UNIQUE, added {integer} NOT NULL,"
        " text {bytes}"
    ),
    "gone": "row {integer} PRIMARY KEY",
    "known": "name {bytes} PRIMARY KEY, value {bytes}",
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
    connections
        How often this process has connected: what it read over an earlier connection may not hold.
    close
        Closes the connection.
    """

    types: ClassVar[Mapping[str, str]]  # of columns: integer, bytes, serial
    driver_error: ClassVar[type[Exception]]
    name: str
    connections: int = 0
    _process: int
    close: "weakref.finalize[Any, Any]"

    @contextmanager
    def transaction(self, *, writes: bool) -> Iterator[None]:
        """Read one state of the tables, or write alone; after an error nothing was written."""
        with self.errors():
            try:
                self._begin(writes=writes)
                yield
                if writes:
                    self._commit()
            except BaseException:
                self._rollback()
                raise
            if not writes:
                self._rollback()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise an error of the driver as one line with the remedy."""
        try:
            yield
        except self.driver_error as error:
            raise StoreError(f"{self.name} {self._explain(error)}") from error
        except DamagedError as error:
            raise StoreError(f"{self.name} {self._damaged()}") from error

    def _damaged(self) -> str:
        return (
            "is damaged: list the damage with dedup-clean index check; restore a backup, or add "
            "what dedup-clean index export can still read to a new index"
        )

    def _adopt(self, connection: Any) -> None:  # noqa: ANN401  of the driver
        """Take a connection as that of this process; it is closed, if nobody does, silently."""
        self._process = os.getpid()
        self.connections += 1
        self.close = weakref.finalize(self, _close_in, self._process, connection)

    def _begin(self, *, writes: bool) -> None:
        """Begin a transaction; one that was left is rolled back first."""

    def _commit(self) -> None:
        """Commit the transaction."""

    def _rollback(self) -> None:
        """Roll the transaction back, if there still is one."""

    def _explain(self, error: Exception) -> str:
        """Return what is wrong, and the remedy."""

    def problems(self) -> Iterator[str]:
        """Check what the database itself has written; yield what is wrong and the remedy."""
        yield from ()

    def is_damage(self, error: Exception) -> bool:  # noqa: ARG002
        """Tell whether an error of the driver says that the tables are damaged."""
        return False

    def execute(self, statement: str, *values: object) -> Any:  # noqa: ANN401  of the driver
        """Execute a statement; return the cursor that has its rows."""

    def insert(self, table: str, rows: Iterable[Row]) -> None:
        """Insert rows, with a value for each column in the order of ``TABLES``."""

    def execute_many(self, statement: str, rows: Iterable[Row]) -> None:
        """Execute a statement for each row of values."""

    def rows(self, query: str, *values: object) -> list[Row]:
        """Return the rows of a query."""
        found: list[Row] = self.execute(query, *values).fetchall()
        return found

    def find(self, table: str, columns: str, key: str, values: Sequence[Any]) -> dict[Any, Row]:
        """Return columns of a table where the column ``key`` has one of some values, by value."""

    def room(self) -> int:
        """Return the words of a chunk that fills a page."""
        return chunks.ROOM

    def size(self) -> int:
        """Return the bytes that the tables take."""

    def shrink(self) -> None:
        """Give back room that deleted rows took."""

    def stored(self, value: str | int | bytes) -> object:
        """Return a value as columns have it that take texts, numbers and bytes."""
        return value

    def loaded(self, data: Any) -> Any:  # noqa: ANN401
        """Return what ``stored`` was given."""
        return data

    def value(self, query: str, *values: object) -> Any:  # noqa: ANN401
        """Return the first value of a query, None where it has no row."""
        rows = self.rows(query, *values)
        return rows[0][0] if rows else None

    def _make_tables(self) -> None:
        """Make the tables of a new index."""
        for statement in self._table_statements():
            self.execute(statement)
        for name in COUNTERS:
            self.execute("INSERT INTO known VALUES (?, ?)", self.stored(name), self.stored(0))

    def _table_statements(self) -> Iterator[str]:
        for name, columns in TABLES.items():
            yield f"CREATE TABLE {name} ({columns.format_map(self.types)})"

    def _check_format(self, version: object) -> None:
        if version != FORMAT:
            raise StoreError(
                f"{self.name} has format {version}, and this version of dedup reads {FORMAT}: "
                "export it with the version that wrote it, and add that to a new index"
            )


def _close_in(process: int, connection: Any) -> None:  # noqa: ANN401
    """Close a connection in the process that made it: it may not be used behind a fork."""
    if process == os.getpid():
        connection.close()
