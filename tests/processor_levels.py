"""The processor levels for which the compiled core was built."""

from collections.abc import Iterator
from contextlib import suppress

from dedup.arrays.native import core

LEVELS = ("portable", "v2", "v3", "v4")


def levels() -> Iterator[str]:
    """Switch the core to each level that this processor supports, then back to the best."""
    best = core.level()
    try:
        for level in LEVELS:
            with suppress(ValueError):
                core.use_level(level)
                yield level
    finally:
        core.use_level(best)
