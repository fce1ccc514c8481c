"""Pairs that are added, merged and removed bit by bit are those that a dictionary has."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dedup.arrays.array_types import Ragged
from dedup.index.stores import merging, pages, sorted_runs
from dedup.index.stores.opening import open_store
from dedup.index.stores.records import KIND, Record
from dedup.index.stores.store import Store
from tests.index.stores.stored_pairs import stored

# Few keys of each kind, at both ends of all keys and near each other.
LOWER = [0, 1, 2, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 2, (1 << 32) - 1]
KEYS = st.sets(
    st.builds(
        lambda kind, key: kind << int(KIND) | key,
        st.integers(0, 3),
        st.one_of(st.sampled_from(LOWER), st.integers(0, (1 << 32) - 1)),
    ),
    max_size=6,
)
TINY = {"MERGED": (2, 3), "SMALLEST": (1,), "ROOM": (4, 6), "PIECE": (1, 6), "AHEAD": (0, 1, 3)}


class _CutShortError(Exception):
    """Something goes wrong within a transaction."""


class ListsOfRows(RuleBasedStateMachine):
    """A store whose runs are tiny, beside a dictionary of rows."""

    def __init__(self) -> None:
        super().__init__()
        self.folder, self.patch = TemporaryDirectory(), pytest.MonkeyPatch()
        self.path = Path(self.folder.name, "seen.db")
        self.rows: dict[int, set[int]] = {}  # the keys of each row that is there
        self.next = 0

    @initialize(chosen=st.fixed_dictionaries({k: st.sampled_from(v) for k, v in TINY.items()}))
    def open(self, chosen: dict[str, int]) -> None:
        for name, value in chosen.items():
            for module in (pages, sorted_runs, merging):
                if hasattr(module, name):
                    self.patch.setattr(module, name, value)
        self.store, self.reader = open_store(self.path, 5), open_store(self.path, 5)

    def teardown(self) -> None:
        self.patch.undo()
        if hasattr(self, "store"):
            self.store.close()
            self.reader.close()
        self.folder.cleanup()

    def insert(self, some: list[set[int]]) -> None:
        records = [Record(self.next + place, None, 0) for place in range(len(some))]
        self.store.insert(records, ragged(some))

    def remove(self, gone: Iterable[int]) -> None:
        rows = sorted(gone)
        self.store.remove(rows)

    @rule(some=st.lists(KEYS, max_size=5))
    def add_rows(self, some: list[set[int]]) -> None:
        with self.store.writing():
            self.insert(some)
        self.rows |= dict(enumerate(some, self.next))
        self.next += len(some)

    @precondition(lambda self: self.rows)
    @rule(data=st.data(), oldest=st.booleans())
    def remove_rows(self, data: st.DataObject, *, oldest: bool) -> None:
        every = sorted(self.rows)
        chosen = st.sets(st.sampled_from(every), min_size=1, max_size=8)
        count = st.integers(1, len(every))
        gone = every[: data.draw(count)] if oldest else data.draw(chosen)
        with self.store.writing():
            self.remove(gone)
        for row in gone:
            del self.rows[row]

    @rule(some=st.lists(KEYS, min_size=1, max_size=4))
    def undo(self, some: list[set[int]]) -> None:
        with suppress(_CutShortError), self.store.writing():
            self.insert(some)
            self.remove(list(self.rows)[::2])
            assert_lists(self.store, dict(list(self.rows.items())[1::2]) | self.numbered(some))
            raise _CutShortError

    @rule(some=st.lists(KEYS, min_size=1, max_size=4))
    def read_meanwhile(self, some: list[set[int]]) -> None:
        with self.reader.reading():
            assert_lists(self.reader, self.rows)
            before = dict(self.rows)
            self.add_rows(some)
            self.go_on()
            assert_lists(self.reader, before)

    @rule()
    def go_on(self) -> None:
        with self.store.writing():
            merging.go_on(self.store._runs, self.store._live())  # noqa: SLF001  a piece of compact

    @rule()
    def merge_all(self) -> None:
        with self.store.writing():
            merging.begin_all(self.store._runs)  # noqa: SLF001  likewise

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = open_store(self.path, 5)

    @rule()
    def compact(self) -> None:
        self.store.compact()
        found, kinds, _ = stored(self.path)
        assert sorted(found) == sorted(self.numbers())
        assert max(kinds.values(), default=1) == 1

    @invariant()
    def lists_what_is_there(self) -> None:
        if not hasattr(self, "store"):
            return
        for store in (self.store, self.reader):
            with store.reading():
                assert_lists(store, self.rows)
        found, *_ = stored(self.path)
        assert max(found.values(), default=1) == 1
        assert not self.numbers() - found.keys()

    def numbered(self, some: list[set[int]]) -> dict[int, set[int]]:
        return dict(enumerate(some, self.next))

    def numbers(self) -> set[tuple[int, int]]:
        return {(key, row) for row, keys in self.rows.items() for key in keys}


def ragged(some: list[set[int]]) -> Ragged:
    values = np.array([key for keys in some for key in sorted(keys)], np.uint64)
    return Ragged(
        values, np.concatenate(([0], np.cumsum([len(keys) for keys in some]))).astype(int)
    )


def assert_lists(store: Store, rows: dict[int, set[int]]) -> None:
    under: dict[int, list[int]] = {kind << int(KIND) | 77: [] for kind in range(4)}
    for row, keys in sorted(rows.items()):
        for key in keys:
            under.setdefault(key, []).append(row)
    asked = sorted(under)
    for most in (1, 2, 1 << 62):
        found = store.listed(np.array(asked, np.uint64), most)
        assert [own.tolist() for own in found] == [under[key][:most] for key in asked]


COUNT = 1000 if os.environ.get("DEDUP_EVERY_STEP") else 10
ListsOfRows.TestCase.settings = settings(max_examples=COUNT, stateful_step_count=25, deadline=None)
test_lists_of_rows = ListsOfRows.TestCase


SOME = [{key << 29 | 1 << int(KIND) for key in range(8)} for _ in range(4)]


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Store, Store]]:
    """Return a file that is open twice, with the least runs."""
    for name, value in {"MERGED": 2, "SMALLEST": 1, "ROOM": 4, "PIECE": 1, "AHEAD": 1}.items():
        for module in (pages, sorted_runs, merging):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, value)
    store, other = open_store(tmp_path / "seen.db", 5), open_store(tmp_path / "seen.db", 5)
    yield store, other
    store.close()
    other.close()


def insert(store: Store, rows: range) -> None:
    for row in rows:
        with store.writing():
            store.insert([Record(row, None, 0)], ragged([SOME[row]]))


def remove(store: Store, *rows: int) -> None:
    with store.writing():
        store.remove(rows)


def have(stores: Iterable[Store], *rows: int) -> None:
    for store in stores:
        with store.reading():
            assert_lists(store, {row: SOME[row] for row in rows})


def test_what_is_removed_before_a_store_is_compacted_does_not_come_back(
    two: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = two
    merge = store._merge  # noqa: SLF001  between two of its transactions

    def merge_and_let_others_write() -> None:
        merge()
        monkeypatch.setattr(store, "_merge", merge)
        insert(other, range(4))
        remove(other, 1, 2)

    monkeypatch.setattr(store, "_merge", merge_and_let_others_write)
    store.compact()
    have(two, 0, 3)


def test_what_is_removed_while_a_store_is_compacted_does_not_come_back(
    two: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = two
    insert(other, range(4))
    merge, count = store._merge, iter(range(9))  # noqa: SLF001  likewise

    def merge_a_little() -> None:
        if next(count) == 1:
            with store.writing():
                assert merging.go_on(store._runs, store._live()) is not None  # noqa: SLF001
            remove(other, 1, 2)
        merge()

    monkeypatch.setattr(store, "_merge", merge_a_little)
    store.compact()
    have(two, 0, 3)
    store.compact()
    have(two, 0, 3)


def test_what_was_undone_is_not_remembered(two: tuple[Store, Store]) -> None:
    store, _ = two
    insert(store, range(3))
    near = {key | 1 << int(KIND) for key in range(8)}  # all in one chunk
    with suppress(_CutShortError), store.writing():
        store.remove([1])
        store.insert([Record(3, None, 0)], ragged([SOME[3]]))
        assert_lists(store, {row: SOME[row] for row in (0, 2, 3)})
        raise _CutShortError
    remove(store, 2)  # as many removals as there were
    with store.writing():
        store.insert([Record(3, None, 0)], ragged([near]))  # a run of the same number
    with store.reading():
        assert_lists(store, {0: SOME[0], 1: SOME[1], 3: near})


def test_runs_that_others_took_away_are_not_remembered(
    two: tuple[Store, Store],
) -> None:
    store, other = two
    for row in range(4):
        insert(store, range(row, row + 1))
        have([other], *range(row + 1))
    with other.reading():
        sorted_runs = {run.number for run in other._runs.all()}  # noqa: SLF001  a cache
    assert other._runs._fences.keys() <= sorted_runs  # noqa: SLF001  likewise
    assert max(sorted_runs) > len(sorted_runs)


@pytest.mark.parametrize(
    ("sizes", "due"),
    [
        ([7], []),
        ([100, 24], []),
        ([100, 25], [25, 100]),
        ([100, 20, 4], []),
        ([100, 4, 4], [4, 4]),
        ([1000, 100, 20, 5], [5, 20, 100]),
        ([500, 100, 20, 5], [5, 20, 100, 500]),
        ([9, 9, 9], [9, 9, 9]),
    ],
)
def test_a_run_is_merged_with_all_smaller_ones_once_these_have_a_part_of_it(
    sizes: list[int], due: list[int]
) -> None:
    every = [
        sorted_runs.Run(number, 0, size, 1, 1, None, sorted_runs.END)
        for number, size in enumerate(sizes)
    ]
    found = list(merging._by_levels(every))  # noqa: SLF001  a rule, to be read
    assert [[run.pairs for run in some] for some in found] == ([due] if due else [])


def test_runs_of_a_size_are_merged_once_there_are_enough() -> None:
    sizes = [600, 700, 3000, 5, 2047, 2048, 1000]
    every = [
        sorted_runs.Run(number, 2, size, 1, 1, None, sorted_runs.END)
        for number, size in enumerate(sizes)
    ]
    found = list(merging._by_tiers(every))  # noqa: SLF001  likewise
    assert [[run.pairs for run in some] for some in found] == [[600, 700, 5, 2047]]


def test_samples_lie_in_few_runs_however_many_batches_come(tmp_path: Path) -> None:
    store, rng = open_store(tmp_path / "seen.db", 5), np.random.default_rng(1)
    keys = [set((rng.integers(0, 1 << 32, 20) | kind << 32).tolist()) for kind in (0, 2)]
    most = Counter[int]()
    for row in range(300):
        some = {key ^ row for own in keys for key in own}
        with store.writing():
            store.insert([Record(row, None, 0)], ragged([some]))
        kinds = Counter(run.kind for run in store._runs.all() if run.into_run is None)  # noqa: SLF001
        most |= kinds
    store.close()
    assert most[0] <= 6
    assert most[2] <= 24
