"""Chunks of pairs hold what was put into them, and are the same bytes whoever packs them."""

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
from dedup.index.stores import pages as plain
from dedup.index.stores import pairs
from dedup.index.stores.checksums import DamagedError, all_unsealed
from dedup.index.stores.pages import pack, unpack
from dedup.index.stores.sorted_runs import chunks_for

LAST = (1 << 32) - 1
EDGES = [0, 1, 2, 1 << 16, 1 << 31, LAST - 1, LAST]
NUMBER = st.one_of(st.integers(0, LAST), st.sampled_from(EDGES), st.integers(0, 40))
# Pairs one by one, and under one key or of one row many at once.
SOME = st.sets(st.tuples(NUMBER, NUMBER), min_size=1, max_size=60)
KEY_OF_MANY = st.builds(
    lambda key, row, count, step: {(key, min(row + n * step, LAST)) for n in range(count)},
    NUMBER,
    NUMBER,
    st.integers(1, 200),
    st.integers(1, 1 << 20),
)
ROW_OF_MANY = KEY_OF_MANY.map(lambda some: {(row, key) for key, row in some})
PAIRS = st.builds(set.union, SOME, st.one_of(st.just(set[tuple[int, int]]()), KEY_OF_MANY))
PAIRS = st.one_of(PAIRS, st.builds(set.union, SOME, ROW_OF_MANY))
ROOMS = st.sampled_from([4, 5, 6, 10, plain.ROOM])  # words of a chunk
GOLDEN = (
    "0800000003000000"  # the first key, and the least row
    "0500080000030000"  # five pairs, 8 buckets, no bits of a key, 3 of a row above the least
    "0000000000000000"  # before the first of which there are no pairs
    "1309000000000000"  # 110 0 10 0 0 10 0 10, from the last bit on: pairs, and ends of buckets
    "083e000000000000"  # the pairs, 3 bits each
    "bc073074aa8a74a3"  # and their checksum
)


PATHS = ["numpy", "native"] if has_core() else ["numpy"]


@pytest.fixture(params=PATHS)
def path_of_work(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, request.param)


def choose(patch: pytest.MonkeyPatch, path: str) -> None:
    patch.setattr(native, "core", core if path == "native" else None)


def sorted_pairs(some: set[tuple[int, int]]) -> U64:
    return np.array(sorted(key << 32 | row for key, row in some), np.uint64)


class Asked(NamedTuple):
    """What is asked of chunks."""

    keys: list[int]  # sorted
    floor: int
    gone: set[int]
    most: int


def listed(some: set[tuple[int, int]], asked: Asked) -> list[tuple[int, int]]:
    """Return what is to be found, in plain Python: places of keys, and rows."""
    live = sorted(pair for pair in some if pair[1] >= asked.floor and pair[1] not in asked.gone)
    found = []
    for place, key in enumerate(asked.keys):
        rows = [row for own, row in live if own == key]
        found += [(place, row) for row in rows[: asked.most]]
    return found


def search(some: set[tuple[int, int]], asked: Asked) -> list[tuple[int, int]]:
    """Return what chunks list under keys, asked as an index asks them."""
    firsts, chunks = pairs.packed(sorted_pairs(some), plain.ROOM)
    keys = np.array(asked.keys, np.uint32)
    numbers, lows, highs = chunks_for(firsts.astype(np.uint32), keys)
    assert (lows < highs).all()
    places, rows = pairs.found(
        all_unsealed([chunks[number] for number in numbers.tolist()]),
        lows=lows,
        highs=highs,
        keys=keys,
        live=pairs.LiveRows(asked.floor, np.array(sorted(asked.gone), np.int64)),
        most=asked.most,
    )
    # Of a key that lies in several chunks there are so many of each: the rows of one are all lower.
    every, counts = list(zip(places.tolist(), rows.tolist(), strict=True)), Counter[int]()
    counts.update(places.tolist())
    assert max(counts.values(), default=0) <= asked.most * len(chunks)
    return [
        pair for _, own in groupby(every, lambda pair: pair[0]) for pair in list(own)[: asked.most]
    ]


@pytest.mark.usefixtures("path_of_work")
def test_chunks_give_back_what_was_packed() -> None:
    @given(PAIRS, ROOMS)
    def check(some: set[tuple[int, int]], room: int) -> None:
        every = sorted_pairs(some)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(plain, "ROOM", room)
            firsts, chunks = pairs.packed(every, plain.ROOM)
        assert pairs.unpacked(all_unsealed(chunks)).tolist() == every.tolist()
        # Any of them alone, too.
        parts = [pairs.unpacked(all_unsealed([chunk])).tolist() for chunk in chunks]
        assert list(chain.from_iterable(parts)) == every.tolist()
        assert [part[0] >> 32 for part in parts] == firsts.tolist()
        for part, chunk in zip(parts, chunks, strict=True):
            assert len(chunk) <= 8 * (room + 1) or len(part) == 1

    check()


