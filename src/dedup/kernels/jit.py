"""How kernels are compiled: once, without the interpreter lock, kept on disk."""

import warnings
from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])
_warned = False


def compiled(function: Function) -> Function:
    """Compile a function for the types it is first called with.

    The machine code is kept where numba finds a folder to write to: ``NUMBA_CACHE_DIR``, beside
    the source, or the user's cache. Where there is none, one warning tells that every process
    compiles anew.
    """
    global _warned  # noqa: PLW0603  one warning a process, not one a function
    try:
        return cast("Function", njit(nogil=True, cache=True)(function))
    except RuntimeError:
        if not _warned:
            warnings.warn(
                "dedup found no folder to keep its compiled code in, so each process compiles "
                "it anew (some 10 seconds); set NUMBA_CACHE_DIR to a folder it can write to",
                RuntimeWarning,
                stacklevel=2,
            )
            _warned = True
        return cast("Function", njit(nogil=True)(function))


def inlined(function: Function) -> Function:
    """Compile a small function into those that call it."""
    return cast("Function", njit(inline="always")(function))
