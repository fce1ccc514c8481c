"""Which kernels do a task: numpy where there is little to do, compiled ones where there is much."""

import os
from collections import Counter

SMALL_BYTES = 1 << 21  # importing numba takes longer than numpy does for this
LOADED_BYTES = 1 << 10  # once the kernels of a task are loaded, or compiled
_loaded: set[str] = set()
_small = Counter[str]()  # bytes that numpy did of each task


def use_compiled(task: str, size: int) -> bool:
    """Choose the compiled kernels for so many bytes where they are done sooner than numpy is.

    Each task has kernels of its own to load. They are loaded for much at once, or once numpy has
    done as much by little and little: so no time is lost but as much again as would be lost anyway
    (to rent or to buy: Karlin, Manasse, Rudolph and Sleator 1988).
    """
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return False  # as plain Python they take minutes
    if task in _loaded:
        return size >= LOADED_BYTES
    _small[task] += size
    if _small[task] < SMALL_BYTES:
        return False
    _loaded.add(task)
    return True
