"""Exact copies: rows with the same tokens and, where numeric variants stay, the same numbers.

The first row of a group of exact copies, in processing order, is its *representative*. Only
representatives are compared with other rows; its copies follow it.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import xxhash

from dedup.arrays.array_types import I64, U64, Flags, Ragged
from dedup.arrays.long_arrays import arange, batch_slices
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.native import core

ProcessingOrder = Callable[[I64], I64]  # from the number of tokens of each row to the row numbers
NumberFingerprints = Callable[[Flags], U64]  # (n,): of the numbers of the wanted rows


def representatives(tokens: Ragged, order: I64, numbers: U64 | None = None) -> I64:
    """Return the representative of each row, (n,): the specification.

    Parameters
    ----------
    tokens
        n rows. A row without any is its own representative.
    order
        (n,): rows in processing order.
    numbers
        (n,): fingerprints of the numbers of each row; None if exact copies may differ in numbers.
    """
    representative = np.arange(len(tokens))
    first: dict[bytes, int] = {}
    fingerprints = token_fingerprints(tokens, numbers)
    for row in order[tokens.lengths[order] > 0].tolist():
        representative[row] = first.setdefault(fingerprints[row], row)
    return representative


def token_fingerprints(tokens: Ragged, numbers: U64 | None = None) -> list[bytes]:
    """Return the xxh3_128 of the tokens of each row, seeded by the fingerprint of its numbers."""
    seeds = [0] * len(tokens) if numbers is None else numbers.tolist()
    return [
        xxhash.xxh3_128_digest(row.tobytes(), seed) for row, seed in zip(tokens, seeds, strict=True)
    ]


class ExactCopies(NamedTuple):
    """Rows in groups of exact copies."""

    counts: I64  # (n,): tokens
    order: I64  # (n,): rows in processing order
    representative: I64  # (n,): first row, in processing order, of its group of exact copies
    is_representative: Flags  # (n,)


def group_exact_copies(
    counts: I64,
    fingerprints: U64,
    order_of: ProcessingOrder,
    number_fingerprints: NumberFingerprints | None = None,
    memory: Memory = IN_RAM,
) -> ExactCopies:
    """Group rows by their fingerprints, with the compiled core.

    Parameters
    ----------
    counts
        (n,): tokens.
    fingerprints
        (n, 2): of the tokens. Those of the numbers are added to the rows that need them.
    order_of
        Returns the processing order.
    number_fingerprints
        Returns fingerprints of numbers, where rows with other numbers are no exact copies. Only
        the numbers of rows with the same tokens are read.
    """
    order = memory.adopt(np.ascontiguousarray(order_of(counts), np.int64))
    representative, is_representative = find_representatives(order, counts, fingerprints, memory)
    if number_fingerprints is not None:
        has_copy = ~is_representative
        has_copy[representative[has_copy]] = True
        numbers = number_fingerprints(has_copy)
        if numbers.any():
            fingerprints[:, 1] ^= numbers
            representative, is_representative = find_representatives(
                order, counts, fingerprints, memory
            )
    return ExactCopies(counts, order, representative, is_representative)


def find_representatives(
    order: I64, counts: I64, fingerprints: U64, memory: Memory = IN_RAM
) -> tuple[I64, Flags]:
    """Return the representative of each row, (n,), and whether a row is one, (n,).

    Parameters
    ----------
    order
        (n,): rows in processing order.
    counts
        (n,): tokens. A row without any is its own representative.
    fingerprints
        (n, 2)
    """
    slots = max(1024, 1 << (2 * len(order) - 1).bit_length())
    representative = arange(len(order), memory)
    is_representative = memory.empty(len(order), np.bool_)
    first = memory.table(slots, np.int64, -1)  # a hash table of rows
    for batch in batch_slices(len(order), memory):  # the table is read at random
        rows = order[batch]
        core.find_representatives(rows, counts, fingerprints, first, representative)
        is_representative[rows] = representative[rows] == rows
    return representative, is_representative
