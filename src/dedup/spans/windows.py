"""Finds the windows of tokens that repeat earlier ones.

A *window* is ``min_span`` consecutive tokens of one text; it has the number of its first token,
counted through all texts. It repeats if the same tokens occurred before as a window that it does
not overlap. This definition decides what is removed, and each implementation finds exactly that:

- The specification, in numpy, numbers all windows by doubling (Karp, Miller and Rosenberg 1972).
- The compiled core finds candidates by winnowing (Schleimer, Wilkerson and Aiken 2003, "Winnowing:
  local algorithms for document fingerprinting") and compares them token by token.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, U32, U64, Flags, Ragged
from dedup.arrays.long_arrays import (
    distinct,
    has_equal_neighbor,
    partition_count,
    stable_order,
)
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
from dedup.arrays.stored_arrays import StoredArray
from dedup.config import Config, Unit, check_type, is_whole_number
from dedup.errors import ConfigError
from dedup.text.hashing import NativeTexts
from dedup.text.tokens import placed_tokens

DEFAULT_MIN_SPAN: dict[Unit, int] = {"word": 50, "char": 250}  # 50 words have about 250 letters
MAX_MIN_SPAN = 1 << 16  # tokens
SHINGLES_PER_WINDOW = 3  # a shingle has this fraction of the tokens of a window
PARTITIONS_PER_THREAD = 8  # of the recorded shingles, at least
WINNOWED_SHARE = 0.6  # of the time, when the shingles of windows are recorded
MAX_PARTITION_ITEMS = 1 << 12  # shingles or tokens: their texts are read in random order,
MAX_ITEMS_ON_DISK = 1 << 9  # so many between two trims of memory, if texts are in a mapped file


class WindowRuns(NamedTuple):
    """Consecutive windows that repeat consecutive windows, in the order of the texts.

    For each j below ``counts[i]``, window ``starts[i] + j`` has the same tokens as window
    ``sources[i] + j``, which is the first window with these tokens.
    """

    starts: I64  # (r,), ascending
    sources: I64  # (r,)
    counts: I64  # (r,): the number of windows, as large as possible


def find_window_runs(tokens: Ragged, size: int, *, within_only: bool = False) -> WindowRuns:
    """Find the windows that repeat an earlier one, by numbering all windows.

    Equal windows get equal numbers: a window of twice the length is a pair of windows, and equal
    pairs get equal numbers (Karp, Miller and Rosenberg 1972). Windows are not hashed, so there are
    no collisions.

    Parameters
    ----------
    tokens
        The token hashes of n rows. A window is within one row.
    size
        Tokens of a window.
    within_only
        Whether only windows of the same row are compared.

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
    if within_only:  # equal tokens of different rows get different numbers
        numbers = np.unique(numbers * len(tokens) + rows, return_inverse=True)[1]
    while 2 * width <= size:
        numbers = np.unique(_pair_numbers(numbers, width), return_inverse=True)[1]
        width *= 2
    _, first, inverse = np.unique(
        _pair_numbers(numbers, size - width)[windows], return_index=True, return_inverse=True
    )
    sources = windows[first][inverse]
    repeats = sources + size <= windows
    ones = np.ones(int(repeats.sum()), np.int64)
    return join_runs(windows[repeats], sources[repeats], ones)


def _pair_numbers(numbers: I64, distance: int) -> I64:
    """Return a number for each pair of windows at a distance.

    Pairs that reach beyond the end get numbers without a meaning.
    """
    second = np.append(numbers[distance:], np.zeros(min(distance, len(numbers)), np.int64))
    return numbers * len(numbers) + second


def join_runs(starts: I64, sources: I64, counts: I64) -> WindowRuns:
    """Join the runs that continue the previous one: the windows and their sources do.

    Parameters
    ----------
    starts, sources, counts
        (r,): runs in the order of the texts, as in ``WindowRuns``.
    """
    is_split = (starts[1:] != (starts + counts)[:-1]) | (sources[1:] != (sources + counts)[:-1])
    heads = np.flatnonzero(heads_and_tails(is_split, len(starts))[0])
    if not len(heads):
        return WindowRuns(starts, sources, counts)
    return WindowRuns(starts[heads], sources[heads], np.add.reduceat(counts, heads))


def heads_and_tails(is_split: Flags, count: int) -> tuple[Flags, Flags]:
    """Return which items are the first, and which the last, of a group of consecutive items.

    Parameters
    ----------
    is_split
        (count - 1,): whether an item and the next one are in different groups.
    """
    end = np.ones(min(count, 1), np.bool_)
    return np.concatenate((end, is_split)), np.concatenate((is_split, end))


