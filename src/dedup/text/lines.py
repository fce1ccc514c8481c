r"""Lines as editors count them: ended by ``\n``, ``\r\n`` or ``\r``."""

import re
from bisect import bisect_left

from dedup.arrays.array_types import Lines, Span

NEWLINE = r"(?:\r\n|\n|\r)"
_NEWLINE = re.compile(NEWLINE.encode())


class Pieces:
    r"""Finds pieces of one text by their bytes, in time that does not grow with the text.

    Examples
    --------
    >>> Pieces("né\nzwei").of(Span(4, 8))
    ('zwei', Lines(first=2, last=2))
    """

    def __init__(self, text: str) -> None:
        self._utf8 = encoded(text)
        self._ends = [match.end() for match in _NEWLINE.finditer(self._utf8)]

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
