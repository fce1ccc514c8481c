"""A store in one file of SQLite, which several processes may use at once.

Records lie in a table, and what is listed under keys in runs of chunks: see ``store.runs``.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import chain, islice
from pathlib import Path
from types import NoneType
from typing import Any

import numpy as np

from dedup.index.stores import listing
from dedup.index.stores.chunks import ROW
from dedup.index.stores.merging import Merging
from dedup.index.stores.protocol import KIND, KINDS, Id, Record
from dedup.index.stores.runs import SCHEMA as RUNS
from dedup.index.stores.runs import Runs
from dedup.index.stores.sealing import DamagedError, sealed, unsealed
from dedup.index.stores.sqlite_file import Kind, SqliteFile
from dedup.index.stores.texts import ENOUGH, Texts, dictionary_of
from dedup.kernels.workers import Workers
from dedup.records import I64, U64, Ragged

LISTED_AT_ONCE = 1 << 8  # records whose keys are sorted by kind
YEAR_3000 = 32_503_680_000  # in seconds: no text was added then
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
        Made if there is none; in memory when None.
    timeout
        Seconds to wait for others that write.

    Raises
    ------
    StoreError
        When it cannot be opened, or is something else.
    """

    def __init__(self, path: Path | None, timeout: float) -> None:
        self._file = SqliteFile(path, timeout, SCHEMA + RUNS)
        self.name = self._file.name
        self._start()

    def _start(self) -> None:
        self._runs = Runs(self._file.connection)
        self._merging = Merging(self._file.connection, self._runs)
        self._know_nothing()

    def _know_nothing(self) -> None:
        """Forget what was read, as it may have been undone."""
        self._runs.forget_cache()
        self._texts = Texts(None)
        self._gone: tuple[int, I64] = (-1, np.empty(0, np.int64))

    def reading(self) -> AbstractContextManager[None]:
        """Read what is there now."""
        return self._transaction("DEFERRED")

    def writing(self) -> AbstractContextManager[None]:
        """Read and write, alone."""
        return self._transaction("IMMEDIATE")

    @contextmanager
    def _transaction(self, kind: Kind) -> Iterator[None]:
        if self._file.reconnect():
            self._start()
        try:
            with self._file.transaction(kind):
                yield
        except BaseException:
            self._know_nothing()
            raise

    def _known(self, name: str) -> Any:  # noqa: ANN401
        return self._file.value("SELECT value FROM known WHERE name = ?", name)

    def _number(self, name: str) -> int:
        found = self._known(name)
        if not isinstance(found, int):
            raise DamagedError
        return found

    def _note(self, name: str, value: object) -> None:
        self._file.connection.execute("INSERT OR REPLACE INTO known VALUES (?, ?)", (name, value))

    def saved(self, name: str) -> bytes | None:
        """Return the bytes that were saved under a name."""
        data = self._known(name)
        if data is None:
            return None
        if not isinstance(data, bytes):
            raise DamagedError
        return bytes(unsealed(data))

    def save(self, name: str, data: bytes | None) -> None:
        """Save bytes under a name; None deletes them."""
        if data is None:
            self._file.connection.execute("DELETE FROM known WHERE name = ?", (name,))
        else:
            self._note(name, sealed(data))

    def next_row(self) -> int:
        """Return the number that the next record will have."""
        return self._number("next")

    def count(self) -> int:
        """Return how many records there are."""
        return self._number("count")

    def rows_of(self, ids: Sequence[Id]) -> list[int | None]:
        """Return the number of the record of each id."""
        return [self._file.value("SELECT row FROM text WHERE id = ?", name) for name in ids]

    def records(self, rows: Sequence[int]) -> list[Record]:
        """Return records by their numbers."""
        query = "SELECT id, text, added FROM text WHERE row = ?"
        found = [self._file.connection.execute(query, (row,)).fetchone() for row in rows]
        if None in found:  # though it is listed
            raise DamagedError
        return [self._record(*one) for one in found]

    def scan(self, start: int = 0) -> Iterator[tuple[int, Record]]:
        """Yield all records from a number on."""
        query = "SELECT row, id, text, added FROM text WHERE row >= ? ORDER BY row"
        for row, *rest in self._file.connection.execute(query, (start,)):
            yield row, self._record(*rest)

    def _record(self, name: object, packed: object, added: object) -> Record:
        if not isinstance(added, int) or not 0 <= added < YEAR_3000:
            raise DamagedError
        if not isinstance(name, (str, int)) or not isinstance(packed, (bytes, NoneType)):
            raise DamagedError
        if Texts.needs_dictionary(packed) and not self._texts.has_dictionary:
            self._texts = Texts(self.saved("dictionary"))
        return Record(name, self._texts.unpack(packed), added)

    def listed(self, keys: U64, most: int) -> Ragged:
        """Return the records under each key."""
        return listing.listed(self._runs, keys, most, *self._live())

    def _live(self) -> tuple[int, I64]:
        """Return the row below which none is there, and those above that are gone."""
        removals = self._number("removals")
        if self._gone[0] != removals:
            rows = self._file.connection.execute("SELECT row FROM gone ORDER BY row").fetchall()
            self._gone = removals, np.array([row[0] for row in rows], np.int64)
        return self._number("floor"), self._gone[1]

    def insert(self, records: Sequence[Record], keys: Ragged) -> None:
        """Add records."""
        first, count = self.next_row(), len(records)
        if not count:
            return
        if not self._texts.has_dictionary:
            self._texts = Texts(self._dictionary(records))
        texts = [record.text for record in records]
        with Workers(1) as packer:
            packed = packer.submit(lambda: [*map(self._texts.pack, texts)])
            self._list(keys, first)
            own = zip(range(first, first + count), records, packed.result(), strict=True)
            self._file.connection.executemany(
                "INSERT INTO text (row, id, added, text) VALUES (?, ?, ?, ?)",
                ((row, one.id, one.added, text) for row, one, text in own),
            )
        self._note("next", first + count)
        self._note("count", self.count() + count)

    def _list(self, keys: Ragged, first: int) -> None:
        """List the numbers from ``first`` on under their keys."""
        listed: dict[np.uint64, list[U64]] = {kind: [] for kind in KINDS}
        for start in range(0, len(keys), LISTED_AT_ONCE):
            own = keys.part(start, start + LISTED_AT_ONCE)
            rows = own.row_numbers().astype(np.uint64) + np.uint64(first + start)
            pairs, kinds = (own.values << ROW) | rows, own.values >> KIND
            for kind, parts in listed.items():
                parts.append(pairs[kinds == kind])
        for kind, parts in listed.items():
            some = np.concatenate(parts)
            some.sort()
            if len(some):
                self._runs.add(int(kind), some)
        self._merging.advance(len(keys.values), *self._live())

    def _dictionary(self, records: Sequence[Record]) -> bytes | None:
        """Return the dictionary for texts, made of the first ones once there are enough."""
        made = self.saved("dictionary")
        if made is None and self.count() + len(records) >= ENOUGH:
            first = (record for _, record in islice(self.scan(), ENOUGH))
            some = islice(chain(first, records), ENOUGH)
            made = dictionary_of([record.text or b"" for record in some])
            self.save("dictionary", made)
        return made

    def remove(self, rows: Sequence[int], keys: Callable[[], Ragged]) -> None:  # noqa: ARG002
        """Take records away; what is listed of them goes as runs are merged."""
        own = [(row,) for row in rows]
        self._file.connection.executemany("DELETE FROM text WHERE row = ?", own)
        self._file.connection.executemany("INSERT INTO gone VALUES (?)", own)
        floor = self._file.value("SELECT ifnull(min(row), ?) FROM text", self.next_row())
        self._file.connection.execute("DELETE FROM gone WHERE row < ?", (floor,))
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
                self._file.connection.execute("DELETE FROM gone")
                self._note("removals", before + 1)
        with self._file.errors():
            self._file.connection.execute("VACUUM")
            self._file.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _merge(self) -> None:
        """Go on with all merges to the end; others may write between two pieces."""
        more = True
        while more:
            with self.writing():
                more = self._merging.go_on(*self._live())

    def size(self) -> int:
        """Return the bytes of the file."""
        return int(self._file.value("PRAGMA page_count")) * int(
            self._file.value("PRAGMA page_size")
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()