@given(PAIRS, ROOMS)
def test_chunks_are_the_same_bytes_whoever_packs_them(
    some: set[tuple[int, int]], room: int
) -> None:
    found = []
    for path in PATHS:
        with pytest.MonkeyPatch.context() as patch:
            choose(patch, path)
            patch.setattr(plain, "ROOM", room)
            firsts, chunks = pairs.packed(sorted_pairs(some), plain.ROOM)
            found.append((firsts.tolist(), chunks))
    assert found[0] == found[-1]
    assert not [chunk for chunk in found[0][1] if len(chunk) % 8]


@pytest.mark.usefixtures("path_of_work")
def test_rows_are_found_under_their_keys() -> None:
    @given(st.data(), PAIRS, ROOMS)
    def check(data: st.DataObject, some: set[tuple[int, int]], room: int) -> None:
        known, rows = sorted({key for key, _ in some}), sorted({row for _, row in some})
        asked = data.draw(st.sets(st.one_of(st.sampled_from(known), NUMBER), max_size=30))
        if data.draw(st.booleans()):
            asked |= set(known)
        floor = data.draw(st.one_of(st.just(0), st.sampled_from(rows), NUMBER))
        gone = data.draw(st.sets(st.one_of(st.sampled_from(rows), NUMBER), max_size=20))
        most = data.draw(st.sampled_from([0, 1, 2, 5, 1 << 62]))
        question = Asked(sorted(asked), floor, gone, most)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(plain, "ROOM", room)
            assert search(some, question) == listed(some, question)

    check()


@pytest.mark.usefixtures("path_of_work")
def test_a_key_is_looked_for_in_each_chunk_that_may_have_it() -> None:
    @given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.sets(st.integers(0, 31)))
    def check(firsts: list[int], asked: set[int]) -> None:
        firsts.sort()
        keys = sorted(asked)
        chunks, lows, highs = chunks_for(np.array(firsts, np.uint32), np.array(keys, np.uint32))
        nexts = [*firsts[1:], 1 << 32]
        assert list(zip(chunks.tolist(), lows.tolist(), highs.tolist(), strict=True)) == [
            (number, bisect_left(keys, first), bisect_right(keys, last))
            for number, (first, last) in enumerate(zip(firsts, nexts, strict=True))
            if any(first <= key <= last for key in keys)
        ]

    check()


@pytest.mark.usefixtures("path_of_work")
@pytest.mark.parametrize("span", [32, 20])
def test_very_many_pairs(span: int) -> None:
    rng, count = np.random.default_rng(span), 70_000
    keys = rng.integers(0, 1 << span, count).astype(np.uint64) >> np.uint64(3)
    keys[:9000] = (1 << span) - 1  # a key that very many have
    every = np.sort(keys << np.uint64(32) | np.arange(count, dtype=np.uint64))
    firsts, chunks = pairs.packed(every, plain.ROOM)
    assert len(chunks) > 20
    sizes = [len(chunk) for chunk in chunks]
    assert max(sizes) <= 8152
    assert min(sizes[:-1]) > 8100
    assert np.array_equal(pairs.unpacked(all_unsealed(chunks)), every)
    for asked in ([(1 << span) - 1], np.unique(keys).tolist()):
        own = np.array(asked, np.uint32)
        numbers, lows, highs = chunks_for(firsts.astype(np.uint32), own)
        places, rows = pairs.found(
            all_unsealed([chunks[number] for number in numbers.tolist()]),
            lows=lows,
            highs=highs,
            keys=own,
            live=pairs.LiveRows(100, np.array([101, 8999])),
            most=1 << 62,
        )
        live = [n for n in range(100, 9000 if len(asked) == 1 else count) if n not in {101, 8999}]
        assert np.sort(rows).tolist() == live
        assert np.array_equal(own[places], keys[rows])


@pytest.mark.parametrize("place", [0, 9, 40, -1])
def test_damage_is_seen(place: int) -> None:
    _, chunks = pairs.packed(sorted_pairs({(key, 7 * key) for key in range(90)}), plain.ROOM)
    damaged = bytearray(chunks[0])
    damaged[place] ^= 4
    for chunk in (bytes(damaged), chunks[0][:-8], b""):
        with pytest.raises(DamagedError):
            all_unsealed([chunks[0], chunk])


@settings(max_examples=20)
@given(NUMBER, NUMBER)
def test_one_pair_takes_four_words(key: int, row: int) -> None:
    chunk = pack(sorted_pairs({(key, row)}), row, 0)
    assert len(chunk) == 8 * 4
    assert unpack(chunk).tolist() == [key << 32 | row]


@pytest.mark.usefixtures("path_of_work")
def test_the_format_does_not_change_unnoticed() -> None:
    some = {(8, 3), (8, 4), (10, 3), (13, 10), (15, 6)}
    _, chunks = pairs.packed(sorted_pairs(some), plain.ROOM)
    assert [chunk.hex() for chunk in chunks] == [GOLDEN]
