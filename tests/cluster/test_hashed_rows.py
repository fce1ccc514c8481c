"""Keys that are left out are shared by no other row; filters miss no key."""

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays.array_types import Ragged
from dedup.arrays.native import has_core
from dedup.arrays.packed import pack
from dedup.cluster import key_filter
from dedup.cluster.hashed_rows import hash_rows, keep_posted_queries, post_queries, post_rows
from dedup.cluster.key_columns import as_binary, keys_of
from dedup.cluster.key_filter import (
    ASKED_FACTOR,
    POSTED_FACTOR,
    KeyFilter,
    cut_keys,
    fill_parts,
    words_for,
)
from dedup.cluster.row_positions import LAST_ROW, MAX_TOKENS, positions_of, row_at
from dedup.config import Config, Keep, Preset
from dedup.errors import InputError, MissingLibraryError
from dedup.matching import sketched_texts
from tests.generated_texts import framed_texts

KEYS = st.lists(st.integers(0, 2**32 - 1), max_size=50).map(lambda keys: np.array(keys, np.uint64))


def column_of(keys: np.ndarray) -> pa.RecordBatch:
    """Return keys as one row."""
    return pa.RecordBatch.from_pydict({"keys": as_binary(Ragged(keys, np.array([0, len(keys)])))})


@given(KEYS, KEYS)
def test_a_filter_misses_no_key(first: np.ndarray, second: np.ndarray) -> None:
    words = words_for(0)
    cut = [*cut_keys([column_of(first), column_of(second)], "keys", POSTED_FACTOR)]
    parts = pa.Table.from_batches(fill_parts(cut, words, POSTED_FACTOR)).to_pylist()
    found = KeyFilter.of_parts((tuple(part.values()) for part in parts), words, POSTED_FACTOR)
    both = np.concatenate((first, second))
    every, counts = np.unique(both, return_counts=True)
    assert found.has(both).all()
    assert found.has_twice(every[counts > 1]).all()
    others = np.setdiff1d(np.arange(1000, dtype=np.uint64), both)
    assert found.has(others).mean() < 0.05
    assert found.has_twice(np.concatenate((others, every[counts == 1]))).mean() < 0.05
    whole = KeyFilter.of(both, POSTED_FACTOR)
    assert (whole.once == found.once).all()
    assert (whole.twice == found.twice).all()


def test_a_filter_of_many_keys_says_yes_to_few_others() -> None:
    keys = np.random.default_rng(3).integers(0, 2**32, 40_000).astype(np.uint64)
    found = KeyFilter.of(keys[:20_000], ASKED_FACTOR)
    assert found.has(keys[:20_000]).all()
    by_chance = keys[20_000:][found.has(keys[20_000:])]
    assert len(by_chance) < 0.05 * 20_000
    # The same keys in a filter of another factor: what passes one passes the other by chance only.
    assert KeyFilter.of(keys[:20_000], POSTED_FACTOR).has(by_chance).mean() < 0.1


def test_frequent_keys_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_filter, "FREQUENT", 3)
    keys = np.array([9, 7, 9, 2**32 - 1, 9, 7, *[2**32 - 1] * 4], np.uint64)
    cut = [*cut_keys([column_of(keys[:4]), column_of(keys[4:])], "keys", ASKED_FACTOR)]
    words = words_for(len(keys))
    parts = pa.Table.from_batches(fill_parts(cut, words, ASKED_FACTOR)).to_pylist()
    found = KeyFilter.of_parts((tuple(part.values()) for part in parts), words, ASKED_FACTOR)
    assert found.frequent.tolist() == [9, 2**32 - 1]
    assert KeyFilter.of(keys, ASKED_FACTOR).frequent.tolist() == [9, 2**32 - 1]


