"""Damaged or forged pages with a right checksum: an error, or postings, and never a crash."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.arrays import native
from dedup.arrays.array_types import I64, U64
from dedup.arrays.native import core, has_core
from dedup.index.stores.checksums import DamagedError, with_checksum
from dedup.index.stores.pages import (
    MAX_PAGE_POSTINGS,
    PAGE_WORDS,
    SKIP_BUCKETS,
    decode_page,
    decode_pages,
    encode_page,
    find_rows,
)
from dedup.index.stores.postings import MAX_KEY, MAX_ROW, ROW_MASK, LiveRows
from dedup.index.stores.sorted_runs import KEY_END, SortedRun, SortedRuns, pages_for_keys

COUNTS = [1, 2, 63, 64, 65, 300, 1700]  # postings of a page
WORD = st.integers(0, (1 << 64) - 1)
FLIPS = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(1, 255)), min_size=1, max_size=4)
# The header decides how the rest is read.
HEADER_FLIPS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 255)), min_size=1, max_size=3)


def made_page(count: int, seed: int, keys: int = 1 << 32) -> bytes:
    rng = np.random.default_rng(seed)
    postings = rng.integers(0, keys, count).astype(np.uint64) << np.uint64(32)
    postings |= rng.integers(0, 1 << 32, count).astype(np.uint64)
    rows = postings & ROW_MASK
    min_row, max_row = int(rows.min()), int(rows.max())
    return encode_page(np.sort(postings), min_row, (max_row - min_row).bit_length())


PAGES = st.builds(
    made_page,
    st.sampled_from(COUNTS),
    st.integers(0, 3),
    st.sampled_from([1, 40, 1 << 20, 1 << 32]),
)


def page_of_words(*words: int) -> bytes:
    return b"".join(word.to_bytes(8, "little") for word in words)


def with_flips(page: bytes, flips: list[tuple[int, int]]) -> bytes:
    data = bytearray(page)
    for place, bits in flips:
        data[place % len(data)] ^= bits
    return bytes(data)


DAMAGED_PAGES = st.one_of(
    st.builds(with_flips, PAGES, FLIPS | HEADER_FLIPS),
    st.builds(lambda page, size: page[: size % (len(page) + 1)], PAGES, st.integers(0, 1 << 16)),
    st.builds(lambda page, size: page + bytes(size), PAGES, st.integers(1, 40)),
    st.builds(
        lambda page, place, word: (
            page[: place * 8] + word.to_bytes(8, "little") + page[place * 8 + 8 :]
        ),
        PAGES,
        st.integers(0, 40),
        WORD,
    ),
    st.binary(max_size=200),
    st.lists(WORD, max_size=12).map(lambda words: page_of_words(*words)),
)


def outcome(decode: Callable[[], U64]) -> list[int] | None:
    try:
        postings: list[int] = decode().tolist()
    except DamagedError:
        return None
    return postings


def check_lookup(pages: list[memoryview], keys: list[int]) -> None:
    """Look up keys; whatever the pages have, key numbers and rows are within their bounds."""
    every_key, count = np.array(sorted(set(keys)), np.uint32), len(pages)
    for query_keys in (every_key, every_key[:1]):
        lows, highs = np.zeros(count, np.int64), np.full(count, len(query_keys))
        deleted = np.array([3, 9], np.int64)
        try:
            key_numbers, rows = find_rows(
                pages, lows, highs, query_keys, LiveRows(1, deleted), limit=2
            )
        except DamagedError:
            continue
        assert len(key_numbers) == len(rows)
        assert not len(rows) or (rows.min() >= 1 and rows.max() <= MAX_ROW)
        assert not np.isin(rows, deleted).any()
        assert np.bincount(key_numbers, minlength=len(query_keys)).max(initial=0) <= 2 * count
        assert not len(rows) or 0 <= key_numbers.min() <= key_numbers.max() < len(query_keys)


@given(DAMAGED_PAGES, st.lists(st.integers(0, MAX_KEY), max_size=20))
@example(page_of_words(0, 1 | 1 << 16, 0, ~0 & (1 << 64) - 1), [])
@example(page_of_words(0, 1 | 1 << 16, 0, 0), [0])
def test_a_damaged_page_is_an_error_or_gives_postings(page: bytes, keys: list[int]) -> None:
    expected = outcome(lambda: decode_page(page))
    if expected is not None:
        assert expected == sorted(expected)
        keys = [*keys, *(posting >> 32 for posting in expected[:40])]
    damaged = [memoryview(page)]
    assert outcome(lambda: decode_pages(damaged)) == expected
    intact = memoryview(made_page(70, 1))
    both = outcome(lambda: decode_pages([*damaged, intact]))
    assert both == (None if expected is None else expected + decode_page(intact).tolist())
    for pages in (damaged, [*damaged, intact], [intact, *damaged]):
        check_lookup(pages, keys)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(native, "core", None)
            check_lookup(pages, keys)


@given(PAGES)
def test_intact_pages_are_decoded(page: bytes) -> None:
    assert outcome(lambda: decode_pages([memoryview(page)])) == decode_page(page).tolist()


@pytest.mark.parametrize(
    ("word", "value"),
    [
        (0, MAX_KEY),  # the keys go beyond the highest one
        (0, MAX_KEY << 32),  # and so do the rows
        (1, 90 | 1 << 16),  # other numbers of postings, buckets and bits
        (1, 0),
        (1, (1 << 64) - 1),
        (2, 1),  # skip offsets: the first bucket has postings before it
        (2, 0),  # no bucket has
        (2, (1 << 64) - 1),
        (4, 0),  # bucket bits: fewer postings
        (4, (1 << 64) - 1),  # more
    ],
)
def test_each_part_of_a_page_is_checked(word: int, value: int) -> None:
    page = made_page(90, 4)
    damaged = page[: 8 * word] + value.to_bytes(8, "little") + page[8 * word + 8 :]
    assert damaged != page
    for backend in ("numpy", "native") if has_core() else ("numpy",):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(native, "core", core if backend == "native" else None)
            with pytest.raises(DamagedError):
                decode_pages([memoryview(damaged)])


def test_first_keys_that_do_not_ascend_are_damage() -> None:
    keys = np.array([5, 9], "<u4")

    class OneBlock:
        """A database that answers each query with the same block of first keys."""

        def __init__(self, data: bytes) -> None:
            self.data = data

        def rows(self, *_: object) -> list[tuple[bytes]]:
            return [(with_checksum(self.data),)]

    def read_first_keys(data: bytes, count: int) -> list[int]:
        run = SortedRun(1, 0, 2, count, 0, None, KEY_END)
        runs = SortedRuns(OneBlock(data))  # type: ignore[arg-type]
        first_keys: list[int] = runs.first_keys(run).tolist()
        return first_keys

    assert read_first_keys(keys.tobytes(), 2) == [5, 9]
    for data, count in ((keys[::-1].tobytes(), 2), (keys.tobytes()[:-1], 1), (keys.tobytes(), 3)):
        with pytest.raises(DamagedError):
            read_first_keys(data, count)


@given(st.lists(st.integers(0, 40), max_size=12), st.lists(st.integers(0, 40), max_size=12))
def test_unsorted_first_keys_and_keys_stay_in_bounds(
    first_keys: list[int], keys: list[int]
) -> None:
    numbers, lows, highs = pages_for_keys(
        np.array(first_keys, np.uint32), np.array(keys, np.uint32)
    )
    assert (lows < highs).all() and (highs <= len(keys)).all() and (lows >= 0).all()
    assert ((numbers >= 0) & (numbers < len(first_keys))).all()


def int64(*values: int) -> I64:
    return np.array(values, np.int64)


def test_the_core_checks_its_arguments() -> None:
    if core is None:
        pytest.skip("dedup was built without its compiled core")
    words = np.frombuffer(made_page(70, 1) + bytes(16), np.uint64)
    keys, none, end = np.zeros(3, np.uint32), int64(), len(words) - 2
    assert len(core.decode_pages(words, int64(0, end), SKIP_BUCKETS)) == 70
    assert len(core.decode_pages(words, int64(0), SKIP_BUCKETS)) == 0
    for edges in (int64(0, end + 1), int64(-1, end), int64(end, 0), none):
        with pytest.raises(ValueError, match="edges: must ascend"):
            core.decode_pages(words, edges, SKIP_BUCKETS)
    with pytest.raises(ValueError, match="skip_buckets: must"):
        core.decode_pages(words, int64(0, end), 0)
    for low, high in ((-1, 3), (0, 4), (2, 1)):
        with pytest.raises(IndexError, match="lows: must be ranges"):
            core.find_rows(
                words, int64(0, end), SKIP_BUCKETS, int64(low), int64(high), keys, 0, none, 1
            )
    with pytest.raises(ValueError, match="lows: must have one"):
        core.find_rows(words, int64(0, end), SKIP_BUCKETS, none, none, keys, 0, none, 1)
    with pytest.raises(ValueError, match="postings: must ascend"):
        core.encode_pages(np.array([2, 1], np.uint64), PAGE_WORDS, MAX_PAGE_POSTINGS, SKIP_BUCKETS)
    for max_words, count, skip in (
        (1 << 16, 1, 64),
        (1018, 0, 64),
        (1018, 1 << 16, 64),
        (1018, 1, 0),
    ):
        with pytest.raises(ValueError, match="max_words"):
            core.encode_pages(np.zeros(1, np.uint64), max_words, count, skip)
