"""The compiled core cuts texts into blocks like the specification."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.corpora import articles
from dedup import Config
from dedup.arrays import native
from dedup.arrays.packed import byte_offsets, character_offsets, encode, pack
from dedup.config import BlockKind
from dedup.documents.clean_texts import repeating_texts
from dedup.text.block_table import choose_cut, cut_rule, split_text
from dedup.text.blocks import (
    CLOSING_MARKS,
    CUTS,
    FULL_STOP,
    SENTENCE_MARKS,
    WIDE_CLOSING_MARKS,
    WIDE_MARKS,
    choose,
    split,
)
from tests.generated_texts import REPETITIVE, TEXTS
from tests.planting import data_folder

if native.core is None:
    pytest.skip("dedup was built without its compiled core", allow_module_level=True)
core = native.core
RNG = np.random.default_rng(5)
LEVELS = ("portable", "v2", "v3", "v4")
WIDE = st.lists(st.sampled_from(["\n", "\r", "中", "é", "x" * 70, " ", "\u3000"]), max_size=40)
# Initials in several scripts, all marks, what may close a sentence, and white space.
BEFORE_MARKS = (
    "J",
    "a",
    "É",
    "é",
    "7",
    "_",
    "²",
    "Ⅳ",
    "中",
    "ก",
    "አ",
    "\u0301",
    "𝐀",
    "\ud800",
    "ab",
)
MARKS = (*FULL_STOP, *SENTENCE_MARKS, *WIDE_MARKS, *CLOSING_MARKS, *WIDE_CLOSING_MARKS)
BLANKS = (" ", "\u00a0", "\u2003", "\u3000", "\x1c", "\x85", "\t", "\n", "\r\n", "\n\n", "\ufeff")
SENTENCES = st.lists(st.sampled_from([*BEFORE_MARKS, *MARKS, *BLANKS]), max_size=30).map("".join)
# Lines of prose, of verse and of lists, from which paragraphs are made.
FIRST, LAST = (
    st.sampled_from(["a", "A", "ß", "中", "ǅ", "7", "“", "“a"]),
    st.sampled_from("a.,—»中7"),
)
FILLED = st.builds(
    lambda first, width, last: first + ("word of a line " * 5)[:width] + last,
    FIRST,
    st.integers(25, 75),
    LAST,
)
PARAGRAPHS = st.lists(
    st.one_of(st.lists(FILLED, min_size=1, max_size=9), st.just(["", "end."])), max_size=4
).flatmap(
    lambda paragraphs: st.sampled_from(["\n", "\r", "\r\n", " \n\u3000"]).map(
        lambda end: (end * 2).join(end.join(lines) for lines in paragraphs)
    )
)


def check(texts: list[str], block: BlockKind) -> None:
    packed = pack(texts)
    begins, counts, cuts = core.cut_blocks(packed.utf8, packed.offsets, cut_rule(), block)
    blocks = np.split(begins, np.cumsum(counts))
    for row, text in enumerate(texts):
        cut = choose(text, block)
        assert CUTS[cuts[row]] == cut
        utf8, characters = encode(text), split(text, cut)
        edges = byte_offsets(utf8, characters)
        assert (blocks[row] - packed.offsets[row]).tolist() == edges[:-1].tolist()
        assert choose_cut(text, utf8, block) == cut
        assert split_text(text, utf8, cut).tolist() == edges.tolist()
        assert character_offsets(utf8, edges).tolist() == characters.tolist()


@given(
    st.lists(st.one_of(TEXTS, REPETITIVE, WIDE.map("".join), SENTENCES, PARAGRAPHS), max_size=5),
    st.sampled_from(get_args(BlockKind)),
)
def test_the_core_cuts_texts_like_the_specification(texts: list[str], block: BlockKind) -> None:
    best = core.level()
    for level in LEVELS:
        try:
            core.use_level(level)
        except ValueError:
            continue
        check(texts, block)
    core.use_level(best)


@pytest.mark.long
@pytest.mark.skipif(not data_folder().is_dir(), reason="the real articles are not here: DEDUP_DATA")
@pytest.mark.parametrize("block", ["auto", "sentence", "paragraph"])
@pytest.mark.parametrize(
    "name", ["allsides", "reuters21578", "xwlb_zh", "wikinews_ja", "thaigov_th", "masakhanews"]
)
def test_the_core_cuts_real_texts_like_the_specification(name: str, block: BlockKind) -> None:
    check(articles(name)[::9], block)
    check([" ".join(text.split()) for text in articles(name)[::9]], block)


@pytest.mark.long
def test_all_characters() -> None:
    """Each character before a full stop, and at both ends of wrapped lines."""
    chars = [chr(code) for code in range(0x110000)]
    check(["".join(f"a {char}. b{char}. {char}.\n" for char in chars)], "sentence")
    lines = ["{0}" + "one two three four five six seven eight nine ten" + "{0}"] * 2
    check(["\n".join([*lines, "{0}end"]).format(char) for char in chars[:0x3200:3]], "auto")


def test_long_runs_of_marks_and_blanks() -> None:
    check(["." * 9999, "a" + "." * 9999 + " b", " \n" * 9999, "\n" + "\u3000" * 9999], "sentence")


def test_no_texts() -> None:
    nothing, edges = np.empty(0, np.uint8), np.zeros(1, np.int64)
    assert [len(part) for part in core.cut_blocks(nothing, edges, cut_rule(), "auto")] == [0, 0, 0]
    assert [*repeating_texts(pack([]), Config())] == []
    core.gather_segments(nothing, edges[:0], edges[:0], edges[:0], nothing)


def test_damaged_utf8_is_cut_somewhere() -> None:
    for _ in range(200):
        utf8 = RNG.choice(np.frombuffer("ab. \n\r。！？٠\u2029…".encode(), np.uint8), 40)
        begins, counts, _cuts = core.cut_blocks(utf8, np.array([0, 7, 40]), cut_rule(), "sentence")
        assert counts.sum() == len(begins)
        assert (np.diff(begins) > 0).all()


def test_offsets_and_segments_are_checked() -> None:
    utf8 = np.zeros(4, np.uint8)
    cases: list[tuple[list[int], str]] = [
        ([0, 5], "beyond the values"),
        ([0, 3, 2], "not ascending"),
        ([], "empty"),
    ]
    for offsets, said in cases:
        edges = np.array(offsets, np.int64)
        with pytest.raises(ValueError, match=f"offsets: .*{said}"):
            core.cut_blocks(utf8, edges, cut_rule(), "line")
    for begin, end, place, said in (
        *((0, 5, 0, "the text"), (3, 2, 0, "the text"), (-1, 2, 0, "the text")),
        *((0, 3, -1, "the result"), (0, 3, 2, "the result")),
    ):
        starts, ends, places = (np.array([number]) for number in (begin, end, place))
        with pytest.raises(ValueError, match=f"beyond {said}"):
            core.gather_segments(utf8, starts, ends, places, np.zeros(4, np.uint8))
    one, two = np.array([0]), np.array([0, 1])
    for ends, places in ((two, one), (one, two)):
        with pytest.raises(ValueError, match="not as many as starts"):
            core.gather_segments(utf8, one, ends, places, np.zeros(0, np.uint8))
    with pytest.raises(TypeError):  # a part of a buffer that is not written to
        core.gather_segments(utf8, one, one, one, np.zeros(4, np.uint8)[::2])
