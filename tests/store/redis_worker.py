"""Processes that write to an index on a server of Redis, for tests that stop and kill them.

What they have done they tell at once; some wait to be told to go on.
"""

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Self

import numpy as np

from dedup import Index
from dedup.errors import StoreError
from dedup.index.stores import redis_lock
from dedup.index.stores.protocol import Record
from dedup.index.stores.redis import RedisStore
from dedup.records import Ragged
from index.children import Child
from store.shared_stream import BATCH, texts

EACH = 5  # records that are written at once
PATIENCE = 20.0
Tell = Callable[[Any], None]
Wait = Callable[[], object]


def keys_of(row: int) -> list[int]:
    """Return what lists the records that ``fill`` writes: some alone, some with others."""
    return sorted({row % 7, 100 + row % 50, 1000 + row})


def listing(rows: Sequence[int]) -> Ragged:
    keys = [keys_of(row) for row in rows]
    values = np.array([key for own in keys for key in own], np.uint64)
    return Ragged(values, np.cumsum([0, *map(len, keys)]))


def fill(tell: Tell, _: Wait, url: str) -> None:
    """Write records without end, and say which ones are written."""
    store = RedisStore(url, PATIENCE)
    while True:
        with store.writing():
            first = store.next_row()
            rows = range(first, first + EACH)
            store.insert([Record(row, b"%d" % row, 0) for row in rows], listing(rows))
            if first >= EACH and first % 2:
                old = [first - EACH]
                if store.rows_of(old) != [None]:
                    store.remove(old, partial(listing, old))
        tell(first + EACH)


def pause(tell: Tell, wait: Wait, url: str) -> None:
    """Write a record, and wait before it is sent."""
    store = RedisStore(url, PATIENCE)
    try:
        with store.writing():
            store.insert([Record("paused", b"", 0)], Ragged(np.zeros(1, np.uint64), np.arange(2)))
            tell("held")
            wait()
    except StoreError as error:
        tell(str(error))
    else:
        tell("written")


def stream(tell: Tell, wait: Wait, url: str, first: int) -> None:
    """Add the texts of ``shared_stream`` in batches, from one place on, then those before it."""
    every = texts()
    with Index(url, timeout=60) as index:
        tell("ready")
        wait()
        for begin in range(0, len(every), BATCH):
            rows = [(first + begin + n) % len(every) for n in range(BATCH)]
            index.add([every[row] for row in rows], ids=rows)
    tell("done")


class Worker(Child):
    """A process with one of these tasks, killed at the end of a ``with``.

    ``seconds`` is how long its locks last.
    """

    def __init__(self, task: Callable[..., None], seconds: float, *arguments: object) -> None:
        hearing, self._telling = os.pipe()

        def work(tell: Tell) -> None:
            redis_lock.SECONDS = seconds
            task(tell, lambda: os.read(hearing, 1), *arguments)

        super().__init__(work)
        os.close(hearing)
        self.lines = self.said()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        os.close(self._telling)
        self.ends()

    def go_on(self) -> None:
        os.write(self._telling, b"\n")
