"""Rows that chunks of pairs list under keys, as ``store.pairs`` finds them."""

import numpy as np

from dedup.kernels.chunk import Head, bit_of, flag_at, head_of, pair_at, whole
from dedup.kernels.fences import below
from dedup.kernels.jit import compiled, unallocating
from dedup.kernels.room import trimmed, with_room
from dedup.kernels.scalar import U
from dedup.records import I64, U32, U64

SPARSE = 4  # pairs a key, up to which all pairs of a chunk are walked through


@compiled
def find_rows(
    words: U64,
    starts: I64,
    lows: I64,
    highs: I64,
    keys: U32,
    floor: int,
    gone: I64,
    most: int,
) -> tuple[I64, I64]:
    """Return what chunks list under keys: places in ``keys``, and rows, the first ``most`` of each.

    Parameters
    ----------
    starts
        (c,): the word where each chunk begins.
    lows, highs, keys, floor, gone, most
        As for ``store.pairs.found``.
    """
    places, rows, taken = np.empty(1 << 10, np.int64), np.empty(1 << 10, np.int64), 0
    for chunk in range(len(starts)):
        head, low, high = head_of(words, starts[chunk]), lows[chunk], highs[chunk]
        places, rows = with_room(places, taken, head.pairs), with_room(rows, taken, head.pairs)
        if (high - low) * SPARSE > head.pairs:
            taken = _walk(words, head, low, high, keys, floor, gone, most, places, rows, taken)
        else:
            taken = _look_up(words, head, low, high, keys, floor, gone, most, places, rows, taken)
    return trimmed(places, taken), trimmed(rows, taken)


@unallocating
def _walk(
    words: U64,
    head: Head,
    low: int,
    high: int,
    keys: U32,
    floor: int,
    gone: I64,
    most: int,
    places: I64,
    rows: I64,
    taken: int,
) -> int:
    """Go through all pairs of a chunk, and through the keys beside them."""
    mask, first = (U(1) << U(head.width)) - U(1), U(head.first)
    found, place, bucket, bit = 0, low, 0, 0
    for number in range(head.pairs):
        while not flag_at(words, head, bit):
            bucket, bit = bucket + 1, bit + 1
        bit += 1
        value = pair_at(words, head, number)
        key = first + (U(bucket) << U(head.shift)) + (value >> U(head.width))
        while place < high and U(keys[place]) < key:
            place, found = place + 1, 0
        if place == high:
            return taken
        row = head.least + whole(value & mask)
        if U(keys[place]) == key and found < most and _is_live(row, floor, gone):
            places[taken], rows[taken] = place, row
            taken, found = taken + 1, found + 1
    return taken


@unallocating
def _look_up(
    words: U64,
    head: Head,
    low: int,
    high: int,
    keys: U32,
    floor: int,
    gone: I64,
    most: int,
    places: I64,
    rows: I64,
    taken: int,
) -> int:
    """Look for each key in its bucket."""
    mask, width = (U(1) << U(head.width)) - U(1), U(head.width)
    for place in range(low, high):
        key = U(keys[place]) - U(head.first)
        bucket, wanted = whole(key >> U(head.shift)), key & ((U(1) << U(head.shift)) - U(1))
        if bucket >= head.buckets:  # behind the last key, and before the next chunk
            continue
        bit, found = bit_of(words, head, bucket), 0
        while found < most and flag_at(words, head, bit):
            value = pair_at(words, head, bit - bucket)
            bit += 1
            if value >> width > wanted:
                break
            row = head.least + whole(value & mask)
            if value >> width == wanted and _is_live(row, floor, gone):
                places[taken], rows[taken] = place, row
                taken, found = taken + 1, found + 1
    return taken


@unallocating
def _is_live(row: int, floor: int, gone: I64) -> bool:
    """Tell whether a row is there: not below ``floor``, and not among the sorted ones."""
    if row < floor or len(gone) == 0:
        return row >= floor
    place = below(gone, row)
    return place == len(gone) or bool(gone[place] != row)
