"""Which near copies are numeric variants, by both implementations."""

from collections import Counter
from itertools import groupby, pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import dedup
from dedup import Config
from dedup.arrays.packed import pack
from dedup.matching.pair_rule import PairRule, least_tokens, pair_rule

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
WORDS = st.sampled_from(["a", "b", "c", "dd", "eee", "ffff", "1", "2", "7", "x9"])
TEXTS = st.lists(WORDS, min_size=1, max_size=40)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Return a text, and a copy of it in which some words are replaced, added or left out."""
    text: list[str] = draw(TEXTS)
    copy = list(text)
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, len(copy)))
        copy[place : place + draw(st.integers(0, 2))] = draw(st.lists(WORDS, max_size=2))
    return text, copy or ["a"]


def is_number(word: str) -> bool:
    return word.isdigit()


def uncovered(mine: list[str], theirs: list[str]) -> list[bool]:
    """Tell which words lie in no three words in a row that the other text has."""
    size = 3 if min(len(mine), len(theirs)) >= 3 else 1
    grams = {tuple(theirs[at : at + size]) for at in range(len(theirs) - size + 1)}
    covered = {
        place
        for at in range(len(mine) - size + 1)
        if tuple(mine[at : at + size]) in grams
        for place in range(at, at + size)
    }
    return [place not in covered for place in range(len(mine))]


def places(mine: list[str], theirs: list[str]) -> list[tuple[tuple[str, str], list[str]]]:
    """Return the runs of words that the other text lacks, with the words around them."""
    found = []
    flags = uncovered(mine, theirs)
    for lacks, run in groupby(range(len(mine)), key=flags.__getitem__):
        if lacks:
            rows = list(run)
            around = ["", *mine, ""]
            found.append(((around[rows[0]], around[rows[-1] + 2]), [mine[row] for row in rows]))
    return found


def is_variant_of(mine: list[str], theirs: list[str]) -> bool:  # noqa: C901, PLR0911
    """Apply the rule in plain Python to words between spaces."""
    own, others = (list(filter(is_number, words)) for words in (mine, theirs))
    lacking, count = (Counter(own) - Counter(others)).total(), len(own)
    brief = len(mine) <= 60
    if (count == 0 and not (brief and others)) or (not brief and 12 * lacking <= count):
        return False
    waiting, replaced, of_numbers, with_numbers = places(theirs, mine), 0, 0, 0
    for around, words in places(mine, theirs):
        other = next((place for place in waiting if place[0] == around), None)
        if other is None:
            continue
        waiting.remove(other)
        if max(len(words), len(other[1])) > 16:
            continue
        replaced += 1
        numbers, replacement = (list(filter(is_number, place)) for place in (words, other[1]))
        with_numbers += numbers != replacement
        of_numbers += bool(numbers and replacement and numbers != replacement)
    lacking = max(lacking, of_numbers) if brief else lacking
    missing = (Counter(mine) - Counter(theirs)).total() if brief else sum(uncovered(mine, theirs))
    new = bool(set(mine) - set(theirs)) and bool(set(theirs) - set(mine))
    single = brief and len(mine) == len(theirs) and missing == replaced == with_numbers == 1
    if single and (of_numbers or new):
        return True
    if not of_numbers or 5 * of_numbers < replaced or 12 * lacking <= count:
        return False
    if 6 * missing > len(mine):
        return False
    if replaced - with_numbers >= 3 and letter_pairs(mine, theirs) < 4 * (replaced - with_numbers):
        return False
    if lacking >= 3 and 2 * lacking > count:
        return True
    if replaced < 0.5 + len(mine) / 240:
        return False
    longer = len(theirs) > 1.3 * len(mine) and not brief
    return replaced >= 3 or (not longer and 8 * lacking > count)


def letter_pairs(mine: list[str], theirs: list[str]) -> int:
    """Count the pairs of letters that the other text does not have as often."""
    own, others = (
        "".join("0x0x0x0" if is_number(word) else word for word in words)
        for words in (mine, theirs)
    )
    return (Counter(pairwise(own)) - Counter(pairwise(others))).total()


@given(pairs(), st.sampled_from([0.3, 0.5, 0.8, 1.0]), st.sampled_from([0.9, 1.0]))
@example((["a", "1", "b"] * 25, ["a", "2", "b"] * 40), 0.3, 0.9)
@example((["a", "1", "b"] + ["c"] * 60, ["a", "2", "b"] + ["c"] * 60 + ["d"] * 20), 0.3, 0.9)
def test_both_implementations_agree_with_plain_python(
    both: tuple[list[str], list[str]], threshold: float, similarity: float
) -> None:
    mine, theirs = both
    config = Config.of(None, {"threshold": threshold, "ngram_size": 2, "measure": "jaccard"})
    packed = pack([" ".join(mine), " ".join(theirs)])
    few = len(mine) < least_tokens(config) and bool(Counter(mine) - Counter(theirs))
    expected = few or is_variant_of(mine, theirs)
    if similarity == 1:
        expected &= bool(set(filter(is_number, mine)) - set(theirs))
    exempts = PairRule(packed.utf8, packed.offsets, config).exempts
    assert exempts(0, 1, similarity) == expected
    twin = pair_rule(packed.utf8, packed.offsets, config)
    assert twin.exempts(0, 1, similarity) == expected


@given(st.lists(TEXTS.map(" ".join), min_size=2, max_size=2), st.sampled_from(["keep", "remove"]))
def test_both_implementations_agree_on_letters(texts: list[str], variants: str) -> None:
    config = Config.preset("short", numeric_variants=variants)
    packed = pack(texts)
    exempts = PairRule(packed.utf8, packed.offsets, config).exempts
    twin = pair_rule(packed.utf8, packed.offsets, config)
    assert twin.exempts(0, 1, 0.9) == exempts(0, 1, 0.9)
    assert variants == "keep" or not exempts(0, 1, 0.9)


@pytest.mark.parametrize("keep", ["first", "longest"])
@pytest.mark.usefixtures("either_core")
def test_a_notice_of_another_day_stays(keep: str) -> None:
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


def test_the_summary_counts_numeric_variants() -> None:
    result = dedup.deduplicate([ONE, OTHER], threshold=0.7)
    assert repr(result) == (
        "<DedupResult: kept 2 of 2 texts (1 is similar to another, but its numbers differ, or it "
        "shares too little running text to judge)>"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [("3-1", "1-3"), ("3 to 1", "1 to 3"), ("by two goals", "by 2.5 goals")],
)
def test_numbers_in_another_order_or_in_words_differ(one: str, other: str) -> None:
    match = (
        "After 90 minutes of football in the rain the home team had won {} before a crowd that had "
        "waited all winter for this, and the coach said that his players had earned every point of "
        "it on their own pitch."
    )
    both = [match.format(one), match.format(other)]
    assert list(dedup.unique(both)) == both


def test_an_edited_story_is_a_copy_whatever_its_numbers() -> None:
    story = STORY + " " + " ".join(f"Sentence number {word} of many." for word in "abcdefgh")
    edited = story.replace("Thursday morning", "Thursday at 7")
    long = " ".join([story, *(f"Another sentence {word} of 9 more." for word in "abcdefghijklmno")])
    changed = long.replace("Sentence number a", "Sentence 4 a")
    result = dedup.deduplicate([story, edited, long, changed], threshold=0.6)
    assert result.keep.sum() == 1


TOLL = (
    "At least {} people died and {} were hurt when a ferry sank off Vey on Friday night, the coast "
    "guard said. The boat had left Port Linden at six with more passengers than it was built for, "
    "and turned over when a wave struck it from the side, survivors told the paper. Divers went on "
    "with their search until dark, while families waited on the pier for news of those missing."
)
UPDATE = (
    " The company that owns the boat said on Saturday that it would pay for all funerals. The "
    "minister for the sea promised that no ferry would sail again before each had been looked at."
)


def test_an_updated_story_is_found_though_its_toll_has_risen() -> None:
    first, later = TOLL.format(12, 40), TOLL.format(15, 52) + UPDATE
    result = dedup.deduplicate([first, later], threshold=0.7)
    assert result.keep.tolist() == [False, True]


def test_one_corrected_number_in_a_story_is_found() -> None:
    story = (TOLL.format(12, 40) + UPDATE + " Its {} crew of 9 came from 3 islands, aged 19 to 61, "
             "and the boat was 35 years old, 28 metres long, and had room for 150.")  # fmt: skip
    assert dedup.deduplicate([story.format("7"), story.format("8")]).keep.sum() == 1


BULLETIN = (
    "Operation Harbour: update of {} May. {} people are deployed in the islands, {} of them at the "
    "testing stations on Vey and {} at the old pier of Port Linden. They have answered {} calls "
    "since yesterday. The navy goes on helping the police at sea, and its boats carry food, post "
    "and medicine to all who cannot leave their homes. The commander thanked those who had given "
    "up their leave, and said that the work would go on for as long as the government asked for "
    "it. All who feel ill are asked to stay at home and to ring the doctor before they come."
)


@pytest.mark.usefixtures("either_core")
def test_daily_bulletins_stay_whatever_their_length() -> None:
    days = [BULLETIN.format(day, 3140 + 7 * day, 90 + day, 12 + day, 200 - day) for day in range(9)]
    result = dedup.deduplicate(days, threshold=0.6)
    assert result.keep.all()
    assert (result.numeric_variant != np.arange(9)).sum() >= 8
    assert dedup.deduplicate([*days, days[3]], threshold=0.6).keep.sum() == 9


def test_a_scan_of_a_text_is_a_copy_whatever_its_numbers() -> None:
    text, scan = TOLL.format(12, 40) + UPDATE, TOLL.format(72, 10) + UPDATE
    wrong = [
        "survivors",
        "surv1vors",
        "ferry",
        "forry",
        "night",
        "nigbt",
        "passengers",
        "passongers",
        "turned",
        "tumed",
    ]
    wrong += ["search", "scarch", "waited", "walted"]
    for word, letters in zip(wrong[::2], wrong[1::2], strict=True):
        scan = scan.replace(word, letters)
    assert dedup.deduplicate([text, scan], threshold=0.5).keep.sum() == 1


@pytest.mark.parametrize(("tail", "kept"), [("three", 2), ("one", 1)])
def test_one_word_at_the_end_of_a_short_text_decides(tail: str, kept: int) -> None:
    texts = ["Dividend of nineteen cents payable on the fifteenth of April, record April " + word
             for word in ("one", tail)]  # fmt: skip
    assert dedup.deduplicate(texts).keep.sum() == kept


def test_a_contained_text_is_a_copy_however_short() -> None:
    assert dedup.deduplicate([STORY, "the harbour ferry was late again"]).witness.tolist() == [0, 0]


def test_a_text_without_words_of_its_own_is_a_copy_however_short() -> None:
    whole = (
        "The harbour ferry was late again on Sunday because the tide the moon and a rope were not "
        "what they had been on the day before said the company that runs it"
    )
    without = whole.replace(" on the day before", "")
    assert len(without.split()) < least_tokens(Config())
    assert dedup.deduplicate([whole, without]).witness.tolist() == [0, 0]
    other = without.replace("company", "union")
    assert dedup.deduplicate([whole, other]).keep.all()


def test_least_tokens() -> None:
    assert least_tokens(Config()) == 29
    assert least_tokens(Config(threshold=1.0)) == 0
    # One changed word inside of so many is just what the threshold allows.
    words = [f"w{letter}" for letter in "abcdefghijklmnopqrstuvwxyzABCDEF"][:29]
    changed = [*words[:14], "changed", *words[15:]]
    assert len(set(words)) == 29
    assert dedup.deduplicate([" ".join(words), " ".join(changed)]).similarity[1] == np.float32(0.8)
    fewer = dedup.deduplicate([" ".join(words[:28]), " ".join(changed[:28])])
    assert fewer.keep.all()
