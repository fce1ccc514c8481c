"""A process that writes to an index on a server of Redis, for tests that stop and kill it.

``redis_worker.py TASK URL ...``; what it has done it says in lines, at once.
"""

import sys
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from dedup.errors import StoreError
from dedup.records import Ragged
from dedup.store import redis_lock
from dedup.store.protocol import Record
from dedup.store.redis import RedisStore

EACH = 5  # records that are written at once
PATIENCE = 20.0


def keys_of(row: int) -> list[int]:
    """Return what lists the records that ``fill`` writes: some alone, some with others."""
    return sorted({row % 7, 100 + row % 50, 1000 + row})


def listing(rows: Sequence[int]) -> Ragged:
    keys = [keys_of(row) for row in rows]
    values = np.array([key for own in keys for key in own], np.uint64)
    return Ragged(values, np.cumsum([0, *map(len, keys)]))


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def fill(url: str) -> None:
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
        say(first + EACH)


def pause(url: str) -> None:
    """Write a record, and wait for a line before it is sent."""
    store = RedisStore(url, PATIENCE)
    try:
        with store.writing():
            store.insert([Record("paused", b"", 0)], Ragged(np.zeros(1, np.uint64), np.arange(2)))
            say("held")
            sys.stdin.readline()
    except StoreError as error:
        say(error)
    else:
        say("written")


def stream(url: str, first: str) -> None:
    """Add the texts of ``shared_stream`` in batches, from one place on, then those before it."""
    from dedup import Index  # noqa: PLC0415  the other tasks start faster without
    from store.shared_stream import BATCH, texts  # noqa: PLC0415

    every = texts()
    with Index(url, timeout=60) as index:
        say("ready")
        sys.stdin.readline()
        for begin in range(0, len(every), BATCH):
            rows = [(int(first) + begin + n) % len(every) for n in range(BATCH)]
            index.add(rows, [every[row] for row in rows])
    say("done")


if __name__ == "__main__":
    redis_lock.SECONDS = float(sys.argv[2])
    tasks: dict[str, Callable[..., None]] = {"fill": fill, "pause": pause, "stream": stream}
    tasks[sys.argv[1]](*sys.argv[3:])
