"""Repeated spans in invented news, and their report."""

from collections.abc import Callable

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dedup
from dedup import ConfigError, SpansResult, TextTypeError, find_spans

STORY = (
    "The ferry to Vey is back after eleven weeks in the dock. “She is the same boat with better "
    "knees,” said the harbour master. The bill came to 4.2 million crowns, nearly twice what was "
    "planned, and the fares will not change before October."
)
WORDS = 45  # of the story
REFRAIN = "And the tide comes in, and the tide goes out."
THAI = "เรือข้ามฟากกลับมาแล้วหลังจากซ่อมสิบเอ็ดสัปดาห์และจะออกเวลาหกโมงเช้า"
CHINESE = "渡轮在船坞停了十一个星期之后终于回来了每天早上六点钟从林登港出发前往韦岛"


def texts_of(texts: list[str | None], min_span: int = 20) -> list[str | None]:
    result = find_spans(texts, min_span=min_span)
    rows = range(len(result))
    for row in rows:
        assert dedup.restore(result.texts[row] or "", result.ledger(row)) == (texts[row] or "")
    return list(result.texts)


def second(text: str) -> str | None:
    """Return the clean text of a text that comes after the story."""
    first, rest = texts_of([STORY, text])
    assert first is STORY
    return rest


def test_a_copy_that_is_wrapped_in_another_way_is_removed() -> None:
    wrapped = STORY.replace(" ", "\n", 9).replace("dock. ", "dock.\r\n\r\n")
    assert texts_of([f"Lead.\n\n{STORY}\n\n{wrapped}\n"]) == [f"Lead.\n\n{STORY}\n"]


def test_a_copy_without_a_space_before_it_is_removed() -> None:
    assert second(f"That was the end.{STORY} More.") == "That was the end. More."
    assert second(f"That was the end.{STORY}") == "That was the end."


@pytest.mark.parametrize(
    ("before", "behind", "left"),
    [
        ("Lead.\n\n", "\n\nNext.", "Lead.\n\nNext."),
        ("Lead. ", "\n\nNext.", "Lead.\n\nNext."),
        ("Lead.\n\n", " Next.", "Lead.\n\nNext."),
        ("Lead.", "\nNext.", "Lead.\nNext."),
        ("Lead. ", " Next.", "Lead. Next."),
        ("Lead.\r\n\r\n", "\r\n\r\nNext.", "Lead.\r\n\r\nNext."),
        ("Lead.\r\n", "\n\nNext.", "Lead.\n\nNext."),
        ("Lead.\n\n“", "”\n\n“Next.”", "Lead.\n\n“Next.”"),
        ("Lead.\n\n(", ")\n\nNext.", "Lead.\n\nNext."),
        ("Lead.“", "”“Next.”", "Lead.“Next.”"),
        ("Lead. ¿", "? ¡Next!", "Lead. ¡Next!"),
        ("Lead.\n\n• ", "\n\n• Next.", "Lead.\n\n• Next."),
        ("", "\n\nNext.", "Next."),
        ("  “", "”\n\nNext.", "Next."),
        ("Lead.\n\n", "\n", "Lead.\n"),
        ("Lead.\n\n", "", "Lead."),
        ("", "", ""),
        ("—\n", "\n—\n", ""),
    ],
)
def test_white_space_and_punctuation_around_a_removed_span(
    before: str, behind: str, left: str
) -> None:
    assert second(f"{before}{STORY}{behind}") == left


def test_adjacent_spans_are_cut_as_one() -> None:
    other = " ".join(f"other{number}" for number in range(30))
    texts = [STORY, other, f"Lead. {STORY} {other}\n\nNext."]
    result = find_spans(texts, min_span=20)
    assert result.texts[2] == "Lead.\n\nNext."
    assert [(span.row, span.witness_row, span.tokens) for span in result.spans] == [
        (2, 0, WORDS),
        (2, 1, 30),
    ]
    assert result.spans[0].stop == result.spans[1].start


def test_three_copies_in_a_row_leave_one() -> None:
    result = find_spans([" ".join([STORY] * 3)], min_span=20)
    assert result.texts == [STORY]
    size = len(STORY.encode())
    assert [(span.witness_start, span.witness_stop) for span in result.spans] == [(0, size)] * 2