class RepeatedWindows(NamedTuple):
    """The repeated windows of n texts, and where tokens are in the texts."""

    runs: WindowRuns
    token_offsets: I64  # (n + 1,): the first token of each text
    # For tokens (m,): the byte of the buffer where the character begins in which each token begins,
    # (m,), and the number of tokens before it that begin in the same character, (m,).
    locate: Callable[[I64], tuple[I64, I64]]
    memory: Memory = IN_RAM

    def rows(self, tokens: I64) -> I64:
        """Return the text of each token, (m,)."""
        return np.searchsorted(self.token_offsets, tokens, "right") - 1


@dataclass(frozen=True, slots=True)
class SpanRule:
    """How long a repeated span is, and which earlier text it may repeat.

    Parameters
    ----------
    min_span
        Tokens of a window, 2 to 65,536.
    within
        Whether a span may repeat an earlier span of the same text; default True.
    across
        Whether a span may repeat a span of an earlier text; default True.

    Raises
    ------
    ConfigError
        If a value is outside its range, or ``within`` and ``across`` are both off.
    """

    min_span: int
    within: bool = True
    across: bool = True

    def __post_init__(self) -> None:
        """Check the values."""
        if not is_whole_number(self.min_span) or not 2 <= self.min_span <= MAX_MIN_SPAN:
            rule = f"must be a whole number in 2..{MAX_MIN_SPAN}, got {self.min_span!r}"
            raise ConfigError.of("min_span", rule)
        for name in ("within", "across"):
            check_type(name, getattr(self, name), bool)
        if not (self.within or self.across):
            raise ConfigError(
                "within and across are both off, so there is nothing to compare spans with"
            )

    @classmethod
    def of(cls, min_span: int | None, unit: Unit, *, within: bool, across: bool) -> "SpanRule":
        """Return a rule; ``min_span`` None is the default of the unit."""
        return cls(DEFAULT_MIN_SPAN[unit] if min_span is None else min_span, within, across)


def repeated_windows(
    packed: PackedTexts,
    config: Config,
    rule: SpanRule,
    threads: int | None,
    memory: Memory = IN_RAM,
) -> RepeatedWindows:
    """Find the windows of ``rule.min_span`` tokens that repeat an earlier one.

    Without ``rule.within``, a window repeats if the first window with its tokens is in an earlier
    text. Without ``rule.across``, each text is searched by itself.
    """
    size, within_only = rule.min_span, not rule.across
    if has_core():
        texts = NativeTexts(packed.utf8, packed.offsets, config)
        found = find_windows_with_core(texts, size, threads, within_only=within_only, memory=memory)
    else:
        found = find_windows_with_numpy(packed, config, size, within_only=within_only)
    if rule.within:
        return found
    # All windows of a run are in one text, and so are their sources.
    is_across = found.rows(found.runs.starts) != found.rows(found.runs.sources)
    return found._replace(runs=WindowRuns(*(column[is_across] for column in found.runs)))


def find_windows_with_numpy(
    packed: PackedTexts, config: Config, size: int, *, within_only: bool = False
) -> RepeatedWindows:
    """Find repeated windows with numpy: the specification."""
    characters = config.unit == "char"
    tokens, begins = placed_tokens(packed.utf8, packed.offsets, config.seed, characters=characters)

    def locate(wanted: I64) -> tuple[I64, I64]:
        places = begins[wanted]
        return places, wanted - np.searchsorted(begins, places)

    runs = find_window_runs(tokens.hashes, size, within_only=within_only)
    return RepeatedWindows(runs, tokens.hashes.offsets, locate)


