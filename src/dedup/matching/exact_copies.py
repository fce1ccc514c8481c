"""Exact copies: rows with the same tokens and, where numeric variants stay, the same numbers."""

import numpy as np
import xxhash

from dedup.records import I64, U64, Ragged


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
