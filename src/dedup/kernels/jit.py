"""How kernels are compiled: once, without the interpreter lock, kept on disk."""

import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import xxhash
from numba import njit

from dedup.text import unicode

Function = TypeVar("Function", bound=Callable[..., Any])
REMEDY = (
    "so each process compiles it anew (some 20 seconds); set NUMBA_CACHE_DIR to a folder that it "
    "can write to"
)
_warned = False


def compiled(function: Function) -> Function:
    """Compile a function for the types it is first called with.

    The machine code is kept where numba finds a folder to write to: ``NUMBA_CACHE_DIR``, beside
    the source, or the user's cache. Where there is none, one warning tells that every process
    compiles anew.
    """
    return _kept(function, {})


def unallocating(function: Function) -> Function:
    """Compile a function that makes no array, and so needs no references counted.

    Counting is atomic, and numba counts where arrays go in and out of what is inlined: in the
    innermost loops that takes longer than their work.
    """
    return _kept(function, {"_nrt": False})


def _kept(function: Function, options: dict[str, Any]) -> Function:
    # numba knows what it keeps by a function's name and file, and would not notice that another
    # kernel, which this one calls, has changed.
    function.__qualname__ = f"{function.__name__}_{_sources()}"
    dispatcher: Any = njit(**{"nogil": True, **options})(function)
    if dispatcher is function:  # NUMBA_DISABLE_JIT is set
        return function
    try:
        dispatcher.enable_caching()
        dispatcher._cache = _Forgiving(dispatcher._cache)  # noqa: SLF001  numba has no door here
    except RuntimeError:
        _warn(f"dedup found no folder to keep its compiled code in, {REMEDY}")
    return cast("Function", dispatcher)


class _Forgiving:
    """A cache of numba's that loses what it cannot write, and writes anew what it cannot read."""

    def __init__(self, cache: Any) -> None:  # noqa: ANN401
        self._cache = cache

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._cache, name)

    def load_overload(self, types: Any, target: Any) -> Any:  # noqa: ANN401
        try:
            return _checked(self._cache.load_overload(types, target), types)
        except Exception as error:  # noqa: BLE001  a damaged file may raise anything
            _warn(
                f"dedup cannot read its compiled code in {self._cache.cache_path} ({error!r}) and "
                "compiles it anew, which takes some 20 seconds"
            )
            with suppress(Exception):
                self._cache.flush()  # else the index that cannot be read would be added to
            return None

    def save_overload(self, *arguments: Any) -> None:  # noqa: ANN401
        try:
            self._cache.save_overload(*arguments)
        except Exception as error:  # noqa: BLE001  likewise
            _warn(
                f"dedup cannot keep its compiled code in {self._cache.cache_path} ({error!r}), "
                f"{REMEDY}"
            )


def _checked(code: Any, types: Any) -> Any:  # noqa: ANN401
    """Return what was kept, if it is for these types.

    numba takes no lock: of two processes that begin at once one may have written the index, and
    the other what it names.
    """
    if code is not None and tuple(code.signature.args) != tuple(types):
        raise TypeError("it is for other types")
    return code


def _warn(what: str) -> None:
    """Warn once a process, not once a function."""
    global _warned  # noqa: PLW0603
    if not _warned:
        warnings.warn(what, RuntimeWarning, stacklevel=3)
        _warned = True


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
