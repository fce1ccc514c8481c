"""Numbers in texts: what makes a value, and that both implementations read the same."""

import unicodedata

import pytest
from hypothesis import strategies as st

import dedup
from dedup.matching.numbers import DIGIT_VALUES, number_pattern, numbers_in

MARKS = "-−–+.,'’%‰٪$€¢¥￥ ٫٬\u00a0\u202f\u3000([xA_é中क12345٣९０"
TEXTS = st.text(st.sampled_from(MARKS), max_size=30)
NUMBERS = ["-1.5", "+1.5", "1.5", "15", "1.5%", "$1.5", "€1.5", "1.5‰", "-$1.5", "1.25"]


@pytest.mark.parametrize(
    "same",
    [
        (
            "1,000",
            "1000",
            "1'000",
            "1’000",
            "1\u00a0000",
            "1\u202f000",
            "１，０００".replace("，", ","),
        ),
        ("1,234,567.5", "1234567.5", "1.234.567,5", "1'234'567.5"),
        ("1.5", "1,5", "1٫5", "١٫٥", "१.५", "１.５"),
        ("1.5%", "1.5 %", "1,5\u00a0%", "1.5％"),
        ("$5", "5$", "5 $", "$ 5", "＄5"),
        ("-$5", "$-5", "−$5"),
        ("lasts 5 days", "lasts 5, days", "lasts (5) days"),
        ("2019-20", "2019, 20", "2019–20", "2019/20"),
    ],
)
def test_one_number_written_in_many_ways(same: tuple[str, ...]) -> None:
    assert len({tuple(numbers_in(text)) for text in same}) == 1


def test_numbers_that_differ_in_a_mark() -> None:
    found = [tuple(numbers_in(text)) for text in NUMBERS]
    assert all(len(number) == 1 for number in found)
    assert len(set(found)) == len(NUMBERS)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("On 21.04.2020 at 12:30, 5,6", ["21.04.2020", "12", "30", "5,6"]),
        ("A320 w12 x_1 F-16, 1st, 7pm", ["16", "1", "7"]),
        ("v1.5", ["5"]),  # the 1 is a part of the name
        ("1,0000 10,00 1234,567", ["1,0000", "10,00", "1234,567"]),
        ("1.000.000 1.000 1.000,5", ["1.000.000", "1.000", "1.000,5"]),
        ("2020年4月5日 第3", ["2020", "4", "5", "3"]),
        ("", []),
        ("no figures", []),
    ],
)
def test_the_places_of_numbers(text: str, numbers: list[str]) -> None:
    assert [match[0] for match in number_pattern().finditer(text)] == numbers


def test_a_dash_is_no_sign_behind_a_letter_or_a_digit() -> None:
    assert numbers_in("B-52 2019-20") == numbers_in("B 52 2019 20")
    assert numbers_in("fell -5") != numbers_in("fell 5")


def test_all_decimal_digits_of_the_basic_plane_have_their_value() -> None:
    digits = {code: unicodedata.decimal(chr(code), -1) for code in range(0x10000)}
    assert {
        code: value for code, value in digits.items() if value >= 0
    }.items() <= DIGIT_VALUES.items()


@pytest.mark.parametrize("unit", ["word", "char"])
def test_texts_with_other_numbers_are_no_exact_copies(unit: str) -> None:
    texts = [f"Prices have moved by {number} since spring" for number in NUMBERS]
    result = dedup.deduplicate(texts, unit=unit)
    assert result.keep.all()
    removed = dedup.deduplicate(texts, unit=unit, numeric_variants="remove")
    assert removed.keep.sum() < len(texts)


def test_a_number_written_in_another_way_makes_no_variant() -> None:
    text = "The company sold {} boats in the spring and none of them came back to the pier"
    texts = [text.format("1,000"), text.format("1000"), text.format("1001")]
    assert dedup.deduplicate(texts, threshold=0.3).keep.tolist() == [True, False, True]


def test_a_threshold_of_one_removes_no_other_number() -> None:
    texts = ["The fund rose by 1.5 over the year", "The fund rose by -1.5 over the year"]
    assert dedup.deduplicate(texts, threshold=1.0).keep.all()
