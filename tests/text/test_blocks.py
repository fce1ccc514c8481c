from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.text.blocks import Cut, choose, split

CUTS: list[Cut] = ["paragraph", "line", "sentence", "wrapped sentence"]
TEXTS = st.text(st.sampled_from('aB1 .!?。」”"\n\r\t\u2028\x0c\ufeff中J'), max_size=80)


def parts(text: str, cut: Cut) -> list[str]:
    edges = split(text, cut).tolist()
    return [text[start:stop] for start, stop in pairwise(edges)]


@given(st.text() | TEXTS, st.sampled_from(CUTS))
def test_the_blocks_joined_are_the_text(text: str, cut: Cut) -> None:
    blocks = parts(text, cut)
    assert "".join(blocks) == text
    assert all(blocks)


@given(TEXTS, st.sampled_from(CUTS), st.randoms(use_true_random=False))
def test_kept_blocks_are_the_blocks_of_the_cleaned_text(
    text: str, cut: Cut, random: object
) -> None:
    blocks = parts(text, cut)
    shown = [block for block in blocks if any(map(str.isalnum, block))]
    stay = [block for block in blocks if block not in shown or random.random() < 0.5]  # type: ignore[attr-defined]
    words = [letters for block in parts("".join(stay), cut) if (letters := only_letters(block))]
    assert words == [only_letters(block) for block in stay if only_letters(block)]


def only_letters(block: str) -> str:
    return "".join(filter(str.isalnum, block))


@pytest.mark.parametrize(
    ("text", "cut", "expected"),
    [
        ("a\nb", "line", ["a\n", "b"]),
        ("a\r\n\r\nb\r\n", "line", ["a\r\n\r\n", "b\r\n"]),
        ("a\n \t\n\n  b", "line", ["a\n \t\n\n", "  b"]),
        ("\ufeffa\nb", "line", ["\ufeff", "a\n", "b"]),
        ("\n\na", "line", ["\n\n", "a"]),
        ("a\nb\n\nc\n\n\n", "paragraph", ["a\nb\n\n", "c\n\n\n"]),
        ("a\rb\r\rc", "paragraph", ["a\rb\r\r", "c"]),
        ('He left. "Why?" No one', "sentence", ["He left. ", '"Why?" ', "No one"]),
        ("J. Smith left. He ran", "sentence", ["J. Smith left. ", "He ran"]),
        ("今日。明日」。あ", "sentence", ["今日。", "明日」。", "あ"]),
        ("One.\nTwo", "sentence", ["One.\n", "Two"]),
        ("one\ntwo. Three", "sentence", ["one\n", "two. ", "Three"]),
        ("one\ntwo. Three", "wrapped sentence", ["one\ntwo. ", "Three"]),
        ("a 3.5 b", "sentence", ["a 3.5 b"]),
        ("", "line", []),
        ("\n", "line", ["\n"]),
    ],
)
def test_where_blocks_end(text: str, cut: Cut, expected: list[str]) -> None:
    assert parts(text, cut) == expected


WRAPPED = """The council met on Thursday evening to hear the case for a new
bridge across the river, and to vote on the money that it would
need in the coming three years. Most members were in favour."""
POEM = """Oh, the river runs down to the sea,
and the sea runs up to the sky,
and nobody waits on the pier for me,
and nobody waves goodbye."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "sentence"),
        ("One line. Two sentences.", "sentence"),
        ("A line.\nA line.", "line"),
        ("A paragraph.\n\nA paragraph.\n\nAnother.", "line"),
        (f"{WRAPPED}\n\n{WRAPPED}", "paragraph"),
        (WRAPPED, "wrapped sentence"),
        (f"{POEM}\n\n{POEM}", "line"),
        (f"Title\n{'A sentence. ' * 200}", "sentence"),
        (f"Title\n{'A sentence. ' * 200}\n{'A sentence. ' * 200}", "line"),
    ],
)
def test_auto_depends_on_the_text(text: str, expected: Cut) -> None:
    assert choose(text) == expected


@pytest.mark.parametrize(("text", "expected"), [(WRAPPED, "wrapped sentence"), (POEM, "sentence")])
def test_sentences_cross_lines_only_in_wrapped_text(text: str, expected: Cut) -> None:
    assert choose(text, "sentence") == expected
    assert choose(text, "line") == "line"


def test_a_million_blank_lines_are_cut_in_one_sweep() -> None:
    assert split("\n" * 1_000_000, "paragraph").tolist() == [0, 1_000_000]
    assert len(split((" " * 1000 + "a\n") * 1000, "sentence")) == 1001
    assert np.diff(split("a. " * 100_000, "sentence")).tolist() == [3] * 100_000
