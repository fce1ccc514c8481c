"""The compiled core cuts texts into blocks like the specification."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import Config
from dedup.arrays import native
from dedup.arrays.native import rule_constants
from dedup.arrays.packed import byte_offsets, pack
from dedup.documents.clean import repetition_rule
from dedup.text import blocks
from dedup.text.blocks import split
from dedup.text.hashing import NativeTexts
from tests.generated_texts import REPETITIVE, TEXTS

if native.core is None:
    pytest.skip("dedup was built without its compiled core", allow_module_level=True)
core = native.core
LEVELS = ("portable", "v2", "v3", "v4")
WIDE = st.lists(st.sampled_from(["\n", "\r", "中", "é", "x" * 70, " ", "\u3000"]), max_size=40)


@given(st.lists(st.one_of(TEXTS, REPETITIVE, WIDE.map("".join)), max_size=5))
def test_the_core_cuts_lines_like_the_specification(texts: list[str]) -> None:
    best = core.level()
    for level in LEVELS:
        try:
            core.use_level(level)
        except ValueError:
            continue
        packed = pack(texts)
        begins, known = core.cut_lines(packed.utf8, packed.offsets, rule_constants(blocks), True)
        for row in np.flatnonzero(known).tolist():
            first, stop = packed.offsets[row : row + 2].tolist()
            edges = byte_offsets(packed.utf8[first:stop], split(texts[row], "line"))
            within = begins[(begins >= first) & (begins < stop)]
            assert (within - first).tolist() == edges[:-1].tolist()
    core.use_level(best)


def test_no_texts() -> None:
    nothing, edges = np.empty(0, np.uint8), np.zeros(1, np.int64)
    assert [len(part) for part in core.cut_lines(nothing, edges, rule_constants(blocks), True)] == [
        0,
        0,
    ]
    texts, rule = NativeTexts(nothing, edges, Config()).core_texts, repetition_rule(Config())
    assert len(core.repeating_blocks(texts, edges, rule)) == 0
    assert len(core.self_repeating(texts, rule, rule_constants(blocks), "auto")) == 0
    core.gather_segments(nothing, edges[:0], edges[:0], nothing)


def test_offsets_and_segments_are_checked() -> None:
    utf8, rule = np.zeros(4, np.uint8), rule_constants(blocks)
    cases: list[tuple[list[int], str]] = [
        ([0, 5], "beyond the values"),
        ([0, 3, 2], "not ascending"),
        ([], "empty"),
    ]
    for offsets, said in cases:
        edges = np.array(offsets, np.int64)
        with pytest.raises(ValueError, match=f"offsets: .*{said}"):
            core.cut_lines(utf8, edges, rule, True)
    for begin, end, size, said in (
        *((0, 5, 5, "beyond"), (3, 2, 0, "beyond"), (-1, 2, 3, "beyond")),
        *((0, 3, 2, "do not fill"), (0, 3, 4, "do not fill")),
    ):
        with pytest.raises(ValueError, match=said):
            core.gather_segments(utf8, np.array([begin]), np.array([end]), np.zeros(size, np.uint8))
    with pytest.raises(ValueError, match="not as many as starts"):
        core.gather_segments(utf8, np.array([0]), np.array([0, 1]), np.zeros(0, np.uint8))
    with pytest.raises(TypeError):  # a part of a buffer that is not written to
        core.gather_segments(utf8, np.array([0]), np.array([2]), np.zeros(4, np.uint8)[::2])


def test_block_numbers_are_checked() -> None:
    packed = pack(["One", "two"])
    texts = NativeTexts(packed.utf8, packed.offsets, Config()).core_texts
    for firsts in ([0, 3], [1, 0], [-1, 2], []):
        with pytest.raises(ValueError, match="firsts"):
            core.repeating_blocks(texts, np.array(firsts, np.int64), repetition_rule(Config()))
