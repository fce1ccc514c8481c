"""The compiled core of the package, and whether it is used.

``DEDUP_NATIVE`` decides once, when the package is imported: ``0`` leaves the core out, ``require``
fails where it is missing, and the name of a level of the processor (``portable``, ``v2``, ``v3``,
``v4``) chooses that one. The first use warns where the core is missing and the variable is not set,
and fails where the variable asks for a core that is missing, or is wrong.
"""

import os
import warnings
from functools import cache
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING

from dedup.errors import ConfigError, DedupError, MissingLibraryError

if TYPE_CHECKING:
    from dedup import _native

NATIVE_VARIABLE = "DEDUP_NATIVE"


def load_core(wanted: str) -> ModuleType | None:
    """Return the compiled core, None where it is missing or not wanted.

    Raises
    ------
    MissingLibraryError
        When it is missing, and ``wanted`` asks for it.
    ConfigError
        When ``wanted`` is another value, or a level that this processor lacks.

    Examples
    --------
    >>> load_core("0") is None
    True
    """
    if wanted == "0":
        return None
    try:
        found = import_module("dedup._native")
    except ImportError as error:
        if wanted:
            raise MissingLibraryError(
                f"dedup was built without its compiled core, and {NATIVE_VARIABLE}={wanted} "
                "needs it: install a C++ compiler and install dedup again"
            ) from error
        return None
    if wanted not in ("", "require"):
        try:
            found.use_level(wanted)
        except ValueError as error:
            raise ConfigError(
                f"{NATIVE_VARIABLE} must be 0, require or a level that this processor has "
                f"(portable, v2, v3, v4), got {wanted!r}; unset it to choose the best one"
            ) from error
    return found


if TYPE_CHECKING:  # as if it were always there: ask ``has_core``
    core = _native
    _failure: DedupError | None
else:
    core, _failure = None, None
    try:
        core = load_core(os.environ.get(NATIVE_VARIABLE, ""))
    except DedupError as error:  # at the first use: the command reports it as any other error
        _failure = error


core_is_missing = (
    not bool(core) and os.environ.get(NATIVE_VARIABLE) != "0"
)  # though nobody left it out


def has_core() -> bool:
    """Tell whether the compiled core is used; warn, once, where it is missing.

    Raises
    ------
    ConfigError, MissingLibraryError
        When ``DEDUP_NATIVE`` has another value, or asks for a core that is missing.
    """
    if _failure is not None:
        raise _failure.with_traceback(None)
    if core_is_missing:
        _say_that_it_is_slow()
    return bool(core)


def describe_core() -> str:
    """Return which core is used, for ``--version``."""
    if bool(core):
        return f"compiled core, {core.level()}"
    why = (
        "install a C++ compiler and install dedup again"
        if core_is_missing
        else f"{NATIVE_VARIABLE}=0"
    )
    return str(_failure or f"slow, without the compiled core: {why}")


def rule_constants(module: ModuleType, **others: object) -> SimpleNamespace:
    """Return the constants of a specification by their names in lower case, and others."""
    named = {name.lower(): value for name, value in vars(module).items() if name.isupper()}
    return SimpleNamespace(**named | others)


@cache
def _say_that_it_is_slow() -> None:
    warnings.warn(
        "dedup was built without its compiled core and works in numpy, which is some ten times "
        f"slower: install a C++ compiler and install dedup again, or set {NATIVE_VARIABLE}=0",
        RuntimeWarning,
        stacklevel=3,
    )
