"""The compiled core encodes strings as ``arrays.packed.pack`` does, at every level."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays.array_types import U64
from dedup.arrays.native import core, has_core
from dedup.arrays.packed import PythonTexts, ThreadBuffer, pack
from dedup.config import Config
from dedup.errors import TextTypeError
from dedup.matching.numbers import native_number_fingerprints
from dedup.matching.rows import NO_BYTES
from dedup.text.hashing import NativeTexts
from tests.processor_levels import levels

if not has_core():
    pytest.skip("dedup was built without its compiled core", allow_module_level=True)

# Code points of each number of bytes, surrogates too: a text of few of them has long runs.
KINDS = [(0, 0x7F), (0x80, 0xFF), (0x100, 0x7FF), (0x800, 0xFFFF), (0x10000, 0x10FFFF)]
CODES = st.one_of(*(st.integers(*kind).map(chr) for kind in KINDS))
RUNS = st.builds("".__class__.__mul__, CODES, st.integers(0, 40))
TEXTS = st.lists(RUNS, max_size=6).map("".join)


def check(texts: list[str | None], threads: int | None = 1) -> None:
    expected = pack(texts)
    for level in levels():
        strings = PythonTexts(texts)
        found = strings.pack(threads)
        np.testing.assert_array_equal(found.utf8, expected.utf8, level, strict=True)
        np.testing.assert_array_equal(found.offsets, expected.offsets, level, strict=True)
        np.testing.assert_array_equal(found.missing, expected.missing, level, strict=True)
        assert not found.utf8.flags.writeable
        utf8, offsets = strings.encode(0, len(texts), ThreadBuffer())
        np.testing.assert_array_equal(utf8, expected.utf8, level, strict=True)
        np.testing.assert_array_equal(offsets, expected.offsets, level, strict=True)


@given(st.lists(st.none() | TEXTS, max_size=5))
def test_texts_of_any_code_points(texts: list[str | None]) -> None:
    check(texts)


@pytest.mark.parametrize("length", range(70))
def test_texts_of_each_length(length: int) -> None:
    for code in ("a", "\xe9", "\u0416", "\u4e2d", "\ud800", "\U0001f600"):
        check([code * length, "a" * (length - 1) + code, "next"])


def test_many_texts_in_threads() -> None:
    texts = [f"text {row} \u2019 " * (row % 40) for row in range(30_000)]
    check([*texts, None], threads=2)


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT])
def test_missing_texts(missing: None) -> None:
    check(["a", missing, ""])


def test_no_texts() -> None:
    check([])


def test_an_error_names_the_row_that_is_no_text() -> None:
    with pytest.raises(TextTypeError, match=r"texts\[1\] must be str or None, got int"):
        PythonTexts(["a", 1])  # type: ignore[list-item]


def test_rows_are_read_when_needed() -> None:
    texts = ["one 1", "\u4e2d 22", None, "two 333 words"]
    packed, strings = pack(texts), PythonTexts(texts)
    rows = NativeTexts(NO_BYTES, packed.offsets, Config(), strings.source)
    every = NativeTexts(packed.utf8, packed.offsets, Config())
    for wanted in (3, 1, 0, 2):
        found = native_number_fingerprints(rows, np.arange(4) == wanted)
        expected = native_number_fingerprints(every, np.arange(4) == wanted)
        assert found.tolist() == expected.tolist()
        assert found.any() == (wanted != 2)


def test_rows_of_a_source_are_not_read_from_the_buffer() -> None:
    strings = PythonTexts(["one"])
    rows = NativeTexts(NO_BYTES, np.array([0, 3]), Config(), strings.source)
    with pytest.raises(ValueError, match="their rows are in a source"):
        rows.tokenize()


@pytest.mark.parametrize("threads", [2, 3, 4, 5])
def test_threads_that_need_the_same_rows_at_once(threads: int) -> None:
    texts = [f"{row} texts of {row * 7} rows \u2019 " * 50 for row in range(500)]
    packed, wanted = pack(texts), np.ones(len(texts), np.bool_)
    expected = native_number_fingerprints(
        NativeTexts(packed.utf8, packed.offsets, Config()), wanted
    )
    together = Barrier(threads)
    rows = NativeTexts(NO_BYTES, packed.offsets, Config(), PythonTexts(texts).source)

    def work(_: int) -> U64:
        together.wait()
        return native_number_fingerprints(rows, wanted)

    with ThreadPoolExecutor(threads) as workers:
        for found in workers.map(work, range(threads)):
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("threads", [1, 2, 3, 4])
def test_a_row_that_cannot_be_read_is_an_error_in_each_thread(threads: int) -> None:
    text = "7 texts \u2019 " * 100_000
    together, source = Barrier(threads), PythonTexts([text]).source
    rows = NativeTexts(NO_BYTES, np.array([0, len(text.encode()) - 1]), Config(), source)

    def work(_: int) -> None:
        together.wait()
        for _ in range(10):
            with pytest.raises(ValueError, match="offsets: of other rows"):
                native_number_fingerprints(rows, np.ones(1, np.bool_))

    with ThreadPoolExecutor(threads) as workers:
        list(workers.map(work, range(threads)))


def test_rows_and_sizes_are_checked() -> None:
    strings, utf8, ends = (
        core.PythonTexts(("one", "\u4e2d")),
        np.zeros(6, np.uint8),
        np.zeros(2, int),
    )
    assert strings.held_bytes().tolist() == [3, 2]
    assert strings.measure(0, 2) == 6
    for first, last in ((0, 3), (-1, 1), (2, 1)):
        with pytest.raises(IndexError):
            strings.measure(first, last)
        with pytest.raises(IndexError):
            strings.encode(first, last, utf8, 0, ends)
    with pytest.raises(ValueError, match="ends: of other rows"):
        strings.encode(0, 2, utf8, 0, ends[:1])
    for size in range(6):
        room = np.zeros(9, np.uint8)
        with pytest.raises(ValueError, match="utf8: too few values"):
            strings.encode(0, 2, room[:size], 0, ends)
        assert not room[size:].any()
    assert strings.encode(0, 2, utf8, 7, ends) == 6
    assert (utf8.tobytes().decode(), ends.tolist()) == ("one\u4e2d", [10, 13])
