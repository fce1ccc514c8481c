"""Which runs of repeated blocks are removed."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.documents.block_runs import BlockRepeats, BlockRun, find_block_runs


def runs_of(letters: str, words: int | list[int] = 30) -> list[tuple[int, int, int]]:
    """Find the runs of a string in which equal letters are blocks that repeat each other."""
    groups = np.array([letters.index(letter) for letter in letters])
    count = np.full(len(letters), words) if isinstance(words, int) else np.array(words)
    found = find_block_runs(
        np.arange(len(groups)), BlockRepeats(groups, np.arange(len(groups)), count, 20)
    )
    return [(run.copies[0], run.originals[0], len(run.copies)) for run in found]


@pytest.mark.parametrize(
    ("letters", "runs"),
    [
        ("abc", []),
        ("aba", [(2, 0, 1)]),
        ("labcabc", [(4, 1, 3)]),
        ("abcabcabc", [(3, 0, 6)]),
        ("abxab", [(3, 0, 2)]),
        ("abacabac", [(2, 0, 1), (4, 0, 4)]),
        ("abcdeaXcde", [(5, 0, 1), (7, 2, 3)]),
        ("aaaa", [(1, 0, 3)]),
        ("", []),
    ],
)
def test_runs_of_long_blocks(letters: str, runs: list[tuple[int, int, int]]) -> None:
    assert runs_of(letters) == runs


def test_short_blocks_are_removed_only_with_long_ones() -> None:
    assert runs_of("abcaXb", words=[5, 5, 30, 5, 5, 5]) == []
    assert runs_of("abcabX", words=[5, 30, 5, 5, 30, 5]) == [(3, 0, 2)]


@pytest.mark.parametrize(
    ("rows", "words", "found"), [(5, 12, 1), (4, 12, 0), (38, 6, 1), (36, 6, 0)]
)
def test_a_run_of_many_short_blocks_is_removed(rows: int, words: int, found: int) -> None:
    letters = "".join(map(chr, range(200, 200 + rows)))
    between = "".join(map(chr, range(100, 100 + rows)))
    assert len(runs_of(letters + between + letters, words)) == found


def test_repetitions_of_one_short_block_are_kept() -> None:
    assert runs_of("a" * 1000, words=4) == []
    assert runs_of("ab" * 1000, words=4) == []
    assert runs_of("a" * 49, words=19) == []
    assert runs_of("ab" * 49, words=12) == []
    assert len(runs_of("ab" * 50, words=12)) == 98  # each copy by itself, as no run is long enough


@pytest.mark.parametrize(("words", "removed"), [(5, 59), (4, 0)])
def test_a_block_more_frequent_than_any_refrain_is_removed(words: int, removed: int) -> None:
    found = find_block_runs(
        np.arange(62),
        BlockRepeats(
            np.array([0] * 30 + [1] + [0] * 30 + [2]), np.arange(62), np.full(62, words), 20
        ),
    )
    assert sum(len(run.copies) for run in found) == removed
    assert {run.originals for run in found} == ({(0,) * 29, (0,) * 30} if removed else set())


def test_a_few_changed_blocks_do_not_end_a_copy() -> None:
    words = [30, 5, 5, 5, 3, 30, 5, 5, 5, 3]
    assert runs_of("a123b" + "a456b", words=words) == [(5, 0, 1), (9, 4, 1)]
    assert runs_of("a1234b" + "a5678b", words=[30, 5, 5, 5, 5, 3] * 2) == [(6, 0, 1)]


def test_later_blocks_may_be_the_originals() -> None:
    groups, ranks = np.array([2, 3, 2, 3]), np.array([3, 2, 1, 0])
    assert find_block_runs(np.arange(4), BlockRepeats(groups, ranks, np.full(4, 30), 20)) == [
        BlockRun(copies=(0, 1), originals=(2, 3))
    ]


@given(
    st.lists(st.integers(0, 4), max_size=30), st.lists(st.integers(0, 30), min_size=30, max_size=30)
)
def test_copies_equal_their_originals_and_do_not_overlap(
    groups: list[int], words: list[int]
) -> None:
    ranks = np.arange(len(groups))
    counts = np.array(words[: len(groups)])
    runs = find_block_runs(ranks, BlockRepeats(np.array(groups, np.int64), ranks, counts, 20))
    for run in runs:
        assert all(left < right for left, right in pairwise(run.copies))
        for copy, original in zip(run.copies, run.originals, strict=True):
            assert original < copy
            assert groups[original] == groups[copy]
    removed = [row for run in runs for row in run.copies]
    assert len(removed) == len(set(removed))
    long_copies = {
        row for row, group in enumerate(groups) if group in groups[:row] and words[row] >= 20
    }
    assert long_copies <= set(removed)
    left = np.delete(ranks, removed)
    assert find_block_runs(left, BlockRepeats(np.array(groups, np.int64), ranks, counts, 20)) == []


def test_blocks_that_become_adjacent_form_a_run() -> None:
    letters = "Xqwert" + "12345" + "-" + "1X2X3X4X5"
    words = [30 if letter == "X" else 12 for letter in letters]
    assert (12, 6, 5) in runs_of(letters, words)


def test_a_short_block_next_to_a_changed_copy_is_removed() -> None:
    groups = np.array([0, 1, 2, 3, 1, 4])  # rows 2 and 5 are changed copies
    words = np.array([30, 4, 30, 30, 4, 30])
    found = find_block_runs(
        np.arange(6),
        BlockRepeats(groups, np.arange(6), words, 20, lambda copy, of: (copy, of) == (5, 2)),
    )
    assert found == [BlockRun(copies=(4,), originals=(1,))]
    assert (
        find_block_runs(
            np.arange(6),
            BlockRepeats(groups, np.arange(6), words // 2, 20, lambda _copy, _of: True),
        )
        == []
    )


def test_a_text_of_short_blocks_that_consists_of_itself_twice() -> None:
    assert runs_of("abcdeabcde", words=3) == [(5, 0, 5)]
    assert runs_of("xabcdeabcde", words=3) == [(6, 1, 5)]
    assert runs_of("abcdabcd", words=3) == []
    assert runs_of("abcdewxyzabcde", words=3) == []


def test_the_original_is_found_at_any_distance() -> None:
    groups = np.zeros(50, np.int64)
    runs = find_block_runs(
        np.arange(50), BlockRepeats(groups, np.arange(50)[::-1].copy(), np.full(50, 30), 20)
    )
    assert sorted(row for run in runs for row in run.copies) == list(range(49))


def test_many_equal_blocks_do_not_take_quadratic_time() -> None:
    rows = 50_000
    groups = np.zeros(rows, np.int64)
    assert (
        find_block_runs(
            np.arange(rows), BlockRepeats(groups, np.arange(rows), np.zeros(rows, np.int64), 20)
        )
        == []
    )
    assert (
        len(
            find_block_runs(
                np.arange(rows), BlockRepeats(groups, np.arange(rows), np.full(rows, 30), 20)
            )
        )
        == 1
    )
