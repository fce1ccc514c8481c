"""Pages of postings hold what was encoded, and numpy and the core write the same bytes."""

from bisect import bisect_left, bisect_right
from collections import Counter
from itertools import chain, groupby
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.arrays import native
from dedup.arrays.array_types import U64
from dedup.arrays.native import core, has_core
from dedup.index.stores.checksums import DamagedError, verify_checksums
from dedup.index.stores.pages import (
    PAGE_WORDS,
    decode_page,
    decode_pages,
    encode_page,
    encode_pages,
    find_rows,
)
from dedup.index.stores.postings import MAX_KEY, LiveRows
from dedup.index.stores.sorted_runs import pages_for_keys

EDGES = [0, 1, 2, 1 << 16, 1 << 31, MAX_KEY - 1, MAX_KEY]
NUMBER = st.one_of(st.integers(0, MAX_KEY), st.sampled_from(EDGES), st.integers(0, 40))
# Single postings, long posting lists, and rows with many keys.
FEW_POSTINGS = st.sets(st.tuples(NUMBER, NUMBER), min_size=1, max_size=60)
LONG_LIST = st.builds(
    lambda key, row, count, step: {(key, min(row + n * step, MAX_KEY)) for n in range(count)},
    NUMBER,
    NUMBER,
    st.integers(1, 200),
    st.integers(1, 1 << 20),
)
KEYS_OF_A_ROW = LONG_LIST.map(lambda postings: {(row, key) for key, row in postings})
POSTINGS = st.one_of(
    st.builds(set.union, FEW_POSTINGS, st.one_of(st.just(set[tuple[int, int]]()), LONG_LIST)),
    st.builds(set.union, FEW_POSTINGS, KEYS_OF_A_ROW),
)
MAX_WORDS = st.sampled_from([4, 5, 6, 10, PAGE_WORDS])
GOLDEN = (
    "0800000003000000"  # the first key, and the lowest row
    "0500080000030000"  # 5 postings, 8 buckets, 0 low bits of a key, 3 bits of a row
    "0000000000000000"  # skip offsets: no posting before the first bucket
    "1309000000000000"  # bucket bits 110 0 10 0 0 10 0 10, from the lowest bit on
    "083e000000000000"  # values, 3 bits each
    "bc073074aa8a74a3"  # the checksum
)


BACKENDS = ["numpy", "native"] if has_core() else ["numpy"]


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    use_backend(monkeypatch, request.param)


def use_backend(patch: pytest.MonkeyPatch, name: str) -> None:
    patch.setattr(native, "core", core if name == "native" else None)


def sorted_postings(postings: set[tuple[int, int]]) -> U64:
    return np.array(sorted(key << 32 | row for key, row in postings), np.uint64)


class Query(NamedTuple):
    """Keys to look up in pages."""

    keys: list[int]  # sorted
    min_live_row: int
    deleted: set[int]
    limit: int


def expected_rows(postings: set[tuple[int, int]], query: Query) -> list[tuple[int, int]]:
    """Return key numbers and rows, in plain Python."""
    live = sorted(
        (key, row)
        for key, row in postings
        if row >= query.min_live_row and row not in query.deleted
    )
    found = []
    for number, key in enumerate(query.keys):
        rows = [row for posting_key, row in live if posting_key == key]
        found += [(number, row) for row in rows[: query.limit]]
    return found


def search(postings: set[tuple[int, int]], query: Query, max_words: int) -> list[tuple[int, int]]:
    """Return key numbers and rows, looked up as sorted runs do."""
    first_keys, pages = encode_pages(sorted_postings(postings), max_words)
    keys = np.array(query.keys, np.uint32)
    numbers, lows, highs = pages_for_keys(first_keys.astype(np.uint32), keys)
    assert (lows < highs).all()
    key_numbers, rows = find_rows(
        verify_checksums([pages[number] for number in numbers.tolist()]),
        lows=lows,
        highs=highs,
        keys=keys,
        live=LiveRows(query.min_live_row, np.array(sorted(query.deleted), np.int64)),
        limit=query.limit,
    )
    # The limit holds for each page: a long list has more rows, the lowest in the first page.
    found = list(zip(key_numbers.tolist(), rows.tolist(), strict=True))
    counts = Counter(key_numbers.tolist())
    assert max(counts.values(), default=0) <= query.limit * len(pages)
    return [
        pair
        for _, group in groupby(found, lambda pair: pair[0])
        for pair in list(group)[: query.limit]
    ]


@pytest.mark.usefixtures("backend")
def test_pages_give_back_what_was_encoded() -> None:
    @given(POSTINGS, MAX_WORDS)
    def check(pairs: set[tuple[int, int]], max_words: int) -> None:
        postings = sorted_postings(pairs)
        first_keys, pages = encode_pages(postings, max_words)
        assert decode_pages(verify_checksums(pages)).tolist() == postings.tolist()
        single = [decode_pages(verify_checksums([page])).tolist() for page in pages]
        assert list(chain.from_iterable(single)) == postings.tolist()
        assert [decoded[0] >> 32 for decoded in single] == first_keys.tolist()
        for decoded, page in zip(single, pages, strict=True):
            assert len(page) <= 8 * (max_words + 1) or len(decoded) == 1

    check()


