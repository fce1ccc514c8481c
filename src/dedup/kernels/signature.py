"""Rows to MinHash signatures."""

import numpy as np

from dedup.kernels.jit import compiled, unallocating
from dedup.kernels.rows import Texts, hash_piece, scratch_for, shingles_in
from dedup.records import U32, U64

LANES = 8  # shingles that one turn of the signature loop takes
_MOST = np.uint32(0xFFFFFFFF)


@unallocating
def _low_mixed(shingles: U64, start: int, count: int, mixed: U32) -> None:
    """Mix the low halves by MurmurHash3's finalizer, as datasketch's affine32 does."""
    for place in range(count):
        value = np.uint32(shingles[start + place])
        # numba multiplies in 64 bits, so each product is cut before it is shifted.
        value = np.uint32((value ^ (value >> np.uint32(16))) * np.uint32(0x85EBCA6B))
        value = np.uint32((value ^ (value >> np.uint32(13))) * np.uint32(0xC2B2AE35))
        mixed[place] = value ^ (value >> np.uint32(16))


@unallocating
def _signature(mixed: U32, count: int, factors: U32, shifts: U32, result: U32) -> None:
    """Take the least of every permutation; `result` has as many places as `factors`."""
    width = len(factors)
    for column in range(width):
        result[column] = _MOST
    if count < LANES:
        for place in range(count):
            value = mixed[place]
            for column in range(width):
                permuted = np.uint32(value * factors[column] + shifts[column])
                result[column] = min(result[column], permuted)
        return
    for turn in range(0, count, LANES):
        at = min(turn, count - LANES)  # the last turn takes some values again: no harm
        v0, v1, v2, v3 = mixed[at], mixed[at + 1], mixed[at + 2], mixed[at + 3]
        v4, v5, v6, v7 = mixed[at + 4], mixed[at + 5], mixed[at + 6], mixed[at + 7]
        for column in range(width):
            factor, shift = factors[column], shifts[column]
            least = result[column]
            least = min(least, np.uint32(v0 * factor + shift))
            least = min(least, np.uint32(v1 * factor + shift))
            least = min(least, np.uint32(v2 * factor + shift))
            least = min(least, np.uint32(v3 * factor + shift))
            least = min(least, np.uint32(v4 * factor + shift))
            least = min(least, np.uint32(v5 * factor + shift))
            least = min(least, np.uint32(v6 * factor + shift))
            least = min(least, np.uint32(v7 * factor + shift))
            result[column] = least


@compiled
def signatures(
    texts: Texts,
    first: int,
    last: int,
    factors: U32,
    shifts: U32,
    result: U32,
) -> None:
    """Write the MinHash signature of each row into ``result`` (n, num_perm)."""
    scratch = scratch_for(texts, first, last)
    mixed = np.empty(len(scratch.shingles), np.uint32)
    while first < last:
        until = hash_piece(texts, first, last, scratch)
        for row in range(first, until):
            start, stop = scratch.ends[row - first], scratch.ends[row - first + 1]
            count = shingles_in(stop - start, len(texts.places))
            _low_mixed(scratch.shingles, start, count, mixed)
            _signature(mixed, count, factors, shifts, result[row])
        first = until
