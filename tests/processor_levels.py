"""The levels of the processor that the compiled core has."""

from collections.abc import Iterator
from contextlib import suppress

from dedup.arrays.native import core

LEVELS = ("portable", "v2", "v3", "v4")


def levels() -> Iterator[str]:
    """Use each level that this processor has, then the first one again."""
    best = core.level()
    try:
        for level in LEVELS:
            with suppress(ValueError):
                core.use_level(level)
                yield level
    finally:
        core.use_level(best)
