"""A store as one process uses it: a thread at a time, in transactions that may hold others."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress

from dedup.errors import ConfigError, StoreError
from dedup.index.stores.store import Store


class Session:
    """The transactions of an index.

    Parameters
    ----------
    begin
        What is done at the beginning of each that writes.
    """

    def __init__(self, store: Store, begin: Callable[[Store], None]) -> None:
        self.store, self._begin = store, begin
        self._lock = threading.RLock()
        self._within = 0  # a transaction: the process that began it
        self._failed = False  # something within it

    @contextmanager
    def writing(self) -> Iterator[Store]:
        """Read and write, alone; within another one it is a part of that.

        Raises
        ------
        StoreError
            When a part of it failed, and the error was passed over: all is undone then.
        """
        with self._lock:
            if self._is_within():
                try:
                    yield self.store
                except BaseException:
                    self._failed = True
                    raise
                return
            with self.store.writing():
                self._within, self._failed = os.getpid(), False
                try:
                    self._begin(self.store)
                    yield self.store
                    if self._failed:
                        raise StoreError(
                            f"{self.store.name}: the transaction was undone, as a step failed: "
                            "catch that error outside of the transaction"
                        )
                finally:
                    self._within = 0

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Read and write, alone, and undo all at the end.

        Raises
        ------
        ConfigError
            When it is within another one.
        """
        if self._is_within():
            raise ConfigError.of("keep", "must be True within another transaction: it is all of it")
        with suppress(_Undone), self.writing():
            yield
            raise _Undone

    @contextmanager
    def reading(self) -> Iterator[Store]:
        """Read what is there now, or within a transaction what that has written."""
        with self._lock, nullcontext() if self._is_within() else self.store.reading():
            yield self.store

    def compact(self) -> None:
        """Compact the store.

        Raises
        ------
        StoreError
            When it is within a transaction.
        """
        with self._lock:
            if self._is_within():
                raise StoreError(f"{self.store.name}: cannot be compacted within a transaction")
            self.store.compact()

    def close(self) -> None:
        """Let go of the store."""
        with self._lock:
            self.store.close()

    def _is_within(self) -> bool:
        return self._within == os.getpid()  # not that of a process from which this one was forked


class _Undone(Exception):  # noqa: N818
    """A transaction is to be undone."""
