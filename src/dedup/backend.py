"""Which kernels do a task: numpy where there is little to do, compiled ones where there is much."""

import os

SMALL_BYTES = 1 << 21  # importing numba takes longer than numpy does for this
LOADED_BYTES = 1 << 10  # once the kernels of a task are loaded, or compiled
_loaded: set[str] = set()


def use_compiled(task: str, size: int) -> bool:
    """Choose the compiled kernels for so many bytes where they are done sooner than numpy is.

    They are once they were chosen for the same task: each has kernels of its own to load.
    """
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return False  # as plain Python they take minutes
    if size < (LOADED_BYTES if task in _loaded else SMALL_BYTES):
        return False
    _loaded.add(task)
    return True
