"""Decisions from pairs: in order, a row is removed if it matches a kept row, and else kept."""

import numpy as np

from dedup.arrays.array_types import I64


def find_removed(position: I64, candidate: I64) -> I64:
    """Return the positions of the rows that are removed, ascending.

    The kept rows are the lexicographically first maximal independent set of the pairs.

    Parameters
    ----------
    position, candidate
        (m,) each: the pairs of rows that match, a row and one before it in processing order.

    Examples
    --------
    >>> find_removed(np.array([5, 7, 9]), np.array([2, 5, 7])).tolist()
    [5, 9]
    """
    order = np.argsort(position, kind="stable")
    removed: dict[int, None] = {}
    pairs = zip(position[order].tolist(), candidate[order].tolist(), strict=True)
    for row, other in pairs:  # all pairs of ``other`` came before
        if other not in removed:
            removed[row] = None
    return np.fromiter(removed, np.int64, len(removed))
