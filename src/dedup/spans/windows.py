"""Windows that repeat, by the compiled core where it is there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from dedup.arrays.memory import IN_RAM, Memory
from dedup.config import Config
from dedup.errors import ConfigError
from dedup.kernels import reference
from dedup.kernels.spans import Windows
from dedup.kernels.windows import Runs, find_runs
from dedup.matching.engine import native_texts
from dedup.native import has_core
from dedup.records import I64
from dedup.text.packed import Packed


class Found(NamedTuple):
    """What repeats, in tokens counted through all texts."""

    runs: Runs
    firsts: I64  # (n + 1,): the first token of each text
    # Of tokens (m,): the byte of the buffer where the character begins that each begins with, and
    # how many of the tokens before begin with the same character.
    locate: Callable[[I64], tuple[I64, I64]]

    def rows(self, tokens: I64) -> I64:
        """Return the text of each token, (m,)."""
        rows: I64 = np.searchsorted(self.firsts, tokens, "right") - 1
        return rows


@dataclass(frozen=True, slots=True)
class Where:
    """Where what a window repeats may stand: before it in the same text, in earlier ones, or both.

    Raises
    ------
    ConfigError
        When it is nowhere.
    """

    within: bool = True
    across: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        for name in ("within", "across"):
            if not isinstance(getattr(self, name), bool):
                raise ConfigError(f"{name} must be True or False, got {getattr(self, name)!r}")
        if not (self.within or self.across):
            raise ConfigError(
                "within and across are both off, which leaves spans nothing to repeat"
            )


ANYWHERE = Where()


def repeated_windows(  # noqa: PLR0913
    packed: Packed,
    config: Config,
    size: int,
    threads: int | None,
    where: Where = ANYWHERE,
    *,
    memory: Memory = IN_RAM,
) -> Found:
    """Find the windows of ``size`` tokens that repeat one before them.

    Only across texts, a window counts whose first one is in an earlier text; only within them,
    each text counts by itself.
    """
    apart = not where.across
    if has_core():
        found = found_native(packed, config, size, threads, apart=apart, memory=memory)
    else:
        found = found_by_numpy(packed, config, size, apart=apart)
    return found if where.within else found._replace(runs=_between_texts(found))


def _between_texts(found: Found) -> Runs:
    """Return the runs that repeat another text: windows of one run are in one text."""
    starts, sources = (np.searchsorted(found.firsts, tokens, "right") for tokens in found.runs[:2])
    return Runs(*(column[starts != sources] for column in found.runs))


def found_by_numpy(packed: Packed, config: Config, size: int, *, apart: bool = False) -> Found:
    """Do as ``repeated_windows``, by numpy."""
    characters = config.unit == "char"
    tokens, begins = reference.placed_tokens(
        packed.utf8, packed.offsets, config.seed, characters=characters
    )

    def locate(wanted: I64) -> tuple[I64, I64]:
        places = begins[wanted]
        return places, wanted - np.searchsorted(begins, places)

    return Found(find_runs(tokens.hashes, size, apart=apart), tokens.hashes.offsets, locate)


def found_native(  # noqa: PLR0913
    packed: Packed,
    config: Config,
    size: int,
    threads: int | None,
    *,
    apart: bool = False,
    memory: Memory = IN_RAM,
) -> Found:
    """Do as ``repeated_windows``, by the compiled core."""
    texts = native_texts(packed.utf8, packed.offsets, config)
    windows = Windows(texts, size, threads, apart=apart, memory=memory)
    return Found(windows.runs(), windows.firsts, windows.locate)
