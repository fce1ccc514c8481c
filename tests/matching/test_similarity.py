"""The similarity of two given texts: a plain oracle, and the pairs that it agrees with."""

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup.arrays.array_types import Ragged
from dedup.arrays.native import has_core
from dedup.arrays.parallel import offsets_of
from dedup.config import Measure
from dedup.matching.similarity import MEASURES, pair_similarities
from tests.oracles import contained, jaccard, shingle_set

TEXTS = st.lists(st.sampled_from("abcd"), max_size=12).map(" ".join)


@given(TEXTS, TEXTS, st.integers(1, 3))
def test_similarity_is_that_of_plain_sets(a: str, b: str, ngram_size: int) -> None:
    sets = [set(shingle_set(text.split(), ngram_size)) if text else set() for text in (a, b)]
    whole = dedup.similarity(a, b, measure="jaccard", ngram_size=ngram_size)
    assert whole == dedup.similarity(b, a, measure="jaccard", ngram_size=ngram_size)
    if all(sets):
        assert whole == jaccard(*sets)
        assert dedup.similarity(a, b, ngram_size=ngram_size) == contained(*sets)
    else:
        assert whole == dedup.similarity(a, b, ngram_size=ngram_size) == 0


def test_containment_has_a_direction() -> None:
    part, whole = "one two three four", "one two three four five six"
    assert dedup.similarity(part, whole, ngram_size=1) == 1
    assert dedup.similarity(whole, part, ngram_size=1) == 4 / 6
    (left, right, found) = next(iter(dedup.near_duplicates([whole, part], ngram_size=1)))
    assert (left, right, found) == (1, 0, 1.0)


@pytest.mark.parametrize("wrong", [None, 5, b"text", ["a text"]])
def test_objects_that_are_no_texts_are_refused(wrong: Any) -> None:  # noqa: ANN401
    with pytest.raises(
        dedup.TextTypeError, match=r"^(b must be str or a list|a and b must be two)"
    ):
        dedup.similarity("a text", wrong)
    with pytest.raises(dedup.ConfigError, match=r"^measure must be one of"):
        dedup.similarity("a", "b", measure="cosine")


SETS = st.lists(
    st.sets(st.integers(0, 30) | st.integers(2**64 - 20, 2**64 - 1), max_size=12),
    min_size=1,
    max_size=6,
)


@given(SETS, st.randoms(use_true_random=False), st.sampled_from(["containment", "jaccard"]))
def test_pairs_of_rows_are_as_similar_as_one_by_one(
    sets: list[set[int]], rng: random.Random, measure: Measure
) -> None:
    values = np.array([value for row in sets for value in sorted(row)], np.uint64)
    rows = Ragged(values, offsets_of(np.array([*map(len, sets)])))
    pairs = np.array([(rng.randrange(len(sets)), rng.randrange(len(sets))) for _ in range(9)])
    expected = [MEASURES[measure](rows[left], rows[right]) for left, right in pairs]
    for native in {False, has_core()}:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("dedup.matching.similarity.has_core", lambda native=native: native)
            found = pair_similarities(rows, pairs[:, 0].copy(), pairs[:, 1].copy(), measure)
        assert found.tolist() == expected
