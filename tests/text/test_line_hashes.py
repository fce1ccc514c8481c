"""Hashes of lines: the core equals the specification, and only the bytes of a line matter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays.array_types import I64, U8
from dedup.arrays.native import core
from dedup.text.line_hashes import hash_lines, hash_lines_by_numpy

LINES = st.lists(st.binary(max_size=40) | st.text(" \t\r\n\x0b\x0cab", max_size=24).map(str.encode))


def joined(lines: list[bytes]) -> tuple[U8, I64]:
    return np.frombuffer(b"".join(lines), np.uint8), np.cumsum([0, *map(len, lines)])


@given(LINES)
def test_the_bytes_between_white_space_decide(lines: list[bytes]) -> None:
    hashes, sizes = hash_lines_by_numpy(*joined(lines))
    stripped = [line.strip() for line in lines]  # of bytes: ASCII white space
    assert sizes.tolist() == [*map(len, stripped)]
    same = [[one == other for other in stripped] for one in stripped]
    assert (hashes[:, np.newaxis] == hashes).tolist() == same


@given(LINES, st.binary(max_size=9))
def test_core(lines: list[bytes], before: bytes) -> None:
    if core is None:
        pytest.skip("dedup was built without its compiled core")
    utf8, edges = joined([before, *lines])
    expected = hash_lines_by_numpy(utf8, edges[1:])
    for found in (core.hash_lines(utf8, edges[1:]), hash_lines(utf8, edges[1:], threads=2)):
        for column, expected_column in zip(found, expected, strict=True):
            np.testing.assert_array_equal(column, expected_column, strict=True)


@pytest.mark.skipif(core is None, reason="dedup was built without its compiled core")
def test_edges_are_checked() -> None:
    utf8 = np.zeros(4, np.uint8)
    for edges in ([0, 5], [-1, 2], [3, 2], []):
        with pytest.raises(ValueError, match="offsets: "):
            core.hash_lines(utf8, np.array(edges, np.int64))


def test_a_word_at_another_position_has_another_hash() -> None:
    words = [b"12345678", b"abcdefgh", b"\0" * 7 + b"x"]
    lines = [b"".join(words), b"".join(words[::-1]), *words, words[0] + b"\0", words[0] * 2]
    assert len(set(hash_lines_by_numpy(*joined(lines))[0].tolist())) == len(lines)
