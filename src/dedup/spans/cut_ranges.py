"""Stretches of tokens to stretches of bytes: what is removed, and what of it stays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, overload

import numpy as np

from dedup.arrays.array_types import I64, Flags
from dedup.arrays.packed import PackedTexts, to_utf8
from dedup.spans.windows import RepeatedWindows, Stretches, outer
from dedup.text.unicode import IGNORED, SEPARATOR, tables

LOOK = 256  # characters back, at most
LOOK_BYTES = 2 * LOOK * 4  # signs, and blanks before them, of four bytes each
# What belongs to the word behind it though no blank stands before it.
OPENING = "([{¿¡«‹“‘„‚「『（［｛〈《【〔〖〘〚｟｢"  # noqa: RUF001
PARAGRAPH = 2  # line breaks


class RepeatedSpan(NamedTuple):
    """A stretch that was removed, and the earlier one with the same tokens.

    Places are bytes of the UTF-8 of each text, as in the ledger; no character is cut.
    """

    row: int
    start: int
    stop: int
    witness_row: int
    witness_start: int
    witness_stop: int
    tokens: int


@dataclass(frozen=True, slots=True, eq=False)
class Spans(Sequence[RepeatedSpan]):
    """Repeated stretches in the order of their texts and places, as columns, (s,) int64 each."""

    row: I64
    start: I64
    stop: I64
    witness_row: I64
    witness_start: I64
    witness_stop: I64
    tokens: I64

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.row)

    @overload
    def __getitem__(self, at: int) -> RepeatedSpan: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[RepeatedSpan, ...]: ...
    def __getitem__(self, at: int | slice) -> RepeatedSpan | tuple[RepeatedSpan, ...]:
        """Return one, or some of them."""
        columns = [getattr(self, name)[at] for name in RepeatedSpan._fields]
        if isinstance(at, slice):
            return tuple(map(RepeatedSpan, *(column.tolist() for column in columns)))
        return RepeatedSpan(*map(int, columns))

    def select(self, mask: Flags) -> "Spans":
        """Return the spans where ``mask`` (s,) is true."""
        return Spans(*(getattr(self, name)[mask] for name in RepeatedSpan._fields))


def seam(utf8: memoryview, place: int, limit: int, *, is_end: bool = False) -> tuple[int, int, int]:
    r"""Find where to cut before a token, or at the end of a text.

    Parameters
    ----------
    utf8
        The texts.
    place
        Where the token begins, or where the text ends.
    limit
        Where the text begins.

    Returns
    -------
    opened
        Where the signs begin that belong to the token: behind the blanks.
    closed
        Where the blanks begin.
    breaks
        What the blanks are: 3 the end of a paragraph, 2 of a line, 1 others, 0 none; -1 at the end.

    Examples
    --------
    >>> seam(memoryview(b"One.\n\n(Two"), 7, 0)
    (6, 4, 3)
    """
    start = max(limit, place - LOOK_BYTES)
    while start < place and utf8[start] & 0xC0 == 0x80:  # inside a character
        start += 1
    text = str(utf8[start:place], "utf-8", "surrogatepass")
    opened = len(text) if is_end else _back(text, len(text), _is_sign)
    closed = _back(text, opened, str.isspace)
    breaks = -1 if is_end else 1 + min(len(f"{text[closed:opened]}.".splitlines()) - 1, PARAGRAPH)
    if closed == opened and not is_end:
        breaks = 0
        if opened:
            opened = closed = _back(text, len(text), OPENING.__contains__)
    return place - len(to_utf8(text[opened:])), place - len(to_utf8(text[closed:])), breaks


def _back(text: str, place: int, belongs: Callable[[str], bool]) -> int:
    """Go back over characters that belong."""
    least = max(place - LOOK, 0)
    while place > least and belongs(text[place - 1]):
        place -= 1
    return place


@lru_cache(maxsize=1 << 12)
def _is_sign(character: str) -> bool:
    """Tell whether a character is neither a blank nor a part of a token."""
    folded = tables().fold(np.array([ord(character)], np.uint32))[0]
    is_silent = np.isin(tables().kinds_of(folded), (SEPARATOR, IGNORED)).all()
    return not character.isspace() and bool(is_silent)


def removals(packed: PackedTexts, found: RepeatedWindows, stretches: Stretches) -> Spans:
    """Find the bytes of stretches and of their sources.

    A character that becomes several tokens, and is in a stretch with only some of them, stays.
    """
    stretches = _of_whole_characters(found, stretches)
    starts, stops, sources = stretches
    begins, ends = _edges(packed, found, stretches)
    rows, witness_rows = found.rows(starts), found.rows(sources)
    witness_ends = _whole(found, sources + stops - starts)
    return Spans(
        row=rows,
        start=begins - packed.offsets[rows],
        stop=ends - packed.offsets[rows],
        witness_row=witness_rows,
        witness_start=_cuts(packed, found, sources, witness_rows)[0] - packed.offsets[witness_rows],
        witness_stop=_cuts(packed, found, witness_ends, witness_rows)[1]
        - packed.offsets[witness_rows],
        tokens=stops - starts,
    )


def _whole(found: RepeatedWindows, tokens: I64) -> I64:
    """Go on to the next token, or the end of a text, that begins with a character."""
    tokens, ends = tokens.copy(), found.firsts[found.rows(tokens - 1) + 1]
    inside = np.flatnonzero(tokens < ends)
    while len(inside):
        inside = inside[found.locate(tokens[inside])[1] > 0]
        tokens[inside] += 1
        inside = inside[tokens[inside] < ends[inside]]
    return tokens


def _of_whole_characters(found: RepeatedWindows, stretches: Stretches) -> Stretches:
    stops, last = stretches.stops.copy(), found.firsts[-1]
    open_ = np.flatnonzero(stops < last)
    stops[open_] -= found.locate(stops[open_])[1]
    starts = _whole(found, stretches.starts)
    sources = stretches.sources + starts - stretches.starts
    left = starts < stops
    return Stretches(starts[left], stops[left], sources[left])


def _cuts(
    packed: PackedTexts, found: RepeatedWindows, tokens: I64, rows: I64
) -> tuple[I64, I64, I64]:
    """Return where to cut before tokens of texts, as ``seam`` does; or at the end of a text."""
    limits, places, utf8 = packed.offsets[rows], packed.offsets[rows + 1].copy(), packed.utf8.data
    is_end = tokens == found.firsts[rows + 1]
    places[~is_end] = found.locate(tokens[~is_end])[0]
    columns = zip(places.tolist(), limits.tolist(), is_end.tolist(), strict=True)
    cuts = [seam(utf8, place, limit, is_end=end) for place, limit, end in columns]
    opened, closed, breaks = np.array(cuts, np.int64).reshape(-1, 3).T
    first = tokens == found.firsts[rows]
    opened[first] = closed[first] = limits[first]
    return opened, closed, breaks


def _edges(packed: PackedTexts, found: RepeatedWindows, stretches: Stretches) -> tuple[I64, I64]:
    """Return where stretches are cut out.

    Of the blanks before and behind what is removed those stay that part the text more: what was two
    paragraphs stays two. At the ends of a text nothing is to be parted.
    """
    rows = found.rows(stretches.starts)
    heads, tails = outer(stretches, rows)
    starts, stops, _ = stretches
    begins, begins_closed, before = _cuts(packed, found, starts, rows)
    ends, ends_closed, behind = _cuts(packed, found, stops, rows)
    at_start, at_end = starts == found.firsts[rows], stops == found.firsts[rows + 1]
    closed = ~at_start[heads] & (at_end[tails] | (behind[tails] > before[heads]))
    begins[heads] = np.where(closed, begins_closed[heads], begins[heads])
    ends[tails] = np.where(closed, ends_closed[tails], ends[tails])
    return begins, ends
