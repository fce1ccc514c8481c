"""Rows to sketches: MinHash signatures, bands, bottom sketches and fingerprints."""

from typing import NamedTuple

import numpy as np

from dedup.kernels.jit import compiled
from dedup.kernels.postings import bits_of
from dedup.kernels.room import trimmed, with_room
from dedup.kernels.rows import Scratch, Texts, hash_piece, scratch_for, shingles_in
from dedup.kernels.scan import U, mix
from dedup.records import I64, U32, U64, Flags

LANES = 8  # shingles that one turn of the signature loop takes
STRIDE = 64  # tokens in one sum of a fingerprint
_MOST = np.uint32(0xFFFFFFFF)


class Description(NamedTuple):
    """What every sketch notes about n rows."""

    keys: U64  # (2, STRIDE + 1): of the two halves of a fingerprint
    counts: I64  # (n,): tokens
    prints: U64  # (n, 2)


@compiled
def _fingerprint(tokens: U64, start: int, stop: int, keys: U64) -> U:
    """Hash a row's tokens: a multilinear sum for each stretch, the sums mixed and added."""
    total = U(stop - start)
    for begin in range(start, stop, STRIDE):
        part = U(0)
        for place in range(min(STRIDE, stop - begin)):
            part += tokens[begin + place] * keys[place]
        total += mix(part + mix(keys[STRIDE] + U(begin - start)))
    return mix(total)


@compiled
def _describe(scratch: Scratch, first: int, until: int, description: Description) -> None:
    """Note the tokens and the fingerprints of the rows of a piece."""
    keys, counts, prints = description
    tokens, ends = scratch.tokens, scratch.ends
    for row in range(first, until):
        start, stop = ends[row - first], ends[row - first + 1]
        counts[row] = stop - start
        prints[row, 0] = _fingerprint(tokens, start, stop, keys[0])
        prints[row, 1] = _fingerprint(tokens, start, stop, keys[1])


@compiled
def _low_mixed(shingles: U64, start: int, count: int, mixed: U32) -> None:
    """Mix the low halves by MurmurHash3's finalizer, as datasketch's affine32 does."""
    for place in range(count):
        value = np.uint32(shingles[start + place])
        # numba multiplies in 64 bits, so each product is cut before it is shifted.
        value = np.uint32((value ^ (value >> np.uint32(16))) * np.uint32(0x85EBCA6B))
        value = np.uint32((value ^ (value >> np.uint32(13))) * np.uint32(0xC2B2AE35))
        mixed[place] = value ^ (value >> np.uint32(16))


@compiled
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


@compiled
def band_sketch(
    texts: Texts,
    first: int,
    last: int,
    description: Description,
    factors: U32,
    shifts: U32,
    band_factors: U64,
    band_shifts: U64,
    result: U32,
) -> None:
    """Write the upper half of each band's key, ``result`` (bands, n), and describe the rows."""
    scratch = scratch_for(texts, first, last)
    mixed = np.empty(len(scratch.shingles), np.uint32)
    signature = np.empty(len(factors), np.uint32)
    bands = len(band_shifts)
    width = len(band_factors) // bands
    while first < last:
        until = hash_piece(texts, first, last, scratch)
        _describe(scratch, first, until, description)
        for row in range(first, until):
            start, stop = scratch.ends[row - first], scratch.ends[row - first + 1]
            count = shingles_in(stop - start, len(texts.places))
            _low_mixed(scratch.shingles, start, count, mixed)
            _signature(mixed, count, factors, shifts, signature)
            for band in range(bands):
                total = band_shifts[band]
                for place in range(band * width, band * width + width):
                    total += U(signature[place]) * band_factors[place]
                result[band, row] = np.uint32(mix(total) >> U(32))
        first = until


class Bottom(NamedTuple):
    """Some rows by their keys, the upper halves of their shingle hashes."""

    probes: U32  # of the smallest hashes, flat
    found: I64  # (n,): how many each row has
    keys: U32  # of all hashes, flat, with repetitions


