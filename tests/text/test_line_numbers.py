import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays.array_types import Lines, Span
from dedup.text.blocks import SpanLocator


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("a\nb\nc", (2, 4), (2, 2)),
        ("a\r\nb\r\n\r\nc", (3, 8), (2, 2)),
        ("a\rb\rc", (2, 5), (2, 3)),
        ("\n\na\n", (0, 4), (3, 3)),
        ("a\n\n", (2, 3), (2, 2)),
        ("", (0, 0), (1, 1)),
        ("a\u2028b", (2, 3), (1, 1)),
    ],
)
def test_lines_of_a_span(text: str, span: tuple[int, int], expected: tuple[int, int]) -> None:
    start, stop = (len(text[:place].encode()) for place in span)
    assert SpanLocator(text).locate(Span(start, stop)) == (text[slice(*span)], Lines(*expected))


def test_lines_as_text() -> None:
    assert [str(Lines(3, 3)), str(Lines(2, 11))] == ["line 3", "lines 2-11"]


@given(st.text(st.sampled_from("ab é中\U0001f600\u2003\n\r"), max_size=60), st.data())
def test_byte_ranges_are_located(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    before, piece = text[:start].encode(), text[start:stop].encode()
    found, lines = SpanLocator(text).locate(Span(len(before), len(before) + len(piece)))
    assert found == text[start:stop]
    if found.strip():
        blanks = len(found) - len(found.lstrip())
        before_content = text[: start + blanks].replace("\r\n", "\n").replace("\r", "\n")
        breaks = found.strip().replace("\r\n", "\n").replace("\r", "\n").count("\n")
        assert lines.first == 1 + before_content.count("\n")
        assert lines.last == lines.first + breaks
