"""Words and numbers: names of months and weekdays beside numbers, in many languages."""

import numpy as np
import pytest
from hypothesis import strategies as st

from dedup.matching.elements import MAX_NAME_DISTANCE, calendar_names, elements_of

WORDS = [
    "4",
    "2020",
    "May",
    "april",
    "Monday",
    "วันจันทร์",
    "สิงหาคม",
    "星期一",
    "五月",
    "de",
    "A320",
    "a",
    "中",
]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


def are_numbers(text: str) -> list[bool]:
    flags: list[bool] = elements_of(np.frombuffer(text.encode(), np.uint8)).is_number.tolist()
    return flags


@pytest.mark.parametrize(
    "text",
    [
        "Monday 4 May 2020",
        "lundi 4 mai 2020",
        "4. April 2020",
        "понедельник 4 мая 2020",
        "الاثنين 4 أبريل 2020",
        "วันจันทร์ 4 สิงหาคม 2564",
        "2020 星期一",
        "4 अप्रैल 2020",
        "4 ապրիլի 2020",
        "4 አፕሪል 2020".replace("አፕሪል", "ኤፕሪል"),
        "4 Nisan 2020",
        "4 tháng tư 2020".replace("tháng tư", "thứ hai"),
    ],
)
def test_all_elements_of_dates_are_numbers(text: str) -> None:
    assert all(are_numbers(text))


def test_a_name_alone_is_a_word() -> None:
    assert not any(are_numbers("It may rain on Monday in April, Sun said"))
    near, far = ["x"] * (MAX_NAME_DISTANCE - 1), ["x"] * MAX_NAME_DISTANCE
    assert are_numbers(" ".join(["May", *near, "4"]))[0]
    assert not are_numbers(" ".join(["May", *far, "4"]))[0]


def test_the_table_has_twenty_languages_and_more() -> None:
    table = calendar_names()
    names = "monday montag lundi lunes segunda-feira lunedì maandag måndag mandag maanantai hétfő"
    names += " poniedziałek pondělí понедельник понеділок понеделник pazartesi senin isnin δευτέρα"
    names += " երկուշաբթի الاثنين סוף"
    table_names = set(table)
    assert sum(name in table_names for name in names.split()) >= 20
