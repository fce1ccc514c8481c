"""Decisions from pairs, against a plain loop; witnesses and sets of pairs."""

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup.cluster.first_fit import MatchingPairs, find_removed
from dedup.cluster.row_positions import positions_of
from dedup.config import Config

PAIRS = st.sets(st.tuples(st.integers(0, 30), st.integers(0, 30))).map(
    lambda pairs: sorted({(max(pair), min(pair)) for pair in pairs if pair[0] != pair[1]})
)


def matches_of(
    pairs: list[tuple[int, int]], similarity: list[float] | None = None
) -> MatchingPairs:
    columns = np.array(pairs, np.int64).reshape(-1, 2)
    values = np.ones(len(pairs)) if similarity is None else np.array(similarity, np.float64)
    return MatchingPairs(columns[:, 0], columns[:, 1], values)


@given(PAIRS, st.randoms(use_true_random=False))
def test_a_row_is_removed_if_it_matches_a_kept_row(
    pairs: list[tuple[int, int]], rng: random.Random
) -> None:
    kept: list[int] = []
    for row in range(31):
        if not any((row, other) in pairs for other in kept):
            kept.append(row)
    shuffled = pairs[:]
    rng.shuffle(shuffled)
    removed = find_removed(matches_of(shuffled)).tolist()
    assert removed == [row for row in range(31) if row not in kept]


@given(PAIRS, PAIRS)
def test_pairs_among_others(pairs: list[tuple[int, int]], others: list[tuple[int, int]]) -> None:
    found = matches_of(pairs).are_in(matches_of(others)).tolist()
    assert found == [pair in others for pair in pairs]


def test_the_witness_is_the_most_similar_kept_row_then_the_lowest() -> None:
    config = Config(keep="longest")
    rows, tokens = np.array([0, 1, 2, 3]), np.array([5, 8, 9, 4])  # in order: 2, 1, 0, 3
    position = positions_of(rows, tokens, config)
    pairs = [(position[3], position[row]) for row in (2, 1, 0)]
    best = matches_of(pairs, [0.9, 0.9, 0.8]).best(np.array([True, True, True]), config)
    assert best.candidate.tolist() == [position[1]]
    best = matches_of(pairs, [0.9, 0.9, 0.8]).best(np.array([True, False, True]), config)
    assert best.candidate.tolist() == [position[2]]
    assert len(matches_of(pairs).best(np.zeros(3, np.bool_), config)) == 0
