"""The compiled kept-only loop against the plain one, and the pairs against a double loop."""

from collections import defaultdict
from dataclasses import replace
from itertools import pairwise, product
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup.arrays import native, parallel
from dedup.arrays.array_types import I64, Ragged
from dedup.arrays.packed import pack
from dedup.config import Config, Keep, Measure, NumericVariants
from dedup.matching import keep_first
from dedup.matching.batch_sketcher import batch_sketcher
from dedup.matching.candidates import MAX_POSTINGS
from dedup.matching.deduplicate import match_texts
from dedup.matching.keep_first import Matches, match
from dedup.matching.lsh import band_keys, banding
from dedup.matching.minhash import signatures
from dedup.matching.near_duplicates import near_duplicates, pairs_by_core, pairs_by_numpy
from dedup.matching.numbers import exact_copy_numbers
from dedup.matching.pair_rule import PairRule
from dedup.matching.rows import PackedRows
from dedup.text.shingles import shingle
from dedup.text.tokens import tokenize
from tests.generated_texts import alike_texts, framed_texts, near_copies, random_texts, site_pages
from tests.oracles import contained, jaccard, shingle_set
from tests.without_core import leave_out_core

MEASURE: st.SearchStrategy[Measure] = st.sampled_from(get_args(Measure))
CONFIGS = st.builds(
    Config,
    measure=MEASURE,
    threshold=st.sampled_from([0.3, 0.5, 0.8, 1.0]),
    unit=st.sampled_from(["word", "char"]),
    ngram_size=st.integers(1, 5),
    keep=st.sampled_from(["first", "last", "longest"]),
    seed=st.integers(0, 9),
    numeric_variants=st.sampled_from(["keep", "remove"]),
    page_variants=st.sampled_from(["keep", "remove"]),
)
LARGE = {
    "framed": framed_texts(1200, 3),
    "any script": random_texts(300, 5, 30) * 2 + random_texts(900, 5, 12),
}
# The last has bands of one row, so that texts which are not similar share keys by the hundred.
SETTINGS = {
    "containment 0.5": Config(threshold=0.5, ngram_size=3, numeric_variants="remove"),
    "numeric variants": Config(threshold=0.5, ngram_size=3),
    "containment 0.8": Config(threshold=0.8, ngram_size=3, numeric_variants="remove"),
    "jaccard 0.8": Config(measure="jaccard", ngram_size=3, numeric_variants="remove"),
    "jaccard 0.3": Config(
        measure="jaccard",
        threshold=0.3,
        ngram_size=3,
        num_perm=16,
        recall=0.99,
        numeric_variants="remove",
    ),
}
COLUMNS = ("order", "representative", "witness", "similarity", "numeric_variant")


def hashed(texts: list[str], config: Config) -> tuple[Ragged, Ragged]:
    packed = pack(texts)
    characters = config.unit == "char"
    both = tokenize(packed.utf8, packed.offsets, config.seed, characters=characters)
    tokens = both.hashes
    return tokens, shingle(tokens, config.ngram_size, config.seed)


def check_matches(texts: list[str], config: Config, threads: int = 2) -> Matches:
    packed, (tokens, shingles) = pack(texts), hashed(texts, config)
    exempts = PairRule(packed.utf8, packed.offsets, config).exempts
    numbers = exact_copy_numbers(packed.utf8, packed.offsets, config)
    expected = match(tokens, shingles, config, exempts=exempts, numbers=numbers)
    found, counts = match_texts(packed.utf8, packed.offsets, config, threads=threads)
    if native.has_core():
        check_strings(texts, config, found, threads)
    assert counts.tolist() == tokens.lengths.tolist()
    for name in COLUMNS:
        np.testing.assert_array_equal(
            getattr(found, name), getattr(expected, name), name, strict=True
        )
    return found


