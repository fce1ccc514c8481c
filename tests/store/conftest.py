"""The stores that an index may lie in: each test of their behaviour runs with all of them."""

import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from dedup.index.stores import redis_lists
from dedup.index.stores.opening import store_at
from dedup.index.stores.protocol import Store
from redis_process import RedisProcess
from store.memory_store import MemoryStore

Open = Callable[[], Store]
Places = Callable[[], str]  # each time another place, where nothing is yet
NUMBERS = count()


def redis_places(request: pytest.FixtureRequest) -> Places:
    server: RedisProcess = request.getfixturevalue("redis_server")
    return lambda: server.url(f"test{next(NUMBERS)}")


def crowded_redis_places(request: pytest.FixtureRequest) -> Places:
    """As if there were very many texts: buckets split and overflow all the time."""
    patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    for name, value in {"FILL": 2, "KEPT": 2, "LARGE": 4, "STEP": 3}.items():
        patch.setattr(redis_lists, name, value)
    return redis_places(request)


def sqlite_places(request: pytest.FixtureRequest) -> Places:
    folder: Path = request.getfixturevalue("tmp_path")
    return lambda: str(folder / f"{next(NUMBERS)}.db")


def crowded_sqlite_places(request: pytest.FixtureRequest) -> Places:
    """As if there were very many texts: runs have many chunks, and are merged all the time."""
    patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    for name, value in {"merging.SMALLEST": 1, "merging.MERGED": 2, "chunks.ROOM": 6}.items():
        patch.setattr(f"dedup.index.stores.{name}", value)
    for name, value in {"PIECE": 64, "AHEAD": 2}.items():
        patch.setattr(f"dedup.index.stores.merging.{name}", value)
    return sqlite_places(request)


# Another store is added here, and nowhere else.
PLACES: dict[str, Callable[[pytest.FixtureRequest], Places]] = {
    "sqlite": sqlite_places,
    "sqlite-crowded": crowded_sqlite_places,
    "redis": redis_places,
    "redis-crowded": crowded_redis_places,
}


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisProcess]:
    # The path of a socket has 100 characters at most, and that of tmp_path may have more.
    with tempfile.TemporaryDirectory() as folder, RedisProcess(Path(folder)) as server:
        yield server


@pytest.fixture(params=PLACES)
def places(request: pytest.FixtureRequest) -> Places:
    return PLACES[request.param](request)


@pytest.fixture(params=["dictionaries", "memory", *PLACES])
def fresh_store(request: pytest.FixtureRequest) -> Callable[[], Open]:
    """Make a store, each time a new one, which can be opened again."""
    if request.param not in PLACES:

        def in_memory() -> Open:
            store = MemoryStore() if request.param == "dictionaries" else store_at(None, 10)
            return lambda: store

        return in_memory
    fresh = PLACES[request.param](request)

    def at_place() -> Open:
        place = fresh()
        return lambda: store_at(place, 10)

    return at_place
