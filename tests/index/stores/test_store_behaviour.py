from collections.abc import Callable

import numpy as np
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from dedup.index.stores.records import IndexRecord
from dedup.index.stores.store import Store
from tests.index.stores.store_behaviour import StoreMachine, ragged

Fresh = Callable[[], Callable[[], Store]]


def test_a_store_behaves_as_its_oracle(fresh_store: Fresh) -> None:
    check_store(fresh_store)


def test_a_store_in_memory_behaves_as_its_oracle(fresh_store_in_memory: Fresh) -> None:
    check_store(fresh_store_in_memory)


def check_store(fresh_store: Fresh) -> None:
    class Machine(StoreMachine):
        fresh = staticmethod(fresh_store)

    examples = settings().max_examples // 4
    run_state_machine_as_test(
        Machine, settings=settings(max_examples=examples, stateful_step_count=12)
    )


def test_many_records_are_inserted_and_removed(fresh_store: Fresh) -> None:
    rng = np.random.default_rng(5)
    keys_of_row = [np.unique(rng.integers(0, 1500, 12)).tolist() for _ in range(1500)]
    store = fresh_store()()
    for first in range(0, 1500, 500):
        with store.writing():
            records = [IndexRecord(row, b"%d" % row, 0) for row in range(first, first + 500)]
            store.insert(records, ragged(keys_of_row[first : first + 500]))
    removed = list(range(0, 1500, 7))
    with store.writing():
        store.remove(removed)
    kept = [row for row in range(1500) if row % 7]
    expected: dict[int, list[int]] = {key: [] for key in range(1500)}
    for row in kept:
        for key in keys_of_row[row]:
            expected[key].append(row)
    with store.reading():
        found = store.posting_lists(np.arange(1500, dtype=np.uint64), 1 << 62)
        assert [rows.tolist() for rows in found] == list(expected.values())
        assert [(row, record.text) for row, record in store.scan()] == [
            (row, b"%d" % row) for row in kept
        ]
        assert store.count() == len(kept)
        assert store.size() > 0
    store.close()
