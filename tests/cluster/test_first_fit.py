"""Decisions from pairs, against a plain loop."""

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup.cluster.first_fit import find_removed

PAIRS = st.sets(st.tuples(st.integers(0, 30), st.integers(0, 30))).map(
    lambda pairs: sorted({(max(pair), min(pair)) for pair in pairs if pair[0] != pair[1]})
)


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
    columns = np.array(shuffled, np.int64).reshape(-1, 2)
    removed = find_removed(columns[:, 0], columns[:, 1]).tolist()
    assert removed == [row for row in range(31) if row not in kept]
