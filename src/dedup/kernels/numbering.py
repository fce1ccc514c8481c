"""Keys as small numbers, in the order in which rows that are taken have them first.

A key that no row looks up, or none is entered under, gets no number. The keys that a row is the
first to have lie beside each other then, as do those that its copies look up: what they are read
from is in the cache, and may as well be on the disk.
"""

from typing import NamedTuple

import numpy as np

from dedup.kernels import spill
from dedup.kernels.chunks import in_chunks, in_parallel, offsets_of
from dedup.kernels.filters import parted_keys
from dedup.kernels.jit import compiled, inlined, unallocating
from dedup.kernels.portions import portions
from dedup.kernels.scalar import U, spread
from dedup.records import I64, U32, Flags

NONE = (1 << 32) - 1  # has no number
TURNS = 1 << 10  # between two looks at the memory
PART_KEYS = 1 << 14  # numbered at a time, in the cache
FREE, ASKED, FIRST = range(3)  # of a slot: nothing, a key without a number yet, number 0


class Taken(NamedTuple):
    """Keys of rows, in the order in which these are taken."""

    keys: U32  # flat
    offsets: I64  # (n + 1,): by the turn in which a row is taken

    @classmethod
    def of(cls, keys: U32, edges: I64, order: I64, wanted: Flags) -> "Taken":
        """Return those of the wanted rows; row r has ``keys[edges[r]:edges[r + 1]]``."""
        lengths = spill.empty(len(order), np.int64)
        for own in portions(len(order)):
            rows = order[own]
            lengths[own] = (edges[rows + 1] - edges[rows]) * wanted[rows]
        offsets = offsets_of(lengths)
        taken = spill.empty(int(offsets[-1]), np.uint32)
        for first in range(0, len(order), TURNS):
            _take(keys, edges, order, offsets, taken, first, min(first + TURNS, len(order)))
            spill.check()
        return cls(taken, offsets)


class _Parts(NamedTuple):
    """The keys of some turns, sorted by parts."""

    keys: U32
    bounds: I64  # (parts + 1,)
    turns: range


def number(asked: Taken, entered: Taken, threads: int | None) -> tuple[Taken, Taken, int]:
    """Return numbers instead of keys, without those that only one of both has, and how many."""
    parts = 1
    while parts * PART_KEYS < len(entered.keys):
        parts *= 2
    sorted_asked, sorted_entered = (_sorted(taken, parts, threads) for taken in (asked, entered))

    def count(part: int) -> int:
        both = [_of_part(chunks, part) for chunks in (sorted_asked, sorted_entered)]
        found = _number(*both)
        for chunks, numbers in zip((sorted_asked, sorted_entered), both, strict=True):
            _put_back(chunks, part, numbers)
        return found

    firsts = offsets_of(np.array(in_parallel(count, parts, threads), np.int64))
    final = spill.full(int(firsts[-1]), NONE, np.uint32)
    # One turn after the other: who is first to have a key gives it its number.
    entered = _gathered(entered, sorted_entered, firsts, final)
    return _gathered(asked, sorted_asked, firsts, final), entered, int(firsts[-1])


def _sorted(taken: Taken, parts: int, threads: int | None) -> list[_Parts]:
    every = np.ones(len(taken.offsets) - 1, np.bool_)

    def sort(first: int, last: int) -> _Parts:
        keys, bounds = parted_keys(taken.keys, taken.offsets, every, first, last, parts)
        return _Parts(spill.kept(keys), bounds, range(first, last))

    return in_chunks(sort, taken.offsets, threads)


def _of_part(chunks: list[_Parts], part: int) -> U32:
    return np.concatenate(
        [chunk.keys[chunk.bounds[part] : chunk.bounds[part + 1]] for chunk in chunks]
    )


def _put_back(chunks: list[_Parts], part: int, numbers: U32) -> None:
    begin = 0
    for chunk in chunks:
        start, stop = chunk.bounds[part : part + 2].tolist()
        chunk.keys[start:stop] = numbers[begin : begin + stop - start]
        begin += stop - start


def _gathered(taken: Taken, chunks: list[_Parts], firsts: I64, final: U32) -> Taken:
    """Return numbers instead of keys, in their place."""
    lengths = np.zeros(len(taken.offsets) - 1, np.int64)
    state = np.zeros(2, np.int64)  # numbers that were given, and keys that were written
    for numbers, bounds, turns in chunks:
        _gather(taken, turns.start, turns.stop, numbers, bounds, firsts, final, state, lengths)
        spill.check()
    offsets = offsets_of(lengths)
    return Taken(taken.keys[: offsets[-1]], offsets)


@unallocating
def _take(
    keys: U32, edges: I64, order: I64, offsets: I64, taken: U32, begun: int, end: int
) -> None:
    for turn in range(begun, end):
        begin, start = edges[order[turn]], offsets[turn]
        for place in range(offsets[turn + 1] - start):
            taken[start + place] = keys[begin + place]


@inlined
def _slot_of(keys: U32, numbers: U32, key: np.uint32) -> np.int64:
    # The upper bits of the spread key are the same for all of a part.
    slot = np.int64(spread(spread(key))) & (len(keys) - 1)
    while numbers[slot] != FREE and keys[slot] != key:
        slot = (slot + 1) & (len(keys) - 1)
    return slot


@compiled
def _number(asked: U32, entered: U32) -> int:
    """Write numbers over the keys of a part, or NONE; return how many there are."""
    size = 64
    while size < 2 * len(asked):
        size *= 2
    keys, numbers = np.empty(size, np.uint32), np.zeros(size, np.uint32)
    for key in asked:
        slot = _slot_of(keys, numbers, key)
        if numbers[slot] == FREE:
            keys[slot], numbers[slot] = key, ASKED
    count = 0
    for place in range(len(entered)):
        slot = _slot_of(keys, numbers, entered[place])
        if numbers[slot] == ASKED:
            numbers[slot] = FIRST + count
            count += 1
        entered[place] = numbers[slot] - FIRST if numbers[slot] >= FIRST else NONE
    for place in range(len(asked)):
        slot = _slot_of(keys, numbers, asked[place])
        asked[place] = numbers[slot] - FIRST if numbers[slot] >= FIRST else NONE
    return count


@compiled
def _gather(
    taken: Taken,
    first: int,
    last: int,
    numbers: U32,
    bounds: I64,
    firsts: I64,
    final: U32,
    state: I64,
    lengths: I64,
) -> None:
    """Write over the keys of some turns their numbers among all parts.

    Parameters
    ----------
    numbers, bounds
        Those within the parts, sorted by parts.
    firsts
        (parts + 1,): where the numbers of each part begin in ``final``.
    final
        By these: NONE as long as a number was not given.
    """
    keys, offsets = taken
    _gather_turns(keys, offsets, first, last, numbers, bounds.copy(), firsts, final, state, lengths)


@unallocating
def _gather_turns(
    keys: U32,
    offsets: I64,
    first: int,
    last: int,
    numbers: U32,
    following: I64,
    firsts: I64,
    final: U32,
    state: I64,
    lengths: I64,
) -> None:
    given, written = state[0], state[1]
    parts = U(len(firsts) - 1)
    for turn in range(first, last):
        before = written
        for place in range(offsets[turn], offsets[turn + 1]):
            part = np.int64(U(spread(keys[place])) * parts >> U(32))
            number = numbers[following[part]]
            following[part] += 1
            if number == NONE:
                continue
            at = firsts[part] + number
            if final[at] == NONE:
                final[at] = given
                given += 1
            keys[written] = final[at]
            written += 1
        lengths[turn] = written - before
    state[0], state[1] = given, written
