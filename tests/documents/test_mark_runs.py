"""The compiled search for runs finds what ``runs.find_runs`` does."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.documents.bulk import Rule
from dedup.documents.runs import CHANGED_COPY, find_runs
from dedup.matching.similarity import overlap
from dedup.native import core
from dedup.records import Ragged

LETTERS = st.one_of(
    st.lists(st.integers(0, 5), max_size=40),
    st.lists(st.sampled_from([*range(9)] * 3 + [*range(9, 40)]), max_size=60),
    st.lists(st.integers(0, 60), min_size=3, max_size=30).map(lambda rows: rows + rows[1:]),
    st.lists(st.integers(0, 60), min_size=3, max_size=30).map(lambda rows: [*rows, 99, *rows[:-1]]),
    st.lists(st.integers(0, 3), min_size=2, max_size=9).map(lambda rows: rows * 16),
)


RULE = Rule(0.8, contained=True, least=20)
if core is None:
    pytest.skip("dedup was built without its compiled core", allow_module_level=True)


def marked(groups: list[int], words: list[int], shingles: Ragged, least: int) -> list[int]:
    numbers = np.array(groups, np.int64), np.array(words, np.int64)
    rule = RULE._replace(least=least)
    found = core.mark_runs(*numbers, shingles.values, shingles.offsets, rule)
    return [int(row) for row in np.flatnonzero(found)]


@given(LETTERS, st.data(), st.sampled_from([1, 8, 20]))
def test_it_finds_what_the_reference_does(
    letters: list[int], data: st.DataObject, least: int
) -> None:
    groups = [letters.index(letter) for letter in letters]
    count = len(letters)
    by_group = data.draw(st.lists(st.integers(0, 30), min_size=count, max_size=count))
    words = [by_group[group] for group in groups]
    if count and data.draw(st.booleans()):
        words = data.draw(st.lists(st.integers(0, 30), min_size=count, max_size=count))
    members = st.sets(st.integers(0, 5), max_size=5)
    sets = data.draw(st.lists(members, min_size=count, max_size=count))
    shingles = Ragged(
        np.array([value for held in sets for value in sorted(held)], np.uint64),
        np.cumsum([0, *map(len, sets)]),
    )
    rows: npt.NDArray[Any] = np.arange(count)
    expected = find_runs(
        rows,
        np.array(groups, np.int64),
        rows,
        np.array(words, np.int64),
        least,
        lambda one, other: overlap(shingles[one], shingles[other]) >= CHANGED_COPY,
    )
    removed = sorted(row for run in expected for row in run.copies)
    assert marked(groups, words, shingles, least) == removed


def test_rows_that_there_are_not_are_refused() -> None:
    rows, values, edges = np.arange(2), np.arange(3, dtype=np.uint64), np.array([0, 1, 3])
    with pytest.raises(IndexError, match="groups: beyond the rows"):
        core.mark_runs(rows + 1, rows, values, edges, RULE)
    with pytest.raises(ValueError, match="not of each row"):
        core.mark_runs(rows, rows[:1], values, edges, RULE)
    with pytest.raises(ValueError, match="offsets: beyond the text"):
        core.mark_runs(rows, rows, values[:2], edges, RULE)
    assert len(core.mark_runs(rows[:0], rows[:0], values[:0], edges[:1], RULE)) == 0
