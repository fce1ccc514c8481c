"""A store on a server of Redis: an index that workers on several machines share.

The keys of an index begin with its name. ``:index`` is a hash of numbers and settings, ``:texts``
one of records by number, ``:ids`` one of numbers by id, ``:live`` has a bit for each number,
``:buckets`` and ``:beyond`` are what ``redis_lists`` says; ``:lock`` and ``:awaited`` are there
while somebody writes, and ``:gone:`` and a number for a minute after that record was removed.
"""

from collections import ChainMap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np

from dedup.errors import StoreError
from dedup.index.stores.buckets import ROWS, listing, rows_in, without_rows
from dedup.index.stores.protocol import Id, Record
from dedup.index.stores.redis_block import Block
from dedup.index.stores.redis_lists import Lists
from dedup.index.stores.redis_lock import Lock
from dedup.index.stores.redis_records import AT_ONCE, Records
from dedup.index.stores.redis_server import Address, client_of, told
from dedup.index.stores.redis_state import State, stored
from dedup.records import U64, Ragged

LOOK = 1 << 4  # records that are fetched at first, where perhaps no more are wanted
SAMPLES = 200  # fields of a hash by which its size is estimated


class RedisStore:
    """Records on a server of Redis, or one that speaks its language, as Valkey does.

    Of several that write one does at a time, whichever machine they are on. What a block writes is
    held by the client and sent as one transaction, which the server carries out if the lock is
    still its own, or else refuses: who was stopped for longer than the lock lasts writes nothing.

    Those who read wait for nobody. Within ``reading`` the lists are those of one moment as to what
    is added: later rows are not in them. What is removed meanwhile may be in a list or not, and if
    it is, its record is found for a minute more. (To be alone would be simpler, but each query
    would wait for whoever writes, and writers for all queries.)

    What is written lasts as the server is configured to: by default it may lose some minutes when
    it is killed. It must not be one that drops keys when its memory is full (``maxmemory-policy``
    other than ``noeviction`` or ``volatile-``); that something is missing is noticed, and an error.
    It is one server, no cluster; and where another one takes over when it fails, what was written
    last may be lost. A block is held in the memory of the client, some 10 kB for an article of 500
    words, and all others wait while the server writes it, about half a second for a thousand.

    Parameters
    ----------
    url
        ``redis://``, ``rediss://`` or ``unix://``, as redis-py takes it. In its query ``name``,
        ``dedup`` if it is not there: indexes of several names lie side by side.
    timeout
        Seconds to wait for others that write.

    Raises
    ------
    MissingLibraryError
        When redis-py is not installed.
    ConfigError
        When the address is none.
    StoreError
        From here on: when the server is not there, refuses, or has something else under the keys.

    Examples
    --------
    Nothing is sent before it is asked:

    >>> RedisStore("redis://ann:secret@localhost:6379/0?name=news", timeout=10).name
    'redis://localhost:6379/0?name=news'
    """

    def __init__(self, url: str, timeout: float) -> None:
        address = Address.of(url)
        self.name = address.shown
        self._client = client_of(address, timeout)
        self._prefix = address.prefix
        self._lock = Lock(self._client, address.prefix, self.name, timeout)
        self._lists = Lists(self._client, address.prefix)
        self._records = Records(self._client, address.prefix, self.name)
        self._state: State | None = None  # while somebody reads or writes
        self._block: Block | None = None  # while somebody writes

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read what is there now; within ``writing``, what it has written."""
        if self._block is not None:
            yield
            return
        with told(self.name):
            try:
                self._state = stored(self._client, self._prefix, self.name)
                yield
            finally:
                self._state = None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Read and write, alone.

        Raises
        ------
        StoreError
            When others write for too long; or at the end, and nothing is written, when the lock was
            lost or the server refuses. When the connection breaks then, it is not known.
        """
        with told(self.name), self._lock.held():
            try:
                self._state = stored(self._client, self._prefix, self.name)
                self._block = Block(self._state.next)
                self._lists.large.clear()
                yield
                if self._block:
                    self._commit(self._state, self._block)
            finally:
                self._state = self._block = None

    def _commit(self, state: State, block: Block) -> None:
        """Send all that a block has written."""
        change = self._lists.change(
            state.buckets, state.pairs, block.pairs(), block.gone, block.keys
        )
        with self._client.pipeline() as pipe:
            after = State(
                block.next, state.count + block.grown, change.buckets, state.pairs + change.pairs
            )
            self._lock.settle(change.size + block.size)
            self._lock.guard(pipe)
            self._lists.write(change, pipe)
            self._records.write(block, pipe)
            after.write(pipe, self._prefix)
            for name, data in block.saved.items():
                if data is None:
                    pipe.hdel(f"{self._prefix}:index", name)
                else:
                    pipe.hset(f"{self._prefix}:index", name, data)
            self._lock.send(pipe)

    def _now(self) -> State:
        assert self._state is not None, "neither reading nor writing"
        return self._state

    def _writes(self) -> Block:
        assert self._block is not None, "not writing"
        return self._block

    def saved(self, name: str) -> bytes | None:
        """Return the bytes that were saved under a name."""
        if self._block is not None and name in self._block.saved:
            return self._block.saved[name]
        data: Any = self._client.hget(f"{self._prefix}:index", name)
        found: bytes | None = data
        return found

    def save(self, name: str, data: bytes | None) -> None:
        """Save bytes under a name; None deletes them."""
        self._writes().saved[name] = data

    def next_row(self) -> int:
        """Return the number that the next record will have."""
        return self._now().next if self._block is None else self._block.next

    def count(self) -> int:
        """Return how many records there are."""
        return self._now().count + (0 if self._block is None else self._block.grown)

    def rows_of(self, ids: Sequence[Id]) -> list[int | None]:
        """Return the number of the record of each id."""
        found = self._records.rows_of(ids)
        if self._block is None:
            return found
        own = self._block.rows
        return [own.get(name, row) for name, row in zip(ids, found, strict=True)]

    def records(self, rows: Sequence[int]) -> list[Record]:
        """Return records by their numbers.

        Raises
        ------
        StoreError
            When one was removed more than a minute ago, or is damaged.
        """
        block = self._block
        own = ChainMap[int, Record]() if block is None else ChainMap(block.going, block.records)
        found = self._records.kept([row for row in rows if row not in own])
        return [own[row] if row in own else found[row] for row in rows]

    def scan(self, start: int = 0) -> Iterator[tuple[int, Record]]:
        """Yield all records from a number on; what is removed meanwhile is left out."""
        gone = set() if self._block is None else self._block.gone
        rows = (row for row in self._records.rows(start) if row not in gone)
        size = LOOK
        while some := list(islice(rows, size)):
            yield from self._records.found(some).items()
            size = AT_ONCE
        own = {} if self._block is None else self._block.records
        yield from ((row, record) for row, record in own.items() if row >= start)

    def listed(self, keys: U64, most: int) -> Ragged:
        """Return the records under each key, but those that came since it was begun to read."""
        state = self._now()
        gone = set() if self._block is None else self._block.gone
        pairs = self._lists.under(keys, most + len(gone), state.buckets)
        pairs = without_rows(pairs[rows_in(pairs) < state.next], gone)
        if self._block is not None:
            pairs = np.concatenate((pairs, self._block.pairs()))
        return listing(pairs, keys, most)

    def insert(self, records: Sequence[Record], keys: Ragged) -> None:
        """Add records.

        Raises
        ------
        StoreError
            When there were 2**30 of them before.
        """
        block = self._writes()
        if block.next + len(records) > ROWS:
            raise StoreError(f"{self.name} is full: make another index")
        block.insert(records, keys)

    def remove(self, rows: Sequence[int], keys: Callable[[], Ragged]) -> None:
        """Take records away."""
        block = self._writes()
        block.going = dict(zip(rows, self.records(rows), strict=True))  # ``keys`` reads them, too
        block.remove(keys())

    def compact(self) -> None:
        """Do nothing: what is removed takes no room."""

    def size(self) -> int:
        """Return the bytes of memory that it takes on the server, estimated by samples."""
        with told(self.name):
            keys = (f"{self._prefix}:index", *self._lists.keys, *self._records.keys)
            sizes = [self._client.memory_usage(key, samples=SAMPLES) for key in keys]
        return sum(size or 0 for size in sizes)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()
