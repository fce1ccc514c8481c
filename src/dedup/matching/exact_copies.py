"""Exact copies: rows with the same tokens and, where numeric variants stay, the same numbers."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import xxhash

from dedup.arrays.array_types import I64, U64, Flags, Ragged
from dedup.arrays.long_arrays import arange, batch_slices
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.native import core

Order = Callable[[I64], I64]  # the order in which rows are taken, from their numbers of tokens
NumberPrints = Callable[[Flags], U64]  # the fingerprints of the numbers of the wanted rows, (n,)


def leaders(tokens: Ragged, order: I64, numbers: U64 | None = None) -> I64:
    """Return the first row, in the order taken, with the same tokens and numbers.

    Parameters
    ----------
    numbers
        (n,): fingerprints of the numbers of each row; None where tokens alone count.
    """
    leader = np.arange(len(tokens))
    first: dict[bytes, int] = {}
    prints = fingerprints_of(tokens, numbers)
    for row in order[tokens.lengths[order] > 0].tolist():
        leader[row] = first.setdefault(prints[row], row)
    return leader


def fingerprints_of(tokens: Ragged, numbers: U64 | None = None) -> list[bytes]:
    """Return the xxh3_128 of the tokens of each row, seeded by the fingerprint of its numbers."""
    seeds = [0] * len(tokens) if numbers is None else numbers.tolist()
    return [
        xxhash.xxh3_128_digest(row.tobytes(), seed) for row, seed in zip(tokens, seeds, strict=True)
    ]


class ExactCopies(NamedTuple):
    """Rows in groups of exact copies."""

    counts: I64  # (n,): tokens
    order: I64  # (n,): rows as they are taken
    leader: I64  # (n,): the first row taken with the same tokens
    leads: Flags  # (n,): whether a row is its own leader


def group_exact_copies(
    counts: I64,
    prints: U64,
    order_of: Order,
    number_prints: NumberPrints | None = None,
    memory: Memory = IN_RAM,
) -> ExactCopies:
    """Group rows by their fingerprints, by the compiled core.

    Parameters
    ----------
    prints
        (n, 2): fingerprints of the tokens; numbers are added to those of copies.
    number_prints
        If rows with other numbers are no exact copies. Their numbers are read only where rows have
        the same tokens.
    """
    order = memory.store(np.ascontiguousarray(order_of(counts), np.int64))
    leader, leads = find_leaders(order, counts, prints, memory)
    if number_prints is not None:
        copies = ~leads
        copies[leader[copies]] = True
        numbers = number_prints(copies)
        if numbers.any():
            prints[:, 1] ^= numbers
            leader, leads = find_leaders(order, counts, prints, memory)
    return ExactCopies(counts, order, leader, leads)


def find_leaders(
    order: I64, counts: I64, prints: U64, memory: Memory = IN_RAM
) -> tuple[I64, Flags]:
    """Return the first row, in the order taken, that has the fingerprint of each row, (n,).

    And whether a row is the first one itself, (n,).

    Parameters
    ----------
    counts
        (n,): tokens. A row without any leads itself.
    prints
        (n, 2): fingerprints.
    """
    size = max(1024, 1 << (2 * len(order) - 1).bit_length())
    leader, leads = arange(len(order), memory), memory.empty(len(order), np.bool_)
    first = memory.full(size, -1, np.int64)
    for own in batch_slices(len(order), memory):  # the table is read at random
        rows = order[own]
        core.lead_rows(rows, counts, prints, first, leader)
        leads[rows] = leader[rows] == rows
    return leader, leads
