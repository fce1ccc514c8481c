"""Boilerplate in invented news, and its report."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

import dedup
from dedup import BoilerplateResult, ConfigError, Removal, TextTypeError, deduplicate_blocks

FOOTER = (
    "The Harbour Times is printed on paper from the mill at Weir Lane, and everybody who lives "
    "within a day of the sea may have it for nothing."
)
CONTACT = "Write to the editor at the old mill"


def story(row: int, paragraphs: int = 12) -> list[str]:
    """Return paragraphs that no other story has."""
    return [
        f"On day {row} the boat{row}x{place} met wind{row}x{place} and rope{row}x{place} off "
        f"pier{row}x{place}, said sailor{row}x{place} of town{row}x{place}."
        for place in range(paragraphs)
    ]


def news(*footers: str, count: int = 20) -> list[str]:
    return ["\n".join([*story(row), *footers]) + "\n" for row in range(count)]


def shown(result: BoilerplateResult) -> list[tuple[str, int]]:
    return [(pattern.text, pattern.df) for pattern in result.patterns]


def left(result: BoilerplateResult, row: int) -> list[str]:
    return (result.texts[row] or "").splitlines()


def test_only_footers_are_removed() -> None:
    texts = news(FOOTER, CONTACT, "Ends")
    result = deduplicate_blocks(texts)
    assert shown(result) == [(FOOTER, 20), (CONTACT, 20), ("Ends", 20)]
    assert result.texts[0] is texts[0]
    assert all(left(result, row) == story(row) for row in range(1, 20))
    assert result.changed.tolist() == list(range(1, 20))
    assert result.patterns[0].rows == (0, 1, 2, 3, 4)
    assert (result.patterns[0].occurrences, result.patterns[0].removed) == (20, 19)


def test_boilerplate_all_removes_every_footer() -> None:
    result = deduplicate_blocks(news(FOOTER), boilerplate="all")
    assert all(left(result, row) == story(row) for row in range(20))
    assert result.patterns[0].removed == 20


def test_a_footer_in_too_few_texts_is_kept() -> None:
    texts = news(FOOTER, count=9)
    result = deduplicate_blocks(texts)
    assert (result.texts, result.patterns) == (texts, ())
    assert shown(deduplicate_blocks(texts, min_df=9)) == [(FOOTER, 9)]


def test_min_df_as_a_fraction() -> None:
    texts: list[str | None] = [*news(FOOTER, count=6), *news(count=30)[6:], None, None]
    assert deduplicate_blocks(texts, min_df=0.2).min_df == 6
    assert shown(deduplicate_blocks(texts, min_df=0.2)) == [(FOOTER, 6)]
    assert deduplicate_blocks(texts, min_df=0.21).patterns == ()
    assert deduplicate_blocks(texts[:3], min_df=0.2).min_df == 2


def test_paragraphs_of_copied_texts_are_no_boilerplate() -> None:
    body = "\n".join(story(0))
    texts = [f"Copy number {row} of the story\n{body}" for row in range(30)]
    assert deduplicate_blocks(texts).patterns == ()
    # Nor where there are so few copies that what they share counts as their own.
    assert deduplicate_blocks([body, body, body + "\nMore.", *news()], min_df=4).patterns == ()


def test_copies_of_a_text_count_once() -> None:
    texts = [text for text in news(FOOTER, count=8) for _ in range(3)]
    assert deduplicate_blocks(texts, min_df=9).patterns == ()
    assert shown(deduplicate_blocks(texts, min_df=8)) == [(FOOTER, 8)]


def test_pages_that_are_mostly_chrome() -> None:
    chrome = [f"{FOOTER} Part {place} of all parts{place}." for place in "abcdefgh"]
    texts = ["\n".join([*chrome, *story(row, 2), FOOTER]) for row in range(12)]
    result = deduplicate_blocks(texts, threshold=1)
    assert len(result.patterns) == 9
    assert left(result, 5) == story(5, 2)


def test_short_lines_in_the_middle_of_texts_are_kept() -> None:
    texts = []
    for row in range(40):
        lines = story(row)
        for place in (6, 5, 4):
            lines.insert(place, "Yes, certainly.")
        texts.append("\n".join([*lines, "Yes, certainly."]))
    result = deduplicate_blocks(texts)
    assert (result.texts, result.patterns) == (texts, ())


def test_a_short_line_is_removed_only_near_an_end() -> None:
    texts = news("Thank you")
    lines = story(50)
    texts.append("\n".join([*lines[:6], "Thank you", *lines[6:]]))
    result = deduplicate_blocks(texts)
    assert shown(result) == [("Thank you", 21)]
    assert result.texts[20] is texts[20]


def test_near_the_end_allows_another_line_after_it() -> None:
    texts = ["\n".join([*story(row), CONTACT, f"Printed by press{row}"]) for row in range(20)]
    assert shown(deduplicate_blocks(texts)) == [(CONTACT, 20)]
    short = ["\n".join([*story(row, 6), CONTACT, f"Printed by press{row}"]) for row in range(20)]
    assert deduplicate_blocks(short).patterns == ()


def test_page_numbers_are_no_patterns_and_no_other_blocks() -> None:
    texts = [
        "\n".join([*story(row), CONTACT, "— 2 —", "3", "* * *", "4", "5"]) for row in range(20)
    ]
    assert shown(deduplicate_blocks(texts)) == [(CONTACT, 20)]


@pytest.mark.parametrize(
    ("words", "texts"), [(1, 200), (2, 100), (5, 40), (10, 20), (20, 10), (40, 10)]
)
def test_fewer_words_need_more_texts(words: int, texts: int) -> None:
    line = " ".join(f"w{'abcdefghij'[at // 10]}{'abcdefghij'[at % 10]}" for at in range(words))
    others = news(count=500)
    assert shown(deduplicate_blocks([*news(line, count=texts), *others[texts:]])) == [(line, texts)]
    few = [*news(line, count=texts - 1), *others[texts - 1 :]]
    assert deduplicate_blocks(few).patterns == ()


def test_a_footer_with_a_date_is_one_pattern() -> None:
    texts = [
        "\n".join([*story(row), f"{FOOTER} It was printed on day {row} of the year."])
        for row in range(20)
    ]
    result = deduplicate_blocks(texts, numeric_variants="remove")
    assert [(one.df, one.variants, one.removed) for one in result.patterns] == [(20, 19, 19)]
    # By default numeric variants are kept.
    assert not deduplicate_blocks(texts).patterns
    assert result.ledger(7)[0].kind == "near"
    assert 0.8 <= result.ledger(7)[0].similarity < 1


def test_a_page_that_contains_a_footer_is_no_copy_of_it() -> None:
    texts = news(FOOTER)
    texts[3] += " ".join([*story(90), FOOTER]) + "\n"
    result = deduplicate_blocks(texts)
    assert left(result, 3)[-1].endswith(FOOTER) and len(left(result, 3)) == 13
    assert result.patterns[0].variants == 0


@pytest.mark.parametrize(
    "kept", ["day of the sea", FOOTER, re.compile("paper .* mill"), re.compile("(?i)^the harbour")]
)
def test_an_excepted_pattern_is_kept(kept: str | re.Pattern[str]) -> None:
    texts = news(FOOTER, "Ends")
    result = deduplicate_blocks(texts, keep_patterns=[kept], boilerplate="all")
    assert [(one.excepted, one.removed) for one in result.patterns] == [(True, 0), (False, 20)]
    assert left(result, 4) == [*story(4), FOOTER]
    assert re.search(
        "2 patterns; kept 1 of them; removed 20 paragraphs from 20 of 20", repr(result)
    )


def test_an_excepted_pattern_still_counts_for_its_neighbors() -> None:
    texts = news("Ends", FOOTER)
    result = deduplicate_blocks(texts, keep_patterns=["Harbour"], boilerplate="all")
    assert left(result, 4) == [*story(4), FOOTER]


def test_the_ledger_names_the_witness() -> None:
    texts = news(FOOTER)
    result = deduplicate_blocks(texts)
    assert result.ledger(0) == ()
    (removal,) = result.ledger(-1)
    assert (removal.document, removal.witness_document) == ("19", "0")
    assert (removal.lines, removal.witness_lines) == ((13, 13), (13, 13))
    assert texts[0].encode()[slice(*removal.witness_bytes)].decode() == FOOTER + "\n"
    assert Removal.from_json(removal.to_json()) == removal
    with pytest.raises(IndexError):
        result.ledger(20)


def test_ledgers_of_one_text_name_no_witness_document() -> None:
    cleaned = dedup.clean("Twice the same line.\nTwice the same line.\n", min_tokens=4)
    (removal,) = cleaned.ledger
    assert "witness_document" not in removal.to_json()
    assert Removal.from_json(removal.to_json()) == removal


@pytest.mark.parametrize("column", [list, tuple, iter, np.array, pa.array, pl.Series])
def test_columns_of_any_library(column: Any) -> None:  # noqa: ANN401
    texts = news(FOOTER)
    result = deduplicate_blocks(column(texts))
    assert list(result.texts) == [texts[0], *("\n".join(story(row)) + "\n" for row in range(1, 20))]


def test_a_slice_of_a_column() -> None:
    column = pa.array(["something before", *news(FOOTER), None])[1:]
    result = deduplicate_blocks(column)
    assert left(result, 1) == story(1)
    assert dedup.restore(result.texts[1] or "", result.ledger(1)) == column[1].as_py()
    assert result.texts[20] is None


@pytest.mark.parametrize("texts", [[], [None], [""], ["—"], ["Alone."], [None, "", float("nan")]])
def test_no_block_recurs(texts: Sequence[str | None]) -> None:
    result = deduplicate_blocks(texts)
    assert result.patterns == () and not len(result.changed)
    assert list(result.texts) == [text if isinstance(text, str) else None for text in texts]
    what = f"{len(texts)} text{'s' * (len(texts) > 1)}; no paragraph recurs in 10 texts or more"
    assert repr(result) == f"<BoilerplateResult: {what if texts else 'no texts'}>"


def test_tables_list_the_patterns() -> None:
    result = deduplicate_blocks(news(FOOTER, CONTACT))
    table = result.to_arrow()
    assert table["text"].to_pylist() == [FOOTER, CONTACT]
    assert table["rows"].to_pylist() == [[0, 1, 2, 3, 4]] * 2
    frame = result.to_pandas()
    assert frame["df"].tolist() == [20, 20]
    assert list(frame.columns) == table.column_names
    assert deduplicate_blocks([]).to_arrow().num_rows == 0


@pytest.mark.parametrize("min_df", [1, 0, -3, 1.0, 0.0, 2.5, True, "10", None])
def test_an_invalid_min_df_is_an_error(min_df: Any) -> None:  # noqa: ANN401
    with pytest.raises(ConfigError, match=r"min_df must be a whole number >= 2, or a share"):
        deduplicate_blocks(["a"], min_df=min_df)


def test_other_invalid_settings_are_errors() -> None:
    wrong: Any = "last"
    with pytest.raises(ConfigError, match="boilerplate must be one of first, all, got 'last'"):
        deduplicate_blocks(["a"], boilerplate=wrong)
    with pytest.raises(ConfigError, match="threads must be"):
        deduplicate_blocks(["a"], threads=0)
    with pytest.raises(ConfigError, match="threshold must be"):
        deduplicate_blocks(["a"], threshold=2)
    with pytest.raises(TextTypeError, match="got str; wrap it"):
        deduplicate_blocks("a")


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        ("Ends", "must be a list of texts and compiled regular expressions, got one str"),
        (re.compile("Ends"), "got one Pattern"),
        (7, "got one int"),
        (["Ends", 7], r"keep_patterns\[1\] must be a str or a compiled regular expression, got 7"),
        ([re.compile(b"Ends")], r"keep_patterns\[0\] must be a str or"),
        (["Ends", " "], r"keep_patterns\[1\] must have a character that is not blank, got ' '"),
    ],
)
def test_invalid_keep_patterns_are_errors(kept: Any, message: str) -> None:  # noqa: ANN401
    with pytest.raises(ConfigError, match=message):
        deduplicate_blocks(["a"], keep_patterns=kept)
