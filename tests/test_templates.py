"""Near copies that are other news: which they are, by both implementations."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import Config, backend, engine
from dedup.kernels import compiled
from dedup.kernels.templates import is_template as compiled_is_template
from dedup.templates import AS_LONG, SHORT, Guard, least_tokens
from dedup.text.packed import pack

NOTICE = (
    "The Harbour Board entered the market today to arrange {} billion crowns of repurchase "
    "agreements for its own account, dealers said, and traded at {} pct when it did so, which most "
    "of them had expected since the beginning of the week."
)
ONE, OTHER = NOTICE.format("1.5", "6 3/8"), NOTICE.format("2.5", "6 1/8")
STORY = (
    "Nobody on the pier at Port Linden could say on Thursday morning why the harbour ferry was "
    "late again, though the company that runs it blamed the tide, the moon, and a rope which had "
    "not been seen on board since spring."
)
WORDS = st.sampled_from(["a", "b", "c", "d", "1", "2", "7", "x9", "中"])
TEXTS = st.lists(WORDS, min_size=1, max_size=30).map(" ".join)


def differs_in_figures(mine: str, theirs: str) -> bool:
    """Say so in plain Python, of words between spaces."""
    own, others = Counter(mine.split()), Counter(theirs.split())
    if own.total() > SHORT:
        return False
    different = own - others
    if others.total() <= AS_LONG * own.total():
        different = different + (others - own)
    figures = sum(count for word, count in different.items() if any(map(str.isdigit, word)))
    return 2 * figures > different.total()


@given(TEXTS, TEXTS, st.sampled_from([0.3, 0.5, 0.8, 1.0]), st.sampled_from(["word", "char"]))
def test_both_implementations_say_what_plain_python_does(
    mine: str, theirs: str, threshold: float, unit: str
) -> None:
    config = Config.of(None, {"threshold": threshold, "ngram_size": 2, "unit": unit})
    packed = pack([mine, theirs])
    own, others = (
        Counter(text.split() if unit == "word" else text.replace(" ", ""))
        for text in (mine, theirs)
    )
    few = own.total() < least_tokens(config) and own - others
    expected = bool(least_tokens(config) and (few or differs_in_figures(mine, theirs)))
    assert Guard.of_rows(packed.utf8, packed.offsets, config).spares(0, 1) == expected
    texts = engine.compiled_texts(packed.utf8, packed.offsets, config)
    counts = compiled.tokenize(texts, 1).hashes.lengths
    found = compiled_is_template(texts, counts, 0, 1, least_tokens(config))
    assert found == expected


@pytest.mark.parametrize("keep", ["first", "longest"])
@pytest.mark.parametrize("path", [0, 1 << 40], ids=["compiled", "numpy"])
def test_a_notice_of_another_day_stays(
    keep: str, path: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "SMALL_BYTES", path)
    monkeypatch.setattr(backend, "LOADED_BYTES", path)
    texts = [ONE, OTHER, ONE.replace("Board", "Council"), ONE, f"{ONE} Reuter"]
    result = dedup.deduplicate(texts, threshold=0.7, keep=keep)
    stays = 0 if keep == "first" else 4
    assert result.witness.tolist() == [stays, 1, stays, stays, 4 if keep == "longest" else 0]
    assert result.numeric_variant.tolist() == [0, stays, 2, 3, 4]
    removed = dedup.deduplicate(texts, threshold=0.7, keep=keep, numeric_variants="remove")
    assert removed.keep.sum() == 1
    assert removed.numeric_variant.tolist() == [0, 1, 2, 3, 4]
    pairs = dedup.near_duplicates(texts, threshold=0.7)
    assert {frozenset(pair[:2]) for pair in pairs if 1 in pair[:2]} >= {frozenset((0, 1))}
    assert pairs.numeric_variant.tolist() == [1 in pair[:2] for pair in pairs]
    copies = pairs.select(~pairs.numeric_variant)
    assert dedup.connected_components(copies, 5).tolist() == [0, 1, 0, 0, 0]
    every = dedup.near_duplicates(texts, threshold=0.7, numeric_variants="remove")
    assert list(every) == list(pairs)
    assert not every.numeric_variant.any()


def test_what_is_said_of_it() -> None:
    result = dedup.deduplicate([ONE, OTHER], threshold=0.7)
    assert repr(result) == "<DedupResult: kept 2 of 2 texts, 1 as other news than a text like it>"


def test_an_edited_story_is_a_copy_whatever_its_figures() -> None:
    edited = STORY.replace("Thursday morning", "Thursday at 7")
    long = " ".join([STORY, *(f"Sentence number {word} of many." for word in "abcdefghijklmno")])
    changed = long.replace("Sentence number a", "Sentence 4 a")
    result = dedup.deduplicate([STORY, edited, long, changed], threshold=0.6)
    assert result.keep.sum() == 1


@pytest.mark.parametrize(("tail", "kept"), [("three", 2), ("one", 1)])
def test_one_word_at_the_end_of_a_few_decides(tail: str, kept: int) -> None:
    texts = ["Dividend of nineteen cents payable on the fifteenth of April, record April " + word
             for word in ("one", tail)]  # fmt: skip
    assert dedup.deduplicate(texts).keep.sum() == kept


def test_what_is_contained_is_a_copy_however_short() -> None:
    assert dedup.deduplicate([STORY, "the harbour ferry was late again"]).witness.tolist() == [0, 0]


def test_what_says_nothing_of_its_own_is_a_copy_however_short() -> None:
    whole = (
        "The harbour ferry was late again on Sunday because the tide the moon and a rope were not "
        "what they had been on the day before said the company that runs it"
    )
    without = whole.replace(" on the day before", "")
    assert len(without.split()) < least_tokens(Config())
    assert dedup.deduplicate([whole, without]).witness.tolist() == [0, 0]
    other = without.replace("company", "union")
    assert dedup.deduplicate([whole, other]).keep.all()


def test_the_fewest_tokens() -> None:
    assert least_tokens(Config()) == 29
    assert (
        least_tokens(Config(threshold=1.0)) == least_tokens(Config(numeric_variants="remove")) == 0
    )
    # One changed word inside of so many is just what the threshold allows.
    words = [f"w{letter}" for letter in "abcdefghijklmnopqrstuvwxyzABCDEF"][:29]
    changed = [*words[:14], "changed", *words[15:]]
    assert len(set(words)) == 29
    assert dedup.deduplicate([" ".join(words), " ".join(changed)]).similarity[1] == np.float32(0.8)
    fewer = dedup.deduplicate([" ".join(words[:28]), " ".join(changed[:28])])
    assert fewer.keep.all()
