"""Which rows are compared by the compiled core, against the rules in plain Python."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays.array_types import U8
from dedup.arrays.native import core
from dedup.arrays.packed import pack
from dedup.arrays.parallel import offsets_of
from dedup.arrays.stored_arrays import ArrayStore
from dedup.config import Config
from dedup.matching import shared_keys
from dedup.matching.deduplicate import match_texts
from dedup.matching.keep_first import PROCESSING_ORDERS, MatchSettings, match_rows
from dedup.matching.near_duplicates import pair_rows, pairs_by_core
from dedup.matching.rows import PackedRows
from dedup.matching.shared_keys import OrderedKeys, RowKeys, SharedKeys, filter_of, new_filter
from dedup.text.hashing import NativeTexts
from dedup.text.shingles import fingerprint_keys, shingle
from dedup.text.tokens import tokenize

if core is None:
    pytest.skip("dedup was built without its compiled core", allow_module_level=True)

KEYS = 12
ROW_KEYS = st.lists(st.integers(0, KEYS - 1), max_size=9)
WORDS = 6  # of each row


def ordered(rows: list[list[int]]) -> OrderedKeys:
    keys = np.array([key for row in rows for key in row], np.uint32)
    return OrderedKeys(keys, offsets_of(np.array([len(row) for row in rows], np.int64)))


def equal_rows(count: int) -> PackedRows:
    """Return rows of equal words: all candidates are similar."""
    packed = pack([" ".join("abcdef")] * count)
    return PackedRows(packed.utf8, packed.offsets, Config())


def shared_keys_of(
    kept: list[list[int]], query_keys: list[int], min_shared: int, order: list[int]
) -> SharedKeys:
    """Return the keys of kept rows, and of one more row, the last in order, that is looked up."""
    count = len(kept) + 1
    return SharedKeys(
        counts=np.full(count, WORDS),
        order=np.array(order, np.int64),
        representative=np.arange(count),
        query_keys=ordered([[]] * len(kept) + [query_keys]),
        posting_keys=ordered([*([*kept, []][row] for row in order[:-1]), []]),
        key_count=KEYS,
        sketch_sizes=np.full(count, max(len(query_keys), 1)),
        min_shared=np.full(count, min_shared),
        min_shared_uncapped=np.arange(20),
        exhaustive_tokens=WORDS,
    )


def settings_with(
    max_postings: int = 64, max_candidates: int = 64, max_exhaustive_postings: int = 64
) -> MatchSettings:
    caps = max_postings, max_candidates, max_exhaustive_postings
    return MatchSettings(0.5, True, *caps)


def exhaustive_candidates(
    kept: list[list[int]], query_keys: list[int], min_shared: int, cap: int
) -> list[int]:
    """Return the rows that share enough keys, one of the rarest keys among them."""
    lists = {key: [row for row, keys in enumerate(kept) if key in keys] for key in query_keys}
    rarest_first = sorted(query_keys, key=lambda key: min(len(lists[key]), cap + 1))
    prefix = rarest_first[: len(query_keys) - min_shared + 1]
    candidates = {row for key in prefix for row in lists[key][:cap]}
    shared = Counter(row for key in query_keys for row in lists[key] if row in candidates)
    return sorted(row for row, count in shared.items() if count >= min_shared)


def found_candidates(keys: SharedKeys, cap: int) -> list[int]:
    """Return the rows with which the core compares the last row."""
    settings = settings_with(max_candidates=0, max_exhaustive_postings=cap)
    left, right, *_ = pair_rows(equal_rows(len(keys.order)), keys, settings)
    assert set(left.tolist()) <= {int(keys.order[-1])}
    return sorted(right.tolist())


@given(st.lists(ROW_KEYS, max_size=40), ROW_KEYS, st.integers(1, 9), st.sampled_from([1, 2, 5, 99]))
def test_exhaustive_lookup(
    kept: list[list[int]], query_keys: list[int], min_shared: int, cap: int
) -> None:
    # Two shingles may have the same key, and a kept row may have a shingle twice.
    query_keys = sorted(query_keys)
    min_shared = min(min_shared, len(query_keys) or 1)
    order = list(range(len(kept) + 1))
    found = found_candidates(shared_keys_of(kept, query_keys, min_shared, order), cap)
    assert found == exhaustive_candidates(kept, query_keys, min_shared, cap)


def test_exhaustive_lookup_with_long_posting_lists() -> None:
    rng = np.random.default_rng(5)
    # Key 0 is rare, 1 to 5 are in most rows.
    kept = [
        [0] * (row % 50 == 0) + [key for key in range(1, 6) if rng.random() < 0.9]
        for row in range(400)
    ]
    order = list(range(len(kept) + 1))
    for query_keys in (list(range(6)), [0, 3, 3, 4]):
        for min_shared in range(1, len(query_keys) + 1):
            for cap in (1000, 8):
                found = found_candidates(shared_keys_of(kept, query_keys, min_shared, order), cap)
                assert found == exhaustive_candidates(kept, query_keys, min_shared, cap)


@given(st.lists(ROW_KEYS, max_size=30), st.sets(st.integers(0, KEYS - 1)), st.data())
def test_rows_that_share_the_most_keys_are_candidates(
    kept: list[list[int]], query_keys: set[int], data: st.DataObject
) -> None:
    """All rows are equal, so the lowest candidate is the witness."""
    order = [*data.draw(st.permutations(range(len(kept)))), len(kept)]
    min_shared, cap, max_candidates = (data.draw(st.integers(1, most)) for most in (4, 6, 3))
    keys = shared_keys_of(kept, sorted(query_keys), min_shared, order)
    settings = settings_with(cap, max_candidates)
    witness, *_ = match_rows(equal_rows(len(order)), keys._replace(exhaustive_tokens=0), settings)
    lists = {key: [row for row in order[:-1] if key in kept[row]][:cap] for key in query_keys}
    shared = Counter(row for rows in lists.values() for row in rows)
    uncapped = Counter(row for rows in lists.values() if len(rows) < cap for row in rows)
    capped_keys = sum(len(rows) == cap for rows in lists.values())
    min_shared_uncapped = max(len(query_keys), 1) - capped_keys
    found = [
        row
        for row, count in shared.items()
        if count >= min_shared or (capped_keys and uncapped[row] >= min_shared_uncapped)
    ]
    found.sort(key=lambda row: (-uncapped[row], -shared[row], row))
    assert witness[-1] == min(found[:max_candidates], default=len(kept))


SAME = equal_rows(3)


@pytest.mark.parametrize(
    ("changes", "message"),
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
def test_shared_keys_are_checked(changes: dict[str, Any], message: str) -> None:
    keys = shared_keys_of([[1], [2]], [1, 2], 1, [0, 1, 2])._replace(**changes)
    with pytest.raises((ValueError, IndexError), match=message):
        match_rows(SAME, keys, settings_with())


def test_settings_and_types_are_checked() -> None:
    keys = shared_keys_of([[1], [2]], [1, 2], 1, [0, 1, 2])
    for settings in (settings_with(0), settings_with(64, -1), settings_with(64, 64, 0)):
        with pytest.raises(ValueError, match="settings: out of range"):
            match_rows(SAME, keys, settings)
    with pytest.raises(ValueError, match="keys: of other texts"):
        match_rows(equal_rows(4), keys, settings_with())
    with pytest.raises(TypeError, match="counts: must be"):
        match_rows(SAME, keys._replace(counts=np.ones(3)), settings_with())  # type: ignore[arg-type]


def test_arguments_of_the_core_are_checked() -> None:
    texts, keys = SAME.texts.core_texts, fingerprint_keys(1)
    room, ones = np.zeros(9, np.uint32), np.ones(4, np.int64)
    for first, last in ((-1, 1), (0, 4), (2, 1)):
        with pytest.raises(IndexError, match="rows: beyond the texts"):
            core.sketch_bottom(texts, first, last, core.BottomSketchSettings(keys, 16, 64, 8, 0))
    with pytest.raises(ValueError, match="sizes: out of range"):
        core.BottomSketchSettings(keys, 16, 8, 8, 0)
    with pytest.raises(ValueError, match="fingerprint_keys: of another shape"):
        core.BottomSketchSettings(keys[:1], 16, 64, 8, 0)
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
    partitions = core.KeyPartitions([(room, np.array([0, 4, 9]))])
    with pytest.raises(IndexError, match="partition: there is none"):
        core.add_partition(partitions, 2, new_filter(1))
    with pytest.raises(ValueError, match="filter: of another shape"):
        core.add_partition(partitions, 0, np.zeros((1, 3), np.uint64))
    fingerprints, table = np.zeros((4, 2), np.uint64), np.full(8, -1)
    with pytest.raises(IndexError, match="order: beyond the rows"):
        core.find_representatives(ones + 3, ones, fingerprints, table, ones.copy())
    with pytest.raises(ValueError, match="table: of another size"):
        core.find_representatives(ones, ones, fingerprints, table[:4], ones.copy())


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


@given(st.lists(st.lists(st.integers(0, 40)), max_size=9), st.integers(1, 9), st.data())
def test_filters_do_not_depend_on_threads_or_batches(
    rows: list[list[int]], batch_size: int, data: st.DataObject
) -> None:
    wanted = np.array(data.draw(st.lists(st.booleans(), min_size=9, max_size=9)))

    def batches(size: int) -> list[RowKeys]:
        return [
            RowKeys(
                ArrayStore().add(np.array([key for row in part for key in row], np.uint32)),
                np.array([len(row) for row in part], np.int64),
            )
            for part in (rows[start : start + size] for start in range(0, len(rows) or 1, size))
        ]

    expected = filter_of(batches(9), wanted, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shared_keys, "MAX_UNSORTED_KEYS", 0)
        patch.setattr(shared_keys, "KEYS_PER_FILTER_STEP", 20)
        found = filter_of(batches(batch_size), wanted, 2)
    np.testing.assert_array_equal(found, expected, strict=True)


def test_keys_of_texts_with_a_shingle_for_two_bytes() -> None:
    texts = [" ".join(chr(97 + row * word % 26) for word in range(50)) for row in range(20)]
    packed = pack(texts)
    rows = NativeTexts(packed.utf8, packed.offsets, Config()).core_texts
    settings = core.BottomSketchSettings(fingerprint_keys(1), 16, 64, 8, 0)
    keys = core.sketch_bottom(rows, 0, 20, settings)[4].reshape(20, 46)
    shingles = shingle(tokenize(packed.utf8, packed.offsets).hashes)
    for row in range(20):
        assert {*keys[row].tolist()} == {*(shingles[row] >> 32).tolist()}
