"""Rows with the same tokens, by their fingerprints: the first one taken leads the others."""

import numpy as np

from dedup.kernels import spill
from dedup.kernels.jit import compiled
from dedup.kernels.portions import numbers, portions
from dedup.kernels.scalar import U
from dedup.records import I64, U64

AHEAD = 64  # rows whose slots are read before they are searched: see postings.fetch


def find_leaders(order: I64, counts: I64, prints: U64) -> I64:
    """Return the first row, in the order taken, that has the fingerprint of each row, (n,).

    Parameters
    ----------
    counts
        (n,): tokens. A row without any leads itself.
    prints
        (n, 2): fingerprints.
    """
    size = 1024
    while size < 2 * len(order):
        size *= 2
    leader = numbers(len(order))
    first = spill.full(size, -1, np.int64)
    for own in portions(len(order)):  # the table is read at random
        _lead(order[own], counts, prints, first, leader)
    return leader


@compiled
def _lead(order: I64, counts: I64, prints: U64, first: I64, leader: I64) -> None:
    """Do so for the next rows; ``first`` is a table of rows by the lower bits of fingerprints."""
    last = U(len(first) - 1)
    fetched = 0
    for turn in range(len(order)):
        if turn % AHEAD == 0:
            for place in range(turn, min(turn + AHEAD, len(order))):
                fetched += first[np.int64(prints[order[place], 0] & last)]
        row = order[turn]
        if counts[row] == 0:
            continue
        slot = np.int64(prints[row, 0] & last)
        while first[slot] >= 0:
            other = first[slot]
            if prints[other, 0] == prints[row, 0] and prints[other, 1] == prints[row, 1]:
                break
            slot = (slot + 1) & (len(first) - 1)
        if first[slot] < 0:
            first[slot] = row
        leader[row] = first[slot]
    if fetched < -len(order):  # never: it is used, so that the reads are not left out
        leader[0] = 0
