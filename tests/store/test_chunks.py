"""Chunks of pairs hold what was put into them, and are the same bytes whoever packs them."""

from itertools import groupby
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import backend
from dedup.records import U64
from dedup.store import pairs
from dedup.store.chunks import pack, unpack
from dedup.store.sealing import DamagedError

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
GOLDEN = (
    "0500000003000000"  # five pairs, of which 3 is the least row
    "0003030000000000"  # no bits of a key, 3 of a row above that, 2 ** 3 buckets
    "0000000000000000"  # before the first of which there are no pairs
    "1309000000000000"  # 110 0 10 0 0 10 0 10, from the last bit on: pairs, and ends of buckets
    "083e000000000000"  # the pairs, 3 bits each
    "7a9cab9d87a0c9ec"  # and their checksum
)


@pytest.fixture(params=["numpy", "compiled"])
def path_of_work(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, compiled=request.param == "compiled")


def choose(patch: pytest.MonkeyPatch, *, compiled: bool) -> None:
    limit = 0 if compiled else 1 << 40
    patch.setattr(backend, "SMALL_BYTES", limit)
    patch.setattr(backend, "LOADED_BYTES", limit)


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


def search(some: set[tuple[int, int]], bits: int, asked: Asked) -> list[tuple[int, int]]:
    """Return what chunks list under keys, asked as an index asks them."""
    numbers, chunks = pairs.packed(sorted_pairs(some), bits)
    there = dict(zip(numbers.tolist(), chunks, strict=True))
    keys = asked.keys
    parts = [
        (number, list(places))
        for number, places in groupby(range(len(keys)), lambda place: keys[place] >> (32 - bits))
        if number in there
    ]
    places, rows = pairs.found(
        [there[number] for number, _ in parts],
        firsts=np.array([number << (32 - bits) for number, _ in parts], np.uint64),
        lows=np.array([own[0] for _, own in parts], np.int64),
        highs=np.array([own[-1] + 1 for _, own in parts], np.int64),
        keys=np.array(keys, np.uint64),
        floor=asked.floor,
        gone=np.array(sorted(asked.gone), np.int64),
        most=asked.most,
    )
    return list(zip(places.tolist(), rows.tolist(), strict=True))


@pytest.mark.usefixtures("path_of_work")
def test_chunks_give_back_what_was_packed() -> None:
    @given(PAIRS, st.integers(0, 32))
    def check(some: set[tuple[int, int]], bits: int) -> None:
        every = sorted_pairs(some)
        numbers, chunks = pairs.packed(every, bits)
        assert numbers.tolist() == sorted({key >> (32 - bits) for key, _ in some})
        assert pairs.unpacked(numbers, chunks, bits).tolist() == every.tolist()
        # Any of them alone, too.
        last = int(numbers[-1])
        own = [pair for pair in every.tolist() if pair >> 32 >> (32 - bits) == last]
        assert pairs.unpacked(numbers[-1:], chunks[-1:], bits).tolist() == own

    check()


@given(PAIRS, st.integers(0, 32))
def test_chunks_are_the_same_bytes_whoever_packs_them(
    some: set[tuple[int, int]], bits: int
) -> None:
    found = []
    for compiled in (False, True):
        with pytest.MonkeyPatch.context() as patch:
            choose(patch, compiled=compiled)
            numbers, chunks = pairs.packed(sorted_pairs(some), bits)
            found.append((numbers.tolist(), chunks))
    assert found[0] == found[1]
    assert not [chunk for chunk in found[0][1] if len(chunk) % 8]


@pytest.mark.usefixtures("path_of_work")
def test_rows_are_found_under_their_keys() -> None:
    @given(st.data(), PAIRS, st.integers(0, 32))
    def check(data: st.DataObject, some: set[tuple[int, int]], bits: int) -> None:
        known, rows = sorted({key for key, _ in some}), sorted({row for _, row in some})
        asked = data.draw(st.sets(st.one_of(st.sampled_from(known), NUMBER), max_size=30))
        if data.draw(st.booleans()):
            asked |= set(known)
        floor = data.draw(st.one_of(st.just(0), st.sampled_from(rows), NUMBER))
        gone = data.draw(st.sets(st.one_of(st.sampled_from(rows), NUMBER), max_size=20))
        most = data.draw(st.sampled_from([1, 2, 5, 1 << 62]))
        question = Asked(sorted(asked), floor, gone, most)
        assert search(some, bits, question) == listed(some, question)

    check()


@pytest.mark.usefixtures("path_of_work")
@pytest.mark.parametrize("span", [32, 20])
@pytest.mark.parametrize("count", [(1 << 16) - 1, 1 << 16, (1 << 16) + 5])
def test_chunks_of_very_many_pairs(count: int, span: int) -> None:
    rng = np.random.default_rng(count)
    keys = rng.integers(0, 1 << span, count).astype(np.uint64) >> np.uint64(3)
    keys[:9000] = (1 << span) - 1  # a key that very many have
    every = np.sort(keys << np.uint64(32) | np.arange(count, dtype=np.uint64))
    numbers, chunks = pairs.packed(every, 32 - span)
    assert len(chunks) == 1
    assert np.array_equal(pairs.unpacked(numbers, chunks, 32 - span), every)
    assert np.array_equal(unpack(pack(every, span), 0), every)
    for asked in ([(1 << span) - 1], np.unique(keys).tolist()):
        places, rows = pairs.found(
            chunks,
            firsts=np.zeros(1, np.uint64),
            lows=np.array([0]),
            highs=np.array([len(asked)]),
            keys=np.array(asked, np.uint64),
            floor=100,
            gone=np.array([101, 8999]),
            most=1 << 62,
        )
        own = [n for n in range(100, 9000 if len(asked) == 1 else count) if n not in {101, 8999}]
        assert np.sort(rows).tolist() == own
        assert np.array_equal(np.array(asked, np.uint64)[places], keys[rows])


@pytest.mark.usefixtures("path_of_work")
@pytest.mark.parametrize("place", [0, 9, 40, -1])
def test_damage_is_seen(place: int) -> None:
    numbers, chunks = pairs.packed(sorted_pairs({(key, 7 * key) for key in range(90)}), 0)
    damaged = bytearray(chunks[0])
    damaged[place] ^= 4
    for chunk in (bytes(damaged), chunks[0][:-8], b""):
        with pytest.raises(DamagedError):
            pairs.unpacked(numbers, [chunk], 0)


@settings(max_examples=20)
@given(NUMBER, NUMBER)
def test_one_pair_takes_five_words(key: int, row: int) -> None:
    chunk = pack(sorted_pairs({(key, row)}), 32)
    assert len(chunk) == 8 * 5
    assert unpack(chunk, 0).tolist() == [key << 32 | row]


@pytest.mark.usefixtures("path_of_work")
def test_the_format_does_not_change_unnoticed() -> None:
    some = {(0, 3), (0, 4), (2, 3), (5, 10), (7, 6)}
    _, chunks = pairs.packed(sorted_pairs(some), 29)
    assert [chunk.hex() for chunk in chunks] == [GOLDEN]
