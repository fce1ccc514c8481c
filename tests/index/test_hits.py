"""The texts of an index that have enough keys in common with others: the core counts as Python."""

from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import native
from dedup.index.hits import Hits
from dedup.index.posting_lists import Under
from dedup.native import core
from dedup.records import I64, Ragged

KEY = st.integers(0, 12) | st.sampled_from([1 << 20, 1 << 31, (1 << 32) - 1])
ROWS = st.lists(st.sets(KEY, max_size=9), max_size=6)
# Keys in order, of which some are there twice; under each are marked numbers, below 0 too.
LISTED = st.lists(st.tuples(KEY, st.lists(st.integers(-6, 20), max_size=5)), max_size=20).map(
    lambda some: sorted(some, key=lambda pair: pair[0])
)


def integers(values: object) -> I64:
    return np.array(list(values), np.int64)  # type: ignore[call-overload]


def ragged(rows: list[set[int]], before: int = 0) -> Ragged:
    values = np.array([0] * before + [key for row in rows for key in sorted(row)], np.uint64)
    return Ragged(values, before + integers(np.cumsum([0, *map(len, rows)])))


def under(listed: list[tuple[int, list[int]]]) -> Under:
    keys = np.array([key for key, _ in listed], np.uint64)
    lengths = integers(len(rows) for _, rows in listed)
    return Under(keys, lengths, lengths, integers(chain.from_iterable(rows for _, rows in listed)))


def counted(keys: Ragged, some: Under, least: I64) -> tuple[list[int], list[list[tuple[int, int]]]]:
    found = Hits.of(keys, some, least)
    return found.filled(), [list(found[row]) for row in range(len(keys))]


@pytest.mark.skipif(core is None, reason="dedup was built without its compiled core")
@given(ROWS, LISTED, st.lists(st.integers(1, 4), min_size=6, max_size=6), st.integers(0, 2))
def test_the_core_counts_as_python_does(
    rows: list[set[int]], listed: list[tuple[int, list[int]]], least: list[int], before: int
) -> None:
    keys, some, enough = ragged(rows, before), under(listed), integers(least[: len(rows)])
    found = counted(keys, some, enough)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "core", None)
        assert found == counted(keys, some, enough)


def test_what_is_found() -> None:
    rows, listed = [{1, 2, 3}, set[int](), {3}], [(1, [4, 6]), (3, [4, 9]), (3, [6]), (7, [8])]
    filled, found = counted(ragged(rows), under(listed), integers([2, 1, 2]))
    assert filled == [0, 2]
    assert found == [[(4, 2), (6, 2), (9, 1)], [], [(9, 1)]]


def test_the_core_checks_what_it_is_given() -> None:
    if core is None:
        pytest.skip("dedup was built without its compiled core")
    keys, one, two = np.zeros(2, np.uint64), integers([0]), integers([0, 2])
    core.texts_met(keys, two, keys[:1], two, two, one)
    for offsets in (integers([0, 3]), integers([-1, 2]), integers([2, 0]), integers([])):
        with pytest.raises(ValueError, match="offsets: not those of the values"):
            core.texts_met(keys, offsets, keys[:1], two, two, one)
        with pytest.raises(ValueError, match="edges: not those of the values"):
            core.texts_met(keys, two, keys[:1], offsets, two, one)
    with pytest.raises(ValueError, match="least: of other texts"):
        core.texts_met(keys, two, keys[:1], two, two, two)
    with pytest.raises(ValueError, match="edges: of other keys"):
        core.texts_met(keys, two, keys, two, two, one)
