"""Windows with the same smallest shingle: which of them are equal, and which came first."""

import numpy as np

from dedup.kernels.jit import compiled, inlined, unallocating
from dedup.kernels.pieces import Loaded, loaded, nothing_loaded
from dedup.kernels.room import trimmed, with_room
from dedup.kernels.rows import Texts
from dedup.kernels.scalar import U, mix
from dedup.kernels.winnow import BASE, power
from dedup.records import I64, U32, U64


@compiled
def find_sources(  # noqa: C901  one loop: what it goes on with are many numbers
    pieces: Texts,
    firsts: I64,
    hashes: U64,
    starts: I64,
    lengths: U32,
    first: int,
    last: int,
    size: int,
) -> tuple[I64, I64, I64]:
    """Find the windows that repeat one before them, and the first one that each repeats.

    Parameters
    ----------
    firsts
        (p + 1,): the first token of each piece.
    hashes, starts, lengths
        (m,): what ``winnow`` notes, by shingle, those of the same one by place.
    first, last
        Which of them; all of a shingle.

    Returns
    -------
    starts, sources, counts
        (r,): parts of the runs that ``windows.find_runs`` gives.
    """
    here, there = nothing_loaded(), nothing_loaded()
    keys, windows = np.empty(1 << 8, np.uint64), np.empty(1 << 8, np.int64)
    begins, sources = np.empty(1 << 10, np.int64), np.empty(1 << 10, np.int64)
    counts = np.empty(1 << 10, np.int64)
    taken, factor = 0, power(size)
    while first < last:
        until, total = first, 0
        while until < last and hashes[until] == hashes[first]:
            total += lengths[until]
            until += 1
        slots = _slots_for(total)
        if len(keys) < slots:
            keys, windows = np.empty(slots, np.uint64), np.empty(slots, np.int64)
        _clear(windows, slots)
        for noted in range(first, until):
            start, length = starts[noted], np.int64(lengths[noted])
            here = loaded(pieces, firsts, start, start + length + size - 1, here)
            begins = with_room(begins, taken, length)
            sources = with_room(sources, taken, length)
            counts = with_room(counts, taken, length)
            opened = taken
            value, source = U(0), -1
            for window in range(start, start + length):
                place = window - here.bounds[0]
                value = _hash(here.tokens, place, size, factor, value, window == start)
                slot = mix(value) & U(slots - 1)
                before = source  # of the window before this one
                while True:
                    source = windows[slot]
                    if source < 0:
                        keys[slot], windows[slot] = value, window
                        break
                    if keys[slot] == value:
                        stop = source + size
                        if source < there.bounds[0] or there.bounds[1] < stop:
                            ahead = min(stop + start + length - window, firsts[-1])
                            there = loaded(pieces, firsts, source, ahead, there)
                        in_step = before >= 0 and source == before + 1
                        if _equal(here, place, there, source, size, in_step):
                            break
                    slot = (slot + U(1)) & U(slots - 1)
                if source < 0 or source + size > window:
                    continue
                if taken > opened and in_row(begins, sources, counts, taken - 1, window, source):
                    counts[taken - 1] += 1
                    continue
                begins[taken], sources[taken], counts[taken] = window, source, 1
                taken += 1
        first = until
    return trimmed(begins, taken), trimmed(sources, taken), trimmed(counts, taken)


@unallocating
def _slots_for(count: int) -> int:
    slots = 8
    while slots < 2 * count:
        slots *= 2
    return slots


@unallocating
def _clear(windows: I64, slots: int) -> None:
    for slot in range(slots):
        windows[slot] = -1


@unallocating
def _hash(tokens: U64, place: int, size: int, factor: U, before: U, anew: bool) -> U:
    """Hash a window, from the hash of the one before it if there is one."""
    if not anew:
        return U(before * BASE + tokens[place + size - 1] - tokens[place - 1] * factor)
    value = U(0)
    for token in range(place, place + size):
        value = value * BASE + tokens[token]
    return value


@unallocating
def _equal(here: Loaded, place: int, there: Loaded, source: int, size: int, in_step: bool) -> bool:
    """Compare two windows token by token; if those before them are equal, only the last ones."""
    other = source - there.bounds[0]
    for token in range(size - 1 if in_step else 0, size):
        if here.tokens[place + token] != there.tokens[other + token]:
            return False
    return True


@inlined
def in_row(begins: I64, sources: I64, counts: I64, run: int, window: int, source: int) -> bool:
    """Tell whether a window and its source go on where a run ends."""
    return bool(begins[run] + counts[run] == window and sources[run] + counts[run] == source)