@pytest.mark.parametrize("preset", ["news", "strict"])
def test_only_keys_that_another_row_shares_stay(preset: Preset) -> None:
    config = Config.of(preset, {"keep": "first"})
    texts = [*framed_texts(200, 5), None, "", "!"]
    batch = pa.RecordBatch.from_pydict({"dedup_row": np.arange(203), "text": pa.array(texts)})
    hashed = [*hash_rows([batch], config, by_core=has_core())]
    assert len(hashed[0]) == 200  # texts without words are kept, and left out here
    packed = pack(texts)
    keys = sketched_texts.SketchedTexts.of(packed.utf8, packed.offsets, config).keys
    queries = keys_of(hashed[0], "queries")
    asked = KeyFilter.of(queries.values, ASKED_FACTOR)
    by_text = config.measure == "containment"
    [posted] = post_rows([batch], asked, config) if by_text else post_queries(hashed, asked)
    kept = dict(zip(posted["position"].to_pylist(), keys_of(posted, "postings"), strict=True))
    for row in range(200):
        others = [queries[other] for other in range(200) if other != row]
        wanted = np.intersect1d(keys.posting_keys[row], np.concatenate(others))
        stay = kept.get(row, np.empty(0, np.uint64))
        assert np.isin(wanted, stay).all()
        assert np.isin(stay, keys.posting_keys[row]).all()
        assert (np.diff(stay.astype(np.int64)) > 0).all()
    values = keys_of(posted, "postings").values
    assert len(values) < len(keys.posting_keys.values) / 2
    [found] = keep_posted_queries(hashed, KeyFilter.of(values, POSTED_FACTOR))
    left = dict(zip(found["position"].to_pylist(), keys_of(found, "queries"), strict=True))
    for row in range(200):
        others = [kept[other] for other in kept if other != row]
        wanted = np.intersect1d(queries[row], np.concatenate(others))
        if len(wanted) >= keys.min_shared[row]:
            assert np.isin(wanted, left[row]).all()


@pytest.mark.skipif(not has_core(), reason="dedup was built without its compiled core")
@pytest.mark.parametrize("preset", ["news", "strict", "web", "ocr", "short"])
def test_texts_are_sketched_alike_with_and_without_the_core(
    preset: Preset, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [*framed_texts(40, 6), None, "", "!", "one 2 three", "one 2 three"]
    config, packed = Config.preset(preset), pack(texts)
    found = []
    for native in (True, False):
        monkeypatch.setattr(sketched_texts, "has_core", lambda native=native: native)
        found.append(sketched_texts.SketchedTexts.of(packed.utf8, packed.offsets, config))
    one, other = found
    np.testing.assert_array_equal(one.counts, other.counts)
    for sketched in found:
        assert len({*map(tuple, sketched.fingerprints.tolist())}) == len({*texts}) - 2
    for name in ("min_shared", "min_shared_uncapped", "is_exhaustive", "fewest_shared"):
        np.testing.assert_array_equal(getattr(one.keys, name), getattr(other.keys, name))
    for name in ("query_keys", "posting_keys"):
        pairs = zip(getattr(one.keys, name), getattr(other.keys, name), strict=True)
        assert all({*left.tolist()} == {*right.tolist()} for left, right in pairs)


@pytest.mark.parametrize("keep", ["first", "last", "longest"])
def test_positions_have_the_order_and_the_row(keep: Keep) -> None:
    rng, config = random.Random(4), Config(keep=keep)
    rows = np.array([0, LAST_ROW, *(rng.randrange(LAST_ROW) for _ in range(50))])
    tokens = np.array([MAX_TOKENS, 0, *(rng.choice((1, 2, 99)) for _ in range(50))])
    position = positions_of(rows, tokens, config)
    assert row_at(position, config).tolist() == rows.tolist()
    sort_keys = {"first": rows, "last": -rows, "longest": None}[keep]
    order = np.lexsort((rows, -tokens)) if sort_keys is None else np.argsort(sort_keys)
    assert np.argsort(position).tolist() == order.tolist()
    assert position.min() >= 0


def test_workers_without_the_core_of_the_driver_are_an_error() -> None:
    with pytest.raises(MissingLibraryError, match="on the driver and on all workers, or on none"):
        next(hash_rows([], Config(keep="first"), by_core=not has_core()))


def test_numbers_outside_their_range_are_errors() -> None:
    config, one = Config(keep="longest"), np.array([1])
    with pytest.raises(InputError, match="row numbers must be from 0 to 137438953471, got -1"):
        positions_of(-one, one, config)
    with pytest.raises(InputError, match="a text has 67,108,864 words"):
        positions_of(one, one * (MAX_TOKENS + 1), config)
