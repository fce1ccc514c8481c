"""Any sequence of operations on a store gives the results of an oracle in plain Python."""

from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from dedup.arrays.array_types import Ragged
from dedup.index.stores.records import Id, IndexRecord
from dedup.index.stores.store import Store

IDS: list[Id] = [1, "1", -1, "-1", "", "é", 1 << 62]
# Equal keys of each kind: low ones, as in sketches, and the highest one.
KEYS = sorted(kind << 32 | low for kind in range(4) for low in (0, 7, 8, (1 << 32) - 1))
TEXTS = [None, b"", b"The ferry was late.", b"\xed\xb2\x80", bytes(300)]
NAMES = ("a", "batch:é")
LIMITS = (1, 2, 3, 64, 1 << 62)

records_of = st.tuples(
    st.sampled_from(IDS), st.sampled_from(TEXTS), st.sets(st.sampled_from(KEYS), max_size=8)
)
operations = st.one_of(
    st.tuples(st.just("insert"), st.lists(records_of, max_size=6, unique_by=lambda item: item[0])),
    st.tuples(st.just("remove"), st.sets(st.integers(0, 7), max_size=4)),
    st.tuples(st.just("save"), st.sampled_from([None, b"", b"\0\xff", bytes(300)])),
    st.tuples(st.just("check"), st.none()),
)


class Interrupted(Exception):  # noqa: N818  of a test
    """An operation within a transaction failed."""


@dataclass
class Oracle:
    """A store as a dictionary of records and one of keys, by row."""

    next: int = 0
    records: dict[int, IndexRecord] = field(default_factory=dict)
    keys: dict[int, list[int]] = field(default_factory=dict)
    saved: dict[str, bytes | None] = field(default_factory=dict)

    def row_of(self, record_id: Id) -> int | None:
        rows = [row for row, record in self.records.items() if is_same_id(record.id, record_id)]
        return rows[0] if rows else None

    def posting_list(self, key: int, limit: int) -> list[int]:
        return [row for row, keys in sorted(self.keys.items()) if key in keys][:limit]


def is_same_id(left: Id, right: Id) -> bool:
    return type(left) is type(right) and left == right


def ragged(rows: list[list[int]]) -> Ragged:
    values = [value for row in rows for value in row]
    return Ragged(np.array(values, np.uint64), np.cumsum([0, *map(len, rows)]))


def check(store: Store, oracle: Oracle) -> None:
    """Compare the results of all queries."""
    assert store.next_row() == oracle.next
    assert store.count() == len(oracle.records)
    assert [store.load(name) for name in NAMES] == [oracle.saved.get(name) for name in NAMES]
    assert store.rows_of(IDS) == [oracle.row_of(name) for name in IDS]
    rows = list(oracle.records)
    assert store.records(rows[::-1]) == [oracle.records[row] for row in rows[::-1]]
    for start in (0, oracle.next // 2, oracle.next):
        expected = [(row, oracle.records[row]) for row in rows if row >= start]
        assert list(store.scan(start)) == expected
    for limit in LIMITS:
        for keys in (KEYS, KEYS[::3], []):
            found = store.posting_lists(np.array(keys, np.uint64), limit)
            assert [rows.tolist() for rows in found] == [
                oracle.posting_list(key, limit) for key in keys
            ]


class StoreMachine(RuleBasedStateMachine):
    """Does the same to a store and its oracle."""

    fresh: Callable[[], Callable[[], Store]]

    def __init__(self) -> None:
        super().__init__()
        self._open = type(self).fresh()
        self._store = self._open()
        self._oracle = Oracle()

    @rule(block=st.lists(operations, max_size=5), fails=st.booleans())
    def write(self, *, block: list[tuple[str, Any]], fails: bool) -> None:
        oracle = deepcopy(self._oracle)
        with suppress(Interrupted), self._store.writing():
            for name, argument in block:
                getattr(self, f"_{name}")(oracle, argument)
            if fails:
                raise Interrupted
        if not fails:
            self._oracle = oracle
        self.read()

    def _insert(self, oracle: Oracle, items: list[tuple[Id, bytes | None, set[int]]]) -> None:
        new = [item for item in items if oracle.row_of(item[0]) is None]
        records = [IndexRecord(name, text, oracle.next) for name, text, _ in new]
        self._store.insert(records, ragged([sorted(keys) for _, _, keys in new]))
        for record, (_, _, keys) in zip(records, new, strict=True):
            oracle.records[oracle.next], oracle.keys[oracle.next] = record, sorted(keys)
            oracle.next += 1

    def _remove(self, oracle: Oracle, places: set[int]) -> None:
        rows = [row for place, row in enumerate(oracle.records) if place in places]
        self._store.remove(rows)
        for row in rows:
            del oracle.records[row], oracle.keys[row]

    def _save(self, oracle: Oracle, data: bytes | None) -> None:
        name = NAMES[len(data or b"") % 2]
        oracle.saved[name] = data
        self._store.save(name, data)

    def _check(self, oracle: Oracle, _: None) -> None:
        check(self._store, oracle)

    @rule()
    def read(self) -> None:
        with self._store.reading():
            check(self._store, self._oracle)
            assert self._store.size() >= 0

    @precondition(lambda self: self._oracle.records)
    @rule()
    def compact(self) -> None:
        self._store.compact()
        self.read()

    @rule()
    def reopen(self) -> None:
        other = self._open()
        if other is not self._store:
            self._store.close()
        self._store = other
        self.read()

    def teardown(self) -> None:
        self._store.close()
