"""Windows that repeat: by numpy where texts are small, compiled where they are large."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from dedup.config import Config
from dedup.engine import compiled_texts, use_compiled
from dedup.kernels import reference
from dedup.kernels.windows import Runs, find_runs
from dedup.records import I64
from dedup.text.packed import Packed


class Found(NamedTuple):
    """What repeats, in tokens counted through all texts."""

    runs: Runs
    firsts: I64  # (n + 1,): the first token of each text
    # Of tokens (m,): the byte of the buffer where the character begins that each begins with, and
    # how many of the tokens before begin with the same character.
    locate: Callable[[I64], tuple[I64, I64]]


def repeated_windows(packed: Packed, config: Config, size: int, threads: int | None) -> Found:
    """Find the windows of ``size`` tokens that repeat one before them."""
    if use_compiled("spans", int(packed.offsets[-1] - packed.offsets[0])):
        return found_compiled(packed, config, size, threads)
    return found_by_numpy(packed, config, size)


def found_by_numpy(packed: Packed, config: Config, size: int) -> Found:
    """Do as ``repeated_windows``, by numpy."""
    characters = config.unit == "char"
    tokens, begins = reference.placed_tokens(
        packed.utf8, packed.offsets, config.seed, characters=characters
    )

    def locate(wanted: I64) -> tuple[I64, I64]:
        places = begins[wanted]
        return places, wanted - np.searchsorted(begins, places)

    return Found(find_runs(tokens.hashes, size), tokens.hashes.offsets, locate)


def found_compiled(packed: Packed, config: Config, size: int, threads: int | None) -> Found:
    """Do as ``repeated_windows``, by the compiled kernels."""
    from dedup.kernels.spans import Windows  # noqa: PLC0415  numba is loaded at need

    windows = Windows(compiled_texts(packed.utf8, packed.offsets, config), size, threads)
    return Found(windows.runs(), windows.firsts, windows.locate)
