"""Chunks of pairs of a key and a row, packed and searched: what ``store.chunks`` specifies."""

import numpy as np

from dedup.kernels.jit import compiled, inlined, unallocating
from dedup.kernels.room import trimmed, with_room
from dedup.kernels.scalar import U
from dedup.records import I64, U64

FEW = 32  # pairs that are walked through
SPARSE = 4  # pairs a key, up to which all pairs of a chunk are


@inlined
def _bits_of(value: int) -> int:
    bits = 0
    while value > 0:
        value >>= 1
        bits += 1
    return bits


@compiled
def pack_runs(pairs: U64, bits: int, in_bucket: int, wide: int) -> tuple[I64, I64, U64]:
    """Pack sorted pairs; return the numbers of the chunks, where each ends, and their words."""
    span, total = 32 - bits, len(pairs)
    numbers, ends = np.empty(total, np.int64), np.empty(total, np.int64)
    words, size, chunks, start = np.zeros(1 << 12, np.uint64), 0, 0, 0
    while start < total:
        number = np.int64(pairs[start] >> U(32) >> U(span))
        stop, least, most = start, ~U(0), U(0)
        while stop < total and np.int64(pairs[stop] >> U(32) >> U(span)) == number:
            row = pairs[stop] & U(0xFFFFFFFF)
            least, most = min(least, row), max(most, row)
            stop += 1
        count, width = stop - start, _bits_of(np.int64(most - least))
        buckets = min(_bits_of(max(count // in_bucket, 1)) - 1, span)
        shift = span - buckets
        step = 32 if count >= wide else 16
        begin = 2 + (((1 << buckets) + 1) * step + 63) // 64
        more = begin + (count * (shift + width) + 63) // 64
        words = _roomy(words, size, more)
        words[size] = U(count) | least << U(32)
        words[size + 1] = U(shift) | U(width) << U(8) | U(buckets) << U(16)
        _write(words, size, begin, pairs, start, stop, span, shift, width, buckets, step, least)
        size += more
        numbers[chunks], ends[chunks] = number, size
        chunks += 1
        start = stop
    return trimmed(numbers, chunks), trimmed(ends, chunks), trimmed(words, size)


@compiled
def _roomy(words: U64, size: int, more: int) -> U64:
    """Return words with room for more, which are zero."""
    if size + more <= len(words):
        return words
    larger = np.zeros(2 * (size + more), np.uint64)
    for place in range(size):
        larger[place] = words[place]
    return larger


@unallocating
def _write(
    words: U64,
    at: int,
    begin: int,
    pairs: U64,
    start: int,
    stop: int,
    span: int,
    shift: int,
    width: int,
    buckets: int,
    step: int,
    least: U,
) -> None:
    mask, low = U((1 << span) - 1), U((1 << shift) - 1)
    bucket, per_word = 0, 64 // step
    for place in range(start, stop + 1):
        own = (1 << buckets) + 1
        if place < stop:
            own = np.int64((pairs[place] >> U(32) & mask) >> U(shift)) + 1
        while bucket < own:
            word = at + 2 + bucket // per_word
            words[word] |= U(place - start) << U(bucket % per_word * step)
            bucket += 1
        if place == stop:
            break
        value = ((pairs[place] >> U(32)) & low) << U(width)
        value |= (pairs[place] & U(0xFFFFFFFF)) - least
        bit = (place - start) * (shift + width)
        word, offset = at + begin + (bit >> 6), bit & 63
        words[word] |= value << U(offset)
        if offset + shift + width > 64:
            words[word + 1] |= value >> U(64 - offset)


@inlined
def _read(words: U64, at: int, bit: int, bits: int) -> U:
    """Return a value of so many bits."""
    word, offset = at + (bit >> 6), bit & 63
    value = words[word] >> U(offset)
    if offset + bits > 64:
        value |= words[word + 1] << U(64 - offset)
    if bits < 64:
        value &= (U(1) << U(bits)) - U(1)
    return value


@compiled
def unpack_runs(words: U64, starts: I64, firsts: U64) -> U64:
    """Return the pairs of chunks, of each of which ``firsts`` has the least key."""
    total = 0
    for chunk in range(len(starts)):
        total += np.int64(words[starts[chunk]] & U(0xFFFFFFFF))
    pairs, taken = np.empty(total, np.uint64), 0
    for chunk in range(len(starts)):
        taken = _unpack(words, starts[chunk], firsts[chunk], pairs, taken)
    return pairs


@unallocating
def _unpack(words: U64, at: int, first: U, pairs: U64, taken: int) -> int:
    count, least = np.int64(words[at] & U(0xFFFFFFFF)), words[at] >> U(32)
    shift, width = np.int64(words[at + 1] & U(0xFF)), np.int64(words[at + 1] >> U(8) & U(0xFF))
    buckets = np.int64(words[at + 1] >> U(16) & U(0xFF))
    step = 32 if count >= 65536 else 16
    begin = at + 2 + (((1 << buckets) + 1) * step + 63) // 64
    low, place = (U(1) << U(width)) - U(1), 0
    for bucket in range(1 << buckets):
        stop = np.int64(_read(words, at + 2, (bucket + 1) * step, step))
        above = first + (U(bucket) << U(shift))
        while place < stop:
            value = _read(words, begin, place * (shift + width), shift + width)
            pairs[taken + place] = (above + (value >> U(width))) << U(32) | (least + (value & low))
            place += 1
    return taken + int(count)


@compiled
def find_rows(
    words: U64,
    starts: I64,
    firsts: U64,
    lows: I64,
    highs: I64,
    keys: U64,
    floor: int,
    gone: I64,
    most: int,
) -> tuple[I64, I64]:
    """Return what chunks list under keys: places in ``keys``, and rows, the first ``most`` of each.

    Parameters
    ----------
    starts, firsts
        (c,): where each chunk begins, and its least key.
    lows, highs
        (c,): the keys that may be in it, ``keys[low:high]``.
    keys
        (k,): sorted and unique within the range of a chunk.
    floor, gone
        Rows below, and (g,) sorted rows, are there no more.
    """
    places, rows, taken = np.empty(1 << 10, np.int64), np.empty(1 << 10, np.int64), 0
    for chunk in range(len(starts)):
        at, first = starts[chunk], firsts[chunk]
        count, least = np.int64(words[at] & U(0xFFFFFFFF)), np.int64(words[at] >> U(32))
        shift = np.int64(words[at + 1] & U(0xFF))
        width = np.int64(words[at + 1] >> U(8) & U(0xFF))
        buckets = np.int64(words[at + 1] >> U(16) & U(0xFF))
        step = 32 if count >= 65536 else 16
        begin = at + 2 + (((1 << buckets) + 1) * step + 63) // 64
        bits, low = shift + width, (U(1) << U(width)) - U(1)
        if highs[chunk] - lows[chunk] > count // SPARSE:
            places, rows = with_room(places, taken, count), with_room(rows, taken, count)
            taken = _walk(
                words,
                at,
                first,
                keys,
                lows[chunk],
                highs[chunk],
                floor,
                gone,
                most,
                places,
                rows,
                taken,
            )
            continue
        for place in range(lows[chunk], highs[chunk]):
            key = keys[place] - first
            bucket = np.int64(key >> U(shift))
            wanted = key & ((U(1) << U(shift)) - U(1))
            start = np.int64(_read(words, at + 2, bucket * step, step))
            last = np.int64(_read(words, at + 2, (bucket + 1) * step, step))
            stop = last
            while stop - start > FEW:
                middle = (start + stop) >> 1
                if _read(words, begin, middle * bits, bits) >> U(width) < wanted:
                    start = middle + 1
                else:
                    stop = middle
            found = 0
            while start < last and found < most:
                value = _read(words, begin, start * bits, bits)
                start += 1
                if value >> U(width) < wanted:
                    continue
                if value >> U(width) > wanted:
                    break
                row = least + np.int64(value & low)
                if row >= floor and not _holds(gone, row):
                    places, rows = with_room(places, taken, 1), with_room(rows, taken, 1)
                    places[taken], rows[taken] = place, row
                    taken, found = taken + 1, found + 1
    return trimmed(places, taken), trimmed(rows, taken)


@unallocating
def _walk(
    words: U64,
    at: int,
    first: U,
    keys: U64,
    place: int,
    end: int,
    floor: int,
    gone: I64,
    most: int,
    places: I64,
    rows: I64,
    taken: int,
) -> int:
    """Go through all pairs of a chunk, and through the keys beside them."""
    count, least = np.int64(words[at] & U(0xFFFFFFFF)), np.int64(words[at] >> U(32))
    shift, width = np.int64(words[at + 1] & U(0xFF)), np.int64(words[at + 1] >> U(8) & U(0xFF))
    buckets = np.int64(words[at + 1] >> U(16) & U(0xFF))
    step = 32 if count >= 65536 else 16
    begin = at + 2 + (((1 << buckets) + 1) * step + 63) // 64
    low, number, found = (U(1) << U(width)) - U(1), 0, 0
    for bucket in range(1 << buckets):
        stop = np.int64(_read(words, at + 2, (bucket + 1) * step, step))
        above = first + (U(bucket) << U(shift))
        while number < stop:
            value = _read(words, begin, number * (shift + width), shift + width)
            number += 1
            key = above + (value >> U(width))
            while place < end and keys[place] < key:
                place, found = place + 1, 0
            if place == end:
                return taken
            if keys[place] > key or found == most:
                continue
            row = least + np.int64(value & low)
            if row >= floor and not _holds(gone, row):
                places[taken], rows[taken] = place, row
                taken, found = taken + 1, found + 1
    return taken


@unallocating
def _holds(values: I64, wanted: int) -> bool:
    """Tell whether sorted values have one."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low < len(values) and values[low] == wanted