@compiled
def bottom_sketch(
    texts: Texts, first: int, last: int, description: Description, size: int, most: int, part: int
) -> Bottom:
    """Find the smallest shingle hashes of each row, and describe the rows.

    Of n shingles one in ``part``, but ``size`` at least and ``most`` at most; all are different
    as 64-bit values.
    """
    scratch = scratch_for(texts, first, last)
    least, small = np.empty(most + 1, np.uint64), np.empty_like(scratch.shingles)
    probes, taken = np.empty(1 << 12, np.uint32), 0
    # Room for a shingle every four bytes, which most texts never fill.
    keys, noted = np.empty((texts.offsets[last] - texts.offsets[first]) // 4, np.uint32), 0
    found = np.zeros(last - first, np.int64)
    begin = first
    while first < last:
        until = hash_piece(texts, first, last, scratch)
        _describe(scratch, first, until, description)
        for row in range(first, until):
            start, stop = scratch.ends[row - first], scratch.ends[row - first + 1]
            count = shingles_in(stop - start, len(texts.places))
            keys = with_room(keys, noted, count)
            for place in range(count):
                keys[noted + place] = np.uint32(scratch.shingles[start + place] >> U(32))
            noted += count
            wanted = min(max(count // part, size), most)
            kept = _keep_least(scratch.shingles, start, count, wanted, least, small)
            probes = with_room(probes, taken, kept)
            for place in range(kept):
                probes[taken + place] = np.uint32(least[place] >> U(32))
            taken += kept
            found[row - begin] = kept
        first = until
    return Bottom(trimmed(probes, taken), found, trimmed(keys, noted))


@compiled
def _keep_least(shingles: U64, start: int, count: int, most: int, least: U64, small: U64) -> int:
    """Write the ``most`` smallest different values in order; return how many there are."""
    if count > 4 * most:
        # Of values that are spread evenly, half as many again as are wanted are below this.
        limit = ~U(0) // U(count) * U(most + most // 2 + 8)
        size = 0
        for place in range(start, start + count):
            small[size] = shingles[place]
            size += shingles[place] < limit
        kept = _sort_least(small, 0, size, most, least)
        if kept == most:
            return kept
    return _sort_least(shingles, start, count, most, least)


@compiled
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


@compiled
def wanted_entries(bottom: Bottom, counts: I64, ngram_size: int, noted: U64) -> tuple[U32, I64]:
    """Return the keys of each row that another row looks up, flat, and how many each has.

    Parameters
    ----------
    counts
        (n,): tokens of the same rows.
    noted
        A filter of what all rows look up.
    """
    entries, taken = np.empty(1 << 12, np.uint32), 0
    lengths = np.zeros(len(counts), np.int64)
    place, probe = 0, 0
    for row in range(len(counts)):
        count = shingles_in(counts[row], ngram_size)
        probe += bottom.found[row]
        # A row looks up the smallest of its keys itself.
        largest = bottom.probes[probe - 1] if bottom.found[row] else np.uint32(0)
        entries = with_room(entries, taken, count + 1)
        before = taken
        for at in range(place, place + count):
            key = bottom.keys[at]
            word, bits = bits_of(key, len(noted))
            entries[taken] = key
            taken += noted[word, np.int64(key <= largest)] & bits == bits
        lengths[row] = taken - before
        place += count
    return trimmed(entries, taken), lengths


@compiled
def shared_keys(keys: U32, shared: Flags, counts: I64, first: int, last: int) -> tuple[U32, I64]:
    """Return the keys ``keys`` (bands, n) of rows that others share, flat, and how many."""
    bands = len(keys)
    chosen, taken = np.empty((last - first) * bands + 1, np.uint32), 0
    lengths = np.zeros(last - first, np.int64)
    for row in range(first, last):
        if counts[row] == 0:  # a row without tokens is like no row
            continue
        before = taken
        for band in range(bands):
            chosen[taken] = keys[band, row]
            taken += shared[band, row]
        lengths[row - first] = taken - before
    return trimmed(chosen, taken), lengths


@compiled
def chosen_keys(keys: U32, edges: I64, first: int, last: int, noted: U64) -> tuple[U32, I64]:
    """Return the keys of rows that a filter has, flat, and how many each row has."""
    chosen, taken = np.empty(edges[last] - edges[first] + 1, np.uint32), 0
    lengths = np.zeros(last - first, np.int64)
    for row in range(first, last):
        before = taken
        for place in range(edges[row], edges[row + 1]):
            word, bits = bits_of(keys[place], len(noted))
            chosen[taken] = keys[place]
            taken += noted[word, 0] & bits == bits
        lengths[row - first] = taken - before
    return trimmed(chosen, taken), lengths
