"""Chunks that somebody spoilt or made up, with a checksum that is right: an error, or pairs."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.arrays import native
from dedup.arrays.array_types import I64, U64
from dedup.arrays.native import core, has_core
from dedup.index.stores import pages as plain
from dedup.index.stores import pairs
from dedup.index.stores.checksums import DamagedError, sealed
from dedup.index.stores.pages import SAMPLED
from dedup.index.stores.sorted_runs import END, Run, Runs, chunks_for

LAST = (1 << 32) - 1
SIZES = [1, 2, 63, 64, 65, 300, 1700]
WORD = st.integers(0, (1 << 64) - 1)
FLIPS = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(1, 255)), min_size=1, max_size=4)
# Near the head most is decided.
HEAD_FLIPS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 255)), min_size=1, max_size=3)


def packed(count: int, seed: int, keys: int = 1 << 32) -> bytes:
    rng = np.random.default_rng(seed)
    some = rng.integers(0, keys, count).astype(np.uint64) << np.uint64(32)
    some |= rng.integers(0, 1 << 32, count).astype(np.uint64)
    rows = some & plain.ROWS
    least, most = int(rows.min()), int(rows.max())
    return plain.pack(np.sort(some), least, (most - least).bit_length())


CHUNKS = st.builds(
    packed,
    st.sampled_from(SIZES),
    st.integers(0, 3),
    st.sampled_from([1, 40, 1 << 20, 1 << 32]),
)


def of_words(*words: int) -> bytes:
    return b"".join(word.to_bytes(8, "little") for word in words)


def flipped(chunk: bytes, flips: list[tuple[int, int]]) -> bytes:
    found = bytearray(chunk)
    for place, bits in flips:
        found[place % len(found)] ^= bits
    return bytes(found)


SPOILT = st.one_of(
    st.builds(flipped, CHUNKS, FLIPS | HEAD_FLIPS),
    st.builds(
        lambda chunk, size: chunk[: size % (len(chunk) + 1)], CHUNKS, st.integers(0, 1 << 16)
    ),
    st.builds(lambda chunk, size: chunk + bytes(size), CHUNKS, st.integers(1, 40)),
    st.builds(
        lambda chunk, place, word: (
            chunk[: place * 8] + word.to_bytes(8, "little") + chunk[place * 8 + 8 :]
        ),
        CHUNKS,
        st.integers(0, 40),
        WORD,
    ),
    st.binary(max_size=200),
    st.lists(WORD, max_size=12).map(lambda words: of_words(*words)),
)


def outcome(work: Callable[[], U64]) -> list[int] | None:
    try:
        found: list[int] = work().tolist()
    except DamagedError:
        return None
    return found


def check_found(bare: list[memoryview], keys: list[int]) -> None:
    """Look for keys; what is found is a place among them and a row, most of each."""
    asked, count = np.array(sorted(set(keys)), np.uint32), len(bare)
    for some in (asked, asked[:1]):
        lows, highs = np.zeros(count, np.int64), np.full(count, len(some))
        gone = np.array([3, 9], np.int64)
        try:
            places, rows = pairs.found(bare, lows, highs, some, pairs.LiveRows(1, gone), 2)
        except DamagedError:
            continue
        assert len(places) == len(rows)
        assert not len(rows) or (rows.min() >= 1 and rows.max() <= LAST)
        assert not np.isin(rows, gone).any()
        assert np.bincount(places, minlength=len(some)).max(initial=0) <= 2 * count
        assert len(places) == 0 or 0 <= places.min() <= places.max() < len(some)


@given(SPOILT, st.lists(st.integers(0, LAST), max_size=20))
@example(
    b"".join(word.to_bytes(8, "little") for word in (0, 1 | 1 << 16, 0, ~0 & (1 << 64) - 1)), []
)
@example(b"".join(word.to_bytes(8, "little") for word in (0, 1 | 1 << 16, 0, 0)), [0])
def test_a_spoilt_chunk_is_an_error_or_gives_pairs(chunk: bytes, keys: list[int]) -> None:
    expected = outcome(lambda: plain.unpack(chunk))
    if expected is not None:
        assert expected == sorted(expected)
        keys = [*keys, *(pair >> 32 for pair in expected[:40])]
    bare = [memoryview(chunk)]
    assert outcome(lambda: pairs.unpacked(bare)) == expected
    whole = memoryview(packed(70, 1))
    both = outcome(lambda: pairs.unpacked([*bare, whole]))
    assert both == (None if expected is None else expected + plain.unpack(whole).tolist())
    for some in (bare, [*bare, whole], [whole, *bare]):
        check_found(some, keys)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(native, "core", None)
            check_found(some, keys)


@given(CHUNKS)
def test_whole_chunks_are_read(chunk: bytes) -> None:
    assert outcome(lambda: pairs.unpacked([memoryview(chunk)])) == plain.unpack(chunk).tolist()


@pytest.mark.parametrize(
    ("word", "value"),
    [
        (0, LAST),  # the keys go on beyond the last one
        (0, LAST << 32),  # and so do the rows
        (1, 90 | 1 << 16),  # other numbers of pairs, buckets and bits
        (1, 0),
        (1, (1 << 64) - 1),
        (2, 1),  # the first bucket has pairs before it
        (2, 0),  # none has
        (2, (1 << 64) - 1),
        (4, 0),  # fewer pairs
        (4, (1 << 64) - 1),  # more
    ],
)
def test_each_part_of_the_head_is_checked(word: int, value: int) -> None:
    chunk = packed(90, 4)
    damaged = chunk[: 8 * word] + value.to_bytes(8, "little") + chunk[8 * word + 8 :]
    assert damaged != chunk
    for path in ("numpy", "native") if has_core() else ("numpy",):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(native, "core", core if path == "native" else None)
            with pytest.raises(DamagedError):
                pairs.unpacked([memoryview(damaged)])


def test_fences_that_do_not_ascend_are_damage() -> None:
    keys = np.array([5, 9], "<u4")

    class Tables:
        """Gives one part, whatever is asked."""

        def __init__(self, data: bytes) -> None:
            self.data = data

        def rows(self, *_: object) -> list[tuple[bytes]]:
            return [(sealed(self.data),)]

    def of(data: bytes, count: int) -> list[int]:
        run = Run(1, 0, 2, count, 0, None, END)
        found: list[int] = Runs(Tables(data)).fences(run).tolist()  # type: ignore[arg-type]
        return found

    assert of(keys.tobytes(), 2) == [5, 9]
    for data, count in ((keys[::-1].tobytes(), 2), (keys.tobytes()[:-1], 1), (keys.tobytes(), 3)):
        with pytest.raises(DamagedError):
            of(data, count)


@given(st.lists(st.integers(0, 40), max_size=12), st.lists(st.integers(0, 40), max_size=12))
def test_fences_and_keys_in_any_order_break_nothing(firsts: list[int], keys: list[int]) -> None:
    if core is None:
        pytest.skip("dedup was built without its compiled core")
    chunks, lows, highs = chunks_for(np.array(firsts, np.uint32), np.array(keys, np.uint32))
    assert (lows < highs).all() and (highs <= len(keys)).all() and (lows >= 0).all()
    assert ((chunks >= 0) & (chunks < len(firsts))).all()


def numbers(*values: int) -> I64:
    return np.array(values, np.int64)


def test_the_core_checks_what_it_is_given() -> None:
    if core is None:
        pytest.skip("dedup was built without its compiled core")
    words = np.frombuffer(packed(70, 1) + bytes(16), np.uint64)
    keys, none, last = np.zeros(3, np.uint32), numbers(), len(words) - 2
    assert len(core.unpack_pairs(words, numbers(0, last), SAMPLED)) == 70
    assert len(core.unpack_pairs(words, numbers(0), SAMPLED)) == 0
    for edges in (numbers(0, last + 1), numbers(-1, last), numbers(last, 0), none):
        with pytest.raises(ValueError, match="edges: beyond the words"):
            core.unpack_pairs(words, edges, SAMPLED)
    with pytest.raises(ValueError, match="sampled"):
        core.unpack_pairs(words, numbers(0, last), 0)
    for low, high in ((-1, 3), (0, 4), (2, 1)):
        with pytest.raises(IndexError, match="lows: beyond the keys"):
            core.find_rows(
                words, numbers(0, last), SAMPLED, numbers(low), numbers(high), keys, 0, none, 1
            )
    with pytest.raises(ValueError, match="lows: of other chunks"):
        core.find_rows(words, numbers(0, last), SAMPLED, none, none, keys, 0, none, 1)
    with pytest.raises(ValueError, match="pairs: not ascending"):
        core.pack_pairs(np.array([2, 1], np.uint64), 1018, 1 << 15, SAMPLED)
    for room, most, sampled in ((1 << 16, 1, 64), (1018, 0, 64), (1018, 1 << 16, 64), (1018, 1, 0)):
        with pytest.raises(ValueError, match="room"):
            core.pack_pairs(np.zeros(1, np.uint64), room, most, sampled)
