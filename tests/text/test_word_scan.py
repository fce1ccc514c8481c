"""The core reads 64 bytes at once: words, and characters that interrupt them, at every place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays.packed import pack
from tests.core_checks import check_tokens
from tests.without_core import needs_core

pytestmark = needs_core

ASCII = (
    "a",
    "Z9",
    "word",
    "7",
    "seventeenletters1",
    "x" * 63,
    "Y" * 70,
    " ",
    "  ",
    ", ",
    "_",
    "\0",
)
SIGNS = ("’", "“", "—", "…", "\u2010", "\u2029", "\u202f", "\u00a0", "，", "。", "\U0001f600")
HIDDEN = ("\u00ad", "\u200d", "\u202a", "\ufeff", "\U000e0001")
LETTERS = ("é", "e\u0301", "ß", "ﬁ", "й", "Жук", "ѣ\u0483", "ա", "אָ", "½", "７", "𝒜", "한")
SINGLES = ("中", "文字", "か", "か\u3099", "カ", "ｶﾞ", "ก", "ที่", "မြ", "\u0301", "\ud800")
PIECES = st.sampled_from(ASCII + SIGNS + HIDDEN + LETTERS + SINGLES)
TAIL = "the last text is longer than all bytes that are read ahead, so whole blocks are read " * 2


@given(
    st.lists(st.lists(PIECES, max_size=30).map("".join), max_size=6), st.sampled_from(["", TAIL])
)
def test_any_pieces_in_any_order(rows: list[str], tail: str) -> None:
    packed = pack([*rows, tail])
    check_tokens(packed.utf8, packed.offsets)


@pytest.mark.parametrize("piece", ASCII + SIGNS + HIDDEN + LETTERS + SINGLES)
def test_every_piece_at_every_place_of_a_block(piece: str) -> None:
    before = ("a " * 32, "ab" * 32, " " * 64)
    rows = [start[:at] + piece + "b c" for start in before for at in range(65)]
    packed = pack([*rows, TAIL, *rows])
    check_tokens(packed.utf8, packed.offsets)


@pytest.mark.parametrize("length", range(150))
def test_the_end_of_the_buffer(length: int) -> None:
    packed = pack([("word and another one’s " * 8)[:length]])
    check_tokens(packed.utf8, packed.offsets)
    check_tokens(packed.utf8.copy(), packed.offsets)
