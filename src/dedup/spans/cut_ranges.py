"""Stretches of tokens to stretches of bytes: what is removed, and what of it stays."""

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np

from dedup.records import I64, U8, U32, Flags
from dedup.spans.result import Spans
from dedup.spans.windows import Found, Stretches, outer
from dedup.text.packed import Packed
from dedup.text.unicode import IGNORED, SEPARATOR, tables

LOOK = 256  # characters back, at most
BLANKS = np.array([code for code in range(0x3001) if chr(code).isspace()], np.uint32)
# What belongs to the word behind it though no blank stands before it.
OPENING = np.array([ord(char) for char in "([{¿¡«‹“‘„‚「『（［｛〈《【〔〖〘〚｟｢"], np.uint32)  # noqa: RUF001
PARAGRAPH = 2  # line breaks
LEAD_BITS = np.array([0x7F] * 2 + [0x1F, 0x0F, 0x07], np.uint32)  # of the code, by bytes


def seams(utf8: U8, begins: I64, limits: I64) -> tuple[I64, I64, I64]:
    r"""Find where to cut before tokens.

    Parameters
    ----------
    utf8
        (bytes,): the texts.
    begins
        (m,): where each token begins.
    limits
        (m,): where the text of each begins.

    Returns
    -------
    opened
        (m,): where the signs begin that belong to the token: behind the blanks.
    closed
        (m,): where the blanks begin.
    breaks
        (m,): what the blanks are: 3 the end of a paragraph, 2 of a line, 1 others, 0 none.

    Examples
    --------
    >>> text = np.frombuffer(b"One.\n\n(Two", np.uint8)
    >>> seams(text, np.array([7]), np.array([0]))
    (array([6]), array([4]), array([3]))
    """
    opened = _back(utf8, begins, limits, _is_sign)
    closed = before_blanks(utf8, opened, limits)
    glued = (closed == opened) & (opened > limits)
    is_opening = partial(np.isin, test_elements=OPENING)
    opened[glued] = closed[glued] = _back(utf8, begins[glued], limits[glued], is_opening)
    breaks = np.zeros(len(begins), np.int64)
    for edge in np.flatnonzero(closed < opened).tolist():
        breaks[edge] = _breaks(utf8[closed[edge] : opened[edge]].tobytes())
    return opened, closed, breaks


@lru_cache(maxsize=256)
def _breaks(blanks: bytes) -> int:
    return 1 + min(len(f"{blanks.decode()}.".splitlines()) - 1, PARAGRAPH)


def before_blanks(utf8: U8, places: I64, limits: I64) -> I64:
    """Return where the blanks before some places begin."""
    return _back(utf8, places, limits, partial(np.isin, test_elements=BLANKS))


def _back(utf8: U8, begins: I64, limits: I64, belongs: Callable[[U32], Flags]) -> I64:
    """Go back over characters that belong, one of each place at a time."""
    places = begins.copy()
    going = np.flatnonzero(places > limits)
    for _ in range(LOOK):
        if not len(going):
            break
        before, codes = _characters_before(utf8, places[going])
        goes_on = belongs(codes)
        going = going[goes_on]
        places[going] = before[goes_on]
        going = going[places[going] > limits[going]]
    return places


def _characters_before(utf8: U8, places: I64) -> tuple[I64, U32]:
    """Return where the characters before some places begin, and their code points."""
    begins = places - 1
    codes = utf8[begins].astype(np.uint32)
    for behind in range(3):
        inside = (utf8[begins] & 0xC0) == 0x80
        if not inside.any():
            break
        begins = begins - inside
        lead = utf8[begins].astype(np.uint32)
        lead &= np.where((lead & 0xC0) == 0x80, 0x3F, LEAD_BITS[places - begins])
        shift = 6 * (behind + 1)
        codes = np.where(inside, codes & ((1 << shift) - 1) | lead << shift, codes)
    return begins, codes


def _is_sign(codes: U32) -> Flags:
    """Tell which characters are neither blanks nor a part of a token."""
    folded, source = tables().fold(codes)
    signs = ~np.isin(codes, BLANKS)
    signs[source[~np.isin(tables().kinds_of(folded), (SEPARATOR, IGNORED))]] = False
    return signs


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
