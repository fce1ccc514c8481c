"""The stores that an index may lie in: each test of their behaviour runs with all of them."""

from collections.abc import Callable

import pytest

from dedup.index.stores.opening import open_store
from dedup.index.stores.store import Store
from tests.index.stores.memory_store import MemoryStore

Open = Callable[[], Store]
Places = Callable[[], str]


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Act as if there were very many texts: runs have many chunks, and are merged all the time."""
    for name, value in {"merging.SMALLEST": 1, "merging.MERGED": 2, "pages.ROOM": 6}.items():
        monkeypatch.setattr(f"dedup.index.stores.{name}", value)
    for name, value in {"PIECE": 64, "AHEAD": 2}.items():
        monkeypatch.setattr(f"dedup.index.stores.merging.{name}", value)


@pytest.fixture(params=["few", "many"])
def places(request: pytest.FixtureRequest, places: Places) -> Places:
    if request.param == "many":
        request.getfixturevalue("crowded")
    return places


@pytest.fixture
def fresh_store(places: Places) -> Callable[[], Open]:
    """Make a store, each time a new one, which can be opened again."""

    def at_place() -> Open:
        place = places()
        return lambda: open_store(place, 10)

    return at_place


@pytest.fixture(params=["dictionaries", "SQLite"])
def fresh_store_in_memory(request: pytest.FixtureRequest) -> Callable[[], Open]:
    """Make a store in memory, each time a new one."""

    def in_memory() -> Open:
        store = MemoryStore() if request.param == "dictionaries" else open_store(None, 10)
        return lambda: store

    return in_memory
