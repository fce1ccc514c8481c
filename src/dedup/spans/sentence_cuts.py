"""Stretches cut back to where sentences end, so that no other sentence loses a few words."""

from bisect import bisect_right

import numpy as np

from dedup.arrays.array_types import I64
from dedup.arrays.packed import PackedTexts
from dedup.spans.windows import RepeatedWindows, Stretches, outer
from dedup.text import sentence_ends

SHARE = 5  # a stretch is cut back by less than this part of a window
TOKENS_AT_ONCE = 1 << 16  # whose places are held
CONTEXT = 32  # bytes before a mark that are read: longer than any abbreviation
CHARACTER_BYTES = 4  # of the longest character
PARAGRAPH_BYTES = 1024  # on each side of a line end, read to tell whether it wraps a paragraph


def cut_back(
    packed: PackedTexts, found: RepeatedWindows, stretches: Stretches, min_span: int
) -> Stretches:
    """Cut stretches back to the last sentence end in them, and on to the first one.

    Parameters
    ----------
    stretches
        As ``cover`` gives them. Stretches that abut are one here.
    min_span
        Tokens of a window. Fewer than a fifth of them are given up at each end.

    Returns
    -------
    Stretches
        What is left. Each end that lies inside a sentence or line, with a sure end of one within
        reach, is moved to the nearest of these; where only possible ends are within reach, to the
        farthest. An end at the end of a text, or with none within reach, stays.
    """
    reach = (min_span - 1) // SHARE
    if not reach or not len(stretches.starts):
        return stretches
    starts, stops, sources = stretches
    heads, tails = outer(stretches, found.rows(starts))
    begins = starts[heads] + _moves(packed, found, starts[heads], reach, 1)
    ends = stops[tails] - _moves(packed, found, stops[tails], reach, -1)
    whole = np.cumsum(heads) - 1
    cut_starts = np.maximum(starts, begins[whole])
    cut_stops = np.minimum(stops, ends[whole])
    left = cut_starts < cut_stops
    sources = sources + cut_starts - starts
    return Stretches(cut_starts[left], cut_stops[left], sources[left])


def _moves(packed: PackedTexts, found: RepeatedWindows, edges: I64, reach: int, step: int) -> I64:
    """Return by how many tokens each edge of a stretch is moved into the stretch.

    Parameters
    ----------
    edges
        Tokens before which a stretch begins or ends.
    step
        1 where stretches begin, -1 where they end.
    """
    moves, utf8 = np.zeros(len(edges), np.int64), packed.utf8.data
    rows = found.rows(edges - (step < 0))
    inner = np.flatnonzero((edges > found.firsts[rows]) & (edges < found.firsts[rows + 1]))
    # The tokens before which the stretch may be cut, and the one before them.
    near = np.arange(-1, reach + 1) if step > 0 else np.arange(-reach - 1, 1)
    count = max(TOKENS_AT_ONCE // len(near), 1)
    for first in range(0, len(inner), count):
        some = inner[first : first + count]
        tokens = edges[some, np.newaxis] + near
        places = found.locate(tokens.ravel())[0].reshape(-1, len(near)).tolist()
        limits = packed.offsets[rows[some, np.newaxis] + (0, 1)].tolist()
        for edge, own, (begin, end) in zip(some.tolist(), places, limits, strict=True):
            moves[edge] = _move(utf8, own, begin, end, step)
    return moves


def _move(utf8: memoryview, places: list[int], begin: int, end: int, step: int) -> int:
    """Return by how many tokens one edge is moved; ``places``: of the tokens around it."""
    marks: dict[int, int] = {}  # of tokens, the first mark or line break before each
    for mark in sentence_ends.END_BYTES.finditer(utf8, places[0], places[-1]):
        marks.setdefault(bisect_right(places, mark.start()), mark.start())
    edge = 1 if step > 0 else len(places) - 1
    possible = []
    for token in sorted(marks, reverse=step < 0):
        kind = _end(utf8, marks[token], places[token], begin, end)
        if kind == sentence_ends.SURE_END:
            return abs(token - edge)
        if kind == sentence_ends.POSSIBLE_END:
            possible.append(token)
    return abs(possible[-1] - edge) if possible and possible[0] != edge else 0


def _end(utf8: memoryview, mark: int, behind: int, begin: int, end: int) -> int:
    """Tell whether a sentence or line ends between a mark and the token behind it.

    Parameters
    ----------
    begin, end
        Where the text begins and ends.
    """
    letter = _decoded(utf8[behind : behind + CHARACTER_BYTES])[:1]
    before = _decoded(utf8[max(begin, mark - CONTEXT) : mark])
    kind = sentence_ends.end_between(before, _decoded(utf8[mark:behind]), letter)
    if kind != sentence_ends.LINE_END:
        return kind
    if not _wraps(utf8, mark, begin, end):
        return sentence_ends.SURE_END
    return sentence_ends.NO_END if letter.islower() else sentence_ends.POSSIBLE_END


def _wraps(utf8: memoryview, mark: int, begin: int, end: int) -> bool:
    """Tell whether the first line end from a mark of a text on wraps a paragraph."""
    start, stop = max(begin, mark - PARAGRAPH_BYTES), min(end, mark + PARAGRAPH_BYTES)
    before = _decoded(utf8[start:mark])
    lines = f"{before}{_decoded(utf8[mark:stop])}".splitlines()
    count = len(before.splitlines())
    # A line that is read in part is left out, or too long to be wrapped.
    first, last = int(start > begin), len(lines) - int(stop < end)
    return sentence_ends.is_wrap(lines[first:count], lines[count:last])


def _decoded(utf8: memoryview) -> str:
    """Decode a stretch of a text; a character that is cut at its ends is a sign."""
    return str(utf8, "utf-8", "replace")
