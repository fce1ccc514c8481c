"""Keys that are left out are shared by no other row; filters miss no key."""

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays.array_types import Ragged
from dedup.cluster.hashed_rows import as_lists, hash_rows, keep_asked_keys, keep_keys, keys_of
from dedup.cluster.key_filter import KeyFilter, bits_for, filter_parts, merge_parts
from dedup.cluster.row_positions import LAST_ROW, MAX_TOKENS, positions_of, row_at
from dedup.config import Config, Keep
from dedup.errors import InputError
from tests.generated_texts import framed_texts

KEYS = st.lists(st.integers(0, 2**32 - 1), max_size=50).map(lambda keys: np.array(keys, np.uint64))


def lists_of(keys: np.ndarray) -> pa.ListArray:
    """Return keys, each once, as one row."""
    unique = np.unique(keys)
    return as_lists(Ragged(unique, np.array([0, len(unique)])))


@given(KEYS, KEYS)
def test_a_filter_misses_no_key(first: np.ndarray, second: np.ndarray) -> None:
    bits = bits_for(0)
    batches = [pa.RecordBatch.from_pydict({"keys": lists_of(keys)}) for keys in (first, second)]
    parts = [part for batch in batches for part in filter_parts([batch], "keys", bits)]
    merged = pa.Table.from_batches([*merge_parts(parts, bits)]).to_pylist()
    both = KeyFilter.of_parts((tuple(part.values()) for part in merged), bits)
    assert both.has(first).all()
    assert both.has(second).all()
    assert both.has_twice(np.intersect1d(first, second)).all()
    few = np.setdiff1d(np.arange(1000, dtype=np.uint64), np.concatenate((first, second)))
    assert both.has(few).mean() < 0.05


def test_only_keys_that_another_row_shares_stay() -> None:
    config = Config(keep="longest")
    texts = pa.array([*framed_texts(200, 5), None, "", "!"])
    batch = pa.RecordBatch.from_pydict({"dedup_row": np.arange(203), "text": texts})
    hashed = pa.Table.from_batches([*hash_rows([batch], config)]).combine_chunks().to_batches()
    assert len(hashed[0]) == 200  # texts without words are kept, and left out here
    queries, postings = (keys_of(hashed[0], name) for name in ("queries", "postings"))
    bits = bits_for(len(postings.values))
    [asked] = keep_asked_keys(hashed, KeyFilter.of(queries.values, bits))
    kept = keys_of(asked, "postings")
    for row in range(200):
        others = [queries[other] for other in range(200) if other != row]
        wanted = np.intersect1d(postings[row], np.concatenate(others))
        assert np.isin(wanted, kept[row]).all()
    assert len(kept.values) < len(postings.values) / 2
    posted = KeyFilter.of(kept.values, bits)
    [found] = keep_keys([asked], "queries", posted)
    rows = np.flatnonzero(np.isin(hashed[0]["position"].to_numpy(), found["position"].to_numpy()))
    for place, row in enumerate(rows.tolist()):
        others = [postings[other] for other in range(200) if other != row]
        wanted = np.intersect1d(queries[row], np.concatenate(others))
        assert np.isin(wanted, keys_of(found, "queries")[place]).all()


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


def test_numbers_outside_their_range_are_errors() -> None:
    config, one = Config(keep="longest"), np.array([1])
    with pytest.raises(InputError, match="row numbers must be from 0 to 137438953471, got -1"):
        positions_of(-one, one, config)
    with pytest.raises(InputError, match="a text has 67,108,864 words"):
        positions_of(one, one * (MAX_TOKENS + 1), config)
