r"""Lines as editors count them: ended by ``\n``, ``\r\n`` or ``\r``."""

import re
from bisect import bisect_left

import numpy as np

from dedup.records import Lines, Span

NEWLINE = r"(?:\r\n|\n|\r)"
_NEWLINE = re.compile(NEWLINE)
STEP = 1 << 10  # bytes between two whose characters are counted


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


class Pieces:
    r"""Finds pieces of one text by their bytes, in time that does not grow with the text.

    Examples
    --------
    >>> Pieces("né\nzwei").of(Span(4, 8))
    ('zwei', Lines(first=2, last=2))
    """

    def __init__(self, text: str) -> None:
        self._text, self._numbers = text, LineNumbers(text)
        utf8 = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
        self._begins = (utf8 & 0xC0) != 0x80  # of characters
        steps, counts = np.arange(0, len(utf8), STEP), np.zeros(0, np.int64)
        if len(steps):
            counts = np.add.reduceat(self._begins, steps, dtype=np.int64)
        self._before: list[int] = [0, *np.cumsum(counts).tolist()]  # characters, every STEP bytes

    def of(self, span: Span) -> tuple[str, Lines]:
        """Return a piece and its lines."""
        chars = Span(*map(self._character, span))
        return self._text[slice(*chars)], self._numbers.of(chars)

    def _character(self, byte: int) -> int:
        step = byte // STEP
        return self._before[step] + int(self._begins[step * STEP : byte].sum())
