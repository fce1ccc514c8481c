from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import ConfigError
from dedup.matching.lsh import band_keys, banding, choose_bands, collision_probability


@given(st.floats(0.05, 1), st.integers(1, 256), st.floats(0.5, 0.9999))
def test_bands_have_the_most_rows_and_then_the_fewest_bands(
    threshold: float, num_perm: int, recall: float
) -> None:
    fitting = [
        (-rows, bands)
        for rows in range(1, num_perm + 1)
        for bands in range(1, num_perm // rows + 1)
        if collision_probability(threshold, bands, rows) >= recall
    ]
    if fitting:
        rows, bands = min(fitting)
        assert choose_bands(threshold, num_perm, recall) == (bands, -rows)
    else:
        with pytest.raises(ConfigError, match="num_perm must be at least"):
            choose_bands(threshold, num_perm, recall)


def test_the_least_num_perm_that_an_error_names_is_enough() -> None:
    with pytest.raises(
        ConfigError, match=r"at least 66 for recall 0\.999 at threshold 0\.1, got 8"
    ):
        choose_bands(0.1, 8, 0.999)
    assert choose_bands(0.1, 66, 0.999) == (66, 1)


def test_bands_catch_as_many_pairs_as_chosen_for() -> None:
    generator = np.random.default_rng(3)
    threshold, pairs = 0.8, 20_000
    bands, rows = choose_bands(threshold, 128, 0.99)
    left = generator.integers(0, 2**32, (pairs, 128), np.uint32)
    right = np.where(generator.random((pairs, 128)) < threshold, left, left + np.uint32(1))
    keys = [band_keys(side, bands, rows).values.reshape(pairs, bands) for side in (left, right)]
    caught = (keys[0] == keys[1]).any(1).mean()
    assert caught == pytest.approx(collision_probability(threshold, bands, rows), abs=0.003)


def test_equal_values_in_different_bands_have_different_keys() -> None:
    keys = band_keys(np.zeros((1, 100), np.uint32), bands=20, rows=5)
    assert len(set(keys.values.tolist())) == 20


def test_a_threshold_next_to_nothing_is_an_error_like_any_other() -> None:
    with pytest.raises(ConfigError, match="num_perm must be at least"):
        choose_bands(1e-320, 128, 0.999)


@given(st.floats(0.03, 0.4), st.integers(1, 300), st.floats(0.5, 0.9999))
def test_bands_of_one_value_must_share_as_many_as_a_pair_at_the_threshold(
    threshold: float, num_perm: int, recall: float
) -> None:
    try:
        bands, rows = choose_bands(threshold, num_perm, recall)
    except ConfigError:
        return
    found = banding(threshold, num_perm, recall)
    assert found.min_shared_uncapped.shape == (found.bands + 1,)
    if rows > 1:
        assert (found.bands, found.rows, int(found.min_shared_uncapped.max())) == (bands, rows, 1)
        return
    assert (found.bands, found.rows) == (max(bands, min(num_perm, 256)), 1)
    assert found.min_shared_uncapped[0] == 1
    assert (np.diff(found.min_shared_uncapped) >= 0).all()
    needed = int(found.min_shared_uncapped[-1])
    below = [
        comb(found.bands, shared) * threshold**shared * (1 - threshold) ** (found.bands - shared)
        for shared in range(needed + 1)
    ]
    assert needed == 1 or sum(below[:needed]) <= (1 - recall) * (1 + 1e-9)
    assert sum(below) > (1 - recall) * (1 - 1e-9)
