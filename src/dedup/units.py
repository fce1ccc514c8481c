"""Ages and numbers of things, as people write them."""

import re
from datetime import timedelta
from typing import TypeGuard

import numpy as np

from dedup.errors import ConfigError

Age = str | float | timedelta
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def seconds_of(name: str, age: Age) -> float:
    """Return an age in seconds.

    Parameters
    ----------
    name
        Of the parameter that gives it.
    age
        Seconds, a ``timedelta``, or a number and a unit: s, m, h, d or w.

    Raises
    ------
    ConfigError
        When it is none, or not above 0.

    Examples
    --------
    >>> seconds_of("forget_after", "30d")
    2592000.0
    """
    seconds = None
    if isinstance(age, timedelta):
        seconds = age.total_seconds()
    elif isinstance(age, str) and (found := re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([smhdw])", age)):
        seconds = float(found[1]) * UNITS[found[2]]
    elif isinstance(age, (int, float)) and not isinstance(age, bool):
        seconds = float(age)
    if seconds is None or not 0 < seconds < float("inf"):
        raise ConfigError.of(name, f"must be an age, as in 30d, 12h or 90m, got {age!r}")
    return seconds


def is_whole(value: object) -> TypeGuard[int]:
    """Tell whether a value is a whole number, of Python or numpy."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def whole_from(name: str, value: object, least: int, or_none: str = "") -> int:
    """Return the value of a parameter that has to be a whole number, ``least`` or more.

    Raises
    ------
    ConfigError
        When it is another one.
    """
    if not is_whole(value) or value < least:
        rule = f"must be a whole number from {least} on{or_none}"
        raise ConfigError.of(name, f"{rule}, got {value!r}")
    return int(value)


def counted(count: int, noun: str) -> str:
    """Return a number of things.

    Examples
    --------
    >>> counted(1, "text"), counted(2500, "text")
    ('1 text', '2,500 texts')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def copies(exact: int, near: int) -> str:
    """Return how many exact and near copies there are, empty for none.

    Examples
    --------
    >>> copies(2, 1), copies(0, 3)
    ('2 exact and 1 near copy', '3 near copies')
    """
    kinds = [f"{count:,} {kind}" for kind, count in (("exact", exact), ("near", near)) if count]
    noun = "copy" if (near or exact) == 1 else "copies"
    return f"{' and '.join(kinds)} {noun}" if kinds else ""
