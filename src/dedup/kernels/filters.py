"""Which keys there are, told from a few bits: filters that never miss one (Bloom 1970)."""

import numpy as np

from dedup.kernels import spill
from dedup.kernels.jit import compiled, inlined, unallocating
from dedup.kernels.scalar import U, spread
from dedup.records import I64, U32, U64, Flags

COARSE = 22  # bits: half a megabyte


def new_filter(keys: int) -> U64:
    """Return an empty Bloom filter for so many keys, 4 to 8 in a word of 64 bits.

    It is (words, 2): which keys there are, and which are there more than once. A key is two
    bits of one word, so that one place in memory answers (a blocked filter, Putze et al. 2007).
    """
    words = 1024
    while words * 8 < keys and words < 1 << 26:
        words *= 2
    return spill.zeros((words, 2), np.uint64)


@inlined
def bits_of(key: np.uint32, words: int) -> tuple[np.int64, U]:
    """Return the word and the two bits of a key."""
    mixed = U(spread(key))
    place = mixed * U(words * 64) >> U(32)
    return np.int64(place >> U(6)), U(1) << (place & U(63)) | U(1) << (mixed & U(63))


@inlined
def note_key(key: np.uint32, noted: U64) -> None:
    """Note a key in a filter."""
    word, bits = bits_of(key, len(noted))
    if noted[word, 0] & bits == bits:
        noted[word, 1] |= bits
    noted[word, 0] |= bits


@compiled
def coarse_filter(keys: U32) -> U64:
    """Return a filter of keys by their upper bits alone, COARSE of them.

    Most of what long rows look up are small keys. So most large keys fall through this one,
    which is small enough for the cache and needs no arithmetic.
    """
    coarse = np.zeros(1 << (COARSE - 6), np.uint64)
    for place in range(len(keys)):
        upper = U(keys[place]) >> U(32 - COARSE)
        coarse[upper >> U(6)] |= U(1) << (upper & U(63))
    return coarse


@inlined
def coarsely(key: np.uint32, coarse: U64) -> int:
    """Return 1 if a key may be one of the filter's, else 0."""
    upper = U(key) >> U(32 - COARSE)
    return int(coarse[upper >> U(6)] >> (upper & U(63)) & U(1))


@compiled
def parted_keys(
    keys: U32, edges: I64, wanted: Flags, first: int, last: int, parts: int
) -> tuple[U32, I64]:
    """Sort the keys of the wanted rows into ``parts``, by their upper bits; return the bounds.

    The keys of row r are ``keys[edges[r]:edges[r + 1]]``. Those of a part meet in a part of the
    filters that fits in the cache.
    """
    bounds = np.zeros(parts + 1, np.int64)
    for row in range(first, last):
        if wanted[row]:
            for place in range(edges[row], edges[row + 1]):
                bounds[np.int64(U(spread(keys[place])) * U(parts) >> U(32)) + 1] += 1
    ends = np.empty_like(bounds)
    for number in range(parts):
        bounds[number + 1] += bounds[number]
        ends[number] = bounds[number]
    parted = np.empty(bounds[parts], np.uint32)
    for row in range(first, last):
        if wanted[row]:
            for place in range(edges[row], edges[row + 1]):
                part = np.int64(U(spread(keys[place])) * U(parts) >> U(32))
                parted[ends[part]] = keys[place]
                ends[part] += 1
    return parted, bounds


@unallocating
def note_keys(keys: U32, first: int, last: int, noted: U64) -> None:
    """Note some keys in a filter."""
    for place in range(first, last):
        note_key(keys[place], noted)


@unallocating
def note_bands(keys: U32, wanted: Flags, band: int, noted: U64, shared: Flags) -> None:
    """Note in ``shared`` (bands, n) which rows have a key of a band that another row has too.

    ``wanted`` (n,) are rows that count as others; ``keys`` is (bands, n); ``noted`` is an empty
    filter for n keys.
    """
    for row in range(keys.shape[1]):
        if wanted[row]:
            note_key(keys[band, row], noted)
    for row in range(keys.shape[1]):
        word, bits = bits_of(keys[band, row], len(noted))
        shared[band, row] = noted[word, 1] & bits == bits
