"""Turns spans of tokens into the bytes to cut out of texts.

No character is cut. Punctuation is kept or removed with the word that it touches. Of the white
space before and after a span, the kind that separates more is kept, so that two paragraphs do not
become one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, overload

import numpy as np

from dedup.arrays.array_types import I64, Flags
from dedup.arrays.packed import PackedTexts, to_utf8
from dedup.ledger.removed_ranges import NO_FRAME, RemovedParts
from dedup.spans.token_spans import TokenSpans, outer_spans
from dedup.spans.windows import RepeatedWindows
from dedup.text.unicode import IGNORED, SEPARATOR, tables

POINTS_PER_TRIM = 1 << 9  # places of texts that are read between two trims of memory
MAX_LOOKBACK_CHARS = 256  # punctuation, and white space, that is searched before a token
MAX_LOOKBACK_BYTES = 2 * MAX_LOOKBACK_CHARS * 4  # for both, in characters of four bytes
# Marks that belong to the next word even if no white space is before them.
OPENING_MARKS = "([{¿¡«‹“‘„‚「『（［｛〈《【〔〖〘〚｟｢"  # noqa: RUF001
PARAGRAPH_BREAKS = 2  # line breaks that separate paragraphs


class RepeatedSpan(NamedTuple):
    """A removed span, and its witness: the earlier span with the same tokens.

    Places are bytes of the UTF-8 of each text, as in the ledger. They never cut a character.

    Attributes
    ----------
    row, start, stop
        The text, and the bytes ``[start, stop)`` that were removed from it.
    witness_row, witness_start, witness_stop
        The text and the bytes of the witness.
    tokens
        The number of tokens that were removed.
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
    """Repeated spans in the order of their texts and places, as a sequence of ``RepeatedSpan``.

    Attributes
    ----------
    row, start, stop, witness_row, witness_start, witness_stop, tokens
        (s,) int64 each: the fields of ``RepeatedSpan`` as columns.
    """

    row: I64
    start: I64
    stop: I64
    witness_row: I64
    witness_start: I64
    witness_stop: I64
    tokens: I64

    def __len__(self) -> int:
        """Return the number of spans."""
        return len(self.row)

    @overload
    def __getitem__(self, at: int) -> RepeatedSpan: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[RepeatedSpan, ...]: ...
    def __getitem__(self, at: int | slice) -> RepeatedSpan | tuple[RepeatedSpan, ...]:
        """Return one span, or the spans of a slice."""
        columns = [getattr(self, name)[at] for name in RepeatedSpan._fields]
        if isinstance(at, slice):
            return tuple(map(RepeatedSpan, *(column.tolist() for column in columns)))
        return RepeatedSpan(*map(int, columns))

    @property
    def removed_parts(self) -> RemovedParts:
        """The spans as parts for a ledger: exact copies of their witnesses."""
        return RemovedParts(
            row=self.row,
            start=self.start,
            stop=self.stop,
            witness_row=self.witness_row,
            witness_start=self.witness_start,
            witness_stop=self.witness_stop,
            exact=np.broadcast_to(np.True_, len(self)),
            similarity=np.broadcast_to(np.float64(1), len(self)),
            frame_source=np.broadcast_to(np.int64(NO_FRAME), len(self)),
        )

    def select(self, mask: Flags) -> "Spans":
        """Return the spans where ``mask`` (s,) is true."""
        return Spans(*(getattr(self, name)[mask] for name in RepeatedSpan._fields))


class CutPoint(NamedTuple):
    """Where a text may be cut before a token: with the white space before it, or without.

    Attributes
    ----------
    word_start
        The place after the white space: where the token begins, or the punctuation before it.
    space_start
        The place before the white space.
    separation
        The kind of white space: 3 a blank line, 2 a line end, 1 other, 0 none; -1 at the end of a
        text.
    """

    word_start: int
    space_start: int
    separation: int


def cut_point(utf8: memoryview, place: int, limit: int, *, is_end: bool = False) -> CutPoint:
    r"""Find where to cut before a token, or at the end of a text.

    Parameters
    ----------
    utf8
        The texts.
    place
        Where the token begins, or where the text ends.
    limit
        Where the text begins.
    is_end
        Whether ``place`` is the end of the text.

    Examples
    --------
    >>> cut_point(memoryview(b"One.\n\n(Two"), 7, 0)
    CutPoint(word_start=6, space_start=4, separation=3)
    """
    start = max(limit, place - MAX_LOOKBACK_BYTES)
    while start < place and utf8[start] & 0xC0 == 0x80:  # inside a character
        start += 1
    text = str(utf8[start:place], "utf-8", "surrogatepass")
    word_start = len(text) if is_end else _skip_back(text, len(text), _is_punctuation)
    space_start = _skip_back(text, word_start, str.isspace)
    line_breaks = len(f"{text[space_start:word_start]}.".splitlines()) - 1
    separation = -1 if is_end else 1 + min(line_breaks, PARAGRAPH_BREAKS)
    if space_start == word_start and not is_end:
        separation = 0
        if word_start:
            word_start = space_start = _skip_back(text, len(text), OPENING_MARKS.__contains__)
    return CutPoint(
        place - len(to_utf8(text[word_start:])),
        place - len(to_utf8(text[space_start:])),
        separation,
    )


