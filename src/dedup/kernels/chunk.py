"""How a chunk of pairs of a key and a row lies in words of 64 bits: see ``store.chunks``."""

from typing import NamedTuple

import numpy as np

from dedup.kernels.jit import inlined, unallocating
from dedup.kernels.scalar import U
from dedup.records import U64

SAMPLED = 64  # buckets between two places that are written down
PLACE = 16  # bits of such a place


class Head(NamedTuple):
    """What the first words of a chunk say, and where the others are."""

    pairs: int
    first: int  # key
    least: int  # row
    buckets: int
    shift: int  # bits of a key within its bucket
    width: int  # bits of a row above the least one
    places: int  # the word where the places begin,
    flags: int  # that where the bits of the buckets do,
    begin: int  # that where the pairs do,
    end: int  # and that behind them


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


@unallocating
def head_at(
    at: int, pairs: int, first: int, least: int, buckets: int, shift: int, width: int
) -> Head:
    """Return the head of a chunk that begins at a word."""
    flags = at + 2 + words_for(PLACE * (buckets // SAMPLED + 1))
    begin = flags + words_for(pairs + buckets)
    end = begin + words_for(pairs * (shift + width))
    return Head(pairs, first, least, buckets, shift, width, at + 2, flags, begin, end)


@inlined
def read(words: U64, at: int, bit: int, bits: int) -> U:
    """Return the value of so many bits, below 64, that begins at a bit behind a word.

    One word more is looked at than has any of them: a branch would be guessed wrong too often.
    """
    word, offset = at + (bit >> 6), U(bit & 63)
    value = words[word] >> offset | words[word + 1] << U(1) << (U(63) - offset)
    return value & ((U(1) << U(bits)) - U(1))  # type: ignore[no-any-return]


@unallocating
def head_of(words: U64, at: int) -> Head:
    """Read the head of the chunk that begins at a word."""
    keys, sizes = words[at], words[at + 1]
    return head_at(
        at,
        whole(sizes & U(0xFFFF)),
        whole(keys & U(0xFFFFFFFF)),
        whole(keys >> U(32)),
        whole(sizes >> U(16) & U(0xFFFF)),
        whole(sizes >> U(32) & U(0xFF)),
        whole(sizes >> U(40) & U(0xFF)),
    )


@inlined
def flag_at(words: U64, head: Head, bit: int) -> bool:
    """Tell whether there is another pair in the bucket of which a bit is."""
    return bool(words[head.flags + (bit >> 6)] >> U(bit & 63) & U(1))


@unallocating
def bit_of(words: U64, head: Head, bucket: int) -> int:
    """Return where the bits of a bucket begin; its first pair is that less the bucket's number."""
    sample = bucket // SAMPLED
    bit = whole(read(words, head.places, sample * PLACE, PLACE)) + sample * SAMPLED
    left = bucket - sample * SAMPLED
    while left > 0:
        word = ~words[head.flags + (bit >> 6)] >> U(bit & 63)
        size = 64 - (bit & 63)
        ends = _ones(word)  # beyond the word there are none: zeros come in
        if ends < left:
            left, bit = left - ends, bit + size
            continue
        for _ in range(left - 1):
            word &= word - U(1)
        return bit + zeros_of(word) + 1  # the last of them is the end of the bucket before
    return bit


@inlined
def zeros_of(word: U) -> int:
    """Return how many zeros there are behind the last bit that is set."""
    return _ones(~word & (word - U(1)))


@inlined
def _ones(word: U) -> int:
    """Count the bits that are set (Warren, Hacker's Delight, ch. 5)."""
    word -= word >> U(1) & U(0x5555555555555555)
    word = (word & U(0x3333333333333333)) + (word >> U(2) & U(0x3333333333333333))
    word = word + (word >> U(4)) & U(0x0F0F0F0F0F0F0F0F)
    return whole(word * U(0x0101010101010101) >> U(56))


@unallocating
def pair_at(words: U64, head: Head, number: int) -> U:
    """Return a pair: what is left of its key, above its row less the least one."""
    bits = head.shift + head.width
    return read(words, head.begin, number * bits, bits)
