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
        A row of fewer tokens is if it has one that its witness lacks; at 0 none is at all.
    """
    if least == 0:
        return False
    if counts[row] < least:
        own, thirds, _ = token_rows(texts, row, row + 1)
        others, other_thirds, _ = token_rows(texts, witness, witness + 1)
        if _differences(own, thirds, others, other_thirds)[0] > 0:
            return True
    return figures_differ(texts, row, witness)


@compiled
def figures_differ(texts: Texts, row: int, witness: int) -> bool:
    """Tell whether a row is short and differs from another in its figures."""
    # Of words, whatever the rows are compared by.
    words = Texts(texts.utf8, texts.offsets, texts.alphabet, texts.places, False)
    tokens, thirds, _ = token_rows(words, row, row + 1)
    if len(tokens) > SHORT:
        return False
    others, other_thirds, _ = token_rows(words, witness, witness + 1)
    _, different, figures = _differences(tokens, thirds, others, other_thirds)
    return 2 * figures > different


@compiled
def _differences(tokens: U64, thirds: U8, others: U64, other_thirds: U8) -> tuple[int, int, int]:
    """Count the tokens that a row has and the other has not as often.

    Then those that either has and the other has not, and the figures of these; of the other row
    only where it is about as long.
    """
    count, ordered = len(tokens), np.sort(tokens)
    left, is_figure = np.ones(count, np.bool_), np.zeros(count, np.bool_)
    for token in range(count):  # the first of equal ones says it of all
        if thirds[token] == 0:
            is_figure[np.searchsorted(ordered, tokens[token])] = True
    as_long = len(others) <= AS_LONG * count
    lacking, different, figures = 0, 0, 0
    for token in range(len(others)):
        place = np.searchsorted(ordered, others[token])
        while place < count and ordered[place] == others[token] and not left[place]:
            place += 1
        if place < count and ordered[place] == others[token]:
            left[place] = False
        elif as_long:
            different += 1
            figures += other_thirds[token] == 0
    first = 0
    for place in range(count):
        if ordered[place] != ordered[first]:
            first = place
        if left[place]:
            lacking += 1
            figures += is_figure[first]
    return lacking, different + lacking, figures