@given(POSTINGS, MAX_WORDS)
def test_both_backends_write_the_same_bytes(pairs: set[tuple[int, int]], max_words: int) -> None:
    results = []
    for backend in BACKENDS:
        with pytest.MonkeyPatch.context() as patch:
            use_backend(patch, backend)
            first_keys, pages = encode_pages(sorted_postings(pairs), max_words)
            results.append((first_keys.tolist(), pages))
    assert results[0] == results[-1]
    assert not [page for page in results[0][1] if len(page) % 8]


@pytest.mark.usefixtures("backend")
def test_rows_are_found_under_their_keys() -> None:
    @given(st.data(), POSTINGS, MAX_WORDS)
    def check(data: st.DataObject, postings: set[tuple[int, int]], max_words: int) -> None:
        present, rows = sorted({key for key, _ in postings}), sorted({row for _, row in postings})
        keys = data.draw(st.sets(st.one_of(st.sampled_from(present), NUMBER), max_size=30))
        if data.draw(st.booleans()):
            keys |= set(present)
        query = Query(
            sorted(keys),
            min_live_row=data.draw(st.one_of(st.just(0), st.sampled_from(rows), NUMBER)),
            deleted=data.draw(st.sets(st.one_of(st.sampled_from(rows), NUMBER), max_size=20)),
            limit=data.draw(st.sampled_from([0, 1, 2, 5, 1 << 62])),
        )
        assert search(postings, query, max_words) == expected_rows(postings, query)

    check()


@pytest.mark.usefixtures("backend")
def test_a_key_is_looked_up_in_each_page_that_may_have_it() -> None:
    @given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.sets(st.integers(0, 31)))
    def check(first_keys: list[int], key_set: set[int]) -> None:
        first_keys.sort()
        keys = sorted(key_set)
        numbers, lows, highs = pages_for_keys(
            np.array(first_keys, np.uint32), np.array(keys, np.uint32)
        )
        last_keys = [*first_keys[1:], 1 << 32]
        assert list(zip(numbers.tolist(), lows.tolist(), highs.tolist(), strict=True)) == [
            (number, bisect_left(keys, first), bisect_right(keys, last))
            for number, (first, last) in enumerate(zip(first_keys, last_keys, strict=True))
            if any(first <= key <= last for key in keys)
        ]

    check()


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("key_bits", [32, 20])
def test_many_postings_fill_their_pages(key_bits: int) -> None:
    rng, count = np.random.default_rng(key_bits), 70_000
    keys = rng.integers(0, 1 << key_bits, count).astype(np.uint64) >> np.uint64(3)
    keys[:9000] = (1 << key_bits) - 1  # a long posting list
    postings = np.sort(keys << np.uint64(32) | np.arange(count, dtype=np.uint64))
    first_keys, pages = encode_pages(postings, PAGE_WORDS)
    assert len(pages) > 20
    sizes = [len(page) for page in pages]
    assert max(sizes) <= 8152
    assert min(sizes[:-1]) > 8100
    assert np.array_equal(decode_pages(verify_checksums(pages)), postings)
    for query_keys in ([(1 << key_bits) - 1], np.unique(keys).tolist()):
        low_keys = np.array(query_keys, np.uint32)
        numbers, lows, highs = pages_for_keys(first_keys.astype(np.uint32), low_keys)
        key_numbers, rows = find_rows(
            verify_checksums([pages[number] for number in numbers.tolist()]),
            lows=lows,
            highs=highs,
            keys=low_keys,
            live=LiveRows(100, np.array([101, 8999])),
            limit=1 << 62,
        )
        end = 9000 if len(query_keys) == 1 else count
        live = [row for row in range(100, end) if row not in {101, 8999}]
        assert np.sort(rows).tolist() == live
        assert np.array_equal(low_keys[key_numbers], keys[rows])


@pytest.mark.parametrize("place", [0, 9, 40, -1])
def test_a_checksum_detects_damage(place: int) -> None:
    _, pages = encode_pages(sorted_postings({(key, 7 * key) for key in range(90)}), PAGE_WORDS)
    damaged = bytearray(pages[0])
    damaged[place] ^= 4
    for page in (bytes(damaged), pages[0][:-8], b""):
        with pytest.raises(DamagedError):
            verify_checksums([pages[0], page])


@settings(max_examples=20)
@given(NUMBER, NUMBER)
def test_one_posting_takes_four_words(key: int, row: int) -> None:
    page = encode_page(sorted_postings({(key, row)}), row, 0)
    assert len(page) == 8 * 4
    assert decode_page(page).tolist() == [key << 32 | row]


@pytest.mark.usefixtures("backend")
def test_the_page_format_is_fixed() -> None:
    postings = sorted_postings({(8, 3), (8, 4), (10, 3), (13, 10), (15, 6)})
    _, pages = encode_pages(postings, PAGE_WORDS)
    assert [page.hex() for page in pages] == [GOLDEN]
