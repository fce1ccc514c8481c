"""Stretches of tokens to stretches of bytes: what is removed, and what of it stays."""

import numpy as np

from dedup.records import I64
from dedup.spans.cover import Stretches, outer
from dedup.spans.result import Spans
from dedup.spans.seams import before_blanks, seams
from dedup.spans.windows import Found
from dedup.text.packed import Packed


def removals(packed: Packed, found: Found, stretches: Stretches) -> Spans:
    """Find the bytes of stretches and of their sources.

    A character that becomes several tokens, and is in a stretch with only some of them, stays.
    """
    stretches = _of_whole_characters(found, stretches)
    starts, stops, sources = stretches
    begins, ends = _edges(packed, found, stretches)
    rows, of_rows = found.rows(starts), found.rows(sources)
    of_ends = _whole(found, sources + stops - starts)
    return Spans(
        row=rows,
        start=begins - packed.offsets[rows],
        stop=ends - packed.offsets[rows],
        of_row=of_rows,
        of_start=_cuts(packed, found, sources, of_rows)[0] - packed.offsets[of_rows],
        of_stop=_cuts(packed, found, of_ends, of_rows)[1] - packed.offsets[of_rows],
        tokens=stops - starts,
    )


def _whole(found: Found, tokens: I64) -> I64:
    """Go on to the next token, or the end of a text, that begins with a character."""
    tokens, ends = tokens.copy(), found.firsts[found.rows(tokens - 1) + 1]
    inside = np.flatnonzero(tokens < ends)
    while len(inside):
        inside = inside[found.locate(tokens[inside])[1] > 0]
        tokens[inside] += 1
        inside = inside[tokens[inside] < ends[inside]]
    return tokens


def _of_whole_characters(found: Found, stretches: Stretches) -> Stretches:
    stops, last = stretches.stops.copy(), found.firsts[-1]
    open_ = np.flatnonzero(stops < last)
    stops[open_] -= found.locate(stops[open_])[1]
    starts = _whole(found, stretches.starts)
    sources = stretches.sources + starts - stretches.starts
    left = starts < stops
    return Stretches(starts[left], stops[left], sources[left])


def _cuts(packed: Packed, found: Found, tokens: I64, rows: I64) -> tuple[I64, I64, I64]:
    """Return where to cut before tokens of texts, as ``seams`` does; or at the end of a text."""
    limits, opened = packed.offsets[rows], packed.offsets[rows + 1].copy()
    closed = before_blanks(packed.utf8, opened, limits)
    breaks = np.full(len(rows), -1)
    inner = np.flatnonzero(tokens < found.firsts[rows + 1])
    places = found.locate(tokens[inner])[0]
    opened[inner], closed[inner], breaks[inner] = seams(packed.utf8, places, limits[inner])
    first = np.flatnonzero(tokens == found.firsts[rows])
    opened[first] = closed[first] = limits[first]
    return opened, closed, breaks


def _edges(packed: Packed, found: Found, stretches: Stretches) -> tuple[I64, I64]:
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
