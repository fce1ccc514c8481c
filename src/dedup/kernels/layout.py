"""How texts lie in lines and paragraphs: what ``text.blocks.choose`` looks at, for many at once.

It tells what the blocks of a text may be, and tells it fast: few of all texts repeat themselves.
"""

from typing import NamedTuple

import numpy as np

from dedup.kernels.jit import compiled, unallocating
from dedup.kernels.scalar import U
from dedup.kernels.words import BLOCK_BYTES, continuing, line_breaks, ones, trailing_zeros, up_to
from dedup.records import I64, U8

LINES, PARAGRAPHS, ANY = 0, 1, 2  # blocks are lines; lines or paragraphs; sentences perhaps
LONG_LINE, WRAP_WIDTH, LONGEST_WORD = 1500, 45, 15  # as in text.blocks


class Layout(NamedTuple):
    """The lines and paragraphs of n texts, with the blank lines behind them."""

    lines: I64  # (l + 1,): where they begin in the buffer
    first_line: I64  # (n + 1,): of each text
    paragraphs: I64  # (p + 1,)
    first_paragraph: I64  # (n + 1,)
    blocks: U8  # (n,): LINES, PARAGRAPHS or ANY


def breaks_in(utf8: U8) -> I64:
    r"""Return where there is a ``\n`` or ``\r``, ascending."""
    breaks = np.empty(len(utf8), np.int64)  # what is never filled costs no memory
    return breaks[: _find_breaks(utf8, breaks)]


@unallocating
def _find_breaks(utf8: U8, breaks: I64) -> int:
    size, place, count = U(len(utf8)), U(0), U(0)
    while place + U(BLOCK_BYTES) <= size:
        found = line_breaks(utf8, place)
        while found:
            breaks[count] = place + trailing_zeros(found)
            count, found = count + U(1), found & (found - U(1))
        place += U(BLOCK_BYTES)
    while place < size:
        breaks[count] = place
        count, place = count + U(utf8[place] in (10, 13)), place + U(1)
    return int(count)


@compiled
def layout(utf8: U8, offsets: I64, breaks: I64) -> Layout:
    r"""Find the lines and paragraphs of texts.

    Parameters
    ----------
    breaks
        Where there is a ``\n`` or ``\r`` in ``utf8``, ascending.
    """
    count = len(offsets) - 1
    found = Layout(
        np.empty(len(breaks) + count + 1, np.int64),
        np.zeros(count + 1, np.int64),
        np.empty(len(breaks) + count + 1, np.int64),
        np.zeros(count + 1, np.int64),
        np.zeros(count, np.uint8),
    )
    sizes = np.empty(len(breaks) + count + 1, np.int64)
    lines, paragraphs = _lay_out(utf8, offsets, breaks, sizes, found)
    return Layout(
        found.lines[: lines + 1],
        found.first_line,
        found.paragraphs[: paragraphs + 1],
        found.first_paragraph,
        found.blocks,
    )


@unallocating
def _lay_out(utf8: U8, offsets: I64, breaks: I64, sizes: I64, found: Layout) -> tuple[int, int]:
    lines, paragraphs, at = 0, 0, 0
    for text in range(len(offsets) - 1):
        start, end = offsets[text], offsets[text + 1]
        first, group = lines, lines  # the first lines of the text, and of the paragraph
        shown, longest, total = 0, 0, 0  # lines that show something, and their characters
        wrapped = False
        found.paragraphs[paragraphs] = start
        begun = paragraphs
        while start < end:
            while at < len(breaks) and breaks[at] < start:
                at += 1
            stop = breaks[at] + 1 if at < len(breaks) and breaks[at] < end else end
            if stop < end and utf8[stop - 1] == 13 and utf8[stop] == 10:
                stop += 1
            size = shown_in(utf8, start, stop)
            if size and lines > group and sizes[lines - 1] == 0 and shown:
                wrapped |= _may_be_wrapped(sizes, group, lines)
                group, paragraphs = lines, paragraphs + 1
                found.paragraphs[paragraphs] = start
            found.lines[lines], sizes[lines] = start, size
            lines += 1
            shown, longest, total = shown + (size > 0), max(longest, size), total + size
            start = stop
        wrapped |= _may_be_wrapped(sizes, group, lines)
        paragraphs += lines > first
        found.first_line[text + 1], found.first_paragraph[text + 1] = lines, paragraphs
        if shown <= 1 or (longest > LONG_LINE and 2 * longest > total):
            found.blocks[text] = ANY
        elif wrapped:
            found.blocks[text] = PARAGRAPHS if paragraphs - begun > 1 else ANY
    found.lines[lines] = found.paragraphs[paragraphs] = offsets[len(offsets) - 1]
    return lines, paragraphs


@unallocating
def _may_be_wrapped(sizes: I64, first: int, stop: int) -> bool:
    """Tell whether ``text.blocks.is_wrapped`` may hold for lines of so many characters."""
    while stop > first and sizes[stop - 1] == 0:
        stop -= 1
    while stop > first and sizes[first] == 0:
        first += 1
    breaks, width = stop - first - 1, 0
    for line in range(first, stop):
        width = max(width, sizes[line])
    if breaks < 2 or width < WRAP_WIDTH:
        return False
    forced = 0
    for line in range(first, stop - 1):
        forced += sizes[line] + 1 + LONGEST_WORD > width
    return 5 * forced >= 4 * breaks


@unallocating
def shown_in(utf8: U8, start: int, stop: int) -> int:
    """Count the characters of a line without the white space around it."""
    blank = 1
    while blank and start < stop:
        blank = _space(utf8, start, stop)
        start += blank
    blank = 1
    while blank and start < stop:
        blank = _space_before(utf8, start, stop)
        stop -= blank
    place, end, size = U(start), U(stop), U(len(utf8))
    count = U(0)
    while place < end and place + U(BLOCK_BYTES) <= size:
        count += min(end - place, U(BLOCK_BYTES))
        count -= ones(continuing(utf8, place) & up_to(end - place))
        place += U(BLOCK_BYTES)
    while place < end:
        count += U(utf8[place] & 0xC0 != 0x80)
        place += U(1)
    return int(count)


@unallocating
def _space_before(utf8: U8, start: int, stop: int) -> int:
    size = 1
    while size < 3 and stop - size > start and utf8[stop - size] & 0xC0 == 0x80:
        size += 1
    return size if _space(utf8, stop - size, stop) == size else 0


@unallocating
def _space(utf8: U8, place: int, stop: int) -> int:
    r"""Return how many bytes the white space at a place has, ``\s`` as Python has it, or 0."""
    byte = utf8[place]
    if byte <= 0x20:
        return int(byte == 0x20 or 9 <= byte <= 13 or byte >= 0x1C)
    if byte == 0xC2 and place + 1 < stop:
        return 2 if utf8[place + 1] == 0x85 or utf8[place + 1] == 0xA0 else 0
    if not 0xE1 <= byte <= 0xE3 or place + 2 >= stop:
        return 0
    code = (np.int64(byte) & 15) << 12 | (np.int64(utf8[place + 1]) & 63) << 6
    code |= np.int64(utf8[place + 2]) & 63
    if 0x2000 <= code <= 0x200A or 0x2028 <= code <= 0x2029:
        return 3
    return 3 if code == 0x1680 or code == 0x202F or code == 0x205F or code == 0x3000 else 0  # noqa: PLR1714
