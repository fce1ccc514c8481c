"""Which keys rows are entered under and looked up by: those that meet others only."""

import numpy as np

from dedup.kernels.bottom import Bottom
from dedup.kernels.filters import bits_of, coarsely
from dedup.kernels.jit import compiled
from dedup.kernels.room import trimmed, with_room
from dedup.kernels.rows import shingles_in
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
    entries, taken = np.empty(1 << 12, np.uint32), 0
    chosen = np.empty(1 << 12, np.uint32)
    lengths = np.zeros(len(counts), np.int64)
    place, probe = 0, 0
    for row in range(len(counts)):
        count = shingles_in(counts[row], ngram_size)
        probe += bottom.found[row]
        # A row looks up the smallest of its keys itself.
        largest = bottom.probes[probe - 1] if bottom.found[row] else np.uint32(0)
        entries, chosen = with_room(entries, taken, count + 1), with_room(chosen, 0, count + 1)
        size = 0
        for at in range(place, place + count):
            chosen[size] = bottom.keys[at]
            size += coarsely(bottom.keys[at], coarse)
        before = taken
        for at in range(size):
            key = chosen[at]
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
