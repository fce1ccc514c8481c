"""How a chunk of pairs of a key and a row lies in words of 64 bits: see ``store.chunks``."""

from typing import NamedTuple

import numpy as np

from dedup.kernels.jit import inlined, unallocating
from dedup.kernels.scalar import U
from dedup.records import U64

WIDE = 1 << 16  # pairs of a chunk in which places take 32 bits


class Head(NamedTuple):
    """What the first words of a chunk say, and where the others are."""

    pairs: int
    least: int  # of their rows
    shift: int  # bits of a key in its bucket
    width: int  # bits of a row above the least one
    buckets: int
    step: int  # bits of a place
    places: int  # the word where the places of the buckets begin,
    begin: int  # and that where the pairs do


@inlined
def whole(value: U) -> int:
    """Return a number as a signed one."""
    return np.int64(value)  # type: ignore[return-value]  # an int to numba


@inlined
def bits_of(value: int) -> int:
    """Return how many bits a number has."""
    bits = 0
    while value > 0:
        value >>= 1
        bits += 1
    return bits


@inlined
def words_for(bits: int) -> int:
    """Return how many words so many bits take."""
    return (bits + 63) // 64


@inlined
def read(words: U64, at: int, bit: int, bits: int) -> U:
    """Return the value of so many bits, 64 at most, that begins at a bit behind a word."""
    word, offset = at + (bit >> 6), bit & 63
    value = words[word] >> U(offset)
    if offset + bits > 64:
        value |= words[word + 1] << U(64 - offset)
    if bits < 64:
        value &= (U(1) << U(bits)) - U(1)
    return value  # type: ignore[no-any-return]


@unallocating
def head_of(words: U64, at: int) -> Head:
    """Read the head of the chunk that begins at a word."""
    pairs = whole(words[at] & U(0xFFFFFFFF))
    shift, width = whole(words[at + 1] & U(0xFF)), whole(words[at + 1] >> U(8) & U(0xFF))
    buckets = 1 << whole(words[at + 1] >> U(16) & U(0xFF))
    step = 32 if pairs >= WIDE else 16
    begin = at + 2 + words_for((buckets + 1) * step)
    return Head(pairs, whole(words[at] >> U(32)), shift, width, buckets, step, at + 2, begin)


@unallocating
def place_of(words: U64, head: Head, bucket: int) -> int:
    """Return the number of the first pair of a bucket."""
    return whole(read(words, head.places, bucket * head.step, head.step))


@unallocating
def pair_at(words: U64, head: Head, number: int) -> U:
    """Return a pair: what is left of its key, above its row less the least one."""
    bits = head.shift + head.width
    return read(words, head.begin, number * bits, bits)
