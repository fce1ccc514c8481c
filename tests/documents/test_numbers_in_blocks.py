"""Numeric variants among the paragraphs of one text are kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup.documents import block_runs
from dedup.documents.block_matches import VariantGroups
from dedup.documents.block_runs import SHORT_VARIANT_TOKENS

STATE = (
    "• Share of the people of the county of {0} who took the ferry to work at least once: {1}%\n"
    "• Total cost of the ferries alone (that is, how much did the boats, the piers and the crews "
    "cost the county?): around {2} million crowns\n"
)
NOTICE = (
    "The board of the harbour company has declared a dividend of {} cents a share, to be paid in "
    "May to all who hold a share on the last day of trading of this month.\n"
)
HOLDERS = (
    "Holders are asked to send the form, signed on both sides, to the office of the company at "
    "the old pier, where it will be kept with the others until the day of payment.\n"
)
STORY = [
    f"On day {{0}} of the strike the crew of boat {number} met at the {place} and said that it "
    f"would not sail before the company had paid what it owed them for {thing} since the spring.\n"
    for number, (place, thing) in enumerate(
        [
            ("old pier by the lighthouse", "the extra hours at night"),
            ("inn behind the harbour wall", "coal, rope and lamp oil"),
            ("school on the hill", "the two trips a week to the outer islands"),
            ("chapel at Port Linden", "their boots and their oilskins"),
            ("market hall", "all that they had mended with their own hands"),
        ]
    )
]
REPORTED = (
    "Nobody on the pier wanted to say more about it to the paper, and the company was silent.\n"
)


@pytest.mark.parametrize("block", ["auto", "line"])
def test_a_list_of_facts_is_kept(block: str) -> None:
    counties = [("Vey", 19.93, 107.4), ("Lind", 19.58, 158.7), ("Aar", 4.1, 98), ("Oster", 7, 2)]
    text = "".join(STATE.format(*county) for county in counties)
    assert dedup.clean(text, split_by=block).text == text


def test_a_footnote_with_another_page_is_kept() -> None:
    note = (
        "{} A. Lind and B. Vey, The harbours of the north and those who built them, in: Papers of "
        "the society for the history of seafaring, volume 12, Port Linden 1996, pp {}.\n"
    )
    text = "Text.\n" + note.format(17, "4-5") + note.format(50, "11")
    assert dedup.clean(text).text == text
    again = text + note.format(17, "4-5")  # and a third one that is the first
    result = dedup.clean(again)
    assert [(repeat.kind, repeat.witness) for repeat in result.repeats] == [("exact", 1)]


def test_an_exact_copy_of_a_kept_numeric_variant_is_removed() -> None:
    first, second = NOTICE.format(12), NOTICE.format(15)
    result = dedup.clean(first + second + REPORTED + second)
    assert result.text == first + second + REPORTED
    assert [(repeat.kind, repeat.witness) for repeat in result.repeats] == [("exact", 1)]


def test_notices_lose_their_common_paragraphs_and_keep_their_numbers() -> None:
    text = "".join(NOTICE.format(cents) + HOLDERS for cents in (12, 15, 9, 30))
    left = NOTICE.format(12) + HOLDERS + "".join(map(NOTICE.format, (15, 9, 30)))
    assert dedup.clean(text).text == left


def test_a_long_copy_with_other_numbers_is_removed() -> None:
    article, corrected = ("".join(story.format(day) for story in STORY) for day in (3, 4))
    result = dedup.clean(article + REPORTED + corrected)
    assert result.text == article + REPORTED
    assert [str(run) for run in result.runs] == ["lines 7-11 repeat lines 1-5"]
    assert dedup.restore(result.text, result.ledger) == article + REPORTED + corrected


def test_a_numeric_variant_after_a_long_copy_is_removed() -> None:
    article = "".join(story.format(3) for story in STORY[:4])
    text = article + "Then.\n" + STORY[4].format(3) + REPORTED
    text += article + "But now.\n" + STORY[4].format(4)
    left = article + "Then.\n" + STORY[4].format(3) + REPORTED + "But now.\n"
    assert dedup.clean(text).text == left


def test_numeric_variants_are_removed_if_set() -> None:
    text = NOTICE.format(12) + NOTICE.format(15)
    assert dedup.clean(text, numeric_variants="remove").text == NOTICE.format(12)


def test_replaced_numbers_count_and_added_ones_do_not() -> None:
    notice = NOTICE.format(12)
    dated, other = notice.replace("May", "May 1999"), notice.replace("May", "May 1998")
    assert dedup.clean(dated + other).text == dated + other
    assert dedup.clean(dated + notice).text == dated
    assert dedup.clean(notice + "On 5 May: " + notice).text == "On 5 May: " + notice


@given(
    st.lists(st.integers(0, 4), max_size=25),
    st.lists(st.integers(0, 2), min_size=25, max_size=25),
    st.lists(st.integers(1, SHORT_VARIANT_TOKENS), min_size=25, max_size=25),
)
def test_numeric_variants_are_removed_only_in_long_runs(
    letters: list[int], numbers: list[int], tokens: list[int]
) -> None:
    rows = np.arange(len(letters))
    kinds = list(zip(letters, numbers, strict=False))
    groups = np.array([letters.index(letter) for letter in letters], np.int64)
    # Blocks with the numbers of their original are in its group, others in one of their own.
    groups_with_numbers = np.array(
        [
            group if numbers[group] == number else kinds.index((letter, number))
            for group, (letter, number) in zip(groups.tolist(), kinds, strict=True)
        ],
        np.int64,
    )
    lengths = np.array(tokens[: len(rows)])
    words = np.full(len(rows), 30)
    found = block_runs.find_block_runs(
        rows,
        block_runs.BlockRepeats(
            groups, rows, words, 20, variants=VariantGroups(groups_with_numbers, lengths)
        ),
    )
    removed = {row for run in found for row in run.copies}
    for run in found:
        for copy, original in zip(run.copies, run.originals, strict=True):
            assert groups[copy] == groups[original]
    for row in rows.tolist():
        if row not in removed:  # copies with the same numbers are removed
            assert row == groups_with_numbers[row] or all(
                other in removed or other >= row
                for other in np.flatnonzero(groups_with_numbers == groups_with_numbers[row])
            )
    if lengths.sum() <= SHORT_VARIANT_TOKENS:
        stays = {(letters[row], numbers[row]) for row in rows.tolist() if row not in removed}
        assert stays == set(kinds)
