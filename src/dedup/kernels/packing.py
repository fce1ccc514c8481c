"""Chunks of pairs of a key and a row, packed and unpacked, as ``store.chunks`` specifies."""

import numpy as np

from dedup.kernels.chunk import (
    SAMPLED,
    Head,
    bits_of,
    flag_at,
    head_at,
    head_of,
    pair_at,
    step_of,
    whole,
    words_for,
)
from dedup.kernels.jit import compiled, unallocating
from dedup.kernels.room import trimmed
from dedup.kernels.scalar import U
from dedup.records import I64, U64

ROWS = 0xFFFFFFFF  # the bits of a row


@compiled
def pack_run(pairs: U64, bits: int) -> tuple[I64, I64, U64]:
    """Pack sorted pairs; return the numbers of the chunks, where each ends, and their words.

    Parameters
    ----------
    pairs
        (n,): keys above rows.
    bits
        The upper bits of a key that are the number of its chunk.
    """
    span, total = 32 - bits, len(pairs)
    numbers, ends = np.empty(total, np.int64), np.empty(total, np.int64)
    words, size, chunks, start = np.zeros(1 << 12, np.uint64), 0, 0, 0
    while start < total:
        number = whole(pairs[start] >> U(32) >> U(span))
        stop, least, most = start, ~U(0), U(0)
        while stop < total and whole(pairs[stop] >> U(32) >> U(span)) == number:
            row = pairs[stop] & U(ROWS)
            least, most = min(least, row), max(most, row)
            stop += 1
        count, width = stop - start, bits_of(whole(most - least))
        log = min(bits_of(count - 1), span)
        head = head_at(size, count, whole(least), span - log, width, log)
        end = head.begin + words_for(count * (head.shift + width))
        words = _with_zeros(words, size, end - size)
        words[size] = U(count) | least << U(32)
        words[size + 1] = U(head.shift) | U(width) << U(8) | U(log) << U(16)
        _write_flags(words, head, pairs, start, span)
        _write_pairs(words, head, pairs, start)
        size = end
        numbers[chunks], ends[chunks] = number, size
        chunks += 1
        start = stop
    return trimmed(numbers, chunks), trimmed(ends, chunks), trimmed(words, size)


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
def _write_flags(words: U64, head: Head, pairs: U64, start: int, span: int) -> None:
    """Write how many pairs each bucket has, and how many there are before some of them."""
    mask, step = (U(1) << U(span)) - U(1), step_of(head.pairs)
    place = 0
    for bucket in range(head.buckets + 1):
        if bucket % SAMPLED == 0:
            word = head.places + bucket // SAMPLED * step // 64
            words[word] |= U(place) << U(bucket // SAMPLED * step % 64)
        while place < head.pairs:
            if whole((pairs[start + place] >> U(32) & mask) >> U(head.shift)) != bucket:
                break
            bit = bucket + place
            words[head.flags + (bit >> 6)] |= U(1) << U(bit & 63)
            place += 1


@unallocating
def _write_pairs(words: U64, head: Head, pairs: U64, start: int) -> None:
    low, bits = (U(1) << U(head.shift)) - U(1), head.shift + head.width
    for place in range(head.pairs):
        pair = pairs[start + place]
        value = (pair >> U(32) & low) << U(head.width) | ((pair & U(ROWS)) - U(head.least))
        word, offset = head.begin + (place * bits >> 6), place * bits & 63
        words[word] |= value << U(offset)
        if offset + bits > 64:
            words[word + 1] |= value >> U(64 - offset)


@compiled
def unpack_run(words: U64, starts: I64, firsts: U64) -> U64:
    """Return the pairs of chunks, of each of which ``firsts`` has the least key."""
    total = 0
    for chunk in range(len(starts)):
        total += head_of(words, starts[chunk]).pairs
    pairs, taken = np.empty(total, np.uint64), 0
    for chunk in range(len(starts)):
        taken = _unpack(words, head_of(words, starts[chunk]), firsts[chunk], pairs, taken)
    return pairs


@unallocating
def _unpack(words: U64, head: Head, first: U, pairs: U64, taken: int) -> int:
    low, least, bucket, bit = (U(1) << U(head.width)) - U(1), U(head.least), 0, 0
    for place in range(head.pairs):
        while not flag_at(words, head, bit):
            bucket, bit = bucket + 1, bit + 1
        bit += 1
        value = pair_at(words, head, place)
        key = first + (U(bucket) << U(head.shift)) + (value >> U(head.width))
        pairs[taken + place] = key << U(32) | (least + (value & low))
    return taken + head.pairs
