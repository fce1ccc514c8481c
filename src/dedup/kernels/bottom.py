"""Rows to bottom sketches: the smallest of their shingle hashes (Broder 1997)."""

from typing import NamedTuple

import numpy as np

from dedup.kernels.describe import Description, describe
from dedup.kernels.jit import compiled, inlined, unallocating
from dedup.kernels.room import trimmed, with_room
from dedup.kernels.rows import Scratch, Texts, hash_piece, scratch_for, shingles_in
from dedup.kernels.scalar import U
from dedup.records import I64, U32, U64

PARTS = 64  # of the range of the smallest values
FEW = 24  # values that are sorted as they come


class Bottom(NamedTuple):
    """Some rows by their keys, the upper halves of their shingle hashes."""

    probes: U32  # of the smallest hashes, flat
    found: I64  # (n,): how many each row has
    keys: U32  # of all hashes, flat, with repetitions; there may be room behind them


@compiled
def bottom_sketch(
    texts: Texts,
    first: int,
    last: int,
    description: Description,
    size: int,
    most: int,
    part: int,
    whole: int,
    keys: U32,
) -> Bottom:
    """Find the smallest shingle hashes of each row, and describe the rows.

    Of n shingles one in ``part``, but ``size`` at least and ``most`` at most, and of up to
    ``whole`` all; all are different as 64-bit values. ``keys`` is where all keys are noted if
    there is room enough.
    """
    scratch = scratch_for(texts, first, last)
    sorter = _sorter_for(scratch, max(most, whole))
    probes, taken, noted = np.empty(1 << 12, np.uint32), 0, 0
    found = np.zeros(last - first, np.int64)
    begin = first
    while first < last:
        until = hash_piece(texts, first, last, scratch)
        describe(scratch, first, until, description)
        for row in range(first, until):
            start, stop = scratch.ends[row - first], scratch.ends[row - first + 1]
            count = shingles_in(stop - start, len(texts.places))
            keys = with_room(keys, noted, count)
            for place in range(count):
                keys[noted + place] = np.uint32(scratch.shingles[start + place] >> U(32))
            noted += count
            wanted = count if count <= whole else min(max(count // part, size), most)
            kept = _keep_least(scratch.shingles, start, count, wanted, sorter)
            probes = with_room(probes, taken, kept)
            for place in range(kept):
                probes[taken + place] = np.uint32(sorter.least[place] >> U(32))
            taken += kept
            found[row - begin] = kept
        first = until
    return Bottom(trimmed(probes, taken), found, keys)


class Sorter(NamedTuple):
    """Where the smallest values of a row are found."""

    least: U64  # what is found
    small: U64  # those among which it is, as they come,
    spread: U64  # and by parts of the range
    bounds: I64  # (PARTS + 1,): of these


@compiled
def _sorter_for(scratch: Scratch, most: int) -> Sorter:
    """Return room to sort any row of a piece."""
    size = len(scratch.shingles)
    return Sorter(
        np.empty(most + 1, np.uint64),
        np.empty(size, np.uint64),
        np.empty(size, np.uint64),
        np.empty(PARTS + 1, np.int64),
    )


@unallocating
def _keep_least(shingles: U64, start: int, count: int, most: int, sorter: Sorter) -> int:
    """Write the ``most`` smallest different values in order; return how many there are."""
    least, small, spread, bounds = sorter
    if count > 4 * most:
        # Of values that are spread evenly, half as many again as are wanted are below this.
        limit = ~U(0) // U(count) * U(most + most // 2 + 8)
        size = 0
        for place in range(start, start + count):
            small[size] = shingles[place]
            size += shingles[place] < limit
        _spread_out(small, size, PARTS / np.float64(limit), spread, bounds)
        kept = _sort_least(spread, 0, size, most, least)
        if kept == most:
            return kept
    elif FEW < count == most:
        for place in range(count):
            small[place] = shingles[start + place]
        _spread_out(small, count, PARTS / np.float64(~U(0)), spread, bounds)
        return _sort_least(spread, 0, count, most, least)
    return _sort_least(shingles, start, count, most, least)


@inlined
def _part_of(value: U, scale: float) -> int:
    return min(int(np.float64(value) * scale), PARTS - 1)


@unallocating
def _spread_out(small: U64, size: int, scale: float, spread: U64, bounds: I64) -> None:
    """Put evenly spread values nearly in order: by the part of the range that they are in."""
    for part in range(PARTS + 1):
        bounds[part] = 0
    for place in range(size):
        bounds[_part_of(small[place], scale) + 1] += 1
    for part in range(PARTS):
        bounds[part + 1] += bounds[part]
    for place in range(size):
        part = _part_of(small[place], scale)
        spread[bounds[part]] = small[place]
        bounds[part] += 1


@unallocating
def _sort_least(values: U64, start: int, count: int, most: int, least: U64) -> int:
    size = 0
    for place in range(start, start + count):
        value = values[place]
        if size == most and value >= least[size - 1]:
            continue
        at = size
        while at > 0 and least[at - 1] > value:
            least[at] = least[at - 1]
            at -= 1
        if at > 0 and least[at - 1] == value:  # had already: close the gap again
            for back in range(at, size):
                least[back] = least[back + 1]
            continue
        least[at] = value
        size = min(size + 1, most)
    return size
