"""Cut a text into blocks that, joined, give the text back.

A block owns the separator behind it. Where a block ends depends on its own characters
and its own separator alone, never on the next block: so the blocks that stay when others
are removed are the blocks of the cleaned text, and cleaning twice changes nothing.
A BOM and blank lines at the start of a text are a block of their own, without tokens.
"""

import re
import unicodedata
from bisect import bisect_left
from itertools import groupby, pairwise
from typing import Literal

import numpy as np

from dedup.arrays.array_types import I64, Lines, Span
from dedup.config import BlockKind

Cut = Literal["paragraph", "line", "sentence", "wrapped sentence"]

LONG_LINE = 1500  # characters; a longer line is rarely one paragraph
WRAP_WIDTH = 45  # characters; prose is hardly ever wrapped narrower, verse is
LONGEST_WORD = 15  # characters that the first word of a line may be taken to need
FORCED, OF_BREAKS = 4, 5  # so many of so many line breaks are forced in wrapped prose, at least

# White space up to the last line break in it: plain repeats of one class, since a
# repeated group would cost the regex engine memory for each of a million blank lines.
_BLANK_LINES = r"(?:\s*[\r\n])?"
NEWLINE_PATTERN = r"(?:\r\n|\n|\r)"
_NEWLINE = re.compile(NEWLINE_PATTERN)
_NEWLINE_BYTES = re.compile(NEWLINE_PATTERN.encode())
_LEAD = re.compile(rf"\ufeff?{_BLANK_LINES}")
_LINE_END = rf"[\r\n]{_BLANK_LINES}"
_PARAGRAPH_END = r"(?>\r\n|\n|\r)\s*[\r\n]"
# What ends a sentence if a blank follows, besides the full stop; and what ends one in any case.
SENTENCE_MARKS = "!?\u2026\u061f\u06d4\u0964\u0965\u0589\u1362"
WIDE_MARKS = "\u3002\uff01\uff1f\uff0e"
# A full stop after one capital letter is an initial, not an end ("J. Smith").
_SENTENCE_END = (
    rf"(?:(?<!\b[^\W\d_a-z])[.]|[{SENTENCE_MARKS}])"
    r"[.!?\u2026\"'\u2019\u201d\u00bb)\]]*+\s++"
    rf"|[{WIDE_MARKS}][{WIDE_MARKS}\u300d\u300f\u201d\u2019\uff09)]*+\s*+"
)
_ENDS: dict[Cut, re.Pattern[str]] = {
    "paragraph": re.compile(_PARAGRAPH_END),
    "line": re.compile(_LINE_END),
    "sentence": re.compile(rf"{_SENTENCE_END}|{_LINE_END}"),
    "wrapped sentence": re.compile(rf"{_SENTENCE_END}|{_PARAGRAPH_END}"),
}


def split(text: str, cut: Cut) -> I64:
    r"""Return where the blocks of a text begin, and its length last.

    Parameters
    ----------
    text
        Any string.
    cut
        ``"paragraph"`` (parted by blank lines), ``"line"``, ``"sentence"`` (which also
        ends with its line) or ``"wrapped sentence"`` (which runs over line ends).

    Returns
    -------
    ndarray of int64
        (n + 1,): character offsets; n is 0 for an empty text.

    Examples
    --------
    >>> split("One. Two!\n\nThree\nlines", "sentence").tolist()
    [0, 5, 11, 17, 22]
    >>> split("One. Two!\n\nThree\nlines", "paragraph").tolist()
    [0, 11, 22]
    """
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    ends = [match.end() for match in _ENDS[cut].finditer(text, start)]
    edges = dict.fromkeys([0, start, *ends, len(text)])
    return np.fromiter(edges, np.int64, len(edges))


def choose(text: str, block: BlockKind = "auto") -> Cut:
    r"""Return how to cut a text.

    ``"auto"`` takes lines, as scraped articles have a paragraph a line; paragraphs where
    lines are wrapped; sentences where one line holds most of the text, or lines are
    wrapped without a blank line anywhere.

    Examples
    --------
    >>> choose("A headline\nA paragraph.\n\nAnother paragraph.")
    'line'
    >>> choose("All of it in one line. And no more.")
    'sentence'
    """
    if block in ("paragraph", "line"):
        return block
    stripped = [line.strip() for line in lines_of(text)]
    paragraphs = [[*lines] for shown, lines in groupby(stripped, bool) if shown]
    # Of two lines the longer one always seems full: it takes three to tell.
    groups = [lines for lines in paragraphs if len(lines) > 2]
    if 2 * sum(map(len, filter(is_wrapped, groups))) > sum(map(len, groups)):
        return "paragraph" if block == "auto" and len(paragraphs) > 1 else "wrapped sentence"
    lengths = [len(line) for lines in paragraphs for line in lines]
    longest = max(lengths, default=0)
    if block == "sentence" or len(lengths) <= 1:
        return "sentence"
    return "sentence" if longest > LONG_LINE and 2 * longest > sum(lengths) else "line"


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, without their ends."""
    # Ten times as fast as the regex, where that is not needed.
    return _NEWLINE.split(text) if "\r" in text else text.split("\n")


def is_wrapped(lines: list[str]) -> bool:
    """Tell prose wrapped to a width from lines that end where they mean to end.

    Wrapped prose breaks a line where the next word would not have fitted, seldom after a
    comma or a full stop, and often before a small letter; and its lines differ.

    Examples
    --------
    >>> is_wrapped(["The council met on Thursday evening to hear the case for a",
    ...             "bridge across the river, and to vote on the money that it",
    ...             "needs."])
    True
    >>> is_wrapped(["Oh, the river runs", "down to the sea", "and carries me home"])
    False
    """
    width = max(map(len, lines), default=0)
    breaks = len(lines) - 1
    if breaks < 1 or width < WRAP_WIDTH:
        return False
    forced = sum(
        len(line) + 1 + min(len(following.split(maxsplit=1)[0]), LONGEST_WORD) > width
        for line, following in pairwise(lines)
    )
    meant = sum(unicodedata.category(line[-1])[0] == "P" for line in lines[:-1])
    running = sum(unicodedata.category(line[0]) in ("Ll", "Lo") for line in lines[1:])
    return (
        OF_BREAKS * forced >= FORCED * breaks
        and 2 * meant <= breaks
        and 5 * running >= 2 * breaks
        and 2 * len({*lines}) > len(lines)
    )


class SpanLocator:
    r"""Finds pieces of one text by their bytes, in time that does not grow with the text.

    Examples
    --------
    >>> SpanLocator("né\nzwei").of(Span(4, 8))
    ('zwei', Lines(first=2, last=2))
    """

    def __init__(self, text: str) -> None:
        self._utf8 = encoded(text)
        self._ends = [match.end() for match in _NEWLINE_BYTES.finditer(self._utf8)]

    def of(self, span: Span) -> tuple[str, Lines]:
        """Return a piece and the lines of its content, without the blanks around it."""
        piece = self._utf8[slice(*span)].decode("utf-8", "surrogatepass")
        left, right = len(encoded(piece.lstrip())), len(encoded(piece.rstrip()))
        last = span.start + max(right - 1, 0)
        first = min(span.stop - left, last)
        return piece, Lines(*(bisect_left(self._ends, place + 1) + 1 for place in (first, last)))


def encoded(text: str) -> bytes:
    """Return the UTF-8 of a text, a lone surrogate as its three bytes."""
    return text.encode("utf-8", "surrogatepass")
