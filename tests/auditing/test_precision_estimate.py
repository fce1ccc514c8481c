"""The precision of removals, estimated from the walk of a person, against the truth."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays.array_types import Flags
from dedup.auditing.precision_estimate import (
    CONFIDENCE,
    PrecisionEstimate,
    estimate_precision,
    range_of_right,
)

MIN_COVERAGE = 0.93  # of the simulated walks


@given(st.integers(1, 9), st.data())
def test_a_range_has_the_numbers_that_are_not_too_unlikely(size: int, data: st.DataObject) -> None:
    drawn = data.draw(st.integers(0, size))
    right = data.draw(st.integers(0, drawn))
    samples = [*combinations(range(size), drawn)]

    def share(truth: int, counts: range) -> float:
        found = [sum(item < truth for item in sample) in counts for sample in samples]
        return sum(found) / len(found)

    rare = (1 - CONFIDENCE) / 2
    likely = [
        truth
        for truth in range(size + 1)
        if share(truth, range(right, drawn + 1)) >= rare and share(truth, range(right + 1)) >= rare
    ]
    assert range_of_right(size, drawn, right) == (likely[0], likely[-1])


@pytest.mark.parametrize(
    ("drawn", "right", "low", "high"),
    [(10, 10, 0.6915, 1.0), (20, 19, 0.7513, 0.9987), (100, 90, 0.8238, 0.9510)],
)
def test_of_many_items_a_range_is_that_of_clopper_and_pearson(
    drawn: int, right: int, low: float, high: float
) -> None:
    size = 10**7
    found = range_of_right(size, drawn, right)
    assert [bound / size for bound in found] == pytest.approx([low, high], abs=1e-4)


class Walk:
    """A person who judges removals: every third was drawn at random, the others are in order."""

    def __init__(self, rng: np.random.Generator, right: Flags, count: int) -> None:
        size = len(right)
        self.keys = rng.permutation(size).astype(np.uint64)
        draws, order = iter(np.argsort(self.keys).tolist()), iter(range(size))
        self.judged, self.walked, self.random = np.zeros((3, size), np.bool_)
        for step in range(count):
            is_random = step % 3 == 2
            place = next(
                place for place in (draws if is_random else order) if not self.judged[place]
            )
            self.judged[place] = True
            (self.random if is_random else self.walked)[place] = True
        self.right = right & self.judged

    def estimate(self) -> PrecisionEstimate:
        flags = self.judged, self.right, self.walked, self.random
        return estimate_precision(*flags, self.keys)


def corpus(rng: np.random.Generator, size: int, worst: float) -> Flags:
    """Return which removals are right: of the most uncertain ones many are wrong."""
    chance_of_wrong = worst * np.exp(-np.arange(size) / (0.15 * size))
    return rng.random(size) >= chance_of_wrong


@pytest.mark.parametrize(
    ("size", "worst", "count"),
    [(60, 0.8, 30), (300, 0.8, 60), (300, 0.2, 30), (2_000, 0.9, 150), (2_000, 0.5, 20)],
)
def test_the_range_covers_the_truth(size: int, worst: float, count: int) -> None:
    rng = np.random.default_rng(size + count)
    covered, errors = [], []
    for _ in range(400):
        right = corpus(rng, size, worst)
        found = Walk(rng, right, count).estimate()
        assert found.expected is not None
        covered.append(found.low <= right.sum() <= found.high)
        errors.append((found.expected - right.sum()) / size)
    assert np.mean(covered) >= MIN_COVERAGE
    # The estimate is unbiased; the share of right ones among all judged ones is far too low.
    assert abs(np.mean(errors)) < 4 * np.std(errors) / np.sqrt(len(errors)) + 1e-9


def test_the_walk_is_biased() -> None:
    rng = np.random.default_rng(1)
    right = corpus(rng, 300, 0.8)
    walk = Walk(rng, right, 60)
    share = walk.right.sum() / walk.judged.sum()
    assert share < right.mean() - 0.2


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_skipped_pairs_widen_the_range(share: float) -> None:
    # Whom is asked about wrong removals skips more often: the range covers the truth even so.
    rng = np.random.default_rng(5)
    for _ in range(100):
        right = corpus(rng, 200, 0.8)
        walk = Walk(rng, right, 60)
        whole = walk.estimate()
        skipped = walk.judged & ~right & (rng.random(200) < share)
        skipped[np.flatnonzero(walk.walked)[-1]] = False  # the ends of both parts stay
        draws = np.flatnonzero(walk.random)
        skipped[draws[np.argmax(walk.keys[draws])]] = False
        for flags in (walk.judged, walk.walked, walk.random):
            flags[skipped] = False
        found = walk.estimate()
        assert found.low <= whole.low and whole.high <= found.high


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 1000))
def test_an_estimate_is_possible(size: int, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    right = rng.random(size) < 0.7
    count = min(count, size)
    found = Walk(rng, right, count).estimate()
    assert (found.total, found.judged) == (size, count)
    assert found.low >= found.right and found.high <= size - (count - found.right)
    if found.expected is not None:
        assert found.low <= found.expected + 1e-9 and found.expected <= found.high + 1e-9
    if count == size:
        assert found.low == found.high == found.expected == right.sum()
