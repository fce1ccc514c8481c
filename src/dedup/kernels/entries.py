"""Which keys rows are entered under and looked up by: those that meet others only."""

import numpy as np

from dedup.kernels.bottom import Bottom
from dedup.kernels.filters import bits_of, coarsely
from dedup.kernels.jit import compiled, unallocating
from dedup.kernels.room import trimmed
from dedup.kernels.rows import shingles_in
from dedup.kernels.scalar import U
from dedup.records import I64, U32, U64, Flags


@compiled
def wanted_entries(
    bottom: Bottom, counts: I64, ngram_size: int, noted: U64, coarse: U64
) -> tuple[U32, I64]:
    """Return the keys of each row that another row looks up, flat, and how many each has.

    Parameters
    ----------
    counts
        (n,): tokens of the same rows.
    noted
        A filter of what all rows look up.
    coarse
        The same as ``filters.coarse_filter`` has it, which sorts out most keys sooner.
    """
    every, most = 0, 0
    for row in range(len(counts)):
        count = shingles_in(counts[row], ngram_size)
        every, most = every + count, max(most, count)
    # Pages that are never written to cost nothing.
    entries, chosen = np.empty(every + 1, np.uint32), np.empty(most + 1, np.uint32)
    lengths = np.zeros(len(counts), np.int64)
    taken = _enter_wanted(bottom, counts, ngram_size, noted, coarse, chosen, entries, lengths)
    return trimmed(entries, taken), lengths


@unallocating
def _enter_wanted(
    bottom: Bottom,
    counts: I64,
    ngram_size: int,
    noted: U64,
    coarse: U64,
    chosen: U32,
    entries: U32,
    lengths: I64,
) -> int:
    probes, found, keys = bottom
    taken, start, probe = U(0), U(0), 0
    for row in range(len(counts)):
        stop = start + U(shingles_in(counts[row], ngram_size))
        probe += found[row]
        # A row looks up the smallest of its keys itself.
        largest = probes[probe - 1] if found[row] else np.uint32(0)
        size = U(0)
        for at in range(start, stop):
            chosen[size] = keys[at]
            size += U(coarsely(keys[at], coarse))
        before = taken
        for at in range(size):
            key = chosen[at]
            word, bits = bits_of(key, len(noted))
            entries[taken] = key
            taken += U(noted[word, np.int64(key <= largest)] & bits == bits)
        lengths[row] = taken - before
        start = stop
    return int(taken)


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
