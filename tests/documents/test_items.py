"""Items of lists and rows of tables: two with any different number are numeric variants."""

import numpy as np
import pytest
from hypothesis import strategies as st

import dedup
from dedup.documents.block_matches import is_list_item

MARKS = st.text(st.sampled_from("-*•–—0129.):]( |\t\nab中é"), max_size=8)
POINT = (
    "The harbour board asks the council to mend the old pier before the winter, since the ferry "
    "cannot land there when the wind is from the north, and since the boats of the islands have no "
    "other place where they may lie at night. "
) * 3


def is_item(text: str) -> bool:
    return is_list_item(np.frombuffer(text.encode(), np.uint8))


@pytest.mark.parametrize(
    "text", ["1 - One", "12. One", "(3) One", "a) One", "* One", "— One", "x\ty"]
)
def test_items_of_lists(text: str) -> None:
    assert is_item(text)
    assert is_item(f"\n  {text}\n")


@pytest.mark.parametrize(
    "text", ["2020. One", "One", "-5 degrees", "1.5 per cent", "", "9 men", "A man"]
)
def test_prose_is_no_item(text: str) -> None:
    assert not is_item(text)


@pytest.mark.parametrize("item", ["{} - ", "{}. ", "({}) ", "{}: "])
def test_long_items_with_different_numbers_are_kept(item: str) -> None:
    text = "".join(item.format(number) + POINT + "\n" for number in (1, 2, 3))
    assert len(POINT.split()) > 100
    assert dedup.clean(text).text == text


def test_dated_rows_of_a_table_are_kept() -> None:
    row = (
        "{}\tLeader of the Opposition and Shadow Minister for Housing, with the members for Vey "
        "and Lind and others of the party\tPress conference at the old pier, Port Linden\n"
    )
    text = row.format("30 May 2020") + row.format("23 April 2020") + row.format("30 April 2020")
    assert dedup.clean(text).text == text
    assert dedup.clean(text + row.format("30 May 2020")).text == text


def test_evenings_of_a_programme_are_kept() -> None:
    evening = (
        "{} {} ({}) Programme notes: the films of the evening are introduced by those who made "
        "them, and the talk goes on in the foyer, where there is tea and bread for all who stay.\n"
    )
    text = evening.format("SATURDAY", "OCT 23", "MT") + evening.format("FRIDAY", "OCT 15", "LNCC")
    assert dedup.clean(text).text == text
