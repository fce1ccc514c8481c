"""Chooses between the compiled core and numpy, once, when the package is imported.

The environment variable ``DEDUP_NATIVE`` overrides the choice. ``0``: use numpy. ``require``: fail
if the core is missing. ``portable``, ``v2``, ``v3`` or ``v4``: use the core as compiled for this
level of the x86-64 architecture. If the variable is not set and the core is missing, the first use
warns. If the value is wrong, or asks for a missing core, the first use fails.
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
    """Return the compiled core, or None where it is missing or ``wanted`` is ``"0"``.

    Parameters
    ----------
    wanted
        The value of ``DEDUP_NATIVE``; empty if it is not set.

    Raises
    ------
    MissingLibraryError
        When ``wanted`` asks for the core and it is missing.
    ConfigError
        When ``wanted`` is no valid value, or a level that this processor lacks.

    Examples
    --------
    >>> load_core("0") is None
    True
    """
    if wanted == "0":
        return None
    try:
        module = import_module("dedup._native")
    except ImportError as error:
        if wanted:
            raise MissingLibraryError(
                f"dedup was built without its compiled core, and {NATIVE_VARIABLE}={wanted} "
                "needs it: install a C++ compiler and install dedup again"
            ) from error
        return None
    if wanted not in ("", "require"):
        try:
            module.use_level(wanted)
        except ValueError as error:
            raise ConfigError(
                f"{NATIVE_VARIABLE} must be 0, require or a level that this processor has "
                f"(portable, v2, v3, v4), got {wanted!r}; unset it to choose the best one"
            ) from error
    return module


if TYPE_CHECKING:  # callers check has_core() first, so the type is never None
    core = _native
    _failure: DedupError | None
else:
    core, _failure = None, None
    try:
        core = load_core(os.environ.get(NATIVE_VARIABLE, ""))
    except DedupError as error:  # raised at the first use, where the command can report it
        _failure = error


# Missing, and not left out on purpose.
core_is_missing = not bool(core) and os.environ.get(NATIVE_VARIABLE) != "0"


def has_core() -> bool:
    """Return whether the compiled core is used; warn once if it is missing.

    Raises
    ------
    ConfigError
        When ``DEDUP_NATIVE`` has no valid value, or names a level that this processor lacks.
    MissingLibraryError
        When ``DEDUP_NATIVE`` asks for the core and it is missing.
    """
    if _failure is not None:
        raise _failure.with_traceback(None)
    if core_is_missing:
        _warn_of_slowness()
    return bool(core)


def describe_core() -> str:
    """Return which core is used, as ``--version`` displays it."""
    if bool(core):
        return f"compiled core, {core.level()}"
    why = (
        "install a C++ compiler and install dedup again"
        if core_is_missing
        else f"{NATIVE_VARIABLE}=0"
    )
    return str(_failure or f"slow, without the compiled core: {why}")


def rule_constants(module: ModuleType, **settings: object) -> SimpleNamespace:
    """Return what C++ needs to apply a rule: the constants of its specification, and settings.

    Parameters
    ----------
    module
        The specification. Its constants (names in upper case) become attributes in lower case.
    **settings
        More attributes.

    Examples
    --------
    >>> from dedup.text import blocks
    >>> rule_constants(blocks).wrap_width, rule_constants(blocks, threads=2).threads
    (45, 2)
    """
    constants = {name.lower(): value for name, value in vars(module).items() if name.isupper()}
    return SimpleNamespace(**constants | settings)


@cache
def _warn_of_slowness() -> None:
    warnings.warn(
        "dedup was built without its compiled core and uses numpy, which is about ten times "
        f"slower; install a C++ compiler and install dedup again, or set {NATIVE_VARIABLE}=0",
        RuntimeWarning,
        stacklevel=3,
    )
