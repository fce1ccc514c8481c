"""Chunks of pairs of a key and a row, packed and unpacked, as ``store.chunks`` specifies."""

import numpy as np

from dedup.kernels.chunk import Head, bits_of, head_of, pair_at, place_of, whole, words_for
from dedup.kernels.jit import compiled, unallocating
from dedup.kernels.room import trimmed
from dedup.kernels.scalar import U
from dedup.records import I64, U64

ROWS = 0xFFFFFFFF  # the bits of a row


@compiled
def pack_run(pairs: U64, bits: int, in_bucket: int, wide: int) -> tuple[I64, I64, U64]:
    """Pack sorted pairs; return the numbers of the chunks, where each ends, and their words."""
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
        log = min(bits_of(max(count // in_bucket, 1)) - 1, span)
        step = 32 if count >= wide else 16
        begin = 2 + words_for(((1 << log) + 1) * step)
        more = begin + words_for(count * (span - log + width))
        words = _with_zeros(words, size, more)
        words[size] = U(count) | least << U(32)
        words[size + 1] = U(span - log) | U(width) << U(8) | U(log) << U(16)
        head = Head(count, whole(least), span - log, width, 1 << log, step, size + 2, size + begin)
        _write_places(words, head, pairs, start, span)
        _write_pairs(words, head, pairs, start)
        size += more
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
def _write_places(words: U64, head: Head, pairs: U64, start: int, span: int) -> None:
    """Write which pair is the first of each bucket, and how many there are."""
    mask, per_word = (U(1) << U(span)) - U(1), 64 // head.step
    place = 0
    for bucket in range(head.buckets + 1):
        first = U(bucket) << U(head.shift)
        while place < head.pairs and (pairs[start + place] >> U(32) & mask) < first:
            place += 1
        word = head.places + bucket // per_word
        words[word] |= U(place) << U(bucket % per_word * head.step)


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
    low, place, least = (U(1) << U(head.width)) - U(1), 0, U(head.least)
    for bucket in range(head.buckets):
        stop, above = place_of(words, head, bucket + 1), first + (U(bucket) << U(head.shift))
        while place < stop:
            value = pair_at(words, head, place)
            key = above + (value >> U(head.width))
            pairs[taken + place] = key << U(32) | (least + (value & low))
            place += 1
    return taken + head.pairs