@pytest.mark.parametrize("body", [THAI, CHINESE])
def test_scripts_without_spaces(body: str) -> None:
    assert texts_of([body, f"ก中{body}x"]) == [body, "ก中x"]


def test_composed_and_decomposed_marks_are_equal() -> None:
    composed = "Élan vital à Orléans, où l’été a été très fêté; ça ira, dès Noël."
    decomposed = composed.replace("é", "e\u0301").replace("à", "a\u0300").upper()
    left = texts_of([composed, f"{decomposed} Fin e\u0301."], min_span=10)
    assert left == [composed, "Fin e\u0301."]


def test_a_character_of_several_tokens_is_never_cut() -> None:
    # ½ is 1 and 2: of the second text's first one only the 2 repeats.
    text = "2 a b c d e f g h"
    assert texts_of([text, f"½ {text[2:]}"], min_span=8) == [text, "½"]
    assert texts_of(["1 a b 2 a", "½ a"], min_span=2) == ["1 a b 2 a", "½"]


def test_shorter_repeats_are_kept() -> None:
    song = "\n".join(f"{line}\n{REFRAIN}" for line in ("The morning", "The noon", "The night"))
    assert texts_of([song]) == [song]
    words = STORY.split()
    assert second(" ".join(words[:19]) + " and other things.") == (
        " ".join(words[:19]) + " and other things."
    )
    assert second(" ".join(words[:20]) + " and other things.") == "and other things."
    words[20] = words[39] = "other"  # stretches of 20, 19 and fewer
    assert second(" ".join(words)) == " ".join(words[20:])


def test_a_copy_may_not_overlap_its_source() -> None:
    words = ["na"] * 39
    assert texts_of([" ".join(words)]) == [" ".join(words)]
    assert texts_of([" ".join([*words, "na"])]) == [" ".join(words[:20])]


def test_empty_missing_and_texts_without_words() -> None:
    texts = ["", None, "—", "\n \n", STORY, None, STORY]
    assert texts_of(texts) == [*texts[:6], ""]
    assert repr(find_spans([])) == "<SpansResult: no texts>"
    assert find_spans([None]).texts == [None]


@pytest.mark.parametrize(
    "column", [pa.array, pl.Series, pd.Series, tuple, iter], ids=lambda kind: kind.__name__
)
def test_any_column_of_texts(column: Callable[[object], object]) -> None:
    texts = [STORY, None, f"x {STORY}"]
    assert list(find_spans(column(texts), min_span=20).texts) == [STORY, None, "x"]


def test_summary_repr_and_tables() -> None:
    result = find_spans([STORY, f"Lead.\n{STORY}\n"], min_span=20)
    size = len(STORY.encode())
    assert (
        repr(result) == f"<SpansResult: 1 span in 1 of 2 texts, {size + 1} of {2 * size + 7} bytes>"
    )
    (removal,) = result.ledger(-1)
    assert removal.text == f"\n{STORY}"
    assert (removal.kind, removal.similarity, removal.witness_document) == ("exact", 1.0, "0")
    assert (tuple(removal.lines), tuple(removal.witness_lines)) == ((2, 2), (1, 1))
    assert tuple(removal.witness_bytes) == (0, size)
    assert result.ledger(0) == ()
    assert result.to_arrow().num_rows == len(result.to_pandas()) == len(result.spans) == 1
    assert result.changed.tolist() == [1]
    assert result.min_span == 20
    with pytest.raises(IndexError):
        result.ledger(2)


@pytest.mark.parametrize("min_span", [1, 0, -3, 65537, 2.5, "20", True])
def test_a_wrong_min_span_is_an_error(min_span: int) -> None:
    with pytest.raises(ConfigError, match=r"min_span must be a whole number in 2\.\.65536, got"):
        find_spans([STORY], min_span=min_span)


def test_other_errors() -> None:
    with pytest.raises(ConfigError, match="threads must be"):
        find_spans([STORY], threads=0)
    with pytest.raises(ConfigError, match="nonsense is not a setting"):
        find_spans([STORY], nonsense=1)
    with pytest.raises(TextTypeError, match="got str"):
        find_spans(STORY)
    assert isinstance(find_spans([STORY]), SpansResult)