def check_strings(texts: list[str], config: Config, expected: Matches, threads: int) -> None:
    """Strings are not packed before they are matched, but for the units that need it."""
    keep: Keep = "first" if config.keep == "auto" else config.keep
    result = dedup.deduplicate(texts, config, keep=keep, threads=threads)
    np.testing.assert_array_equal(result.witness, expected.witness, strict=True)
    np.testing.assert_array_equal(result.keep, ~expected.repeats, strict=True)


def check_pairs(texts: list[str], config: Config, threads: int = 2) -> int:
    packed = pack(texts)
    with pytest.MonkeyPatch.context() as patch:
        leave_out_core(patch)
        representative, expected, expected_counts = pairs_by_numpy(
            packed.utf8, packed.offsets, config
        )
    if not native.has_core():
        return len(expected)
    found_leader, found, counts = pairs_by_core(
        PackedRows(packed.utf8, packed.offsets, config), config, threads
    )
    assert counts.tolist() == expected_counts.tolist()
    np.testing.assert_array_equal(found_leader, representative, strict=True)
    # In an order of their own: `expanded` sorts them.
    order, expected_order = (np.lexsort((pairs.right, pairs.left)) for pairs in (found, expected))
    for name in ("left", "right", "similarity", "numeric_variant"):
        np.testing.assert_array_equal(
            getattr(found, name)[order], getattr(expected, name)[expected_order], name, strict=True
        )
    return len(found)


@given(near_copies(), CONFIGS, st.integers(1, 3), st.integers(1, 100), st.integers(1, 300))
def test_any_texts_and_settings(
    texts: list[str], config: Config, threads: int, chunk: int, block: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parallel, "MIN_CHUNK_BYTES", chunk)
        patch.setattr(keep_first, "BLOCK_BYTES", block)
        check_matches(texts, config, threads)
        check_pairs(texts, config, threads)


@given(near_copies(), CONFIGS, st.data())
def test_any_order(texts: list[str], config: Config, data: st.DataObject) -> None:
    order = np.array(data.draw(st.permutations(range(len(texts)))), np.int64)
    packed, (tokens, shingles) = pack(texts), hashed(texts, config)
    exempts = PairRule(packed.utf8, packed.offsets, config).exempts
    numbers = exact_copy_numbers(packed.utf8, packed.offsets, config)
    expected = match(tokens, shingles, config, order, exempts=exempts, numbers=numbers)
    found, _ = match_texts(packed.utf8, packed.offsets, config, order_of=lambda _: order, threads=2)
    assert found.order.tolist() == order.tolist()
    assert found.representative.tolist() == expected.representative.tolist()
    assert found.witness.tolist() == expected.witness.tolist()
    assert found.similarity.tolist() == expected.similarity.tolist()


@given(near_copies(), CONFIGS, st.data())
def test_the_last_rows_may_be_sketched_in_batches_before(
    texts: list[str], config: Config, data: st.DataObject
) -> None:
    packed = pack(texts)
    arguments = packed.utf8, packed.offsets, config
    expected, counts = match_texts(*arguments, threads=1)
    sample = batch_sketcher(config)
    if sample is None:
        pytest.skip("dedup was built without its compiled core")
    cuts = sorted(data.draw(st.sets(st.integers(0, len(texts)))))
    samples = [
        sample(packed.utf8, packed.offsets[first : last + 1])
        for first, last in pairwise([*cuts, len(texts)])
        if first < last
    ]
    found, same_counts = match_texts(*arguments, sketches=samples, threads=2)
    assert samples == []
    assert same_counts.tolist() == counts.tolist()
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)


