"""The compiled core of the package, and whether it is used.

``DEDUP_NATIVE`` decides once, when the package is imported: ``0`` leaves the core out, ``require``
fails where it is missing, and the name of a level of the processor (``portable``, ``v2``, ``v3``,
``v4``) chooses that one. The first use warns where the core is missing and the variable is not set.
"""

import os
import warnings
from functools import cache
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dedup import _native

VARIABLE = "DEDUP_NATIVE"


def load(wanted: str) -> ModuleType | None:
    """Return the compiled core, None where it is missing or not wanted.

    Raises
    ------
    ImportError
        When it is missing, and ``wanted`` asks for it.
    ValueError
        When ``wanted`` is nothing of these, or a level that this processor lacks.

    Examples
    --------
    >>> load("0") is None
    True
    """
    if wanted == "0":
        return None
    try:
        found = import_module("dedup._native")
    except ImportError as error:
        if wanted:
            raise ImportError(
                f"dedup was built without its compiled core, and {VARIABLE}={wanted} needs it: "
                "install a C++ compiler and install dedup again"
            ) from error
        return None
    if wanted not in ("", "require"):
        try:
            found.use_level(wanted)
        except ValueError as error:
            raise ValueError(
                f"{VARIABLE} must be 0, require or a level that this processor has "
                f"(portable, v2, v3, v4), got {wanted!r}"
            ) from error
    return found


if TYPE_CHECKING:  # as if it were always there: ask ``has_core``
    core = _native
else:
    core = load(os.environ.get(VARIABLE, ""))


is_missing = not bool(core) and os.environ.get(VARIABLE) != "0"  # though nobody left it out


def has_core() -> bool:
    """Tell whether the compiled core is used; warn, once, where it is missing."""
    if is_missing:
        _say_that_it_is_slow()
    return bool(core)


def constants(module: ModuleType, **others: object) -> SimpleNamespace:
    """Return the constants of a specification by their names in lower case, and others."""
    named = {name.lower(): value for name, value in vars(module).items() if name.isupper()}
    return SimpleNamespace(**named | others)


@cache
def _say_that_it_is_slow() -> None:
    warnings.warn(
        "dedup was built without its compiled core and works in numpy, which is some ten times "
        f"slower: install a C++ compiler and install dedup again, or set {VARIABLE}=0",
        RuntimeWarning,
        stacklevel=3,
    )
