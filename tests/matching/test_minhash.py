import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays.array_types import Ragged
from dedup.matching.minhash import signatures

HASHES = st.lists(st.lists(st.integers(0, 2**64 - 1), max_size=20, unique=True), max_size=5)


def ragged(rows: list[list[int]]) -> Ragged:
    values = np.array([value for row in rows for value in sorted(row)], np.uint64)
    return Ragged(values, np.cumsum([0, *map(len, rows)]))


@given(HASHES, st.integers(1, 200), st.integers(0, 2**32 - 1))
def test_signatures_equal_datasketch_bit_for_bit(
    rows: list[list[int]], num_perm: int, seed: int
) -> None:
    result = signatures(ragged(rows), num_perm, seed)
    assert result.dtype == np.uint32
    assert result.shape == (len(rows), num_perm)
    for signature, row in zip(result, rows, strict=True):
        peer = MinHash(num_perm, seed, scheme="affine32", hashfunc=lambda value: value & 0xFFFFFFFF)
        for value in row:
            peer.update(value)
        assert signature.tolist() == peer.hashvalues.tolist()


@pytest.mark.parametrize("similarity", [0.1, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("size", [50, 1000])
def test_the_error_of_the_estimate_is_what_theory_says(similarity: float, size: int) -> None:
    generator = np.random.default_rng(7)
    pairs, num_perm = 400, 128
    common = round(2 * size * similarity / (1 + similarity))
    rows: list[list[int]] = []
    for _ in range(pairs):
        values = generator.integers(0, 2**64, 2 * size - common, np.uint64).tolist()
        rows += [values[:size], values[size - common :]]
    estimates = signatures(ragged(rows), num_perm).reshape(pairs, 2, num_perm)
    errors = (estimates[:, 0] == estimates[:, 1]).mean(1) - common / (2 * size - common)
    expected = (similarity * (1 - similarity) / num_perm) ** 0.5
    # The root mean square of 400 pairs lies within 15% but for one seed in 10,000.
    assert float((errors**2).mean() ** 0.5) == pytest.approx(expected, rel=0.15)
