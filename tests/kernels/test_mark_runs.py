"""The compiled search for runs finds what ``runs.find_runs`` does."""

from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from dedup import decide, run_finder, runs
from dedup.kernels import lines
from dedup.kernels import runs as kernel_runs
from dedup.kernels.runs import (
    CHANGED_COPY,
    NEAREST,
    OFTEN,
    OFTEN_PART,
    REACH,
    WHOLE_ROWS,
    Rows,
    mark_runs,
)
from dedup.records import Ragged
from dedup.runs import find_runs
from dedup.similarity import overlap

LETTERS = st.one_of(
    st.lists(st.integers(0, 5), max_size=40),
    st.lists(st.sampled_from([*range(9)] * 3 + [*range(9, 40)]), max_size=60),
    st.lists(st.integers(0, 60), min_size=3, max_size=30).map(lambda rows: rows + rows[1:]),
    st.lists(st.integers(0, 60), min_size=3, max_size=30).map(lambda rows: [*rows, 99, *rows[:-1]]),
    st.lists(st.integers(0, 3), min_size=2, max_size=9).map(lambda rows: rows * 16),
)


def marked(groups: list[int], words: list[int], sets: list[set[int]], least: int) -> list[int]:
    values = [value for members in sets for value in sorted(members)]
    offsets = np.cumsum([0, *map(len, sets)])
    rows = Rows(
        np.array(groups, np.int64), np.array(words, np.int64), np.array(values, np.uint64), offsets
    )
    removed = np.zeros(len(groups), np.bool_)
    assert mark_runs(rows, least, removed) == removed.sum()
    return [int(row) for row in np.flatnonzero(removed)]


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
    assert marked(groups, words, sets, least) == removed


def test_its_constants_are_those_of_the_reference() -> None:
    assert (NEAREST, REACH, CHANGED_COPY, WHOLE_ROWS) == (
        run_finder.NEAREST,
        run_finder.REACH,
        runs.CHANGED_COPY,
        run_finder.WHOLE_ROWS,
    )
    assert kernel_runs.FAR == run_finder.FAR
    assert (OFTEN, OFTEN_PART) == (runs.OFTEN, runs.OFTEN_PART)
    assert (lines.FEW, lines.SOME, lines.SHARED) == (decide.FEW, decide.SOME, decide.SHARED)
