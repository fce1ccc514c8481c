from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays.parallel import offsets_of
from dedup.matching import shared_keys
from dedup.matching.shared_keys import OrderedKeys, number_keys
from tests.without_core import needs_core

pytestmark = needs_core

ROWS = st.lists(st.lists(st.integers(0, 40), max_size=6), max_size=20)


def taken(rows: list[list[int]], order: list[int]) -> OrderedKeys:
    keys = np.array([key for row in rows for key in row], np.uint32)
    edges = offsets_of(np.array([len(row) for row in rows], np.int64))
    return OrderedKeys.of(keys, edges, np.array(order, np.int64), np.ones(len(rows), np.bool_))


def listed(found: OrderedKeys) -> list[list[int]]:
    return [found.keys[start:stop].tolist() for start, stop in pairwise(found.offsets.tolist())]


def expected(
    asked: list[list[int]], entered: list[list[int]], order: list[int]
) -> tuple[list[list[int]], list[list[int]]]:
    both = {key for row in asked for key in row} & {key for row in entered for key in row}
    one, other = (
        [[key for key in rows[row] if key in both] for row in order] for rows in (asked, entered)
    )
    return one, other


def in_order_of_entries(
    asked: list[list[int]], entered: list[list[int]]
) -> tuple[list[list[int]], list[list[int]]]:
    """Number keys, or numbers, in the order in which they are entered."""
    numbers: dict[int, int] = {}
    for row in entered:
        for key in row:
            numbers.setdefault(key, len(numbers))
    one, other = ([[numbers[key] for key in row] for row in rows] for rows in (asked, entered))
    return one, other


@pytest.mark.parametrize("part_keys", [4, shared_keys.KEYS_PER_PARTITION])
@given(asked=ROWS, data=st.data())
def test_each_key_that_both_have_gets_one_number(
    part_keys: int, asked: list[list[int]], data: st.DataObject
) -> None:
    entered = [data.draw(st.lists(st.integers(0, 40), max_size=6)) for _ in asked]
    order = data.draw(st.permutations(range(len(asked))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shared_keys, "KEYS_PER_PARTITION", part_keys)
        one, other, count = number_keys(taken(asked, order), taken(entered, order), 2)
    found, keys = (listed(one), listed(other)), expected(asked, entered, order)
    assert in_order_of_entries(*found) == in_order_of_entries(*keys)
    assert {key for row in listed(other) for key in row} == set(range(count))


def test_the_result_does_not_depend_on_threads() -> None:
    random = np.random.default_rng(1)
    keys = random.integers(0, 1 << 32, 1 << 16, np.uint32)
    edges = np.arange(0, 6_000_001, 100)
    drawn = keys[random.integers(0, len(keys), edges[-1])]
    order = random.permutation(len(edges) - 1)
    every = np.ones(len(order), np.bool_)
    other = drawn[::-1].copy()

    def numbered(threads: int) -> tuple[list[npt.NDArray[Any]], int]:
        made = (
            OrderedKeys.of(drawn, edges, order, every),
            OrderedKeys.of(other, edges, order, every),
        )
        asked, entered, count = number_keys(*made, threads)
        return [*asked, *entered], count

    (arrays, count), (as_before, _) = numbered(1), numbered(2)
    assert count == len(keys)
    assert all(map(np.array_equal, arrays, as_before))
