"""Windows that repeat, by the compiled core where it is there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from dedup.arrays.memory import IN_RAM, Memory
from dedup.config import Config
from dedup.errors import ConfigError
from dedup.kernels import reference
from dedup.kernels.hashing import native_texts
from dedup.kernels.spans import Windows
from dedup.kernels.windows import Runs, find_runs
from dedup.native import has_core
from dedup.records import I64, Flags
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


class Stretches(NamedTuple):
    """Tokens ``[starts[i], stops[i])``, which are those from ``sources[i]`` on."""

    starts: I64  # (s,), ascending; none begins before the one before it stops
    stops: I64
    sources: I64  # a source ends before its stretch begins


def cover(runs: Runs, size: int) -> Stretches:
    """Cover all tokens of repeating windows, and no others, by stretches.

    A stretch begins where a window repeats, or where the stretch before it stops; it is of the run
    of the last window that begins there or before; it stops with the run, or where it would reach
    into itself: of three copies in a row the second and the third are each a stretch.

    Parameters
    ----------
    size
        Tokens of a window.

    Examples
    --------
    Of ``a b c a b c a b c`` in windows of two:

    >>> cover(Runs(np.array([3, 6]), np.array([0, 0]), np.array([3, 2])), 2)
    Stretches(starts=array([3, 6]), stops=array([6, 9]), sources=array([0, 0]))
    """
    ends = runs.starts + runs.counts + size - 1
    apart = runs.starts[1:] >= ends[:-1]
    here = runs.starts[np.append(np.ones(min(1, len(ends)), np.bool_), apart)]
    last = ends[np.append(apart, np.ones(min(1, len(ends)), np.bool_))]
    none = np.zeros(0, np.int64)
    found = [(none, none, none)]
    while len(here):  # one stretch of each group of runs that overlap
        run = np.searchsorted(runs.starts, here, "right") - 1
        back = runs.starts[run] - runs.sources[run]
        stop = np.minimum(ends[run], here + back)
        found.append((here, stop, here - back))
        goes_on = stop < last
        here, last = stop[goes_on], last[goes_on]
    starts, stops, sources = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(starts)
    return Stretches(starts[order], stops[order], sources[order])


def outer(stretches: Stretches, rows: I64) -> tuple[Flags, Flags]:
    """Tell which stretches begin, and which end, what is cut out in one piece.

    Parameters
    ----------
    rows
        (s,): the text of each stretch.
    """
    joined = (stretches.starts[1:] == stretches.stops[:-1]) & (rows[1:] == rows[:-1])
    end = np.ones(min(len(rows), 1), np.bool_)
    return np.concatenate((end, ~joined)), np.concatenate((~joined, end))
