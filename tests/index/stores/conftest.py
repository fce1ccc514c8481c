"""The databases that a store may use: each test of a store's behaviour runs with all of them."""

from collections.abc import Callable

import pytest

from dedup.index.stores.opening import open_store
from dedup.index.stores.store import Store
from tests.index.stores.memory_store import MemoryStore

Open = Callable[[], Store]
Places = Callable[[], str]


@pytest.fixture
def tiny_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Act as an index of very many texts: runs have many pages, and merges go on all the time."""
    for name, value in {
        "pages.PAGE_WORDS": 6,
        "merging.MIN_TIER_POSTINGS": 1,
        "merging.RUNS_PER_TIER": 2,
        "merging.STEP_POSTINGS": 64,
        "merging.MOVED_PER_WRITTEN": 2,
    }.items():
        monkeypatch.setattr(f"dedup.index.stores.{name}", value)


@pytest.fixture(params=["full pages", "tiny pages"])
def places(request: pytest.FixtureRequest, places: Places) -> Places:
    if request.param == "tiny pages":
        request.getfixturevalue("tiny_pages")
    return places


@pytest.fixture
def fresh_store(places: Places) -> Callable[[], Open]:
    """Make a new store with each call, which can be opened again."""

    def at_new_place() -> Open:
        place = places()
        return lambda: open_store(place, 10)

    return at_new_place


@pytest.fixture(params=["dictionaries", "SQLite"])
def fresh_store_in_memory(request: pytest.FixtureRequest) -> Callable[[], Open]:
    """Make a new store in memory with each call."""

    def in_memory() -> Open:
        store = MemoryStore() if request.param == "dictionaries" else open_store(None, 10)
        return lambda: store

    return in_memory
