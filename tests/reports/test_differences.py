"""Word differences: the segments are both texts, and as many words as possible are equal."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.reports import differences
from dedup.reports.differences import Segment, describe_differences, word_differences
from tests.generated_texts import REPETITIVE, TEXTS, near_copies

EDITED = near_copies().flatmap(
    lambda texts: st.tuples(*[st.sampled_from([*texts, ""])] * 2)  # often a text and its copy
)
ANY_TEXTS = st.one_of(st.tuples(TEXTS, TEXTS), st.tuples(REPETITIVE, REPETITIVE), EDITED)
LIMITS = st.sampled_from([{}, {"MAX_CELLS": 0}, {"MAX_CELLS": 9}, {"MAX_CHARACTERS": 5}])


def common_words(words: list[str], other: list[str]) -> int:
    """Return the length of the longest common subsequence, by the textbook's table."""
    row = [0] * (len(other) + 1)
    for word in words:
        last = row
        row = [0]
        for place, other_word in enumerate(other):
            equal = last[place] + 1 if word == other_word else 0
            row.append(max(equal, last[place + 1], row[place]))
    return row[-1]


def equal_words(segments: list[Segment]) -> int:
    return sum(len(part.copy.split()) for part in segments if part.kind == "equal")


@given(ANY_TEXTS, LIMITS)
def test_segments_are_both_texts(texts: tuple[str, str], limits: dict[str, int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in limits.items():
            patch.setattr(differences, name, value)
        segments = word_differences(*texts)
    assert "".join(part.copy for part in segments) == texts[0]
    assert "".join(part.witness for part in segments) == texts[1]
    order = {"equal": 0, "removed": 1, "added": 2}
    for before, after in pairwise(part.kind for part in segments):
        assert after == "equal" or order[before] < order[after]
        assert {before, after} != {"equal"}
    for part in segments:
        if part.kind == "equal":
            assert "".join(part.copy.split()) == "".join(part.witness.split())
        assert bool(part.copy) == (part.kind != "added") or part.kind == "equal"
        assert bool(part.witness) == (part.kind != "removed") or part.kind == "equal"
    same_words = texts[0].split() == texts[1].split()
    assert not same_words or all(part.kind == "equal" for part in segments)


@given(EDITED)
def test_as_many_words_as_possible_are_equal(texts: tuple[str, str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(differences, "MAX_ISLAND_WORDS", 0)
        segments = word_differences(*texts)
    assert equal_words(segments) == common_words(texts[0].split(), texts[1].split())


def test_few_words_between_longer_changes_belong_to_them() -> None:
    changed = word_differences("a b c the d e f g", "k l m the n o p g")
    assert [part.kind for part in changed] == ["removed", "added", "equal"]
    kept = word_differences("a b c one two three four d e f g h", "k l m one two three four n h")
    assert equal_words(kept) == 5


@pytest.mark.parametrize("cells", [1 << 20, 40])
def test_long_texts_are_cut_at_anchors(monkeypatch: pytest.MonkeyPatch, cells: int) -> None:
    monkeypatch.setattr(differences, "MAX_CELLS", cells)
    words = [f"word{number}" for number in range(600)]
    edited = [*words]
    for place in range(5, 600, 17):
        edited[place] = "new"
    del edited[300:302]
    segments = word_differences(" ".join(words), " ".join(edited))
    assert equal_words(segments) == common_words(words, edited)


def test_repetitive_texts_beyond_the_limit_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differences, "MAX_CELLS", 1000)
    rng = random.Random(1)
    texts = [" ".join(["begin", *rng.choices(["one", "two"], k=100), "end"]) for _ in range(2)]
    kinds = [part.kind for part in word_differences(*texts)]
    assert kinds == ["equal", "removed", "added", "equal"]


def test_scripts() -> None:
    for texts, changed in [
        (("वह सोमवार को आया", "वह मंगलवार को आया"), ["सोमवार ", "मंगलवार "]),
        (("他星期一来了", "他星期五来了"), ["一", "五"]),
        (("ไปที่บ้าน", "ไปที่บาน"), ["บ้", "บ"]),
        (("about 1,200 of them", "about 1,300 of them"), ["1,200 ", "1,300 "]),
        (("don't go", "don’t go"), ["don't ", "don’t "]),
    ]:
        segments = word_differences(*texts)
        assert [part.copy + part.witness for part in segments if part.kind != "equal"] == changed


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        (("", ""), "nothing"),
        (("One.", " One.\n"), "white space"),
        (("One.", "One!"), "punctuation"),
        (("One.", "ONE!"), "letter case"),
        (("One two.", "ONE three."), '"One two" -> "ONE three"'),
        (("", "One two."), "+2 words"),
        (("On Monday. Yes. On Monday.", "On Friday. Yes. On Friday."), '"Monday" -> "Friday"'),
        (("He said “a”.", 'He said "b".'), '"“a”" -> ""b""'),
        (("他来了", "他星期五来了"), "+3 characters"),
        (
            ("one x two y three " + "z " * 1000, "one X two Y three"),
            '"x" -> "X", "y" -> "Y", -1,000 words',
        ),
    ],
)
def test_differences_in_one_line(texts: tuple[str, str], line: str) -> None:
    assert describe_differences(word_differences(*texts)) == line


def test_the_line_is_short() -> None:
    texts = [" ".join(f"{word}{n} same{n} also{n} and{n}" for n in range(99)) for word in "ab"]
    line = describe_differences(word_differences(*texts), width=30)
    assert line == '"a0" -> "b0", "a1" -> "b1", -97 words, +97 words'
