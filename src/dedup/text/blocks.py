"""Cuts one text into blocks, which concatenated are the text; finds lines of byte ranges.

A block includes the separator that follows it. The end of a block depends only on the characters
of the block and its separator, never on the next block. So the blocks that are kept when others are
removed are the blocks of the cleaned text, and cleaning twice changes nothing. A BOM and blank
lines at the start of a text are a block of their own, without tokens.
"""

import re
import unicodedata
from bisect import bisect_left
from itertools import groupby, pairwise
from typing import Literal, get_args

import numpy as np

from dedup.arrays.array_types import I64, Lines, Span
from dedup.arrays.packed import to_utf8
from dedup.config import BlockKind

Cut = Literal["paragraph", "line", "sentence", "wrapped sentence"]
CUTS: tuple[Cut, ...] = get_args(Cut)

PAGE_CHARACTERS = 256  # whose classes the compiled core asks for at once
LONG_LINE = 1500  # characters; a longer line is rarely one paragraph
WRAP_WIDTH = 45  # characters; prose is rarely wrapped to a narrower width, verse is
LONGEST_WORD = 15  # characters; a longer first word of a line counts as so many
FORCED_BREAKS, TOTAL_BREAKS = 4, 5  # the width forces at least 4 of 5 breaks of wrapped prose
MIN_CONTINUED_FIFTHS = (
    2  # of the breaks of wrapped prose, before a small letter or one without case
)

# White space up to its last line break. A repeated group instead of a repeated class would cost
# the regex engine memory for each of a million blank lines.
_BLANK_LINES = r"(?:\s*[\r\n])?"
NEWLINE_PATTERN = r"(?:\r\n|\n|\r)"
_NEWLINE = re.compile(NEWLINE_PATTERN)
_NEWLINE_BYTES = re.compile(NEWLINE_PATTERN.encode())
_LEAD = re.compile(rf"\ufeff?{_BLANK_LINES}")
_LINE_END = rf"[\r\n]{_BLANK_LINES}"
_PARAGRAPH_END = r"(?>\r\n|\n|\r)\s*[\r\n]"
# SENTENCE_MARKS and the full stop end a sentence before white space, WIDE_MARKS always. Closing
# marks may follow.
FULL_STOP = "."
SENTENCE_MARKS = "!?\u2026\u061f\u06d4\u0964\u0965\u0589\u1362"
CLOSING_MARKS = ".!?\u2026\"'\u2019\u201d\u00bb)]"
WIDE_MARKS = "\u3002\uff01\uff1f\uff0e"
WIDE_CLOSING_MARKS = f"{WIDE_MARKS}\u300d\u300f\u201d\u2019\uff09)"
# A full stop after one capital letter is an initial, not an end ("J. Smith").
_INITIAL = r"[^\W\d_a-z]"
_SENTENCE_END = (
    rf"(?:(?<!\b{_INITIAL})[.]|[{SENTENCE_MARKS}])[{re.escape(CLOSING_MARKS)}]*+\s++"
    rf"|[{WIDE_MARKS}][{WIDE_CLOSING_MARKS}]*+\s*+"
)
_ENDS: dict[Cut, re.Pattern[str]] = {
    "paragraph": re.compile(_PARAGRAPH_END),
    "line": re.compile(_LINE_END),
    "sentence": re.compile(rf"{_SENTENCE_END}|{_LINE_END}"),
    "wrapped sentence": re.compile(rf"{_SENTENCE_END}|{_PARAGRAPH_END}"),
}


