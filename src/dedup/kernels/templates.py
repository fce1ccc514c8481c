"""Which near copies are other news than their witnesses: ``templates.is_template``, compiled."""

import numpy as np

from dedup.kernels.jit import compiled
from dedup.kernels.rows import Texts, token_rows
from dedup.records import I64, U8, U64

SHORT, AS_LONG = 100, 1.1  # as in templates


@compiled
def is_template(texts: Texts, counts: I64, row: int, witness: int, least: int) -> bool:
    """Tell whether a row is other news than its witness, which has not the same tokens.

    Parameters
    ----------
    counts
        (n,): tokens.
    least
        A row of fewer tokens is; at 0 none is, whatever its figures.
    """
    if counts[row] < least:
        return True
    if least == 0:
        return False
    # Of words, whatever the rows are compared by.
    words = Texts(texts.utf8, texts.offsets, texts.alphabet, texts.places, False)
    tokens, thirds, _ = token_rows(words, row, row + 1)
    if len(tokens) > SHORT:
        return False
    others, other_thirds, _ = token_rows(words, witness, witness + 1)
    different, figures = _differences(tokens, thirds, others, other_thirds)
    return 2 * figures > different


@compiled
def _differences(tokens: U64, thirds: U8, others: U64, other_thirds: U8) -> tuple[int, int]:
    """Count the tokens that one row has and the other has not as often, and the figures of them."""
    count, order = len(tokens), np.argsort(tokens)
    ordered, left = tokens[order], np.ones(len(tokens), np.bool_)
    as_long = len(others) <= AS_LONG * count
    different, figures = 0, 0
    for token in range(len(others)):
        place = np.searchsorted(ordered, others[token])
        while place < count and ordered[place] == others[token] and not left[place]:
            place += 1
        if place < count and ordered[place] == others[token]:
            left[place] = False
        elif as_long:
            different += 1
            figures += other_thirds[token] == 0
    for place in range(count):
        if left[place]:
            different += 1
            figures += thirds[order[place]] == 0
    return different, figures
