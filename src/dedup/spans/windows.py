"""Windows of tokens that repeat earlier ones, and the stretches that they cover."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, U32, U64, Flags, Ragged
from dedup.arrays.long_arrays import has_equal_neighbor, stable_order
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.native import core, has_core
from dedup.arrays.packed import PackedTexts
from dedup.arrays.parallel import (
    available_cores,
    concatenate_columns,
    map_chunks,
    map_parallel,
    offsets_of,
)
from dedup.config import Config, Unit, check_type, is_whole_number
from dedup.errors import ConfigError
from dedup.text.hashing import NativeTexts
from dedup.text.tokens import placed_tokens

MIN_SPAN: dict[Unit, int] = {"word": 50, "char": 250}  # as many letters as words have
LONGEST = 1 << 16  # tokens of a window
PARTS = 8  # of the shingles for each thread, at least
SHINGLES = 3  # of a window, side by side
MOST = 1 << 12  # shingles or tokens of a part: their texts are read at random between two checks


class WindowRuns(NamedTuple):
    """Windows in a row that repeat windows in a row, in the order of their places.

    Tokens are counted through all rows. Window ``starts[i] + j`` has the tokens of window
    ``sources[i] + j`` for each j below ``counts[i]``, and no window before that has them.
    """

    starts: I64  # (r,), ascending
    sources: I64  # (r,)
    counts: I64  # (r,), each as large as can be


def find_window_runs(tokens: Ragged, size: int, *, within_only: bool = False) -> WindowRuns:
    """Find the windows of ``size`` tokens that repeat one before them, which they do not overlap.

    Windows of equal tokens get equal numbers, by doubling (Karp, Miller and Rosenberg 1972): a
    window of twice the length is a pair of windows. So nothing is hashed, and nothing can collide.

    Parameters
    ----------
    tokens
        Token hashes, n rows. A window is in one row.
    within_only
        Whether only what is in the same row counts.

    Examples
    --------
    >>> words = np.array([1, 2, 3, 4, 1, 2, 3, 9, 1, 2], np.uint64)
    >>> find_window_runs(Ragged(words, np.array([0, 4, 10])), 2)
    WindowRuns(starts=array([4, 8]), sources=array([0, 0]), counts=array([2, 1]))
    >>> find_window_runs(Ragged(words, np.array([0, 4, 10])), 2, within_only=True)
    WindowRuns(starts=array([8]), sources=array([4]), counts=array([1]))
    """
    rows, count = tokens.row_numbers(), len(tokens.values)
    windows = np.flatnonzero(np.arange(size, count + size) <= tokens.offsets[rows + 1])
    numbers, width = np.unique(tokens.values, return_inverse=True)[1], 1
    if within_only:  # a token is another one in each row
        numbers = np.unique(numbers * len(tokens) + rows, return_inverse=True)[1]
    while 2 * width <= size:
        numbers = np.unique(_pairs(numbers, width), return_inverse=True)[1]
        width *= 2
    _, first, same = np.unique(
        _pairs(numbers, size - width)[windows], return_index=True, return_inverse=True
    )
    sources = windows[first][same]
    repeats = sources + size <= windows
    ones = np.ones(int(repeats.sum()), np.int64)
    return merged(windows[repeats], sources[repeats], ones)


def _pairs(numbers: I64, distance: int) -> I64:
    """Return a number for each pair of windows at a distance; across the end it means nothing."""
    second = np.append(numbers[distance:], np.zeros(min(distance, len(numbers)), np.int64))
    return numbers * len(numbers) + second


def merged(starts: I64, sources: I64, counts: I64) -> WindowRuns:
    """Join runs, in the order of their places, that go on where the one before ends."""
    parted = (starts[1:] != (starts + counts)[:-1]) | (sources[1:] != (sources + counts)[:-1])
    heads = np.flatnonzero(_ends(parted, len(starts))[0])
    if not len(heads):
        return WindowRuns(starts, sources, counts)
    return WindowRuns(starts[heads], sources[heads], np.add.reduceat(counts, heads))


def _ends(parted: Flags, count: int) -> tuple[Flags, Flags]:
    """Tell which items come first, and which last, of those between two that are parted.

    Parameters
    ----------
    parted
        (count - 1,): whether an item is parted from the one behind it.
    """
    end = np.ones(min(count, 1), np.bool_)
    return np.concatenate((end, parted)), np.concatenate((parted, end))


class RepeatedWindows(NamedTuple):
    """What repeats, in tokens counted through all texts."""

    runs: WindowRuns
    firsts: I64  # (n + 1,): the first token of each text
    # Of tokens (m,): the byte of the buffer where the character begins that each begins with, and
    # how many of the tokens before begin with the same character.
    locate: Callable[[I64], tuple[I64, I64]]

    def rows(self, tokens: I64) -> I64:
        """Return the text of each token, (m,)."""
        return np.searchsorted(self.firsts, tokens, "right") - 1


@dataclass(frozen=True, slots=True)
class SpanRule:
    """What repeats: how long it is, and where what it repeats may stand.

    Parameters
    ----------
    min_span
        Tokens of a window, 2 to 65,536.
    within, across
        Whether before it in the same text, and whether in an earlier text.

    Raises
    ------
    ConfigError
        When one is outside its range, or it may stand nowhere.
    """

    min_span: int
    within: bool = True
    across: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if not is_whole_number(self.min_span) or not 2 <= self.min_span <= LONGEST:
            rule = f"must be a whole number in 2..{LONGEST}, got {self.min_span!r}"
            raise ConfigError.of("min_span", rule)
        for name in ("within", "across"):
            check_type(name, getattr(self, name), bool)
        if not (self.within or self.across):
            raise ConfigError(
                "within and across are both off, so there is nothing to compare spans with"
            )

    @classmethod
    def of(cls, min_span: int | None, unit: Unit, *, within: bool, across: bool) -> "SpanRule":
        """Return a rule, with the ``min_span`` that suits the unit when None."""
        return cls(MIN_SPAN[unit] if min_span is None else min_span, within, across)


def repeated_windows(
    packed: PackedTexts,
    config: Config,
    rule: SpanRule,
    threads: int | None,
    memory: Memory = IN_RAM,
) -> RepeatedWindows:
    """Find the windows of ``min_span`` tokens that repeat one before them.

    Only across texts, a window counts whose first one is in an earlier text; only within them,
    each text counts by itself.
    """
    size, within_only = rule.min_span, not rule.across
    if has_core():
        texts = NativeTexts(packed.utf8, packed.offsets, config)
        found = find_windows_with_core(texts, size, threads, within_only=within_only, memory=memory)
    else:
        found = find_windows_with_numpy(packed, config, size, within_only=within_only)
    if rule.within:
        return found
    # Windows of one run are in one text.
    across = found.rows(found.runs.starts) != found.rows(found.runs.sources)
    return found._replace(runs=WindowRuns(*(column[across] for column in found.runs)))


def find_windows_with_numpy(
    packed: PackedTexts, config: Config, size: int, *, within_only: bool = False
) -> RepeatedWindows:
    """Do as ``repeated_windows``, by numpy."""
    characters = config.unit == "char"
    tokens, begins = placed_tokens(packed.utf8, packed.offsets, config.seed, characters=characters)

    def locate(wanted: I64) -> tuple[I64, I64]:
        places = begins[wanted]
        return places, wanted - np.searchsorted(begins, places)

    return RepeatedWindows(
        find_window_runs(tokens.hashes, size, within_only=within_only),
        tokens.hashes.offsets,
        locate,
    )


def find_windows_with_core(
    texts: NativeTexts,
    size: int,
    threads: int | None,
    *,
    within_only: bool = False,
    memory: Memory = IN_RAM,
) -> RepeatedWindows:
    """Do as ``find_window_runs``, by the compiled core.

    1. Rows are cut into pieces, each of which can be cut into tokens by itself, and their windows
       noted by their smallest shingles: an 18th of all tokens for windows of 50.
    2. Only shingles that were noted twice matter. The windows of each are read again, and compared.
    """
    begins, counts = concatenate_columns(
        texts.map_chunks(core.cut_rows, threads, memory=memory), memory
    )
    offsets = memory.empty(len(begins) + 1, np.int64)
    offsets[:-1], offsets[-1] = begins, texts.offsets[-1]
    pieces, owners = texts.with_offsets(offsets), offsets_of(counts, memory)
    # Longer shingles are shared by fewer windows that differ, shorter ones are noted more rarely.
    width = max(size // SHINGLES, 1)

    def note(first: int, last: int) -> tuple[I64, U64, I64, U32]:
        found: Any = core.winnow(pieces, owners, first, last, size, width, within_only)
        return tuple(map(memory.store, found))

    noted, base = map_chunks(note, texts.offsets, threads, memory), 0
    for tokens, _, starts, _ in noted:
        np.add(starts, base, out=starts)
        base += int(tokens.sum())
    tokens, hashes, starts, lengths = concatenate_columns(noted, memory)
    del noted
    firsts = offsets_of(tokens, memory)
    threads = threads or available_cores()
    order = stable_order(hashes)
    hashes = memory.store(hashes[order])
    repeated = has_equal_neighbor(hashes)
    order = order[repeated]
    columns = hashes[repeated], starts[order], lengths[order]
    hashes, starts, lengths = map(memory.store, columns)
    del order, repeated, columns
    step = max(min(len(hashes) // (PARTS * threads), MOST), 1)
    # Parts are cut between two shingles.
    cuts = np.unique(np.searchsorted(hashes, hashes[::step])).tolist() or [0]
    cuts.append(len(hashes))

    def find(part: int) -> tuple[I64, I64, I64]:
        own = slice(cuts[part], cuts[part + 1])
        return core.find_sources(pieces, firsts, hashes[own], starts[own], lengths[own], size)

    found = concatenate_columns(map_parallel(find, len(cuts) - 1, threads, memory), memory)
    order = stable_order(found[0])
    runs = merged(*(memory.store(column[order]) for column in found))

    def locate(tokens: I64) -> tuple[I64, I64]:
        order = stable_order(tokens)
        parts = np.array_split(tokens[order], max(threads, len(tokens) // MOST))

        def work(part: int) -> tuple[I64, I64]:
            return core.find_places(pieces, firsts, parts[part])

        found = concatenate_columns(map_parallel(work, len(parts), threads, memory))
        places, before = np.empty((2, len(tokens)), np.int64)
        places[order], before[order] = found
        return places, before

    return RepeatedWindows(runs, firsts[owners], locate)


class Stretches(NamedTuple):
    """Tokens ``[starts[i], stops[i])``, which are those from ``sources[i]`` on."""

    starts: I64  # (s,), ascending; none begins before the one before it stops
    stops: I64
    sources: I64  # a source ends before its stretch begins


def cover(runs: WindowRuns, size: int) -> Stretches:
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

    >>> cover(WindowRuns(np.array([3, 6]), np.array([0, 0]), np.array([3, 2])), 2)
    Stretches(starts=array([3, 6]), stops=array([6, 9]), sources=array([0, 0]))
    """
    ends = runs.starts + runs.counts + size - 1
    heads, tails = _ends(runs.starts[1:] >= ends[:-1], len(ends))
    here, last = runs.starts[heads], ends[tails]
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
    parted = (stretches.starts[1:] != stretches.stops[:-1]) | (rows[1:] != rows[:-1])
    return _ends(parted, len(rows))
