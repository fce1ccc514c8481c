"""What a server of Redis may do to an index, and how addresses are read."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from redis import ConnectionError as BrokenError
from redis import Redis
from redis.client import Pipeline

from dedup import Index
from dedup.errors import ConfigError, MissingLibraryError, StoreError
from dedup.index.stores import buckets
from dedup.index.stores.protocol import Record
from dedup.index.stores.redis import RedisStore
from dedup.index.stores.redis_server import Address
from dedup.records import Ragged
from redis_process import RedisProcess

NUMBERS = count()
STORY = "The ferry was late again, and nobody on the pier could say why it was so."


@pytest.fixture
def place(redis_server: RedisProcess) -> str:
    return redis_server.url(f"store{next(NUMBERS)}")


@pytest.fixture
def client(redis_server: RedisProcess) -> Iterator["Redis"]:
    with Redis(unix_socket_path=str(redis_server.socket)) as client:
        yield client


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:  # tmp_path may be too long for a socket
        yield Path(folder)


def prefix(place: str) -> str:
    return place.rpartition("=")[2]


def insert(store: RedisStore, *names: str, text: bytes = b"", key: int = 0) -> None:
    with store.writing():
        every = Ragged(np.full(len(names), key, np.uint64), np.arange(len(names) + 1))
        store.insert([Record(name, text, 0) for name in names], every)


def insert_without_end(store: RedisStore) -> None:
    for first in count():
        names = [f"{first} {number}" for number in range(1000)]
        insert(store, *names, text=np.random.default_rng(first).bytes(60))


@pytest.mark.parametrize(
    ("url", "client_url", "name", "shown"),
    [
        ("redis://host", "redis://host", "dedup", "redis://host?name=dedup"),
        (
            "rediss://ann:secret@host:1/2?name=a%20b&ssl_cert_reqs=none",
            "rediss://ann:secret@host:1/2?ssl_cert_reqs=none",
            "a b",
            "rediss://host:1/2?name=a+b",
        ),
        (
            "unix://:secret@/tmp/s?db=3&password=secret&name=n",
            "unix://:secret@/tmp/s?db=3&password=secret",
            "n",
            "unix:///tmp/s?db=3&name=n",
        ),
        (
            "redis://h/0?decode_responses=True&name=n",
            "redis://h/0",
            "n",
            "redis://h/0?name=n",
        ),
    ],
)
def test_addresses(url: str, client_url: str, name: str, shown: str) -> None:
    assert Address.of(url) == Address(client_url, name, shown)
    assert RedisStore(url, 10).name == shown


@pytest.mark.parametrize(
    "url", ["redis://host?name=", "redis://host?db=one", "redis://host?colour=red", "redis://h:x/0"]
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^path must"):
        RedisStore(url, 10)


def test_the_client_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(MissingLibraryError, match=r"^redis is missing: pip install redis"):
        RedisStore("redis://host", 10)


def test_indexes_lie_side_by_side(redis_server: RedisProcess) -> None:
    with Index(redis_server.url("one")) as one, Index(redis_server.url("two")) as two:
        one.add([STORY], ids=[1])
        assert two.add([STORY], ids=[1]).keep.all()
        one.remove([1])
        assert len(two) == 1


def test_a_password_is_asked_for_and_not_shown(folder: Path) -> None:
    with RedisProcess(folder, "--requirepass", "secret") as server:
        with pytest.raises(StoreError, match="refuses the login"):
            Index(server.url())
        with pytest.raises(StoreError, match="refuses the login") as told:
            Index(server.url(user=":wrong-secret@"))
        assert "secret" not in str(told.value)
        with Index(server.url(user=":secret@")) as index:
            assert repr(index) == f"<Index: unix://{server.socket}?name=dedup, 0 texts>"


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(StoreError, match=r"^redis://localhost:1/0\?name=dedup cannot be reached"):
        Index("redis://localhost:1/0")


def test_a_server_that_stops_and_starts(folder: Path) -> None:
    lasting = RedisProcess(folder, "--appendonly", "yes", "--appendfsync", "always")
    with lasting as server, Index(server.url()) as index:
        index.add([STORY], ids=[1])
        server.stop()
        for ask in (lambda: len(index), lambda: index.add(["Something else."], ids=[2])):
            with pytest.raises(StoreError, match="cannot be reached"):
                ask()
        server.start()
        assert index.add(["Something else.", STORY], ids=[2, 3]).witness == [None, 1]
        assert list(index) == [1, 2]


def test_a_server_without_memory(place: str, client: "Redis") -> None:
    store = RedisStore(place, 10)
    insert(store, "before")
    used = client.info("memory")["used_memory"]
    client.config_set("maxmemory", used + (1 << 18))
    try:
        with pytest.raises(StoreError, match="has no memory left, and nothing was written"):
            insert_without_end(store)
    finally:
        client.config_set("maxmemory", 0)
    with store.reading():
        total = store.count()
        rows = store.rows_of([f"0 {number}" for number in range(1000)])
        assert total % 1000 == 1 and len(list(store.scan())) == total
        assert len({row is None for row in rows}) == 1
    insert(store, "after")
    store.close()


def test_a_copy_of_a_server(folder: Path) -> None:
    with RedisProcess(folder) as server, Index(server.url()) as index:
        index.add([STORY], ids=[1])
        copy = Redis(unix_socket_path=str(server.socket))
        copy.replicaof("localhost", "1")
        try:
            assert index.query([STORY]).witness == [1]
            with pytest.raises(StoreError, match="cannot be written, as it copies another"):
                index.add(["Something else."], ids=[2])
        finally:
            copy.close()


@pytest.mark.parametrize("key", ["index", "texts", "ids", "live", "buckets", "beyond"])
def test_something_else_under_a_key(place: str, client: "Redis", key: str) -> None:
    client.rpush(f"{prefix(place)}:{key}", "something else")
    store = RedisStore(place, 10)
    with pytest.raises(StoreError, match="is not a dedup index, its keys hold something else"):
        insert(store, "one")
    with pytest.raises(StoreError, match="is not a dedup index"), store.reading():
        pass
    assert client.keys(f"{prefix(place)}:*") == [f"{prefix(place)}:{key}".encode()]
    store.close()


@pytest.mark.parametrize("key", ["index", "texts", "ids", "live", "buckets"])
def test_a_key_that_the_server_dropped(place: str, client: "Redis", key: str) -> None:
    store = RedisStore(place, 10)
    insert(store, "one")
    client.delete(f"{prefix(place)}:{key}")
    with pytest.raises(StoreError, match="has lost some of its keys"):
        insert(store, "two")
    store.close()


def test_another_layout(place: str, client: "Redis") -> None:
    with Index(place):
        client.hset(f"{prefix(place)}:index", "format", "2")
    with pytest.raises(StoreError, match="has layout 2, and this version of dedup reads 1"):
        Index(place)


def test_a_damaged_record(place: str, client: "Redis") -> None:
    store = RedisStore(place, 10)
    insert(store, "one", text=STORY.encode())
    stored = client.hget(f"{prefix(place)}:texts", "0")
    assert isinstance(stored, bytes)
    for damaged in (b"", b"short", stored[:-9]):
        client.hset(f"{prefix(place)}:texts", "0", damaged)
        with store.reading(), pytest.raises(StoreError, match="record 0 is damaged"):
            store.records([0])
    store.close()


def test_a_record_that_was_removed_long_ago(place: str, client: "Redis") -> None:
    store = RedisStore(place, 10)
    insert(store, "one")
    with store.writing():
        store.remove([0], lambda: Ragged(np.zeros(1, np.uint64), np.arange(2)))
    gone = f"{prefix(place)}:gone:0"
    assert 0 < client.ttl(gone) <= 60
    client.delete(gone)
    with store.reading(), pytest.raises(StoreError, match="record 0 was removed while"):
        store.records([0])
    # Nothing is left but numbers.
    assert sorted(client.keys(f"{prefix(place)}:*")) == [
        f"{prefix(place)}:{key}".encode() for key in ("index", "live")
    ]
    store.close()


@pytest.mark.parametrize("written", [True, False])
def test_a_connection_that_breaks_while_it_is_written(
    place: str, monkeypatch: pytest.MonkeyPatch, *, written: bool
) -> None:
    execute: Callable[..., object] = Pipeline.execute

    def breaks(pipe: Pipeline, *arguments: object) -> object:
        if pipe.explicit_transaction:  # the one that writes
            if written:
                execute(pipe)
            raise BrokenError("Connection reset by peer")
        return execute(pipe, *arguments)

    with Index(place) as index:
        with monkeypatch.context() as patch:
            patch.setattr(Pipeline, "execute", breaks)
            with pytest.raises(StoreError, match="may have been written or not: do the same again"):
                index.add([STORY, "Something else."], ids=[1, 2])
        again = index.add([STORY, "Something else."], ids=[1, 2])
        assert (again.keep | again.seen).all()
        assert again.seen.all() == written
        assert list(index) == [1, 2]


def test_an_index_that_is_full(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.index.stores.redis.ROWS", 2)
    store = RedisStore(place, 10)
    insert(store, "one", "two")
    with pytest.raises(StoreError, match="is full"):
        insert(store, "three")
    store.close()


def test_buckets_grow_with_what_is_in_them(place: str) -> None:
    keys = np.unique(np.random.default_rng(0).integers(0, 1 << 34, 4000, dtype=np.uint64))
    store = RedisStore(place, 10)
    with store.writing():
        store.insert([Record("one", b"", 0)], Ragged(keys, np.array([0, len(keys)])))
    with store.reading():
        assert store.listed(keys, 1).lengths.tolist() == [1] * len(keys)
    count = len(keys) // buckets.FILL
    _, sizes = np.unique(buckets.bucket_of(buckets.spread(keys), count), return_counts=True)
    assert len(sizes) == count
    assert sizes.max() < 4 * buckets.FILL
    store.close()


def test_what_is_removed_is_read_once(place: str, client: "Redis") -> None:
    store = RedisStore(place, 10)
    insert(store, "a", "b", text=b"x")
    nothing = Ragged(np.empty(0, np.uint64), np.zeros(1, np.int64))

    def keys() -> Ragged:
        assert [record.id for record in store.records([1])] == ["b"]
        return nothing

    with store.writing():
        client.config_resetstat()
        store.remove([1], keys)
        assert client.info("commandstats")["cmdstat_hmget"]["calls"] == 1
    with store.reading():
        assert [record.id for _, record in store.scan()] == ["a"]
    store.close()
