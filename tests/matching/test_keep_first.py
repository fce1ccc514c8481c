import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays.array_types import Ragged
from dedup.config import Config, Keep, Measure
from dedup.documents import block_matches
from dedup.documents.block_matches import match_hashed
from dedup.matching.candidates import candidate_lookup
from dedup.matching.keep_first import PROCESSING_ORDERS, match
from dedup.matching.similarity import min_shared
from dedup.text.shingles import shingle
from tests.oracles import contained, jaccard, kept_only

# Few different tokens, so that rows often share shingles; copies with a change or two.
TOKENS = st.integers(1, 4)
ROW = st.lists(TOKENS, max_size=14)


@st.composite
def rows_with_copies(draw: st.DrawFn) -> list[list[int]]:
    rows: list[list[int]] = draw(st.lists(ROW, min_size=1, max_size=8))
    chosen: list[list[int]] = draw(st.lists(st.sampled_from(rows), max_size=5))
    for row in chosen:
        copy = list(row)
        changed: bool = draw(st.booleans())
        if copy and changed:
            copy[draw(st.integers(0, len(copy) - 1))] = draw(TOKENS)
        rows.insert(draw(st.integers(0, len(rows))), copy + draw(st.lists(TOKENS, max_size=2)))
    return rows


def ragged(rows: list[list[int]]) -> Ragged:
    values = np.array([value for row in rows for value in row], np.uint64)
    return Ragged(values, np.cumsum([0, *map(len, rows)]))


@given(
    rows_with_copies(),
    st.sampled_from(["first", "last", "longest"]),
    st.sampled_from([0.3, 0.5, 0.8, 1.0]),
    st.integers(1, 5),
)
def test_containment_decides_as_brute_force_does(
    rows: list[list[int]], keep: Keep, threshold: float, ngram_size: int
) -> None:
    tokens = ragged(rows)
    config = Config(keep=keep, threshold=threshold, ngram_size=ngram_size)
    matches = match(tokens, shingle(tokens, ngram_size), config)
    order = PROCESSING_ORDERS[keep](tokens.lengths).tolist()
    witness, scores = kept_only(rows, order, ngram_size, threshold, contained)
    assert matches.witness.tolist() == witness
    assert matches.similarity.tolist() == scores


@given(rows_with_copies(), st.sampled_from([0.5, 0.8]))
def test_jaccard_decides_as_brute_force_does_when_the_bands_miss_nothing(
    rows: list[list[int]], threshold: float
) -> None:
    # One row a band and 512 bands: a miss has a chance of 0.5 ** 512.
    config = Config(measure="jaccard", threshold=threshold, num_perm=512, recall=1 - 1e-12)
    tokens = ragged(rows)
    matches = match(tokens, shingle(tokens, 5), config)
    witness, scores = kept_only(rows, range(len(rows)), 5, threshold, jaccard)
    assert matches.witness.tolist() == witness
    assert matches.similarity.tolist() == scores


@given(rows_with_copies(), st.sampled_from(["containment", "jaccard"]))
def test_no_witness_was_removed_itself(rows: list[list[int]], measure: Measure) -> None:
    tokens = ragged(rows)
    config = Config(measure=measure, threshold=0.5)
    matches = match(tokens, shingle(tokens, 5), config)
    for row in np.flatnonzero(matches.repeats).tolist():
        of = int(matches.witness[row])
        assert not matches.repeats[of]
        assert matches.step[of] < matches.step[row]


def test_recall_of_the_bands_on_pairs_at_the_threshold() -> None:
    generator = np.random.default_rng(5)
    rows: list[list[int]] = []
    for _ in range(2000):
        values = np.unique(generator.integers(1, 2**62, 91)).tolist()[:90]
        rows += [values[:80], values[:70] + values[80:]]  # 70 of 90 shared: 0.777...
    config = Config(measure="jaccard", threshold=70 / 90)
    shingles = ragged(rows)
    index = candidate_lookup(shingles, shingles.lengths, config)
    missed = 0
    for row in range(0, len(rows), 2):
        index.insert(row)
        missed += row not in index.find(row + 1)
    # recall 0.999: two misses of 2,000 are expected, nine have a chance of 1 in 4,000.
    assert missed < 9


@given(st.integers(0, 3000), st.floats(0.001, 1))
def test_min_shared_is_the_minimum(size: int, threshold: float) -> None:
    least = min_shared(size, threshold)
    assert not size or least / size >= threshold
    assert not size or not least or (least - 1) / size < threshold


def test_ties_go_to_the_lowest_row() -> None:
    tokens = ragged([[9, 1, 2, 3, 4, 5, 6], [8, 1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]])
    matches = match(tokens, shingle(tokens, 5), Config(threshold=0.9))
    assert matches.witness.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("keep", "order"), [("first", [0, 1, 2]), ("last", [2, 1, 0]), ("longest", [1, 0, 2])]
)
def test_processing_orders(keep: Keep, order: list[int]) -> None:
    assert PROCESSING_ORDERS[keep](np.array([3, 5, 3])).tolist() == order


@given(
    rows_with_copies(),
    st.sampled_from(["first", "last", "longest"]),
    st.sampled_from([0.3, 0.5, 0.8, 1.0]),
    st.sampled_from(["containment", "jaccard"]),
    st.integers(1, 5),
)
def test_the_blocks_of_a_text_are_matched_as_brute_force_does(
    rows: list[list[int]], keep: Keep, threshold: float, measure: Measure, ngram_size: int
) -> None:
    tokens = ragged(rows)
    config = Config(keep=keep, threshold=threshold, ngram_size=ngram_size, measure=measure)
    shingles = shingle(tokens, ngram_size)
    order = PROCESSING_ORDERS[keep](tokens.lengths).tolist()
    similarity = contained if measure == "containment" else jaccard
    witness, scores = kept_only(rows, order, ngram_size, threshold, similarity)
    matches = match_hashed(tokens, shingles, config)
    assert matches.witness.tolist() == witness
    assert matches.similarity.tolist() == scores
    assert (
        matches.representative.tolist() == match(tokens, shingles, config).representative.tolist()
    )


def test_many_blocks_are_compared_by_sketches(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = ragged([[1, 2, 3, 4, 5, 6], [7], [1, 2, 3, 4, 5, 6, 8]])
    shingles = shingle(tokens, 5)
    config = Config(keep="first", threshold=0.5)
    monkeypatch.setattr(block_matches, "MAX_EXHAUSTIVE_BLOCKS", 2)
    for name in ("MAX_SHARED_SHINGLES", "MAX_EXHAUSTIVE_SHINGLES"):
        assert block_matches.can_compare_all(shingles)
        assert match_hashed(tokens, shingles, config).witness.tolist() == [0, 1, 0]
        with monkeypatch.context() as patch:
            patch.setattr(block_matches, name, 1)
            assert not block_matches.can_compare_all(shingles)
            assert match_hashed(tokens, shingles, config).witness.tolist() == [0, 1, 0]