def test_without_the_core_there_is_no_batch_sketcher(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(native, "core", None)
    assert batch_sketcher(Config()) is None


def longest_posting_list(texts: list[str], config: Config, kept: I64) -> int:
    """Count the kept rows of the key that the most of them have."""
    shingles = hashed(texts, config)[1]
    if config.measure == "jaccard":
        bands, rows, _ = banding(config.threshold, config.num_perm, config.recall)
        shingles = band_keys(signatures(shingles, config.num_perm, config.seed), bands, rows)
    values = np.concatenate([shingles[row] for row in kept.tolist()])
    return int(np.unique(values, return_counts=True)[1].max())


@pytest.mark.parametrize("texts", LARGE)
@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("keep", ["first", "last", "longest"])
def test_posting_lists_longer_than_their_cap(
    texts: str, settings: str, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(SETTINGS[settings], keep=keep)
    monkeypatch.setattr(parallel, "MIN_CHUNK_BYTES", 1 << 12)
    if settings == "numeric variants":  # the words of the texts' own are numbers
        found = check_matches([text.replace(" w", " ") for text in LARGE[texts]], config)
        is_variant = found.numeric_variant != np.arange(len(found.numeric_variant))
        assert is_variant.any()
        assert not (is_variant & found.repeats).any()
        return
    found = check_matches(LARGE[texts], config)
    assert found.repeats.sum() > 100
    if texts == "framed" and settings != "jaccard 0.8":
        kept = np.flatnonzero(~found.repeats)
        assert longest_posting_list(LARGE[texts], config, kept) > MAX_POSTINGS


@pytest.mark.parametrize("keep", ["first", "longest"])
@pytest.mark.parametrize("numeric_variants", ["keep", "remove"])
def test_pages_of_three_sites(
    keep: Keep, numeric_variants: NumericVariants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep_first, "BLOCK_BYTES", 1 << 12)
    monkeypatch.setattr(keep_first, "MIN_BLOCK_BYTES", 0)
    config = Config.preset("web", keep=keep, numeric_variants=numeric_variants)
    pages = site_pages(50, 3)
    found = check_matches(pages, config, threads=5)
    is_variant = found.numeric_variant != np.arange(len(pages))
    assert is_variant.sum() > 10
    assert found.repeats.sum() > 5
    assert not (is_variant & found.repeats).any()
    assert check_pairs(pages, config) > 150


def test_a_copy_is_found_behind_a_numeric_variant_that_contains_it_whole() -> None:
    found = check_matches(alike_texts(), Config.preset("short"))
    assert (found.repeats & (found.similarity < 1)).any()
    assert (found.numeric_variant != np.arange(len(found.witness))).any()


@pytest.mark.long
@pytest.mark.parametrize("texts", LARGE)
@pytest.mark.parametrize("settings", SETTINGS)
def test_many_pairs(texts: str, settings: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "MIN_CHUNK_BYTES", 1 << 12)
    pairs = check_pairs(LARGE[texts], SETTINGS[settings])
    # More than the compiled loop has room for at first.
    assert pairs > 1024 or not (texts == "framed" and settings == "containment 0.5")


def all_pairs(texts: list[str], config: Config) -> dict[tuple[int, int], float]:
    """Compare every text with every other, word by word."""
    words = [text.split() for text in texts]
    sets = [set(shingle_set(row, config.ngram_size)) for row in words]
    similarity = contained if config.measure == "containment" else jaccard
    # Of two texts the shorter is contained, of equally long ones that whose words came later.
    place = [(-len(row), words.index(row), number) for number, row in enumerate(words)]
    found = {}
    for left in range(len(texts)):
        for right in range(len(texts)):
            score = similarity(sets[left], sets[right])
            before = place[right] < place[left]
            wanted = before if config.measure == "containment" else left < right
            if wanted and score >= config.threshold:
                found[left, right] = score
    return found


@pytest.mark.parametrize("compiled", [True, False], ids=["core", "numpy"])
@given(data=st.data())
def test_near_duplicates_equals_a_double_loop(
    compiled: bool,  # noqa: FBT001
    data: st.DataObject,
) -> None:
    texts: list[str] = data.draw(near_copies())
    # A row a band, and 512 bands: a miss has a chance of less than 0.5 ** 512.
    config = Config(
        measure=data.draw(MEASURE),
        threshold=data.draw(st.sampled_from([0.5, 0.8, 1.0])),
        ngram_size=data.draw(st.integers(1, 5)),
        num_perm=512,
        recall=1 - 1e-12,
        numeric_variants=data.draw(st.sampled_from(["keep", "remove"])),
        page_variants=data.draw(st.sampled_from(["keep", "remove"])),
    )
    expected = all_pairs(texts, config)
    with pytest.MonkeyPatch.context() as patch:
        if not compiled:
            patch.setattr(native, "core", None)
        pairs = dedup.near_duplicates(texts, config, threads=2)
    assert list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)) == sorted(expected)
    scores = np.array([expected[pair] for pair in sorted(expected)], np.float32)
    np.testing.assert_array_equal(pairs.similarity, scores, strict=True)
    assert config.numeric_variants == "keep" or not pairs.numeric_variant.any()

    neighbours = defaultdict(set)
    for left, right in expected:
        neighbours[left].add(right)
        neighbours[right].add(left)
    labels = dedup.connected_components(pairs, len(texts)).tolist()
    for row, label in enumerate(labels):
        reached, todo = {row}, [row]
        while todo:
            fresh = neighbours[todo.pop()] - reached
            reached |= fresh
            todo += fresh
        assert label == min(reached)


