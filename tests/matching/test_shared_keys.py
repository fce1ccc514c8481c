"""Keys that two sides share get numbers: the same ones, whatever the threads."""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays.stored_arrays import ArrayStore
from dedup.matching import shared_keys
from dedup.matching.shared_keys import OrderedKeys, RowKeys, number_keys
from tests.without_core import needs_core

pytestmark = needs_core

ROWS = st.lists(st.lists(st.integers(0, 40), max_size=6), max_size=20)


def row_keys(keys: list[int], lengths: list[int]) -> RowKeys:
    return RowKeys(ArrayStore().add(np.array(keys, np.uint32)), np.array(lengths, np.int64))


def ordered(rows: list[list[int]], order: list[int]) -> OrderedKeys:
    cut = len(rows) // 3  # two batches
    batches = [
        row_keys([key for row in part for key in row], [*map(len, part)])
        for part in (rows[:cut], rows[cut:])
    ]
    return OrderedKeys.of(batches, np.array(order, np.int64), np.ones(len(rows), np.bool_))


def by_step(keys: OrderedKeys) -> list[list[int]]:
    return [keys.keys[start:stop].tolist() for start, stop in pairwise(keys.offsets.tolist())]


def only_shared(
    queries: list[list[int]], postings: list[list[int]], order: list[int]
) -> tuple[list[list[int]], list[list[int]]]:
    shared = {key for row in queries for key in row} & {key for row in postings for key in row}
    left, right = (
        [[key for key in rows[row] if key in shared] for row in order]
        for rows in (queries, postings)
    )
    return left, right


def renumbered(
    queries: list[list[int]], postings: list[list[int]]
) -> tuple[list[list[int]], list[list[int]]]:
    """Number keys, or numbers, in the order of the postings."""
    numbers: dict[int, int] = {}
    for row in postings:
        for key in row:
            numbers.setdefault(key, len(numbers))
    left, right = ([[numbers[key] for key in row] for row in rows] for rows in (queries, postings))
    return left, right


@pytest.mark.parametrize("keys_per_partition", [4, shared_keys.KEYS_PER_PARTITION])
@given(queries=ROWS, data=st.data())
def test_each_key_of_both_sides_gets_one_number(
    keys_per_partition: int, queries: list[list[int]], data: st.DataObject
) -> None:
    postings = [data.draw(st.lists(st.integers(0, 40), max_size=6)) for _ in queries]
    order = data.draw(st.permutations(range(len(queries))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shared_keys, "KEYS_PER_PARTITION", keys_per_partition)
        left, right, count = number_keys(ordered(queries, order), ordered(postings, order), 2)
    found, expected = (by_step(left), by_step(right)), only_shared(queries, postings, order)
    assert renumbered(*found) == renumbered(*expected)
    assert {key for row in by_step(right) for key in row} == set(range(count))


def test_the_result_does_not_depend_on_threads() -> None:
    random = np.random.default_rng(1)
    keys = random.integers(0, 1 << 32, 1 << 16, np.uint32)
    lengths = np.full(60_000, 100)
    drawn = keys[random.integers(0, len(keys), lengths.sum())]
    order = random.permutation(len(lengths))
    reverse = drawn[::-1].copy()

    def numbered(threads: int) -> tuple[list[npt.NDArray[Any]], int]:
        queries, postings = (
            OrderedKeys.of([RowKeys(ArrayStore().add(side), lengths)], order)
            for side in (drawn, reverse)
        )
        left, right, count = number_keys(queries, postings, threads)
        return [*left, *right], count

    (arrays, count), (by_two_threads, _) = numbered(1), numbered(2)
    assert count == len(keys)
    assert all(map(np.array_equal, arrays, by_two_threads))