def find_windows_with_core(
    texts: NativeTexts,
    size: int,
    threads: int | None,
    *,
    within_only: bool = False,
    memory: Memory = IN_RAM,
) -> RepeatedWindows:
    """Find repeated windows with the compiled core.

    1. Texts are cut into segments, each of which can be tokenized by itself, so that tokens need
       not be stored.
    2. Winnowing records the smallest shingle of each window: 1 in 18 shingles for windows of 50.
    3. Shingles that were recorded once are dropped. For each of the others, the core reads its
       windows again and compares equal hashes token by token.
    """
    begins, counts = concatenate_columns(
        texts.map_chunks(core.cut_segments, threads, memory=memory), memory
    )
    offsets = memory.empty(len(begins) + 1, np.int64)
    offsets[:-1], offsets[-1] = begins, texts.offsets[-1]
    segments, first_segments = texts.with_offsets(offsets), offsets_of(counts, memory)
    segments_read_again = texts.with_offsets(offsets, memory)  # not mapped: in random order
    # Longer shingles are shared by fewer different windows; of shorter ones fewer are recorded.
    width = max(size // SHINGLES_PER_WINDOW, 1)

    store = memory.new_store()

    def winnow(first: int, last: int) -> tuple[I64, _Records]:
        tokens, hashes, starts, counts = core.winnow(
            segments, first_segments, first, last, size, width, within_only
        )
        return tokens, _Records(store.add(hashes), store.add(starts), store.add(counts))

    progress, texts_count = memory.progress, len(texts.offsets) - 1
    with progress.part(0.0, WINNOWED_SHARE):
        winnow_chunk = progress.steps(winnow, texts_count)
        tokens, records = zip(
            *map_chunks(winnow_chunk, texts.offsets, threads, memory), strict=True
        )
    first_tokens = offsets_of(np.concatenate(tokens), memory)
    hashes, starts, window_counts = _repeated_records(tokens, records, memory)
    del tokens, records
    threads = threads or available_cores()
    max_items = MAX_ITEMS_ON_DISK if memory.is_limited else MAX_PARTITION_ITEMS
    step = max(min(len(hashes) // (PARTITIONS_PER_THREAD * threads), max_items), 1)
    # All records of a shingle are in one partition.
    firsts = np.flatnonzero(np.append(True, hashes[1:] != hashes[:-1]))
    places = np.searchsorted(firsts, np.arange(0, len(hashes), step), "right") - 1
    bounds = [*(distinct(firsts[places]).tolist() or [0]), len(hashes)]

    def find_sources(partition: int) -> tuple[I64, I64, I64]:
        part = slice(bounds[partition], bounds[partition + 1])
        return core.find_window_sources(
            segments_read_again, first_tokens, hashes[part], starts[part], window_counts[part], size
        )

    partitions = len(bounds) - 1
    with progress.part(WINNOWED_SHARE, 1.0):
        find_partition = progress.steps(find_sources, partitions)
        found = concatenate_columns(
            map_parallel(find_partition, partitions, threads, memory), memory
        )
    order = stable_order(found[0])
    runs = join_runs(*(memory.adopt(column[order]) for column in found))

    def locate(tokens: I64) -> tuple[I64, I64]:
        order = stable_order(tokens)
        batches = np.array_split(tokens[order], max(threads, len(tokens) // max_items))

        def find_places(batch: int) -> tuple[I64, I64]:
            return core.find_token_places(segments, first_tokens, batches[batch])

        found = concatenate_columns(map_parallel(find_places, len(batches), threads, memory))
        places, before = np.empty((2, len(tokens)), np.int64)
        places[order], before[order] = found
        return places, before

    return RepeatedWindows(runs, first_tokens[first_segments], locate, memory)


class _Records(NamedTuple):
    """The smallest shingles of the windows of some texts."""

    hashes: StoredArray[U64]  # (r,)
    starts: StoredArray[I64]  # (r,): the first window with this smallest shingle, from 0
    window_counts: StoredArray[U32]  # (r,): consecutive windows that have it


def _repeated_records(
    tokens: Sequence[I64], records: Sequence[_Records], memory: Memory
) -> tuple[U64, I64, U32]:
    """Return the shingles that were recorded more than once, equal ones together, in order.

    If memory is limited, they are sorted one part of the hashes at a time.

    Parameters
    ----------
    tokens
        The number of tokens of each segment, by chunk of texts.
    records
        Of each chunk of texts.
    """
    before = offsets_of(np.array([chunk.sum() for chunk in tokens])).tolist()
    partitions = partition_count(sum(len(chunk.hashes) for chunk in records), memory)
    found = []
    for partition in range(partitions):
        chosen = []
        for first_token, chunk in zip(before, records, strict=False):
            hashes, starts = chunk.hashes.load(), chunk.starts.load()
            counts = chunk.window_counts.load()
            is_chosen = hashes % np.uint64(partitions) == partition
            chosen.append((hashes[is_chosen], starts[is_chosen] + first_token, counts[is_chosen]))
            memory.trim()
        hashes, starts, counts = _repeated(*concatenate_columns(chosen))
        found.append((memory.adopt(hashes), memory.adopt(starts), memory.adopt(counts)))
        memory.trim()
    hashes, starts, counts = concatenate_columns(found, memory)
    return hashes, starts, counts


def _repeated(hashes: U64, starts: I64, counts: U32) -> tuple[U64, I64, U32]:
    """Return the records whose hash occurs more than once, sorted by hash."""
    order = stable_order(hashes)
    hashes = hashes[order]
    repeated = has_equal_neighbor(hashes)
    order = order[repeated]
    return hashes[repeated], starts[order], counts[order]
