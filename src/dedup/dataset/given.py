"""What callers give, as what is meant: paths as strings, one where there may be several."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

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


def as_declared(name: str, value: Any, hint: Any, or_none: str = "") -> Any:  # noqa: ANN401
    """Return the value of an option as its type hint has it: a path, or several of one.

    Raises
    ------
    ConfigError
        When it is of another type.

    Examples
    --------
    >>> as_declared("text_key", "body", tuple[str, ...]), as_declared("memory", None, int | None)
    (('body',), None)
    """
    inner = get_args(hint)
    if get_origin(hint) is Literal:
        if value not in inner:
            raise ConfigError.of(name, f"must be one of {', '.join(inner)}, got {value!r}")
    elif get_origin(hint) is tuple:
        return tuple(paths_in(name, value)) if inner[0] is Path else _strings_in(name, value)
    elif inner:
        return None if value is None else as_declared(name, value, inner[0], " or None")
    elif hint is Path:
        return path_in(name, value)
    elif hint in KINDS and (
        not isinstance(value, hint) or (hint is int and isinstance(value, bool))
    ):
        raise ConfigError.of(name, f"must be {KINDS[hint]}{or_none}, got {value!r}")
    return value


def _strings_in(name: str, value: object) -> tuple[str, ...]:
    """Return the strings that a parameter gives, or the one."""
    values = (value,) if isinstance(value, str) else value
    found = tuple(values) if isinstance(values, Iterable) else (values,)
    if not all(isinstance(item, str) for item in found):
        raise ConfigError.of(name, f"must be strings, got {value!r}")
    return found
