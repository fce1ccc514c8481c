"""Chunks of pairs of a key and a row, packed and unpacked, as ``store.chunks`` specifies."""

import numpy as np

from dedup.kernels.chunk import (
    PLACE,
    SAMPLED,
    Head,
    bits_of,
    head_at,
    head_of,
    pair_at,
    whole,
    zeros_of,
)
from dedup.kernels.jit import compiled, inlined, unallocating
from dedup.kernels.room import trimmed
from dedup.kernels.scalar import U
from dedup.records import I64, U64

ROWS = 0xFFFFFFFF  # the bits of a row
MOST = 1 << 15  # pairs of a chunk, at most


@compiled
def pack_run(pairs: U64, room: int) -> tuple[I64, U64]:
    """Pack sorted pairs, one at least; return where each chunk ends, and the words of all.

    Parameters
    ----------
    pairs
        (n,): keys above rows.
    room
        Words of a chunk, at most.
    """
    total, least, most = len(pairs), ~U(0), U(0)
    for pair in pairs:
        least, most = min(least, pair & U(ROWS)), max(most, pair & U(ROWS))
    base, width = whole(least), bits_of(whole(most - least))
    ends, words = np.empty(total, np.int64), np.zeros(1 << 12, np.uint64)
    size, chunks, start = 0, 0, 0
    while start < total:
        low, high = 1, min(total - start, MOST)
        while low < high:
            middle = (low + high + 1) >> 1
            if _head_for(0, pairs, start, middle, base, width).end <= room:
                low = middle
            else:
                high = middle - 1
        head = _head_for(size, pairs, start, low, base, width)
        words = _with_zeros(words, size, head.end + 1 - size)
        words[size] = U(head.first) | least << U(32)
        words[size + 1] = U(low) | U(head.buckets) << U(16)
        words[size + 1] |= U(head.shift) << U(32) | U(width) << U(40)
        _write_flags(words, head, pairs, start)
        _write_pairs(words, head, pairs, start)
        start, size, ends[chunks] = start + low, head.end, head.end
        chunks += 1
    return trimmed(ends, chunks), trimmed(words, size)


@unallocating
def _head_for(at: int, pairs: U64, start: int, count: int, base: int, width: int) -> Head:
    """Return the head that a chunk of so many pairs has."""
    first = whole(pairs[start] >> U(32))
    span = whole(pairs[start + count - 1] >> U(32)) - first
    shift = max(bits_of(span // count) - 1, 0)
    return head_at(at, count, first, base, (span >> shift) + 1, shift, width)


@compiled
def _with_zeros(words: U64, size: int, more: int) -> U64:
    """Return words with room for more, which are zero."""
    if size + more <= len(words):
        return words
    larger = np.zeros(2 * (size + more), np.uint64)
    for place in range(size):
        larger[place] = words[place]
    return larger


@unallocating
def _write_flags(words: U64, head: Head, pairs: U64, start: int) -> None:
    """Write how many pairs each bucket has, and how many there are before some of them."""
    sample = 0
    for place in range(head.pairs):
        bucket = _distance(pairs[start + place], head) >> head.shift
        while sample * SAMPLED <= bucket:
            sample = _write_place(words, head, sample, place)
        bit = bucket + place
        words[head.flags + (bit >> 6)] |= U(1) << U(bit & 63)
    while sample * SAMPLED <= head.buckets:
        sample = _write_place(words, head, sample, head.pairs)


@inlined
def _write_place(words: U64, head: Head, sample: int, place: int) -> int:
    """Write how many pairs there are before a bucket; return the number of the next one."""
    bit = sample * PLACE
    words[head.places + (bit >> 6)] |= U(place) << U(bit & 63)
    return sample + 1


@inlined
def _distance(pair: U, head: Head) -> int:
    """Return how far the key of a pair is from the first one."""
    return whole(pair >> U(32)) - head.first


@unallocating
def _write_pairs(words: U64, head: Head, pairs: U64, start: int) -> None:
    mask, bits = (1 << head.shift) - 1, head.shift + head.width
    for place in range(head.pairs):
        pair = pairs[start + place]
        low = U(_distance(pair, head) & mask)
        value = low << U(head.width) | ((pair & U(ROWS)) - U(head.least))
        word, offset = head.begin + (place * bits >> 6), U(place * bits & 63)
        words[word] |= value << offset
        words[word + 1] |= value >> U(1) >> (U(63) - offset)  # often nothing: sooner than to ask


@compiled
def unpack_run(words: U64, starts: I64) -> U64:
    """Return the pairs of chunks, each of which begins at a word."""
    total = 0
    for at in starts:
        total += head_of(words, at).pairs
    pairs, taken = np.empty(total, np.uint64), 0
    for at in starts:
        taken = _unpack(words, head_of(words, at), pairs, taken)
    return pairs


@unallocating
def _unpack(words: U64, head: Head, pairs: U64, taken: int) -> int:
    low, least, first = (U(1) << U(head.width)) - U(1), U(head.least), U(head.first)
    place, begin, at = 0, 0, head.flags
    while place < head.pairs:
        word = words[at]
        while word:  # each bit that is set is a pair: its place, and the buckets that ended before
            bucket = begin + zeros_of(word) - place
            value = pair_at(words, head, place)
            key = first + (U(bucket) << U(head.shift)) + (value >> U(head.width))
            pairs[taken + place] = key << U(32) | (least + (value & low))
            place += 1
            word &= word - U(1)
        begin, at = begin + 64, at + 1
    return taken + head.pairs
