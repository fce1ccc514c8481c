"""The tables of an index, and the interface of a database that holds them."""

import os
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Protocol

from dedup.errors import StoreError
from dedup.index.stores import pages
from dedup.index.stores.checksums import DamagedError

INDEX_FORMAT = 1  # raised when this version cannot read the indexes of earlier versions
LOCKED = (
    "is locked: another process has been writing for {timeout:g} s; retry, or raise the timeout"
)
NO_INDEX = "no index at {}; check the path"
NO_FOLDER = "{} cannot be created; make the folder {} first"
CLOSED = "was closed: open it again"
DISK_FULL = "cannot be written: the disk is full; nothing was changed: free space and retry"
DAMAGED_AT_OPEN = "is damaged and cannot be opened: restore a backup"
DAMAGED = (
    "is damaged: list the damage with dedup-clean index check; restore a backup, or add what "
    "dedup-clean index export can still read to a new index"
)
INDEX_TABLES = {
    # The records, by row.
    "text": (
        "row {integer} PRIMARY KEY, id {bytes} NOT NULL UNIQUE, added {integer} NOT NULL,"
        " text {bytes}"
    ),
    # The deleted rows from ``floor`` (the lowest live row) on; runs may still have their postings.
    "gone": "row {integer} PRIMARY KEY",
    # The counters, the settings, the compression dictionary, and the results of named batches.
    "known": "name {bytes} PRIMARY KEY, value {bytes}",
    # The posting lists: the sorted runs (``stores.sorted_runs``), their pages, each of which fills
    # a page of the database (``stores.pages``), and the first keys of the pages.
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
# The counters, by their names in ``known``: the next row, the number of records, the lowest live
# row, and the number of removals.
COUNTERS = ("next", "count", "floor", "removals")
TableRow = tuple[Any, ...]


class Database(Protocol):
    """The tables of one index, and the connection of this process to them.

    Queries have ``?`` for each value.

    Attributes
    ----------
    name
        The path or address of the index in messages.
    is_open
        Whether the tables were read once: an error then means damage, not another kind of file.
    close
        Closes the connection; each connection has its own.
    """

    types: ClassVar[Mapping[str, str]]  # of columns: integer, bytes, serial
    driver_error: ClassVar[type[Exception]]
    damage_states: ClassVar[tuple[str, ...]] = ()  # error states that mean damage, by prefix
    remedies: ClassVar[Mapping[str, str]]  # messages by the prefix of an error state
    page_words: ClassVar[int] = pages.PAGE_WORDS  # words of a posting page that fills a page
    name: str
    is_open: bool = False
    _timeout: float
    _process: int = 0
    close: "weakref.finalize[Any, Any]"

    def _open(self, *, create: bool) -> None:
        """Connect; create the tables of a new index, and refuse other tables."""
        with self.errors():
            self._connect()
            if not self._has_tables():
                if not create:
                    raise StoreError(NO_INDEX.format(self.name))
                self._create()
            self._check()

    def _connect(self) -> None:
        """Connect this process; what was read through an earlier connection is stale."""

    def _adopt(self, connection: Any) -> None:  # noqa: ANN401  of the driver
        """Make a connection that of this process; it is closed when the database is collected."""
        self._process = os.getpid()
        self.close = weakref.finalize(self, _close_in, self._process, connection)

    def _has_tables(self) -> bool:
        """Return whether there are any tables, of an index or not."""

    def _create(self) -> None:
        """Create the tables in a transaction, unless another process was faster."""

    def _create_tables(self) -> None:
        for statement in self._table_statements():
            self.execute(statement)
        for name in COUNTERS:
            self.execute("INSERT INTO known VALUES (?, ?)", self.to_column(name), self.to_column(0))

    def _table_statements(self) -> Iterator[str]:
        for name, columns in INDEX_TABLES.items():
            yield f"CREATE TABLE {name} ({columns.format_map(self.types)})"

    def _check(self) -> None:
        """Refuse tables that are not those of an index, or have another format."""

    def _check_format(self, version: object) -> None:
        if version != INDEX_FORMAT:
            raise StoreError(
                f"{self.name} has format {version}, and this version of dedup reads "
                f"{INDEX_FORMAT}: export it with the version that wrote it, and add that to a new "
                "index"
            )

    @contextmanager
    def transaction(self, *, writes: bool) -> Iterator[None]:
        """Read one state of the tables, or write as the only writer; roll back after an error."""
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
            return DAMAGED if self.is_open else DAMAGED_AT_OPEN
        state, message = self._state(error), " ".join(str(error).partition("\n")[0].split())
        for prefix, remedy in self.remedies.items():
            if state.startswith(prefix):
                return remedy.format(message=message, timeout=self._timeout)
        return f"cannot be used: {message}"

    def _is_damage(self, error: Exception) -> bool:
        return self._state(error).startswith(self.damage_states)

    def _state(self, error: Exception) -> str:
        """Return the name or code of an error of the driver, empty if it has none."""

    def _begin(self, *, writes: bool) -> None:
        """Begin a transaction; roll back one that was left open."""

    def _end(self, *, writes: bool) -> None:
        """Commit the transaction."""

    def _rollback(self) -> None:
        """Roll the transaction back, if it is still open."""

    def execute(self, statement: str, *values: object) -> Any:  # noqa: ANN401  of the driver
        """Execute a statement; return its cursor."""

    def execute_many(self, statement: str, rows: Iterable[TableRow]) -> None:
        """Execute a statement for each row of values."""

    def insert(self, table: str, rows: Iterable[TableRow]) -> None:
        """Insert rows, with a value for each column in the order of ``INDEX_TABLES``."""

    def rows(self, query: str, *values: object) -> list[TableRow]:
        """Return the rows of a query.

        Raises
        ------
        DamagedError
            When the driver reports damage.
        """
        try:
            found: list[TableRow] = self.execute(query, *values).fetchall()
        except self.driver_error as error:
            if self._is_damage(error):
                raise DamagedError(error) from error
            raise
        return found

    def value(self, query: str, *values: object) -> Any:  # noqa: ANN401
        """Return the first value of a query, None if the query has no row."""
        rows = self.rows(query, *values)
        return rows[0][0] if rows else None

    def find(
        self, table: str, columns: str, key: str, values: Sequence[Any]
    ) -> dict[Any, TableRow]:
        """Return ``columns`` of the rows whose column ``key`` has one of the values, by value."""

    def to_column(self, value: str | int | bytes) -> object:
        """Encode a value for a column that takes strings, numbers and bytes."""
        return value

    def from_column(self, data: Any) -> Any:  # noqa: ANN401
        """Decode what ``to_column`` encoded."""
        return data

    def problems(self) -> Iterator[str]:
        """Check the database's own structures; yield what is wrong and the remedy."""
        yield from ()

    def size(self) -> int:
        """Return the bytes that the tables take."""

    def shrink(self) -> None:
        """Free the space of deleted rows."""


def _close_in(process: int, connection: Any) -> None:  # noqa: ANN401
    """Close a connection, but only in the process that opened it: not after a fork."""
    if process == os.getpid():
        connection.close()
