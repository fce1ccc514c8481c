"""Differences as lines for a person."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from dedup.reports.differences import word_differences
from dedup.reports.text_diff import DiffLines
from tests.generated_texts import REPETITIVE, TEXTS

WORDS = " ".join(f"word{number}" for number in range(60))


def diff(copy: str, witness: str, width: int = 80, *, is_coloured: bool = False) -> str:
    lines = DiffLines(width, is_coloured=is_coloured)
    return "".join(lines.of_segments(word_differences(copy, witness)))


def test_a_change_has_words_around_it() -> None:
    shown = diff(f"{WORDS} on Monday {WORDS}", f"{WORDS} on Friday {WORDS}")
    before = "... word52 word53 word54 word55 word56 word57 word58 word59 on"
    after = "word0 word1 word2 word3 word4 word5 word6 word7 word8 word9 ..."
    assert shown.splitlines() == [
        "@@ -1 +1 @@",
        f"- {before} [-Monday-]",
        f"- {after}",
        f"+ {before} {{+Friday+}}",
        f"+ {after}",
    ]


def test_near_changes_are_in_one_hunk_and_others_are_not() -> None:
    one = diff(f"a b c {WORDS[:100]} d e f", f"x b c {WORDS[:100]} y e f")
    two = diff(f"a b c {WORDS} d e f", f"x b c {WORDS} y e f")
    assert (one.count("@@ -"), two.count("@@ -")) == (1, 2)


def test_a_text_without_changes_in_a_hunk_is_left_out() -> None:
    assert diff("One two.", "One two.\n\nThree.") == "@@ -1 +3 @@\n+ One two.\n+ {+Three.+}\n"
    assert diff("One two.\nThree.", "One two.") == "@@ -2 +1 @@\n- One two.\n- [-Three.-]\n"
    assert diff("The same.", "The\nsame.") == ""


def test_places_are_lines_of_both_texts() -> None:
    copy, witness = (
        f"Title\n{extra}{WORDS}\n{WORDS}\n\n{end}" for extra, end in (("", "a"), ("x\n", "b"))
    )
    assert re.findall("@@.*@@", diff(copy, witness)) == ["@@ -2 +2 @@", "@@ -5 +6 @@"]


def test_what_goes_is_shown_whole_and_what_stays_is_not() -> None:
    long = " ".join(f"new{number}" for number in range(500))
    shown = diff(f"begin {long} end", "begin end")
    assert shown.count("new") == 500
    shown = diff("begin end", f"begin {long} end")
    words = shown.replace("+}\n+ {+", " ")
    assert shown.count("new") < 70 and re.search(r"\(4\d\d more words\)", words)
    assert "new0 " in shown and "new499" in shown


def test_colours() -> None:
    shown = diff("On Monday.", "On Friday.", is_coloured=True)
    assert "\x1b[31m-\x1b[0m On \x1b[31m\x1b[1mMonday\x1b[0m.\n" in shown
    assert "\x1b[32m+\x1b[0m On \x1b[32m\x1b[1mFriday\x1b[0m.\n" in shown


@pytest.mark.parametrize("character", ["\x1b", "\x9b", "\x07", "\x00", "\u202e", "\ud800", "\x85"])
def test_control_characters_are_escaped(character: str) -> None:
    shown = diff(f"One {character}[31m two", f"One three{character}", is_coloured=False)
    assert shown.replace("\n", "").isprintable()


@given(st.one_of(st.tuples(TEXTS, TEXTS), st.tuples(REPETITIVE, REPETITIVE)), st.booleans())
def test_any_text_is_printable_and_fits(texts: tuple[str, str], is_coloured: bool) -> None:  # noqa: FBT001
    plain = re.sub("\x1b\\[[0-9]+m", "", diff(*texts, width=70, is_coloured=is_coloured))
    assert plain.replace("\n", "").isprintable()
    for line in plain.splitlines():
        assert line.startswith(("- ", "+ ", "@@ ")) or line in ("-", "+")
        assert cell_len(line) <= 70


def test_letters_without_spaces_are_wrapped() -> None:
    shown = diff("渡船又晚了" * 40 + "一", "渡船又晚了" * 40 + "二", width=40)
    assert max(map(cell_len, shown.splitlines())) <= 40
    assert "[-一-]" in shown and "{+二+}" in shown


@pytest.mark.parametrize("is_coloured", [True, False])
def test_long_words_are_cut_at_the_end_of_a_line(is_coloured: bool) -> None:  # noqa: FBT001
    address = "https://example.com/" + "a/long/path-of-words/" * 20
    letters = "x" * 5_000
    shown = diff(f"See {address} or {letters}!", "See it.", width=50, is_coloured=is_coloured)
    lines = re.sub("\x1b\\[[0-9]+m", "", shown).splitlines()
    assert max(map(len, lines)) <= 50
    removed = "".join(line[2:] for line in lines if line.startswith("- "))
    joined = re.sub(r"\[-|-\]", "", removed)
    assert address in joined and letters in joined