@pytest.mark.parametrize("texts", LARGE)
@pytest.mark.parametrize("settings", [*SETTINGS, "short"])
@pytest.mark.parametrize("block", [1 << 8, 1 << 12])
def test_threads_compare_rows_before_they_are_decided(
    texts: str, settings: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep_first, "BLOCK_BYTES", block)
    monkeypatch.setattr(keep_first, "MIN_BLOCK_BYTES", 0)
    config = Config.preset("short") if settings == "short" else SETTINGS[settings]
    rows = LARGE[texts][:700]
    if settings in {"numeric variants", "short"}:
        rows = [text.replace(" w", " ") for text in rows]
    packed = pack([*rows, *rows[:50]])
    for references in (0, 100):
        found = [
            match_texts(
                packed.utf8,
                packed.offsets,
                config,
                order_of=lambda counts: np.arange(len(counts)),
                reference_count=references,
                threads=threads,
            )[0]
            for threads in (1, 2, 5)
        ]
        assert found[0].repeats.any()
        for one, name in product(found[1:], COLUMNS):
            np.testing.assert_array_equal(getattr(one, name), getattr(found[0], name), name)


def test_no_rows() -> None:
    packed = pack([])
    for measure in ("containment", "jaccard"):
        config = Config(measure=measure)
        matches, counts = match_texts(packed.utf8, packed.offsets, config)
        assert len(matches.witness) == len(counts) == 0
        assert len(near_duplicates(packed, config)) == 0


@pytest.mark.parametrize("threshold", [0.5, 0.8])
def test_short_rows_in_texts_so_large_that_their_sets_are_kept(threshold: float) -> None:
    generator = np.random.default_rng(11)
    large = [[f"w{word}" for word in generator.integers(0, 20_000, 12_000)] for _ in range(3)]
    texts = [" ".join(words) for words in large]
    for row in range(300):
        words, start = large[row % 3], int(generator.integers(0, 11_900))
        piece = words[start : start + 40 + row % 30]
        for place in generator.integers(0, len(piece), row % 12):
            piece[place] = "changed"
        texts.append(" ".join(piece))
    config = Config(threshold=threshold, keep="longest", numeric_variants="remove")
    matches = check_matches(texts, config)
    assert 50 < matches.repeats.sum() < 300
    assert check_pairs(texts, config) >= matches.repeats.sum()


@pytest.mark.long
@pytest.mark.parametrize("settings", SETTINGS)
def test_tables_that_are_too_small_at_first(settings: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keep_first, "RECENT_SHINGLES", 64 * 40)  # the shingles of a hundred rows
    monkeypatch.setattr(keep_first, "POOL_PER_POSTING", 0)
    monkeypatch.setattr(keep_first, "BYTES_PER_SLOT", 1 << 40)
    texts = [text.replace(" w", " ") for text in framed_texts(400, 5)]
    assert check_matches(texts, SETTINGS[settings]).repeats.any()
    assert check_pairs(texts, SETTINGS[settings])
