"""Posting lists that are written, merged and removed in small steps equal a dictionary of rows."""

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
from dedup.index.stores.postings import KIND_SHIFT
from dedup.index.stores.records import IndexRecord
from dedup.index.stores.store import Store
from tests.index.stores.stored_postings import stored_postings

# Few different keys, the lowest and the highest among them.
LOWER = [0, 1, 2, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 2, (1 << 32) - 1]
KEYS = st.sets(
    st.builds(
        lambda kind, key: kind << int(KIND_SHIFT) | key,
        st.integers(0, 3),
        st.one_of(st.sampled_from(LOWER), st.integers(0, (1 << 32) - 1)),
    ),
    max_size=6,
)
TINY_LIMITS = {
    "RUNS_PER_TIER": (2, 3),
    "MIN_TIER_POSTINGS": (1,),
    "PAGE_WORDS": (4, 6),
    "STEP_POSTINGS": (1, 6),
    "MOVED_PER_WRITTEN": (0, 1, 3),
}


class _FailedError(Exception):
    """An operation within a transaction failed."""


class PostingListsMachine(RuleBasedStateMachine):
    """A store with tiny pages and runs, and a dictionary of rows with their keys."""

    def __init__(self) -> None:
        super().__init__()
        self.folder, self.patch = TemporaryDirectory(), pytest.MonkeyPatch()
        self.path = Path(self.folder.name, "seen.db")
        self.rows: dict[int, set[int]] = {}  # the keys of each live row
        self.next = 0

    @initialize(
        chosen=st.fixed_dictionaries({k: st.sampled_from(v) for k, v in TINY_LIMITS.items()})
    )
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

    def insert(self, keys: list[set[int]]) -> None:
        records = [IndexRecord(self.next + place, None, 0) for place in range(len(keys))]
        self.store.insert(records, ragged(keys))

    @rule(new=st.lists(KEYS, max_size=5))
    def add_rows(self, new: list[set[int]]) -> None:
        with self.store.writing():
            self.insert(new)
        self.rows |= self.numbered(new)
        self.next += len(new)

    @precondition(lambda self: self.rows)
    @rule(data=st.data(), oldest=st.booleans())
    def remove_rows(self, data: st.DataObject, *, oldest: bool) -> None:
        rows = sorted(self.rows)
        chosen = st.sets(st.sampled_from(rows), min_size=1, max_size=8)
        count = st.integers(1, len(rows))
        removed = rows[: data.draw(count)] if oldest else data.draw(chosen)
        with self.store.writing():
            self.store.remove(sorted(removed))
        for row in removed:
            del self.rows[row]

    @rule(new=st.lists(KEYS, min_size=1, max_size=4))
    def roll_back(self, new: list[set[int]]) -> None:
        with suppress(_FailedError), self.store.writing():
            self.insert(new)
            self.store.remove(list(self.rows)[::2])
            assert_lists(self.store, dict(list(self.rows.items())[1::2]) | self.numbered(new))
            raise _FailedError

    @rule(new=st.lists(KEYS, min_size=1, max_size=4))
    def read_meanwhile(self, new: list[set[int]]) -> None:
        with self.reader.reading():
            assert_lists(self.reader, self.rows)
            before = dict(self.rows)
            self.add_rows(new)
            self.merge_a_step()
            assert_lists(self.reader, before)

    @rule()
    def merge_a_step(self) -> None:
        with self.store.writing():
            merging.merge_step(self.store._runs, self.store._live_rows())  # noqa: SLF001  as compact

    @rule()
    def merge_all(self) -> None:
        with self.store.writing():
            merging.begin_full_merge(self.store._runs)  # noqa: SLF001  likewise

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = open_store(self.path, 5)

    @rule()
    def compact(self) -> None:
        self.store.compact()
        postings, kinds, _ = stored_postings(self.path)
        assert sorted(postings) == sorted(self.expected_postings())
        assert max(kinds.values(), default=1) == 1

    @invariant()
    def lists_all_live_rows(self) -> None:
        if not hasattr(self, "store"):
            return
        for store in (self.store, self.reader):
            with store.reading():
                assert_lists(store, self.rows)
        postings, *_ = stored_postings(self.path)
        assert max(postings.values(), default=1) == 1
        assert not self.expected_postings() - postings.keys()

    def numbered(self, keys: list[set[int]]) -> dict[int, set[int]]:
        return dict(enumerate(keys, self.next))

    def expected_postings(self) -> set[tuple[int, int]]:
        return {(key, row) for row, keys in self.rows.items() for key in keys}


def ragged(rows: list[set[int]]) -> Ragged:
    values = np.array([key for keys in rows for key in sorted(keys)], np.uint64)
    return Ragged(values, np.cumsum([0, *map(len, rows)]))


def assert_lists(store: Store, rows: dict[int, set[int]]) -> None:
    lists: dict[int, list[int]] = {kind << int(KIND_SHIFT) | 77: [] for kind in range(4)}
    for row, keys in sorted(rows.items()):
        for key in keys:
            lists.setdefault(key, []).append(row)
    keys_with_lists = sorted(lists)
    for limit in (1, 2, 1 << 62):
        found = store.posting_lists(np.array(keys_with_lists, np.uint64), limit)
        assert [rows.tolist() for rows in found] == [lists[key][:limit] for key in keys_with_lists]


