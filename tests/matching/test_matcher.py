"""Which rows are compared by the compiled core, against the rules in plain Python."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays import parallel
from dedup.arrays.array_types import U8
from dedup.arrays.native import core
from dedup.arrays.packed import pack
from dedup.arrays.parallel import offsets_of
from dedup.config import Config
from dedup.matching.deduplicate import match_texts
from dedup.matching.keep_first import PROCESSING_ORDERS, MatchSettings, match_rows
from dedup.matching.near_duplicates import pair_rows, pairs_by_core
from dedup.matching.rows import PackedRows
from dedup.matching.shared_keys import OrderedKeys, SharedKeys, filter_of, new_filter
from dedup.text.hashing import NativeTexts
from dedup.text.shingles import fingerprint_keys, shingle
from dedup.text.tokens import tokenize

if core is None:
    pytest.skip("dedup was built without its compiled core", allow_module_level=True)

KEYS = 12
SOME = st.lists(st.integers(0, KEYS - 1), max_size=9)
WORDS = 6


def taken(rows: list[list[int]]) -> OrderedKeys:
    keys = np.array([key for row in rows for key in row], np.uint32)
    return OrderedKeys(keys, offsets_of(np.array([len(row) for row in rows], np.int64)))


def rows_alike(rows: int) -> PackedRows:
    """Return rows that are all alike, so that whatever is compared is similar."""
    packed = pack([" ".join("abcdef")] * rows)
    return PackedRows(packed.utf8, packed.offsets, Config())


def sketches_of(
    kept: list[list[int]], query_keys: list[int], min_shared: int, order: list[int]
) -> SharedKeys:
    """Return the sketches of rows of which the last one taken is looked up."""
    count = len(kept) + 1
    return SharedKeys(
        counts=np.full(count, WORDS),
        order=np.array(order, np.int64),
        representative=np.arange(count),
        query_keys=taken([[]] * len(kept) + [query_keys]),
        posting_keys=taken([*([*kept, []][row] for row in order[:-1]), []]),
        key_count=KEYS,
        sketch_sizes=np.full(count, max(len(query_keys), 1)),
        min_shared=np.full(count, min_shared),
        min_shared_uncapped=np.arange(20),
        exhaustive_tokens=WORDS,
    )


def by_all(
    kept: list[list[int]], query_keys: list[int], min_shared: int, listed: int
) -> dict[int, int]:
    """Return what the rows share that are listed under one of the rarest keys, if enough."""
    lists = {key: [row for row, keys in enumerate(kept) if key in keys] for key in query_keys}
    rarest = sorted(query_keys, key=lambda key: min(len(lists[key]), listed + 1))
    met = {row for key in rarest[: len(query_keys) - min_shared + 1] for row in lists[key][:listed]}
    shared = Counter(row for key in query_keys for row in lists[key] if row in met)
    return {row: hits for row, hits in shared.items() if hits >= min_shared}


def candidates(sketches: SharedKeys, listed: int) -> list[int]:
    """Return the rows that the last row taken is compared with."""
    limits = MatchSettings(
        0.5, by_containment=True, max_postings=100, max_candidates=0, max_exhaustive_postings=listed
    )
    left, right, *_ = pair_rows(rows_alike(len(sketches.order)), sketches, limits)
    assert set(left.tolist()) <= {int(sketches.order[-1])}
    return sorted(right.tolist())


@given(st.lists(SOME, max_size=40), SOME, st.integers(1, 9), st.sampled_from([1, 2, 5, 1000]))
def test_rows_by_their_rarest_keys(
    kept: list[list[int]], query_keys: list[int], min_shared: int, listed: int
) -> None:
    # Two shingles may have one key, and a kept row may have a shingle twice.
    query_keys = sorted(query_keys)
    min_shared = min(min_shared, len(query_keys) or 1)
    order = list(range(len(kept) + 1))
    found = candidates(sketches_of(kept, query_keys, min_shared, order), listed)
    assert found == sorted(by_all(kept, query_keys, min_shared, listed))


def test_long_lists() -> None:
    rng = np.random.default_rng(5)
    # Key 0 is rare, 1 to 5 are in most rows.
    kept = [
        [0] * (row % 50 == 0) + [key for key in range(1, 6) if rng.random() < 0.9]
        for row in range(400)
    ]
    order = list(range(len(kept) + 1))
    for query_keys in (list(range(6)), [0, 3, 3, 4]):
        for min_shared in range(1, len(query_keys) + 1):
            for listed in (1000, 8):
                found = candidates(sketches_of(kept, query_keys, min_shared, order), listed)
                assert found == sorted(by_all(kept, query_keys, min_shared, listed))


@given(st.lists(SOME, max_size=30), st.sets(st.integers(0, KEYS - 1)), st.data())
def test_those_that_share_most_are_compared(
    kept: list[list[int]], query_keys: set[int], data: st.DataObject
) -> None:
    """The one of the lowest number among them repeats the row, as all are alike."""
    order = [*data.draw(st.permutations(range(len(kept)))), len(kept)]
    min_shared, full, compared = (data.draw(st.integers(1, most)) for most in (4, 6, 3))
    sketches = sketches_of(kept, sorted(query_keys), min_shared, order)._replace(
        exhaustive_tokens=0
    )
    limits = MatchSettings(
        0.5,
        by_containment=True,
        max_postings=full,
        max_candidates=compared,
        max_exhaustive_postings=9,
    )
    witness, *_ = match_rows(rows_alike(len(order)), sketches, limits)
    lists = {key: [row for row in order[:-1] if key in kept[row]][:full] for key in query_keys}
    every = Counter(row for rows in lists.values() for row in rows)
    rarer = Counter(row for rows in lists.values() if len(rows) < full for row in rows)
    full_keys = sum(len(rows) == full for rows in lists.values())
    min_shared_uncapped = max(len(query_keys), 1) - full_keys
    found = [
        row
        for row, hits in every.items()
        if hits >= min_shared or (full_keys and rarer[row] >= min_shared_uncapped)
    ]
    found.sort(key=lambda row: (-rarer[row], -every[row], row))
    assert witness[-1] == min(found[:compared], default=len(kept))


SAME = rows_alike(3)


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"order": np.array([0, 1, 3])}, "order: beyond the rows"),
        ({"order": np.array([0, 1, -1])}, "order: beyond the rows"),
        ({"representative": np.array([0, 1, 3])}, "representative: beyond the rows"),
        ({"min_shared": np.zeros(2, np.int64)}, "min_shared: too few values"),
        ({"min_shared": np.zeros(3, np.int64)}, "min_shared: less than 1"),
        ({"sketch_sizes": np.zeros(3, np.int64)}, "sketch_sizes: out of range"),
        ({"key_count": 1}, "keys: not below key_count"),
        (
            {"query_keys": OrderedKeys(np.zeros(2, np.uint32), np.array([0, 2, 1, 2]))},
            "offsets: not ascending",
        ),
        (
            {"query_keys": OrderedKeys(np.zeros(2, np.uint32), np.array([0, 1, 1, 3]))},
            "offsets: beyond",
        ),
        (
            {"posting_keys": OrderedKeys(np.zeros(2, np.uint32), np.array([0, 1]))},
            "offsets: too few values",
        ),
        ({"min_shared_uncapped": np.zeros(0, np.int64)}, "min_shared_uncapped: too few values"),
        (
            {"min_shared_uncapped": np.zeros(1, np.int64), "exhaustive_tokens": 0},
            "sketch_sizes: out of range",
        ),
    ],
)
def test_sketches_are_checked(others: dict[str, Any], said: str) -> None:
    sketches = sketches_of([[1], [2]], [1, 2], 1, [0, 1, 2])._replace(**others)
    limits = MatchSettings(
        0.5, by_containment=True, max_postings=64, max_candidates=64, max_exhaustive_postings=64
    )
    with pytest.raises((ValueError, IndexError), match=said):
        match_rows(SAME, sketches, limits)


def test_tables_and_types_are_checked() -> None:
    sketches = sketches_of([[1], [2]], [1, 2], 1, [0, 1, 2])
    limits = MatchSettings(
        0.5, by_containment=True, max_postings=64, max_candidates=64, max_exhaustive_postings=64
    )
    for bad in (
        limits._replace(max_postings=0),
        limits._replace(max_candidates=-1),
        limits._replace(max_exhaustive_postings=0),
    ):
        with pytest.raises(ValueError, match="settings: out of range"):
            match_rows(SAME, sketches, bad)
    with pytest.raises(ValueError, match="keys: of other texts"):
        match_rows(rows_alike(4), sketches, limits)
    with pytest.raises(TypeError, match="counts: must be"):
        match_rows(SAME, sketches._replace(counts=np.ones(3)), limits)  # type: ignore[arg-type]


def test_what_sketches_are_made_of_is_checked() -> None:
    texts, keys = SAME.texts.core_texts, fingerprint_keys(1)
    room, ones = np.zeros(9, np.uint32), np.ones(4, np.int64)
    for first, last in ((-1, 1), (0, 4), (2, 1)):
        with pytest.raises(IndexError, match="rows: beyond the texts"):
            core.sketch_bottom(texts, first, last, keys, 16, 64, 8, 0)
    with pytest.raises(ValueError, match="sizes: out of range"):
        core.sketch_bottom(texts, 0, 3, keys, 16, 8, 8, 0)
    with pytest.raises(ValueError, match="fingerprint_keys: of another shape"):
        core.sketch_bottom(texts, 0, 3, keys[:1], 16, 64, 8, 0)
    with pytest.raises(ValueError, match="fingerprints: of another shape"):
        core.fingerprint_rows(texts, 0, 3, keys, ones, np.zeros((2, 2), np.uint64))
    with pytest.raises(ValueError, match="bands: of another shape"):
        core.sketch_bands(texts, 0, 3, keys, room, room[:8], *(ones.astype(np.uint64),) * 2)
    with pytest.raises(ValueError, match="edges: beyond the values"):
        core.partition_keys(room, np.array([0, 10]), np.ones(1, np.bool_), 0, 1, 2)
    with pytest.raises(IndexError, match="rows: beyond the texts"):
        core.partition_keys(room, np.array([0, 9]), np.ones(1, np.bool_), 0, 2, 2)
    with pytest.raises(ValueError, match="bounds: beyond the values"):
        core.KeyPartitions([(room, np.array([0, 10]))])
    parts = core.KeyPartitions([(room, np.array([0, 4, 9]))])
    with pytest.raises(IndexError, match="partition: there is none"):
        core.add_partition(parts, 2, new_filter(1))
    with pytest.raises(ValueError, match="filter: of another shape"):
        core.add_partition(parts, 0, np.zeros((1, 3), np.uint64))
    prints, table = np.zeros((4, 2), np.uint64), np.full(8, -1)
    with pytest.raises(IndexError, match="order: beyond the rows"):
        core.find_representatives(ones + 3, ones, prints, table, ones.copy())
    with pytest.raises(ValueError, match="table: of another size"):
        core.find_representatives(ones, ones, prints, table[:4], ones.copy())


@pytest.mark.parametrize("measure", ["containment", "jaccard"])
@pytest.mark.parametrize("texts", [[], [""], ["", "—", ""], ["one row of some words"]])
def test_few_rows_and_rows_without_tokens(texts: list[str], measure: str) -> None:
    packed = pack(["before", *texts, "behind"])
    utf8: U8 = packed.utf8[3:]
    offsets = packed.offsets[1:-1] - 3  # which need not begin at 0
    config = Config.of(None, {"measure": measure, "threshold": 0.5})
    found, counts = match_texts(utf8, offsets, config, order_of=PROCESSING_ORDERS["longest"])
    assert counts.tolist() == [len(text.split()) if text.isascii() else 0 for text in texts]
    assert not found.repeats.any()
    assert len(pairs_by_core(PackedRows(utf8, offsets, config), config)[1]) == 0


@given(st.lists(st.lists(st.integers(0, 40)), max_size=9), st.integers(1, 5), st.data())
def test_keys_are_noted_alike_by_one_thread_and_by_parts(
    rows: list[list[int]], chunk: int, data: st.DataObject
) -> None:
    keys = np.array([key for row in rows for key in row], np.uint32)
    edges = np.cumsum([0, *map(len, rows)])
    wanted = np.array(data.draw(st.lists(st.booleans(), min_size=9, max_size=9)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parallel, "MIN_CHUNK_BYTES", chunk)
        one, two = (filter_of(keys, edges, wanted, threads) for threads in (1, 2))
    np.testing.assert_array_equal(one, two, strict=True)


def test_keys_of_texts_with_a_shingle_for_two_bytes() -> None:
    texts = [" ".join(chr(97 + row * word % 26) for word in range(50)) for row in range(20)]
    packed = pack(texts)
    rows = NativeTexts(packed.utf8, packed.offsets, Config()).core_texts
    keys = core.sketch_bottom(rows, 0, 20, fingerprint_keys(1), 16, 64, 8, 0)[4].reshape(20, 46)
    shingles = shingle(tokenize(packed.utf8, packed.offsets).hashes)
    for row in range(20):
        assert {*keys[row].tolist()} == {*(shingles[row] >> 32).tolist()}
