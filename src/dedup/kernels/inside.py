"""The blocks of one text matched by counting what they share: ``decide.match_inside``, compiled."""

from typing import NamedTuple

import numpy as np

from dedup.kernels.jit import compiled, unallocating
from dedup.kernels.scalar import U
from dedup.records import F64, I64, U64


class _Holders(NamedTuple):
    """Which rows have a shingle: lists of rows, found by open addressing."""

    slots: U64
    heads: I64  # the last entry of a shingle's list, -1 where a slot is free
    rows: I64  # by entry,
    before: I64  # and the entry before it in its list


class _Met(NamedTuple):
    """The rows that share shingles with the one at hand."""

    rows: I64
    hits: I64  # (n,): zeros between two rows


@compiled
def match_blocks(
    shingles: U64,
    offsets: I64,
    order: I64,
    leader: I64,
    threshold: float,
    contained: bool,
    witness: I64,
    similarity: F64,
) -> None:
    """Match rows against the rows that stand so far.

    Parameters
    ----------
    shingles, offsets
        n sets, as rows of a ``Ragged``.
    order
        (m,): the rows with tokens, as they are taken.
    leader
        (n,): the first row taken with the same tokens.
    witness, similarity
        (n,): where the result is written, as ``decide.Matches`` has it; before, what it is for
        rows that repeat none.
    """
    total, count, size = len(shingles), len(offsets) - 1, 64
    while size < 2 * total:
        size *= 2
    holders = _Holders(
        np.empty(size, np.uint64),
        np.full(size, -1, np.int64),
        np.empty(total, np.int64),
        np.empty(total, np.int64),
    )
    met = _Met(np.empty(count, np.int64), np.zeros(count, np.int64))
    standing = np.full(count, -1, np.int64)
    entries = 0
    for row in order:
        if standing[leader[row]] >= 0:
            witness[row], similarity[row] = standing[leader[row]], 1.0
            continue
        others = _meet(shingles, offsets[row], offsets[row + 1], holders, met)
        found, score = _best(offsets, row, others, contained, met)
        if score >= threshold:
            witness[row], similarity[row] = found, score
            continue
        standing[leader[row]] = row
        for place in range(offsets[row], offsets[row + 1]):
            slot = _slot(shingles[place], holders)
            holders.slots[slot] = shingles[place]
            holders.rows[entries], holders.before[entries] = row, holders.heads[slot]
            holders.heads[slot] = entries
            entries += 1


@unallocating
def _slot(shingle: U, holders: _Holders) -> np.int64:
    size = len(holders.slots)
    slot = np.int64(shingle & U(size - 1))
    while holders.heads[slot] >= 0 and holders.slots[slot] != shingle:
        slot = (slot + 1) & (size - 1)
    return slot


@unallocating
def _meet(shingles: U64, first: int, stop: int, holders: _Holders, met: _Met) -> int:
    """Count what the standing rows share with some shingles; return how many rows share any."""
    others = 0
    for place in range(first, stop):
        entry = holders.heads[_slot(shingles[place], holders)]
        while entry >= 0:
            other = holders.rows[entry]
            if met.hits[other] == 0:
                met.rows[others] = other
                others += 1
            met.hits[other] += 1
            entry = holders.before[entry]
    return others


@unallocating
def _best(offsets: I64, row: int, others: int, contained: bool, met: _Met) -> tuple[int, float]:
    """Return the most similar of the rows that were met, of equal ones the lowest; forget all."""
    found, score, own = row, 0.0, offsets[row + 1] - offsets[row]
    for number in range(others):
        other = met.rows[number]
        hits, met.hits[other] = met.hits[other], 0
        whole = own if contained else own + offsets[other + 1] - offsets[other] - hits
        value = hits / whole
        if value > score or (value == score and other < found):
            found, score = other, value
    return found, score
