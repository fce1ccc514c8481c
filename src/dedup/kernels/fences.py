"""In which chunks of a run keys may be, as ``store.fences`` tells it."""

from typing import TypeVar

import numpy as np

from dedup.kernels.jit import compiled, unallocating
from dedup.kernels.room import trimmed, with_room
from dedup.records import I64, U32

Sorted = TypeVar("Sorted", I64, U32)


@compiled
def chunks_for(fences: U32, keys: U32) -> tuple[I64, I64, I64]:
    """Do as ``store.fences.chunks_for``: for each key, or for each chunk where these are fewer."""
    size = min(len(fences), len(keys)) + 1
    chunks, lows, highs = (
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
    )
    taken = 0
    if len(fences) <= len(keys):
        for chunk in range(len(fences)):
            low, high = below(keys, fences[chunk]), len(keys)
            if chunk + 1 < len(fences):
                high = _upto(keys, fences[chunk + 1])
            if low < high:
                chunks[taken], lows[taken], highs[taken] = chunk, low, high
                taken += 1
        return trimmed(chunks, taken), trimmed(lows, taken), trimmed(highs, taken)
    for place in range(len(keys)):
        last = _upto(fences, keys[place]) - 1
        first = min(max(below(fences, keys[place]) - 1, 0), last)
        if last < 0:
            continue
        for chunk in range(first, last + 1):
            if taken and chunks[taken - 1] == chunk:
                highs[taken - 1] = place + 1
                continue
            chunks, lows, highs = (
                with_room(chunks, taken, 1),
                with_room(lows, taken, 1),
                with_room(highs, taken, 1),
            )
            chunks[taken], lows[taken], highs[taken] = chunk, place, place + 1
            taken += 1
    return trimmed(chunks, taken), trimmed(lows, taken), trimmed(highs, taken)


@unallocating
def below(values: Sorted, value: np.uint32 | int) -> int:
    """Return how many sorted values are below one."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@unallocating
def _upto(values: U32, value: np.uint32) -> int:
    """Return how many sorted values are not above one."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) >> 1
        if values[middle] <= value:
            low = middle + 1
        else:
            high = middle
    return low