COUNT = 1000 if os.environ.get("DEDUP_EVERY_STEP") else 10
PostingListsMachine.TestCase.settings = settings(
    max_examples=COUNT, stateful_step_count=25, deadline=None
)
test_posting_lists = PostingListsMachine.TestCase


KEYS_OF_ROW = [{key << 29 | 1 << int(KIND_SHIFT) for key in range(8)} for _ in range(4)]


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Store, Store]]:
    """Return two stores that have one file open, with the smallest pages and runs."""
    limits = {name: values[0] for name, values in TINY_LIMITS.items()}
    for name, value in (limits | {"MOVED_PER_WRITTEN": 1}).items():
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
            store.insert([IndexRecord(row, None, 0)], ragged([KEYS_OF_ROW[row]]))


def remove(store: Store, *rows: int) -> None:
    with store.writing():
        store.remove(rows)


def assert_rows(stores: Iterable[Store], *rows: int) -> None:
    for store in stores:
        with store.reading():
            assert_lists(store, {row: KEYS_OF_ROW[row] for row in rows})


def test_rows_removed_before_a_compaction_do_not_come_back(
    two: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = two
    merge = store._finish_merges  # noqa: SLF001  between two of its transactions

    def merge_and_let_others_write() -> None:
        merge()
        monkeypatch.setattr(store, "_finish_merges", merge)
        insert(other, range(4))
        remove(other, 1, 2)

    monkeypatch.setattr(store, "_finish_merges", merge_and_let_others_write)
    store.compact()
    assert_rows(two, 0, 3)


def test_rows_removed_during_a_compaction_do_not_come_back(
    two: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = two
    insert(other, range(4))
    merge, count = store._finish_merges, iter(range(9))  # noqa: SLF001  likewise

    def merge_a_little() -> None:
        if next(count) == 1:
            with store.writing():
                assert merging.merge_step(store._runs, store._live_rows()) is not None  # noqa: SLF001
            remove(other, 1, 2)
        merge()

    monkeypatch.setattr(store, "_finish_merges", merge_a_little)
    store.compact()
    assert_rows(two, 0, 3)
    store.compact()
    assert_rows(two, 0, 3)


def test_a_rollback_clears_the_cache(two: tuple[Store, Store]) -> None:
    store, _ = two
    insert(store, range(3))
    near = {key | 1 << int(KIND_SHIFT) for key in range(8)}  # all in one page
    with suppress(_FailedError), store.writing():
        store.remove([1])
        store.insert([IndexRecord(3, None, 0)], ragged([KEYS_OF_ROW[3]]))
        assert_lists(store, {row: KEYS_OF_ROW[row] for row in (0, 2, 3)})
        raise _FailedError
    remove(store, 2)  # as many removals as there were
    with store.writing():
        store.insert([IndexRecord(3, None, 0)], ragged([near]))  # a run of the same number
    with store.reading():
        assert_lists(store, {0: KEYS_OF_ROW[0], 1: KEYS_OF_ROW[1], 3: near})


def test_first_keys_of_deleted_runs_leave_the_cache(
    two: tuple[Store, Store],
) -> None:
    store, other = two
    for row in range(4):
        insert(store, range(row, row + 1))
        assert_rows([other], *range(row + 1))
    with other.reading():
        numbers = {run.number for run in other._runs.all()}  # noqa: SLF001  a cache
    assert other._runs._first_keys.keys() <= numbers  # noqa: SLF001  likewise
    assert max(numbers) > len(numbers)


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
def test_a_run_is_merged_with_smaller_ones_once_they_have_a_quarter_of_it(
    sizes: list[int], due: list[int]
) -> None:
    runs = [
        sorted_runs.SortedRun(number, 0, size, 1, 1, None, sorted_runs.KEY_END)
        for number, size in enumerate(sizes)
    ]
    found = list(merging._due_by_level(runs))  # noqa: SLF001  a rule, to be read
    assert [[run.postings for run in group] for group in found] == ([due] if due else [])


def test_runs_of_a_tier_are_merged_once_there_are_enough() -> None:
    sizes = [600, 700, 3000, 5, 2047, 2048, 1000]
    runs = [
        sorted_runs.SortedRun(number, 2, size, 1, 1, None, sorted_runs.KEY_END)
        for number, size in enumerate(sizes)
    ]
    found = list(merging._due_by_tier(runs))  # noqa: SLF001  likewise
    assert [[run.postings for run in group] for group in found] == [[600, 700, 5, 2047]]


def test_many_batches_leave_few_runs(tmp_path: Path) -> None:
    store, rng = open_store(tmp_path / "seen.db", 5), np.random.default_rng(1)
    keys = [set((rng.integers(0, 1 << 32, 20) | kind << 32).tolist()) for kind in (0, 2)]
    most = Counter[int]()
    for row in range(300):
        some = {key ^ row for own in keys for key in own}
        with store.writing():
            store.insert([IndexRecord(row, None, 0)], ragged([some]))
        kinds = Counter(run.kind for run in store._runs.all() if run.merge_target is None)  # noqa: SLF001
        most |= kinds
    store.close()
    assert most[0] <= 6
    assert most[2] <= 24