def _skip_back(text: str, place: int, is_skipped: Callable[[str], bool]) -> int:
    """Return the place before the skipped characters that end at ``place``."""
    limit = max(place - MAX_LOOKBACK_CHARS, 0)
    while place > limit and is_skipped(text[place - 1]):
        place -= 1
    return place


@lru_cache(maxsize=1 << 12)
def _is_punctuation(character: str) -> bool:
    """Return whether a character is neither white space nor a part of a token."""
    folded = tables().fold(np.array([ord(character)], np.uint32))[0]
    is_in_no_token = np.isin(tables().kinds_of(folded), (SEPARATOR, IGNORED)).all()
    return not character.isspace() and bool(is_in_no_token)


def byte_spans(packed: PackedTexts, windows: RepeatedWindows, spans: TokenSpans) -> Spans:
    """Find the bytes of spans of tokens, and of their witnesses.

    A character that becomes several tokens is kept if only some of them are in a span.
    """
    spans = _of_whole_characters(windows, spans)
    starts, stops, sources = spans
    begins, ends = _cut_ranges(packed, windows, spans)
    rows, witness_rows = windows.rows(starts), windows.rows(sources)
    source_stops = _next_character_starts(windows, sources + stops - starts)
    witness_begins = _cut_points(packed, windows, sources, witness_rows)[0]
    witness_ends = _cut_points(packed, windows, source_stops, witness_rows)[1]
    return Spans(
        row=rows,
        start=begins - packed.offsets[rows],
        stop=ends - packed.offsets[rows],
        witness_row=witness_rows,
        witness_start=witness_begins - packed.offsets[witness_rows],
        witness_stop=witness_ends - packed.offsets[witness_rows],
        tokens=stops - starts,
    )


def _next_character_starts(windows: RepeatedWindows, tokens: I64) -> I64:
    """Return the next token that is the first of its character, or the end of the text."""
    tokens, ends = tokens.copy(), windows.token_offsets[windows.rows(tokens - 1) + 1]
    inside = np.flatnonzero(tokens < ends)
    while len(inside):
        inside = inside[windows.locate(tokens[inside])[1] > 0]
        tokens[inside] += 1
        inside = inside[tokens[inside] < ends[inside]]
    return tokens


def _of_whole_characters(windows: RepeatedWindows, spans: TokenSpans) -> TokenSpans:
    """Shorten spans to whole characters."""
    stops, token_count = spans.stops.copy(), windows.token_offsets[-1]
    before_end = np.flatnonzero(stops < token_count)
    stops[before_end] -= windows.locate(stops[before_end])[1]
    starts = _next_character_starts(windows, spans.starts)
    sources = spans.sources + starts - spans.starts
    is_left = starts < stops
    return TokenSpans(starts[is_left], stops[is_left], sources[is_left])


def _cut_points(
    packed: PackedTexts, windows: RepeatedWindows, tokens: I64, rows: I64
) -> tuple[I64, I64, I64]:
    """Return the columns of ``CutPoint`` for tokens of texts, or the ends of texts."""
    limits, places, utf8 = packed.offsets[rows], packed.offsets[rows + 1].copy(), packed.utf8.data
    is_end = tokens == windows.token_offsets[rows + 1]
    places[~is_end] = windows.locate(tokens[~is_end])[0]
    points = []
    for first in range(0, len(tokens), POINTS_PER_TRIM):
        batch = slice(first, first + POINTS_PER_TRIM)
        columns = zip(*(column[batch].tolist() for column in (places, limits, is_end)), strict=True)
        points += [cut_point(utf8, place, limit, is_end=end) for place, limit, end in columns]
        windows.memory.trim()
    word_starts, space_starts, separations = np.array(points, np.int64).reshape(-1, 3).T
    is_first = tokens == windows.token_offsets[rows]
    word_starts[is_first] = space_starts[is_first] = limits[is_first]
    return word_starts, space_starts, separations


def _cut_ranges(
    packed: PackedTexts, windows: RepeatedWindows, spans: TokenSpans
) -> tuple[I64, I64]:
    """Return the bytes at which spans are cut out.

    Of the white space before and after a span the kind that separates more is kept. At the
    beginning or end of a text no separation is needed.
    """
    rows = windows.rows(spans.starts)
    heads, tails = outer_spans(spans, rows)
    starts, stops, _ = spans
    begins, begin_spaces, separation_before = _cut_points(packed, windows, starts, rows)
    ends, end_spaces, separation_after = _cut_points(packed, windows, stops, rows)
    is_at_start = starts == windows.token_offsets[rows]
    is_at_end = stops == windows.token_offsets[rows + 1]
    keeps_space_after = ~is_at_start[heads] & (
        is_at_end[tails] | (separation_after[tails] > separation_before[heads])
    )
    begins[heads] = np.where(keeps_space_after, begin_spaces[heads], begins[heads])
    ends[tails] = np.where(keeps_space_after, end_spaces[tails], ends[tails])
    return begins, ends
