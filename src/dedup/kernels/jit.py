"""How kernels are compiled: once, without the interpreter lock, kept on disk."""

import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import xxhash
from numba import njit

from dedup.text import unicode

Function = TypeVar("Function", bound=Callable[..., Any])
_warned = False


def compiled(function: Function) -> Function:
    """Compile a function for the types it is first called with.

    The machine code is kept where numba finds a folder to write to: ``NUMBA_CACHE_DIR``, beside
    the source, or the user's cache. Where there is none, one warning tells that every process
    compiles anew.
    """
    # numba knows what it keeps by a function's name and file, and would not notice that another
    # kernel, which this one calls, has changed.
    function.__qualname__ = f"{function.__name__}_{_sources()}"
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


@cache
def _sources() -> str:
    """Return a digest of all that kernels are made of."""
    digest = xxhash.xxh3_64()
    for path in (*sorted(Path(__file__).parent.glob("*.py")), Path(unicode.__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def inlined(function: Function) -> Function:
    """Compile a small function into those that call it."""
    return cast("Function", njit(inline="always")(function))
