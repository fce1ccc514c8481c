"""What only a server of Redis does: buckets that grow and overflow, a lock that is lost."""

from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest
from redis.client import Pipeline

from dedup.errors import StoreError
from dedup.index.stores import redis_lists
from dedup.index.stores.protocol import Record
from dedup.index.stores.redis import RedisStore
from dedup.index.stores.redis_lock import Lock
from redis_process import RedisProcess
from store.store_behaviour import ragged

NUMBERS = count()


@pytest.fixture
def place(redis_server: RedisProcess) -> str:
    return redis_server.url(f"lists{next(NUMBERS)}")


@pytest.fixture
def store(place: str) -> Iterator[RedisStore]:
    store = RedisStore(place, 10)
    yield store
    store.close()


def insert(store: RedisStore, lists: list[list[int]]) -> None:
    with store.writing():
        first, wanted = store.next_row(), sorted({key for own in lists for key in own})
        store.listed(np.array(wanted, np.uint64), 64)  # as an index does
        store.insert([Record(first + n, b"", 0) for n in range(len(lists))], ragged(lists))


def listed(store: RedisStore, key: int, most: int) -> list[int]:
    rows: list[int] = store.listed(np.array([key], np.uint64), most)[0].tolist()
    return rows


def test_the_lowest_rows_move_up_when_others_go(
    store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_lists, "KEPT", 2)
    insert(store, [[5]] * 20)
    with store.writing():
        for row in range(0, 18, 3):
            store.remove([row], lambda: ragged([[5]]))
        assert listed(store, 5, 2) == [1, 2]
        store.remove([1, 2], lambda: ragged([[5], [5]]))
        assert listed(store, 5, 2) == [4, 5]
    insert(store, [[5]])
    with store.reading():
        assert listed(store, 5, 2) == [4, 5]
        assert listed(store, 5, 99) == [4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 18, 19, 20]


def test_few_bytes_are_fetched_of_a_key_that_all_texts_have(
    store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = []
    fetch = redis_lists.Lists._fetch  # noqa: SLF001

    def counting(lists: redis_lists.Lists, *asked: np.ndarray) -> tuple[int, np.ndarray]:
        result = fetch(lists, *asked)
        fetched.append(len(result[1]))
        return result

    for _ in range(40):
        insert(store, [[5]] * 100)
    monkeypatch.setattr(redis_lists.Lists, "_fetch", counting)
    with store.reading():
        assert listed(store, 5, 64) == list(range(64))
        assert max(fetched) <= redis_lists.LARGE + 100
        assert listed(store, 5, 1 << 62) == list(range(4000))


def test_what_moves_while_somebody_reads_is_found(store: RedisStore, place: str) -> None:
    keys = np.arange(100, dtype=np.uint64)
    insert(store, [[key] for key in range(100)])
    reader = RedisStore(place, 10)
    with reader.reading():
        insert(store, [list(range(100)) for _ in range(100)])
        found = reader.listed(keys, 64)
        assert [rows.tolist() for rows in found] == [[key] for key in range(100)]
    reader.close()


def test_a_lock_that_is_lost_at_the_last_moment(
    store: RedisStore, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, send = RedisStore(place, 10), Lock.send

    def late(lock: Lock, pipe: Pipeline) -> None:
        monkeypatch.undo()
        other._client.delete(f"{other._prefix}:lock")  # noqa: SLF001  as if it had expired
        insert(other, [[5]])
        send(lock, pipe)

    monkeypatch.setattr(Lock, "send", late)
    with pytest.raises(StoreError, match="was not written"):
        insert(store, [[5], [5]])
    with store.reading():
        assert store.count() == 1
        assert listed(store, 5, 64) == [0]
    other.close()
