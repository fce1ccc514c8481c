"""Several processes at one index on a server of Redis, some of which are stopped or killed."""

import os
import signal
import time
from itertools import count
from random import Random

import numpy as np
import pytest

from dedup import Index
from dedup.index.stores.protocol import Record
from dedup.index.stores.redis import RedisStore
from dedup.records import Ragged
from redis_process import RedisProcess
from store.redis_worker import EACH, Worker, fill, keys_of, pause, stream
from store.shared_stream import STORIES

SHORT = 0.4  # seconds that a lock lasts
NUMBERS = count()

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork, of Unix")


@pytest.fixture
def url(redis_server: RedisProcess) -> str:
    return redis_server.url(f"workers{next(NUMBERS)}")


def test_two_that_add_at_once_keep_what_one_would_keep(url: str) -> None:
    with Worker(stream, 30, url, 0) as one, Worker(stream, 30, url, 120) as other:
        for process in (one, other):
            assert next(process.lines) == "ready"
        for process in (one, other):
            process.go_on()
        assert [next(process.lines) for process in (one, other)] == ["done", "done"]
    with Index(url) as index:
        texts = {str(item.text) for item in index.export()}
        assert len(index) == len(texts) == STORIES
        assert len({text.lower().split()[0] for text in texts}) == STORIES
        # Each has all of its keys, so it is found again.
        assert not index.query(sorted(texts)).keep.any()


def insert(store: RedisStore, name: str) -> None:
    with store.writing():
        store.insert([Record(name, b"", 0)], Ragged(np.zeros(1, np.uint64), np.arange(2)))


@pytest.mark.parametrize("others_write", [True, False])
def test_one_that_was_stopped_for_too_long_does_not_write(url: str, *, others_write: bool) -> None:
    store = RedisStore(url, 10)
    with Worker(pause, SHORT, url) as process:
        assert next(process.lines) == "held"
        process.signal(signal.SIGSTOP)
        if others_write:
            insert(store, "other")  # as soon as the lock has expired
        else:
            time.sleep(2 * SHORT)
        process.signal(signal.SIGCONT)
        process.go_on()
        assert "was not written" in next(process.lines)
    with store.reading():
        assert store.rows_of(["paused", "other"]) == [None, 0 if others_write else None]
    store.close()


def test_one_that_takes_long_keeps_the_lock(url: str) -> None:
    with Worker(pause, 1, url) as process:
        assert next(process.lines) == "held"
        time.sleep(1.5)
        process.go_on()
        assert next(process.lines) == "written"


def whole(store: RedisStore) -> int:
    """Check that every record is listed as it should be, and nothing else is."""
    with store.reading():
        rows = dict(store.scan())
        keys = sorted({key for row in range(store.next_row() + 2 * EACH) for key in keys_of(row)})
        found = store.listed(np.array(keys, np.uint64), 1 << 62)
        listed = dict(zip(keys, (own.tolist() for own in found), strict=True))
        assert listed == {key: [row for row in rows if key in keys_of(row)] for key in keys}
        assert store.count() == len(rows)
        assert store.rows_of(list(rows)) == list(rows)
        assert all(record == Record(row, b"%d" % row, 0) for row, record in rows.items())
        assert store.next_row() % EACH == 0
        return store.next_row()


def test_one_that_is_killed_leaves_all_or_nothing(url: str) -> None:
    random, store = Random(), RedisStore(url, 10)
    for _ in range(2):
        with Worker(fill, SHORT, url) as process:
            said = next(process.lines)
            time.sleep(random.uniform(0, 0.2))
            process.kill()
            said = max([said, *process.lines])
        assert said <= whole(store) <= said + EACH
        with store.writing():  # once the lock has expired, others go on
            pass
    store.close()


def test_who_waits_for_too_long_is_told(url: str) -> None:
    one, other = RedisStore(url, 0.1), RedisStore(url, 0.1)
    with one.writing(), pytest.raises(OSError, match="written by others for more than"):
        insert(other, "other")
    insert(other, "other")


def test_those_who_wait_get_their_turn(url: str) -> None:
    with Worker(fill, 30, url) as process:
        next(process.lines)
        store = RedisStore(url, 10)
        began = time.monotonic()
        for turn in range(5):
            insert(store, f"turn {turn}")
        assert time.monotonic() - began < 5


def test_one_that_reads_is_not_disturbed(url: str) -> None:
    reader, writer = RedisStore(url, 10), RedisStore(url, 10)
    insert(writer, "old")
    with reader.reading():
        assert reader.next_row() == 1
        insert(writer, "new")
        found = reader.listed(np.zeros(1, np.uint64), 64)
        assert found[0].tolist() == [0]
        with writer.writing():
            writer.remove([0], lambda: Ragged(np.zeros(1, np.uint64), np.arange(2)))
        assert [record.id for record in reader.records([0])] == ["old"]
        assert [row for row, _ in reader.scan()] == [1]
    with reader.reading():
        assert reader.listed(np.zeros(1, np.uint64), 64)[0].tolist() == [1]
