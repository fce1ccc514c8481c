"""Which keys there are, told from a few bits: filters that never miss one (Bloom 1970)."""

import numpy as np

from dedup.arrays.memory import IN_RAM, Memory
from dedup.kernels.chunks import available_cores, in_chunks, in_parallel
from dedup.native import core
from dedup.records import I64, U32, U64, Flags

MOST_WORDS = 1 << 26
PART_WORDS = 1 << 15  # of a filter: half a megabyte


def new_filter(keys: int, memory: Memory = IN_RAM) -> U64:
    """Return an empty filter for so many keys, 4 to 8 in a word of 64 bits.

    It is (words, 2): which keys there are, and which are there more than once.
    """
    words = 1024
    while words * 8 < keys and words < MOST_WORDS:
        words *= 2
    return memory.zeros((words, 2), np.uint64)


def noted(
    keys: U32, edges: I64, wanted: Flags, threads: int | None, memory: Memory = IN_RAM
) -> U64:
    """Return the filter of the keys that the wanted rows have.

    Parameters
    ----------
    edges
        (n + 1,): row r has ``keys[edges[r]:edges[r + 1]]``.
    """
    sort, note = core.part_keys, core.note_part
    found = new_filter(len(keys), memory)
    # A power of two, as the words are: no word belongs to two parts, that is to two threads.
    count = max(1 << available_cores().bit_length(), len(found) // PART_WORDS)

    def work(first: int, last: int) -> tuple[U32, I64]:
        return stored(sort(keys, edges, wanted, first, last, count), memory)

    chunks = in_chunks(work, edges, threads, memory)
    parts = core.KeyParts(chunks)
    in_parallel(lambda part: note(parts, part, found), count, threads, memory)
    return found


def stored(found: tuple[U32, I64], memory: Memory) -> tuple[U32, I64]:
    """Return keys of a chunk, which are many, as they are stored until all chunks are done."""
    return memory.store(found[0]), memory.store(found[1])
