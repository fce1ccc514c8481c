"""Signatures against datasketch's, in datasketch's indexes, and against the theory of MinHash."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from datasketch import MinHash, MinHashLSH, MinHashLSHEnsemble, MinHashLSHForest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup.arrays.array_types import F64
from dedup.arrays.packed import PackedTexts
from dedup.errors import ConfigError, TextTypeError
from tests.generated_texts import TEXTS, random_texts
from tests.without_core import leave_out_core

LETTERS = 7  # of a made-up word: two of 10,000 are the same in one of 160 pairs of texts


@pytest.mark.usefixtures("either_core")
@pytest.mark.parametrize(
    ("num_perm", "seed", "ngram_size"), [(128, 1, 5), (1, 0, 1), (7, 2**32 - 1, 3), (300, 5, 64)]
)
def test_signatures_are_those_of_datasketch(num_perm: int, seed: int, ngram_size: int) -> None:
    texts: list[str | None] = [*random_texts(40, seed % 97, 90), None, "", "—"]
    values, offsets = dedup.shingles(texts, ngram_size=ngram_size, seed=seed)
    rows = dedup.minhash(texts, num_perm=num_perm, seed=seed, ngram_size=ngram_size)
    assert rows.dtype == np.uint32 and rows.shape == (len(texts), num_perm)
    for signature, (start, stop) in zip(rows, pairwise(offsets.tolist()), strict=True):
        peer = MinHash(num_perm, seed, scheme="affine32", hashfunc=lambda value: value & 0xFFFFFFFF)
        peer.update_batch(values[start:stop].tolist())
        assert signature.tolist() == peer.hashvalues.tolist()


@given(st.lists(TEXTS | st.none(), max_size=8), st.integers(1, 9), st.integers(1, 3))
def test_small_and_large_texts_have_the_same_signatures(
    texts: list[str | None], ngram_size: int, threads: int
) -> None:
    found = []
    for native in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            if not native:
                leave_out_core(patch)
            shingles = dedup.shingles(texts, ngram_size=ngram_size, threads=threads)
            found.append((*shingles, dedup.minhash(texts, ngram_size=ngram_size, threads=threads)))
    for compiled, plain in zip(*found, strict=True):
        np.testing.assert_array_equal(compiled, plain, strict=True)


STORIES = [
    " ".join(f"story{story}word{place}" for place in range(60)) + end
    for story in range(6)
    for end in ("", " and a few words more", " but nobody was there to see it")
]


def test_the_sketches_work_in_the_indexes_of_datasketch() -> None:
    sketches = dedup.to_datasketch(STORIES, num_perm=64)
    assert sketches[0].jaccard(sketches[1]) == pytest.approx(56 / 61, abs=0.15)
    lsh, forest = MinHashLSH(threshold=0.7, num_perm=64), MinHashLSHForest(num_perm=64)
    ensemble = MinHashLSHEnsemble(threshold=0.7, num_perm=64, num_part=2)
    sizes = np.diff(dedup.shingles(STORIES)[1]).tolist()
    for row, sketch in enumerate(sketches):
        lsh.insert(row, sketch)
        forest.add(row, sketch)
    forest.index()
    ensemble.index(zip(range(len(sketches)), sketches, sizes, strict=True))
    for row, sketch in enumerate(sketches):
        alike = set(range(row // 3 * 3, row // 3 * 3 + 3))
        assert set(lsh.query(sketch)) == alike
        assert set(forest.query(sketch, 3)) == alike
        assert set(ensemble.query(sketch, sizes[row])) == alike


def words(count: int, seed: int) -> PackedTexts:
    """Return texts of one word each, made up of as many letters."""
    letters = np.random.default_rng(seed).integers(97, 123, (count, LETTERS + 1), np.uint8)
    letters[:, -1] = ord(" ")
    edges = np.arange(count + 1) * (LETTERS + 1)
    return PackedTexts(letters.reshape(-1), edges, np.zeros(count, np.bool_))


def estimates(size: int, common: int, pairs: int, num_perm: int, seed: int) -> F64:
    """Estimate the similarity of pairs of texts of ``size`` different words, ``common`` in both."""
    per_pair = 2 * size - common
    letters = words(pairs * per_pair, seed).utf8.reshape(pairs, per_pair, LETTERS + 1)
    sides = np.stack((letters[:, :size], letters[:, size - common :]), 1)
    edges = np.arange(2 * pairs + 1) * size * (LETTERS + 1)
    packed = PackedTexts(sides.reshape(-1), edges, np.zeros(2 * pairs, np.bool_))
    rows = dedup.minhash(packed, ngram_size=1, num_perm=num_perm, seed=seed)
    rows = rows.reshape(pairs, 2, num_perm)
    result: F64 = (rows[:, 0] == rows[:, 1]).mean(1)
    return result


@pytest.mark.parametrize("similarity", [0.1, 0.5, 0.8, 0.95])
@pytest.mark.parametrize(
    ("size", "pairs"), [(5, 20_000), (20, 20_000), (100, 20_000), (700, 8000), (5000, 2000)]
)
def test_the_error_of_an_estimate_is_what_theory_says(
    size: int, pairs: int, similarity: float
) -> None:
    num_perm = 128
    common = min(round(2 * size * similarity / (1 + similarity)), size - 1)
    exact = common / (2 * size - common)
    errors = estimates(size, common, pairs, num_perm, seed=size + common) - exact
    expected = (exact * (1 - exact) / num_perm) ** 0.5
    # Of 2,000 pairs the root mean square lies within 5% but for one seed in 600.
    assert float((errors**2).mean() ** 0.5) == pytest.approx(expected, rel=0.05)
    assert abs(float(errors.mean())) < 4 * expected / pairs**0.5


@pytest.mark.parametrize(
    ("setting", "what"),
    [
        ({"ngram_size": 0}, r"^ngram_size must be in 1..64, got 0$"),
        ({"num_perm": 0}, r"^num_perm must be in 1..65536, got 0$"),
        ({"seed": -1}, r"^seed must be in 0..4294967295, got -1$"),
        ({"threads": 0}, "^threads must be a whole number >= 1, or None, got 0$"),
    ],
)
def test_settings_outside_their_range(setting: dict[str, int], what: str) -> None:
    functions: list[Callable[..., object]] = [dedup.minhash, dedup.to_datasketch]
    if "num_perm" not in setting:
        functions.append(dedup.shingles)
    for function in functions:
        with pytest.raises(ConfigError, match=what):
            function(["one text"], **setting)
    with pytest.raises(TextTypeError, match="wrap it in a list"):
        dedup.minhash("one text")


def test_no_texts() -> None:
    values, offsets = dedup.shingles([])
    assert len(values) == 0 and offsets.tolist() == [0]
    assert dedup.minhash([], num_perm=9).shape == (0, 9)
    assert dedup.to_datasketch([]) == []
