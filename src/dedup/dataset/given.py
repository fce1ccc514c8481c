"""What callers give, as what is meant: paths as strings, one where there may be several."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dedup.errors import ConfigError

KINDS: dict[type, str] = {bool: "True or False", int: "a whole number", str: "a string"}


def path_in(name: str, value: object) -> Path:
    """Return the path that a parameter gives.

    Raises
    ------
    ConfigError
        When it gives none.

    Examples
    --------
    >>> path_in("target", "clean/").as_posix()
    'clean'
    """
    if not isinstance(value, (str, os.PathLike)) or "\0" in str(value):
        raise ConfigError.of(name, f"must be a path, got {value!r}")
    return Path(value)


def paths_in(name: str, value: object) -> list[Path]:
    """Return the paths that a parameter gives, or the one.

    Raises
    ------
    ConfigError
        When it gives something else.

    Examples
    --------
    >>> paths_in("sources", "a.jsonl") == paths_in("sources", ["a.jsonl"]) == [Path("a.jsonl")]
    True
    """
    if isinstance(value, (str, os.PathLike)):
        return [path_in(name, value)]
    if not isinstance(value, Iterable) or isinstance(value, (bytes, bytearray)):
        raise ConfigError.of(name, f"must be paths, got {value!r}")
    return [path_in(name, item) for item in value]


def strings_in(name: str, value: object, kind: str = "strings") -> tuple[str, ...]:
    """Return the strings that a parameter gives, or the one.

    Raises
    ------
    ConfigError
        When it gives something else.
    """
    values = (value,) if isinstance(value, str) else value
    found = tuple(values) if isinstance(values, Iterable) else (values,)
    if not all(isinstance(item, str) for item in found):
        raise ConfigError.of(name, f"must be {kind}, got {value!r}")
    return found


def names_in(name: str, value: object) -> tuple[str, ...]:
    """Return the names that a parameter gives, or the one.

    Raises
    ------
    ConfigError
        When it gives something else, or nothing.
    """
    found = strings_in(name, value, "names")
    if not found or not all(found):
        raise ConfigError.of(name, f"must name a field, got {value!r}")
    return found


def check_kind(name: str, value: Any, kind: type, *, optional: bool = False) -> None:  # noqa: ANN401
    """Refuse a value of another type.

    Raises
    ------
    ConfigError
        When it is of another one.
    """
    fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if not fits and not (optional and value is None):
        or_none = " or None" if optional else ""
        raise ConfigError.of(name, f"must be {KINDS[kind]}{or_none}, got {value!r}")
