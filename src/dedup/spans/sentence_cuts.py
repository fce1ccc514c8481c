"""Cuts spans back to sentence ends, so that a sentence next to a span keeps its first words.

A footer repeats, and by chance the next sentence begins with the same word in both texts. Without
this step that word would be removed from the sentence. ``docs/decisions/0012-spans.md`` has the
rule; ``text.sentence_ends`` finds the ends.
"""

from bisect import bisect_right

import numpy as np

from dedup.arrays.array_types import I64
from dedup.arrays.packed import PackedTexts
from dedup.spans.token_spans import TokenSpans, outer_spans
from dedup.spans.windows import RepeatedWindows
from dedup.text import sentence_ends

CUT_BACK_DIVISOR = 5  # a span loses less than this fraction of ``min_span`` at each end
BATCH_TOKENS = 1 << 16  # tokens whose places are in memory at once
EDGES_PER_TRIM = 1 << 8  # whose texts are read between two trims of memory
CONTEXT_BYTES = 32  # read before a mark: longer than any abbreviation
MAX_CHARACTER_BYTES = 4
PARAGRAPH_BYTES = 1024  # read on each side of a line end, to decide whether it wraps a paragraph


def cut_back(
    packed: PackedTexts, windows: RepeatedWindows, spans: TokenSpans, min_span: int
) -> TokenSpans:
    """Cut spans back to the last sentence end inside them, and forward to the first one.

    Parameters
    ----------
    spans
        As ``merge_windows`` returns them. Adjacent spans are treated as one.
    min_span
        Tokens of a window. A span loses less than a fifth of them at each end.

    Returns
    -------
    TokenSpans
        The rest. An edge inside a sentence or line moves to the nearest certain sentence end within
        reach; if there are only possible ends, to the farthest. An edge at the beginning or end of
        a text, or with no end within reach, does not move.
    """
    reach = (min_span - 1) // CUT_BACK_DIVISOR
    if not reach or not len(spans.starts):
        return spans
    starts, stops, sources = spans
    heads, tails = outer_spans(spans, windows.rows(starts))
    begins = starts[heads] + _edge_moves(packed, windows, starts[heads], reach, 1)
    ends = stops[tails] - _edge_moves(packed, windows, stops[tails], reach, -1)
    group = np.cumsum(heads) - 1
    cut_starts = np.maximum(starts, begins[group])
    cut_stops = np.minimum(stops, ends[group])
    is_left = cut_starts < cut_stops
    sources = sources + cut_starts - starts
    return TokenSpans(cut_starts[is_left], cut_stops[is_left], sources[is_left])


def _edge_moves(
    packed: PackedTexts, windows: RepeatedWindows, edges: I64, reach: int, step: int
) -> I64:
    """Return by how many tokens each edge of a span moves into the span.

    Parameters
    ----------
    edges
        The token at which each span begins or ends.
    reach
        The largest move.
    step
        1 where spans begin, -1 where they end.
    """
    moves, utf8 = np.zeros(len(edges), np.int64), packed.utf8.data
    rows = windows.rows(edges - (step < 0))
    inner = np.flatnonzero(
        (edges > windows.token_offsets[rows]) & (edges < windows.token_offsets[rows + 1])
    )
    # The tokens at which the span may be cut, and the one before them.
    near = np.arange(-1, reach + 1) if step > 0 else np.arange(-reach - 1, 1)
    count = max(BATCH_TOKENS // len(near), 1)
    for first in range(0, len(inner), count):
        batch = inner[first : first + count]
        tokens = edges[batch, np.newaxis] + near
        places = windows.locate(tokens.ravel())[0].reshape(-1, len(near)).tolist()
        limits = packed.offsets[rows[batch, np.newaxis] + (0, 1)].tolist()
        columns = zip(batch.tolist(), places, limits, strict=True)
        for number, (edge, near_places, (begin, end)) in enumerate(columns):
            moves[edge] = _edge_move(utf8, near_places, begin, end, step)
            if number % EDGES_PER_TRIM == 0:
                windows.memory.trim()
    return moves


def _edge_move(utf8: memoryview, places: list[int], begin: int, end: int, step: int) -> int:
    """Return by how many tokens one edge moves.

    Parameters
    ----------
    places
        Where the tokens around the edge begin.
    begin, end
        Where the text begins and ends.
    """
    marks: dict[int, int] = {}  # the first mark or line break before each token
    for mark in sentence_ends.END_BYTES.finditer(utf8, places[0], places[-1]):
        marks.setdefault(bisect_right(places, mark.start()), mark.start())
    edge = 1 if step > 0 else len(places) - 1
    possible = []
    for token in sorted(marks, reverse=step < 0):
        kind = _end_kind(utf8, marks[token], places[token], begin, end)
        if kind == sentence_ends.SURE_END:
            return abs(token - edge)
        if kind == sentence_ends.POSSIBLE_END:
            possible.append(token)
    return abs(possible[-1] - edge) if possible and possible[0] != edge else 0


def _end_kind(utf8: memoryview, mark: int, token: int, begin: int, end: int) -> int:
    """Return whether a sentence or line ends between a mark and the token after it.

    Parameters
    ----------
    mark, token
        Where the mark and the token begin.
    begin, end
        Where the text begins and ends.
    """
    letter = _decoded(utf8[token : token + MAX_CHARACTER_BYTES])[:1]
    before = _decoded(utf8[max(begin, mark - CONTEXT_BYTES) : mark])
    kind = sentence_ends.end_between(before, _decoded(utf8[mark:token]), letter)
    if kind != sentence_ends.LINE_END:
        return kind
    if not _is_wrap(utf8, mark, begin, end):
        return sentence_ends.SURE_END
    return sentence_ends.NO_END if letter.islower() else sentence_ends.POSSIBLE_END


def _is_wrap(utf8: memoryview, mark: int, begin: int, end: int) -> bool:
    """Return whether the first line end from ``mark`` on only wraps a paragraph."""
    start, stop = max(begin, mark - PARAGRAPH_BYTES), min(end, mark + PARAGRAPH_BYTES)
    before = _decoded(utf8[start:mark])
    lines = f"{before}{_decoded(utf8[mark:stop])}".splitlines()
    count = len(before.splitlines())
    # A line that was read only in part is left out. If no other is left, it is too long to wrap.
    first, last = int(start > begin), len(lines) - int(stop < end)
    return sentence_ends.is_wrap(lines[first:count], lines[count:last])


def _decoded(utf8: memoryview) -> str:
    """Decode a range of a text; a character that is cut at its ends becomes U+FFFD."""
    return str(utf8, "utf-8", "replace")
