"""The compiled core encodes strings as ``text.packed.pack`` does, at every level."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import TextTypeError
from dedup.kernels.strings import ROWS, Strings
from dedup.native import core, has_core
from dedup.text.packed import pack
from levels import levels

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
        strings = Strings(texts)
        found = strings.pack(0, len(texts), threads)
        np.testing.assert_array_equal(found.utf8, expected.utf8, level, strict=True)
        np.testing.assert_array_equal(found.offsets, expected.offsets, level, strict=True)
        np.testing.assert_array_equal(found.missing, expected.missing, level, strict=True)
        assert not found.utf8.flags.writeable


@given(st.lists(st.none() | TEXTS, max_size=5))
def test_texts_of_any_code_points(texts: list[str | None]) -> None:
    check(texts)


@pytest.mark.parametrize("length", range(70))
def test_a_text_of_each_length_ends_where_the_next_begins(length: int) -> None:
    for code in ("a", "\xe9", "\u0416", "\u4e2d", "\ud800", "\U0001f600"):
        check([code * length, "a" * (length - 1) + code, "next"])


def test_many_texts_in_threads() -> None:
    texts = [f"text {row} \u2019 " * (row % 40) for row in range(3 * ROWS + 1)]
    check([*texts, None], threads=2)


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT])
def test_missing_texts(missing: None) -> None:
    check(["a", missing, ""])


def test_no_texts() -> None:
    check([])


def test_what_is_no_text_is_refused_by_its_row() -> None:
    with pytest.raises(TextTypeError, match=r"texts\[1\] must be str or None, got int"):
        Strings(["a", 1])  # type: ignore[list-item]


def test_rows_and_offsets_are_checked() -> None:
    strings, utf8 = core.Strings(("one", "\u4e2d")), np.zeros(6, np.uint8)
    sizes = np.zeros(2, np.int64)
    with pytest.raises(ValueError, match="offsets"):  # not measured
        strings.encode(0, 2, np.array([0, 3, 6]), utf8)
    strings.measure(0, 2, sizes)
    assert sizes.tolist() == [3, 3]
    with pytest.raises(IndexError):
        strings.measure(0, 3, sizes)
    with pytest.raises(ValueError, match="sizes"):
        strings.measure(0, 2, sizes[:1])
    assert strings.held_bytes().tolist() == [3, 2]
    for offsets in ([0, 2, 5], [0, 3, 7], [-3, 0, 3], [4, 7, 10], [0, 3]):
        with pytest.raises(ValueError, match="offsets"):
            strings.encode(0, 2, np.array(offsets), utf8)
    with pytest.raises(ValueError, match="offsets"):
        strings.encode(0, 2, np.array([0, 3, 6]), utf8[:5])
    assert not utf8.any() or utf8[:3].tobytes() == b"one"
