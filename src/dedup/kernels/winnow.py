"""The smallest shingle of each window: equal windows have it at the same place (winnowing).

Schleimer, Wilkerson and Aiken 2003, "Winnowing: local algorithms for document fingerprinting". Of
shingles of w tokens, two in k - w + 2 are the smallest of a window of k. Windows with one and the
same smallest shingle lie in a row; what is noted is each such row.
"""

from typing import NamedTuple

import numpy as np

from dedup.kernels.jit import compiled, unallocating
from dedup.kernels.room import trimmed, with_room
from dedup.kernels.rows import PIECE_BYTES, PIECE_ROWS, Texts, hash_tokens
from dedup.kernels.scalar import U, mix
from dedup.records import I64, U32, U64

BASE = U(0x9E3779B97F4A7C15)  # of the polynomials that roll over tokens
ROW, BEGIN, TOKENS, HEAD, TAIL, LAST, TAKEN, SALT = range(8)  # what is known between two batches


class Queue(NamedTuple):
    """The last tokens of a row, and the shingles that may yet be the smallest, in rings."""

    tokens: U64
    shingles: U64  # none smaller than the one before it
    places: I64


class Noted(NamedTuple):
    """Smallest shingles, and the windows that they are the smallest of."""

    hashes: U64
    starts: I64  # the first window,
    lengths: U32  # and how many there are


def width_of(size: int) -> int:
    """Return how many tokens a shingle has, for windows of so many."""
    # Longer ones are shared by fewer windows that differ, shorter ones are noted more rarely.
    return max(size // 3, 1)


@unallocating
def power(exponent: int) -> U:
    """Return what a token is multiplied by that is so many tokens back."""
    result = U(1)
    for _ in range(exponent):
        result *= BASE
    return result


@compiled
def winnow(
    pieces: Texts, owners: I64, first: int, last: int, size: int, width: int, apart: bool
) -> tuple[I64, U64, I64, U32]:
    """Note the windows of rows by their smallest shingles, the leftmost of equal ones.

    Parameters
    ----------
    pieces
        What ``cut_rows`` gives of all rows.
    owners
        (n + 1,): the first piece of each row.
    size, width
        Tokens of a window and of a shingle.
    apart
        Whether equal shingles of two rows are noted as two: equal windows of one row have one.

    Returns
    -------
    counts
        (p,): the tokens of each piece of these rows.
    hashes, starts, lengths
        (m,): smallest shingles, the first window that each is the smallest of, with tokens counted
        from the first of these rows, and how many windows there are.
    """
    offsets, begin, end = pieces.offsets, owners[first], owners[last]
    longest = 0
    for piece in range(begin, end):
        longest = max(longest, offsets[piece + 1] - offsets[piece])
    room = max(longest, PIECE_BYTES) + 1
    tokens, seconds = np.empty(room, np.uint64), np.empty(room, np.uint64)
    ends, counts = np.empty(PIECE_ROWS + 1, np.int64), np.empty(end - begin, np.int64)
    slots = 8
    while slots <= size:
        slots *= 2
    queue = Queue(np.empty(slots, np.uint64), np.empty(slots, np.uint64), np.empty(slots, np.int64))
    state, rolled = np.zeros(8, np.int64), np.zeros(1, np.uint64)
    hashes, starts = np.empty(1 << 10, np.uint64), np.empty(1 << 10, np.int64)
    lengths = np.empty(1 << 10, np.uint32)
    state[ROW], factor = first - 1, power(width)
    piece = begin
    while piece < end:
        until = piece + 1
        while (
            until < end
            and until - piece < PIECE_ROWS
            and offsets[until + 1] - offsets[piece] <= PIECE_BYTES
        ):
            until += 1
        count = _hashed(pieces, piece, until, tokens, seconds, ends)
        hashes = with_room(hashes, state[TAKEN], count)
        starts = with_room(starts, state[TAKEN], count)
        lengths = with_room(lengths, state[TAKEN], count)
        for at in range(until - piece):
            counts[piece + at - begin] = ends[at + 1] - ends[at]
            row, before = state[ROW], state[ROW]
            while owners[row + 1] <= piece + at:
                row += 1
            if row != before:
                state[ROW], state[BEGIN], state[LAST] = row, state[TOKENS], -1
                state[HEAD] = state[TAIL] = 0
                state[SALT] = row if apart else 0
                rolled[0] = U(0)
            noted = Noted(hashes, starts, lengths)
            _roll(tokens, ends[at], ends[at + 1], size, width, factor, queue, state, rolled, noted)
        piece = until
    taken = state[TAKEN]
    return counts, trimmed(hashes, taken), trimmed(starts, taken), trimmed(lengths, taken)


@unallocating
def _hashed(pieces: Texts, first: int, last: int, tokens: U64, seconds: U64, ends: I64) -> int:
    return hash_tokens(pieces, first, last, tokens, seconds, ends)


@unallocating
def _roll(
    tokens: U64,
    first: int,
    last: int,
    size: int,
    width: int,
    factor: U,
    waiting: Queue,
    state: I64,
    rolled: U64,
    noted: Noted,
) -> None:
    """Go on with some tokens of a row."""
    (ring, queue, places), (hashes, starts, lengths) = waiting, noted
    mask, value = U(len(ring) - 1), rolled[0]
    at, begin, taken = U(state[TOKENS]), U(state[BEGIN]), U(state[TAKEN])
    head, tail, last_noted = U(state[HEAD]), U(state[TAIL]), state[LAST]
    salt = U(state[SALT])  # two rows never get one hash for one shingle
    for place in range(U(first), U(last)):
        token = tokens[place]
        known = at - begin  # tokens of the row before this one
        ring[at & mask] = token
        value = value * BASE + token
        if known >= U(width):
            value -= ring[(at - U(width)) & mask] * factor
        at += U(1)
        if known + U(1) < U(width):
            continue
        shingle = mix(value)
        while tail > head and queue[(tail - U(1)) & mask] > shingle:
            tail -= U(1)
        queue[tail & mask], places[tail & mask] = shingle, np.int64(at - U(width))
        tail += U(1)
        if known + U(1) < U(size):
            continue
        start = np.int64(at - U(size))
        while places[head & mask] < start:
            head += U(1)
        smallest = places[head & mask]
        if smallest == last_noted:
            lengths[taken - U(1)] += np.uint32(1)
            continue
        last_noted = smallest
        hashes[taken], starts[taken], lengths[taken] = queue[head & mask] ^ salt, start, 1
        taken += U(1)
    state[TOKENS], state[TAKEN], state[LAST] = np.int64(at), np.int64(taken), last_noted
    state[HEAD], state[TAIL] = np.int64(head), np.int64(tail)
    rolled[0] = value
