"""The exact join and the verdicts of ``brute_force`` agree with a plain double loop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.brute_force import I64, U64, Measure, Verdict
from tests.oracles import contained, jaccard, judge, same_rows, similar_pairs

Row = set[int]

MEASURES = {"containment": contained, "jaccard": jaccard}
# Some values are in nearly every row, some are rare, and some are near 2**64.
VALUES = st.one_of(st.integers(0, 5), st.integers(0, 40), st.integers(2**64 - 9, 2**64 - 1))
THRESHOLDS = st.one_of(
    st.sampled_from([0.1, 0.5, 0.55, 2 / 3, 0.7, 0.75, 0.8, 0.9, 1.0]),
    st.floats(0, 1, exclude_min=True),
)
MEASURE = st.sampled_from(["containment", "jaccard"])


@st.composite
def corpora(draw: st.DrawFn) -> list[Row]:
    """Draw sets, and copies of them with values added and removed."""
    rows: list[Row] = draw(st.lists(st.sets(VALUES, max_size=24), max_size=8))
    for row in draw(st.lists(st.sampled_from(rows), max_size=8)) if rows else []:
        copy = row | draw(st.sets(VALUES, max_size=3))
        removed = draw(st.sets(st.sampled_from(sorted(copy)), max_size=3)) if copy else set()
        rows.insert(draw(st.integers(0, len(rows))), copy - removed)
    return rows


def packed(rows: list[Row]) -> tuple[U64, I64]:
    values = [value for row in rows for value in sorted(row)]
    return np.array(values, np.uint64), np.cumsum([0, *map(len, rows)])


def double_loop(
    rows: list[Row], threshold: float, measure: Measure
) -> dict[tuple[int, int], float]:
    """Compare all rows with all others; Jaccard pairs are listed once."""
    return {
        (left, right): similarity
        for left, one in enumerate(rows)
        for right, other in enumerate(rows)
        if left < right or (measure == "containment" and left != right)
        if (similarity := MEASURES[measure](one, other)) >= threshold
    }


@given(corpora(), THRESHOLDS, MEASURE)
def test_similar_pairs_are_those_of_a_double_loop(
    rows: list[Row], threshold: float, measure: Measure
) -> None:
    first = [rows.index(row) for row in rows]
    expected = {
        pair: similarity
        for pair, similarity in double_loop(rows, threshold, measure).items()
        if all(first[row] == row for row in pair)
    }
    left, right, similarity = similar_pairs(*packed(rows), threshold, measure)
    pairs = list(zip(left.tolist(), right.tolist(), strict=True))
    assert dict(zip(pairs, similarity.tolist(), strict=True)) == expected
    assert len(pairs) == len(expected)
    assert same_rows(*packed(rows)).tolist() == first


def plain_verdict(  # noqa: PLR0913, PLR0917
    rows: list[Row],
    order: list[int],
    keep: list[bool],
    witness: list[int],
    reported: list[float],
    threshold: float,
    measure: Measure,
) -> tuple[list[int], list[int]]:
    """Compare rows one by one; return the wrong and the missed rows."""
    similarity = MEASURES[measure]
    wrong = [
        row
        for row in range(len(rows))
        if not keep[row]
        and not (
            keep[witness[row]]
            and (exact := similarity(rows[row], rows[witness[row]])) >= threshold
            and np.isclose(exact, reported[row], rtol=1e-6, atol=0)
        )
    ]
    missed = [
        row
        for place, row in enumerate(order)
        if keep[row]
        and any(
            keep[earlier] and similarity(rows[row], rows[earlier]) >= threshold
            for earlier in order[:place]
        )
    ]
    return wrong, sorted(missed)


@given(corpora(), THRESHOLDS, MEASURE, st.data())
def test_a_verdict_is_that_of_a_double_loop(
    rows: list[Row], threshold: float, measure: Measure, data: st.DataObject
) -> None:
    count = len(rows)
    numbers = st.integers(0, max(count - 1, 0))
    order = data.draw(st.permutations(range(count)))
    keep = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    witness = data.draw(st.lists(numbers, min_size=count, max_size=count))
    errors = st.sampled_from([0.0, 0.0, 0.01])
    reported = [
        MEASURES[measure](rows[row], rows[witness_row]) + data.draw(errors)
        for row, witness_row in enumerate(witness)
    ]
    wrong, missed = plain_verdict(rows, order, keep, witness, reported, threshold, measure)
    verdict = judge(
        *packed(rows),
        np.array(order, np.int64),
        np.array(keep, np.bool_),
        np.array(witness, np.int64),
        np.array(reported, np.float32),
        threshold,
        measure,
    )
    assert verdict.removed == count - sum(keep)
    assert verdict.wrong.tolist() == wrong
    assert verdict.missed.tolist() == missed


def test_copies_of_one_set_make_no_pairs() -> None:
    values = np.tile(np.arange(50, dtype=np.uint64), 100_000)
    offsets = np.arange(100_001) * 50
    left, _, _ = similar_pairs(values, offsets, 0.8, "containment")
    assert not len(left)
    order = np.arange(100_000)
    everything = np.ones(100_000, np.bool_)
    nothing = np.zeros(100_000)
    verdict = judge(values, offsets, order, everything, order, nothing, 0.8, "jaccard")
    assert verdict.missed.tolist() == order[1:].tolist()
    assert verdict.recall == 0 and verdict.precision == 1


@pytest.mark.parametrize(("missed", "recall"), [(0, 1.0), (1, 0.9)])
def test_recall_and_precision_count_removals(missed: int, recall: float) -> None:
    verdict = Verdict(9, np.arange(3), np.arange(missed))
    assert verdict.recall == recall
    assert verdict.precision == pytest.approx(2 / 3)
