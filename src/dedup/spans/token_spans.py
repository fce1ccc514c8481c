"""Merges repeated windows of tokens into spans."""

from typing import NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, Flags
from dedup.spans.windows import WindowRuns, heads_and_tails


class TokenSpans(NamedTuple):
    """Spans of tokens ``[starts[i], stops[i])`` that repeat the tokens from ``sources[i]`` on."""

    starts: I64  # (s,), ascending; spans do not overlap
    stops: I64  # (s,)
    sources: I64  # (s,): a source ends before its span begins


def merge_windows(runs: WindowRuns, size: int) -> TokenSpans:
    """Merge repeated windows into spans that contain all tokens of these windows, and no others.

    A span begins where a window repeats, or where the previous span stops. It belongs to the run of
    the last window that begins there or before. It stops where this run ends, or where it would
    reach into the copy of its own source: the second and the third of three copies in a row are two
    spans.

    Parameters
    ----------
    size
        Tokens of a window.

    Examples
    --------
    The tokens ``a b c a b c a b c`` in windows of two:

    >>> merge_windows(WindowRuns(np.array([3, 6]), np.array([0, 0]), np.array([3, 2])), 2)
    TokenSpans(starts=array([3, 6]), stops=array([6, 9]), sources=array([0, 0]))
    """
    run_stops = runs.starts + runs.counts + size - 1
    heads, tails = heads_and_tails(runs.starts[1:] >= run_stops[:-1], len(run_stops))
    starts, group_stops = runs.starts[heads], run_stops[tails]
    empty = np.zeros(0, np.int64)
    found = [(empty, empty, empty)]
    while len(starts):  # each step finds the next span of each group of overlapping runs
        run = np.searchsorted(runs.starts, starts, "right") - 1
        distance = runs.starts[run] - runs.sources[run]
        stops = np.minimum(run_stops[run], starts + distance)
        found.append((starts, stops, starts - distance))
        has_more = stops < group_stops
        starts, group_stops = stops[has_more], group_stops[has_more]
    starts, stops, sources = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(starts)
    return TokenSpans(starts[order], stops[order], sources[order])


def outer_spans(spans: TokenSpans, rows: I64) -> tuple[Flags, Flags]:
    """Return which spans are the first, and which the last, of adjacent spans of one text.

    Parameters
    ----------
    rows
        (s,): the text of each span.
    """
    is_split = (spans.starts[1:] != spans.stops[:-1]) | (rows[1:] != rows[:-1])
    return heads_and_tails(is_split, len(rows))
