"""Rows with the same tokens, by their fingerprints: the first one taken leads the others."""

import numpy as np

from dedup.arrays.memory import IN_RAM, Memory
from dedup.kernels.portions import numbers, portions
from dedup.native import core
from dedup.records import I64, U64


def find_leaders(order: I64, counts: I64, prints: U64, memory: Memory = IN_RAM) -> I64:
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
    leader = numbers(len(order), memory)
    first = memory.full(size, -1, np.int64)
    for own in portions(len(order), memory):  # the table is read at random
        core.lead_rows(order[own], counts, prints, first, leader)
    return leader
