r"""Lines as editors count them: ended by ``\n``, ``\r\n`` or ``\r``."""

import re
from bisect import bisect_left

from dedup.records import Lines, Span

NEWLINE = r"(?:\r\n|\n|\r)"
_NEWLINE, _NEWLINE_BYTES = re.compile(NEWLINE), re.compile(NEWLINE.encode())


class LineNumbers:
    r"""Finds the lines of a span of one text.

    Examples
    --------
    >>> LineNumbers("one\ntwo\n\nthree").of(Span(4, 9))
    Lines(first=2, last=2)
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends = [match.end() for match in _NEWLINE.finditer(text)]

    def of(self, span: Span) -> Lines:
        """Return the lines of a span's content, the blank space around it left out."""
        content = self._text[slice(*span)]
        return _lines(self._ends, span, len(content.lstrip()), len(content.rstrip()))


class Pieces:
    r"""Finds pieces of one text by their bytes, in time that does not grow with the text.

    Examples
    --------
    >>> Pieces("né\nzwei").of(Span(4, 8))
    ('zwei', Lines(first=2, last=2))
    """

    def __init__(self, text: str) -> None:
        self._utf8 = _encoded(text)
        self._ends = [match.end() for match in _NEWLINE_BYTES.finditer(self._utf8)]

    def of(self, span: Span) -> tuple[str, Lines]:
        """Return a piece and its lines."""
        piece = self._utf8[slice(*span)].decode("utf-8", "surrogatepass")
        left, right = len(_encoded(piece.lstrip())), len(_encoded(piece.rstrip()))
        return piece, _lines(self._ends, span, left, right)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _lines(ends: list[int], span: Span, left: int, right: int) -> Lines:
    """Return the lines of a span's content.

    Parameters
    ----------
    ends
        Where the lines of the text end.
    left, right
        The length of the span without the blanks before, and without those behind its content.
    """
    last = span.start + max(right - 1, 0)
    first = min(span.stop - left, last)
    return Lines(bisect_left(ends, first + 1) + 1, bisect_left(ends, last + 1) + 1)
