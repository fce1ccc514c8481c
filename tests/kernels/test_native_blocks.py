"""What the compiled core does to the blocks of texts is what the specification does."""

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import Config, native
from dedup.config import Measure
from dedup.documents.bulk import Rule
from dedup.kernels.hashing import hashed, native_texts
from dedup.matching.keep_first import match_blocks
from dedup.matching.native_rule import rule_for
from dedup.records import I64, U64, Ragged
from dedup.text.blocks import LayoutRule
from dedup.text.lines import NEWLINE
from dedup.text.packed import Packed, byte_offsets, encode, pack
from planting.articles import data_folder, real_articles
from texts import REPETITIVE, TEXTS

if native.core is None:
    pytest.skip("dedup was built without its compiled core", allow_module_level=True)
core = native.core
LEVELS = ("portable", "v2", "v3", "v4")
WIDE = st.lists(st.sampled_from(["\n", "\r", "中", "é", "x" * 70, " ", "\u3000"]), max_size=40)


def line_edges(text: str) -> I64:
    """Return where the lines of a text begin, and its length: of all lines, blank or not."""
    ends = [match.end() for match in re.finditer(NEWLINE, text)]
    return byte_offsets(encode(text), np.unique([0, *ends, len(text)]))


def check_lines(packed: Packed) -> None:
    found, first_line, _, first_paragraph, kinds = core.layout(
        packed.utf8, packed.offsets, LayoutRule()
    )
    assert found[-1] == packed.offsets[-1]
    for row, (first, stop) in enumerate(pairwise(first_line.tolist())):
        expected = packed.offsets[row] + line_edges(packed.text(row))[:-1]
        assert found[first:stop].tolist() == expected.tolist()
    assert len(first_paragraph) == len(first_line) == len(kinds) + 1


@given(st.lists(st.one_of(TEXTS, REPETITIVE, WIDE.map("".join)), max_size=5))
def test_lines_begin_behind_line_breaks(texts: list[str]) -> None:
    best = core.level()
    for level in LEVELS:
        try:
            core.use_level(level)
        except ValueError:
            continue
        check_lines(pack(texts))
    core.use_level(best)


def test_a_paragraph_begins_behind_blank_lines() -> None:
    text = "One\ntwo\n \nthree\n\n\nfour\r\n\r\n\nfive\n"
    packed = pack(["", text, "\n\n"])
    *_, paragraphs, firsts, kinds = core.layout(packed.utf8, packed.offsets, LayoutRule())
    assert firsts.tolist() == [0, 0, 4, 5]
    assert [text[place : place + 3] for place in paragraphs[:4].tolist()] == [
        *("One", "thr", "fou", "fiv")
    ]
    assert kinds.tolist() == [2, 0, 2]


@given(st.lists(REPETITIVE, max_size=3), st.integers(1, 3), st.sampled_from([0.3, 0.8, 1.0]))
def test_blocks_are_matched_as_the_specification_does(
    texts: list[str], ngram_size: int, threshold: float
) -> None:
    for keep in ("first", "last", "longest"):
        config = Config(ngram_size=ngram_size, threshold=threshold, keep=keep)
        check_matches("".join(texts), config)


@pytest.mark.skipif(not data_folder().is_dir(), reason="the real articles are not here: DEDUP_DATA")
@pytest.mark.parametrize("measure", ["containment", "jaccard"])
def test_blocks_of_real_articles(measure: Measure) -> None:
    articles = ["\n".join(article) for article in real_articles(40, seed=3)]
    assert check_matches("\n".join([*articles[:20], *articles[15:]]), Config(measure=measure)) > 20


def check_matches(text: str, config: Config) -> int:
    edges = line_edges(text)
    tokens, shingles = hashed(encode(text), edges, config)
    found = match_blocks(tokens.hashes, shingles, config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "core", None)
        expected = match_blocks(tokens.hashes, shingles, config)
    np.testing.assert_array_equal(found.witness, expected.witness, strict=True)
    np.testing.assert_array_equal(found.similarity, expected.similarity, strict=True)
    return int(expected.repeats.sum())


def test_of_no_texts_nothing_is_told() -> None:
    nothing, edges = np.empty(0, np.uint8), np.zeros(1, np.int64)
    assert [len(part) for part in core.layout(nothing, edges, LayoutRule())] == [1, 1, 1, 1, 0]
    assert [len(part) for part in core.cut_lines(nothing, edges, LayoutRule(), True)] == [0, 0]
    texts = native_texts(nothing, edges, Config()).texts
    assert len(core.self_repeating(texts, Rule.of(Config()), LayoutRule(), "auto")) == 0
    core.gather(nothing, edges[:0], edges[:0], nothing)


def test_what_does_not_fit_is_refused() -> None:
    utf8, rule = np.zeros(4, np.uint8), LayoutRule()
    for offsets, said in (([0, 5], "beyond the text"), ([0, 3, 2], "not ascending"), ([], "none")):
        edges = np.array(offsets, np.int64)
        with pytest.raises(ValueError, match=f"offsets: .*{said}"):
            core.layout(utf8, edges, rule)
        with pytest.raises(ValueError, match=f"offsets: .*{said}"):
            core.cut_lines(utf8, edges, rule, True)
    for begin, end, size, said in (
        *((0, 5, 5, "beyond"), (3, 2, 0, "beyond"), (-1, 2, 3, "beyond")),
        *((0, 3, 2, "do not fill"), (0, 3, 4, "do not fill")),
    ):
        with pytest.raises(ValueError, match=said):
            core.gather(utf8, np.array([begin]), np.array([end]), np.zeros(size, np.uint8))
    with pytest.raises(ValueError, match="as many ends"):
        core.gather(utf8, np.array([0]), np.array([0, 1]), np.zeros(0, np.uint8))
    with pytest.raises(TypeError):  # a part of a buffer that is not written to
        core.gather(utf8, np.array([0]), np.array([2]), np.zeros(4, np.uint8)[::2])


def test_rows_that_there_are_not_are_refused() -> None:
    sets = Ragged(np.arange(4, dtype=np.uint64), np.array([0, 2, 4]))
    rows = np.arange(2)

    def matched(values: U64, offsets: I64, order: I64, leader: I64) -> None:
        core.match_blocks(values, offsets, order, leader, 0.8, True)

    matched(*sets_of(sets), rows, rows)
    for order, leader in (([0, 2], [0, 1]), ([0, -1], [0, 1]), ([0, 1], [0, 2])):
        with pytest.raises(IndexError, match="beyond the rows"):
            matched(*sets_of(sets), np.array(order), np.array(leader))
    with pytest.raises(ValueError, match="leader: not of each row"):
        matched(*sets_of(sets), rows, rows[:1])
    with pytest.raises(ValueError, match="offsets: beyond"):
        matched(sets.values[:3], sets.offsets, rows, rows)


def test_blocks_that_there_are_not_are_refused() -> None:
    packed, config = pack(["One", "two"]), Config()
    texts = native_texts(packed.utf8, packed.offsets, config).texts
    for firsts in ([0, 3], [1, 0], [-1, 2], []):
        edges = np.array(firsts, np.int64)
        with pytest.raises(ValueError, match="offsets"):
            core.repeat_blocks(texts, edges, Rule.of(config), rule_for(config))


def sets_of(sets: Ragged) -> tuple[U64, I64]:
    return sets.values, sets.offsets
