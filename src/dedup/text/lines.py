r"""Lines as editors count them: ended by ``\n``, ``\r\n`` or ``\r``."""

import re
from bisect import bisect_left

from dedup.records import Lines, Span

NEWLINE = r"(?:\r\n|\n|\r)"
_NEWLINE = re.compile(NEWLINE)


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
        content = self._text[span.start : span.stop]
        start = span.start + len(content) - len(content.lstrip())
        last = span.start + max(len(content.rstrip()) - 1, 0)
        return Lines(self._number(min(start, last)), self._number(last))

    def _number(self, offset: int) -> int:
        return bisect_left(self._ends, offset + 1) + 1