def split(text: str, cut: Cut) -> I64:
    r"""Return where the blocks of a text begin, followed by the length of the text.

    Parameters
    ----------
    text
        The text.
    cut
        ``"paragraph"``: blank lines separate blocks. ``"line"``: each line is a block.
        ``"sentence"``: a block ends with a sentence or a line. ``"wrapped sentence"``: a block ends
        with a sentence or a paragraph.

    Returns
    -------
    ndarray of int64
        (n + 1,): character offsets of n blocks; n is 0 for an empty text.

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

    ``"auto"`` chooses lines, since scraped articles have one paragraph per line. It chooses
    paragraphs if lines are wrapped to a width. It chooses sentences if one line holds most of the
    text, or if lines are wrapped and there is no blank line.

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
    # The longer of two lines always looks full, so only paragraphs of three lines count.
    groups = [lines for lines in paragraphs if len(lines) > 2]
    if 2 * sum(map(len, filter(is_wrapped, groups))) > sum(map(len, groups)):
        return "paragraph" if block == "auto" and len(paragraphs) > 1 else "wrapped sentence"
    lengths = [len(line) for lines in paragraphs for line in lines]
    longest = max(lengths, default=0)
    if block == "sentence" or len(lengths) <= 1:
        return "sentence"
    return "sentence" if longest > LONG_LINE and 2 * longest > sum(lengths) else "line"


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, without line breaks."""
    # str.split is ten times as fast as the regex.
    return _NEWLINE.split(text) if "\r" in text else text.split("\n")


def is_wrapped(lines: list[str]) -> bool:
    """Return whether lines are prose wrapped to a width, not verse or a list.

    In wrapped prose a line breaks where the next word would not have fitted, seldom after
    punctuation, and often before a small letter; and the lines differ.

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
    punctuated = sum(_is_punctuation(line[-1]) for line in lines[:-1])
    continued = sum(_may_continue(line[0]) for line in lines[1:])
    return (
        TOTAL_BREAKS * forced >= FORCED_BREAKS * breaks
        and 2 * punctuated <= breaks
        and 5 * continued >= MIN_CONTINUED_FIFTHS * breaks
        and 2 * len({*lines}) > len(lines)
    )


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char)[0] == "P"


def _may_continue(char: str) -> bool:
    """Return whether a character is a small letter, or a letter without case."""
    return unicodedata.category(char) in ("Ll", "Lo")


def character_classes(page: int) -> bytes:
    """Return the classes of the 256 characters from ``256 * page`` on, for the compiled core.

    So the core needs no tables of its own, and asks for few pages.

    Returns
    -------
    bytes
        For each character the sum of 1 for a word character, 2 for an initial, 4 for punctuation
        and 8 for a small letter or one without case.

    Examples
    --------
    >>> [character_classes(0)[ord(char)] for char in "Aa7_. "]
    [3, 9, 1, 5, 4, 0]
    """
    chars = map(chr, range(PAGE_CHARACTERS * page, PAGE_CHARACTERS * (page + 1)))
    return bytes(
        (re.match(r"\w", char) is not None)
        + 2 * (re.match(_INITIAL, char) is not None)
        + 4 * _is_punctuation(char)
        + 8 * _may_continue(char)
        for char in chars
    )


class SpanLocator:
    r"""Finds the text and the lines of byte ranges of one text.

    It encodes the text once, so each call takes time in proportion to the range alone.

    Examples
    --------
    >>> SpanLocator("né\nzwei").locate(Span(4, 8))
    ('zwei', Lines(first=2, last=2))
    """

    def __init__(self, text: str) -> None:
        self._utf8 = to_utf8(text)
        if b"\r" in self._utf8:
            self._ends = [match.end() for match in _NEWLINE_BYTES.finditer(self._utf8)]
        else:  # ten times as fast as the regex
            is_break = np.frombuffer(self._utf8, np.uint8) == ord("\n")
            self._ends = (np.flatnonzero(is_break) + 1).tolist()

    def locate(self, span: Span) -> tuple[str, Lines]:
        """Return the text of a byte range, and its lines without white space at both ends."""
        text = self._utf8[slice(*span)].decode("utf-8", "surrogatepass")
        left, right = len(to_utf8(text.lstrip())), len(to_utf8(text.rstrip()))
        last = span.start + max(right - 1, 0)
        first = min(span.stop - left, last)
        return text, Lines(*(bisect_left(self._ends, place + 1) + 1 for place in (first, last)))
