"""Where the blocks of texts begin whose blocks are lines: ``text.blocks.split``, for many."""

import numpy as np

from dedup.kernels.jit import unallocating
from dedup.kernels.layout import LINES, breaks_in, layout, shown_in
from dedup.records import I64, U8, Flags

BOM = (0xEF, 0xBB, 0xBF)


def cut_lines(utf8: U8, offsets: I64, *, always: bool) -> tuple[I64, Flags]:
    """Find the blocks of the texts that are cut into lines for certain.

    Parameters
    ----------
    utf8, offsets
        n texts, read-only and contiguous.
    always
        Whether blocks are lines whatever they look like.

    Returns
    -------
    begins
        Where a block begins, ascending: the first one of a text where the text begins.
    known
        (n,): which texts these are. One with a BOM, which is a block of its own, is not.
    """
    laid = layout(utf8, offsets, breaks_in(utf8))
    known = (laid.blocks == LINES) | always
    known &= ~_begin_with_bom(utf8, offsets)
    begins = np.zeros(len(laid.lines) - 1, np.bool_)
    _mark(utf8, laid.lines, laid.first_line, known, begins)
    return laid.lines[:-1][begins], known


def _begin_with_bom(utf8: U8, offsets: I64) -> Flags:
    found = np.diff(offsets) >= len(BOM)
    firsts = offsets[:-1][found]
    for place, byte in enumerate(BOM):
        firsts = firsts[utf8[firsts + place] == byte]
        found = np.isin(offsets[:-1], firsts) & found
    return found


@unallocating
def _mark(utf8: U8, lines: I64, firsts: I64, known: Flags, begins: Flags) -> None:
    r"""Mark the lines with which a block begins.

    That is one that shows something, and the first one of a text. A blank line belongs to the
    block before it, but for blanks at the end of a text without a line break behind them.
    """
    for text in range(len(known)):
        if not known[text]:
            continue
        for line in range(firsts[text], firsts[text + 1]):
            start, stop = lines[line], lines[line + 1]
            begins[line] = (
                line == firsts[text]
                or utf8[stop - 1] not in (10, 13)
                or shown_in(utf8, start, stop) > 0
            )
