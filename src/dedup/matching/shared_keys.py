"""The keys that rows share: the others are dropped, these get small numbers.

Filters tell from a few bits which keys there are, and never miss one (Bloom 1970). A key that no
row looks up, or none is entered under, gets no number.

Keys are numbered a part at a time. Those of a part get their numbers in the order in which rows
are taken, so the next rows have numbers near those of the rows before: what is read by number is
in the cache, and may as well be on the disk.
"""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, U32, U64, Flags
from dedup.arrays.long_arrays import batch_slices
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.native import core
from dedup.arrays.parallel import available_cores, map_chunks, map_parallel, offsets_of

NONE = (1 << 32) - 1  # has no number
TURNS = 1 << 10  # between two looks at the memory
PART_KEYS = 1 << 14  # numbered at a time, in the cache
MOST_WORDS = 1 << 26
FEW = 1 << 21  # keys that one thread notes as fast as several, which sort them first
PART_WORDS = 1 << 15  # of a filter: half a megabyte


class Taken(NamedTuple):
    """Keys of rows, in the order in which these are taken."""

    keys: U32  # flat
    offsets: I64  # (n + 1,): by the turn in which a row is taken

    @classmethod
    def of(
        cls, keys: U32, edges: I64, order: I64, wanted: Flags, memory: Memory = IN_RAM
    ) -> "Taken":
        """Return those of the wanted rows; row r has ``keys[edges[r]:edges[r + 1]]``."""
        lengths = memory.empty(len(order), np.int64)
        for own in batch_slices(len(order), memory):
            rows = order[own]
            lengths[own] = (edges[rows + 1] - edges[rows]) * wanted[rows]
        offsets = offsets_of(lengths, memory)
        taken = memory.empty(int(offsets[-1]), np.uint32)
        for first in range(0, len(order), TURNS):
            last = min(first + TURNS, len(order))
            core.take_keys(keys, edges, order, offsets, taken, first, last)
            memory.trim()
        return cls(taken, offsets)


class Sketches(NamedTuple):
    """Rows by the keys that they share."""

    counts: I64  # (n,): tokens
    order: I64  # (n,): rows as they are taken
    leader: I64  # (n,): the first row taken with the same tokens
    probes: Taken  # numbers of keys a row is looked up by: none where it cannot share enough
    entries: Taken  # and of those it is found under once it is kept
    keys: int  # how many numbers there are
    found: I64  # (n,): probes of a row, those too that no row is entered under
    needed: I64  # (n,): probes that a candidate must share
    of_rest: I64  # or so many of those that list all their rows, by the number of these
    whole: int  # tokens of a row that is looked up by all its keys, in lists of all rows, at most


class _Parts(NamedTuple):
    """The keys of turns in chunks, each of which is sorted by parts."""

    keys: Any  # core.KeyParts
    turns: list[tuple[int, int]]  # the first of each chunk, and the last


def number(
    asked: Taken, entered: Taken, threads: int | None, memory: Memory = IN_RAM
) -> tuple[Taken, Taken, int]:
    """Return numbers instead of keys, without those that only one of both has, and how many."""
    parts = 1
    while parts * PART_KEYS < len(entered.keys):
        parts *= 2
    sorted_asked = _sorted(asked, parts, threads, memory)
    sorted_entered = _sorted(entered, parts, threads, memory)
    count = partial(core.number_part, sorted_asked.keys, sorted_entered.keys)
    numbers = map_parallel(count, parts, threads, memory)
    firsts = offsets_of(np.array(numbers, np.int64))
    asked = _gathered(asked, sorted_asked, firsts, threads, memory)
    entered = _gathered(entered, sorted_entered, firsts, threads, memory)
    return asked, entered, int(firsts[-1])


def _sorted(taken: Taken, parts: int, threads: int | None, memory: Memory) -> _Parts:
    every = np.ones(len(taken.offsets) - 1, np.bool_)

    def work(first: int, last: int) -> tuple[tuple[U32, I64], tuple[int, int]]:
        found = core.part_keys(*taken, every, first, last, parts)
        return stored(found, memory), (first, last)

    chunks = map_chunks(work, taken.offsets * taken.keys.itemsize, threads, memory)
    keys, turns = zip(*chunks, strict=True)
    return _Parts(core.KeyParts(list(keys)), list(turns))


def _gathered(
    taken: Taken, parts: _Parts, firsts: I64, threads: int | None, memory: Memory
) -> Taken:
    """Return numbers instead of keys, in their place."""

    def gather(chunk: int) -> tuple[U32, I64]:
        first, last = parts.turns[chunk]
        lengths = core.gather_numbers(*taken, first, last, parts.keys, chunk, firsts)
        begin = taken.offsets[first]
        return taken.keys[begin : begin + lengths.sum()], lengths

    gathered = map_parallel(gather, len(parts.turns), threads, memory)
    offsets = offsets_of(np.concatenate([lengths for _, lengths in gathered]), memory)
    for (keys, _), (first, last) in zip(gathered, parts.turns, strict=True):
        taken.keys[offsets[first] : offsets[last]] = keys
        memory.trim()
    return Taken(taken.keys[: offsets[-1]], offsets)


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
    found = new_filter(len(keys), memory)
    if (threads == 1 or len(keys) < FEW) and not memory.is_limited:

        def note_rows(first: int, last: int) -> None:
            core.note_keys(keys, edges, wanted, first, last, found)

        map_chunks(note_rows, edges, threads=1)
        return found
    # A power of two, as the words are: no word belongs to two parts, that is to two threads.
    count = max(1 << available_cores().bit_length(), len(found) // PART_WORDS)

    def work(first: int, last: int) -> tuple[U32, I64]:
        return stored(core.part_keys(keys, edges, wanted, first, last, count), memory)

    parts = core.KeyParts(map_chunks(work, edges, threads, memory))
    map_parallel(lambda part: core.note_part(parts, part, found), count, threads, memory)
    return found


def stored(found: tuple[U32, I64], memory: Memory) -> tuple[U32, I64]:
    """Return keys of a chunk, which are many, as they are stored until all chunks are done."""
    return memory.store(found[0]), memory.store(found[1])
