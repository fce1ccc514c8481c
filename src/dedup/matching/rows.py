"""Rows to match: sampled in chunks first; then few of them are read again, to be compared."""

from collections.abc import Callable
from functools import cached_property, partial
from typing import TypeVar

import numpy as np

from dedup.arrays.array_types import I64, U8
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.packed import PackedTexts, PythonTexts, ThreadBuffer
from dedup.arrays.parallel import map_chunks, offsets_of
from dedup.config import Config
from dedup.text.hashing import NativeTexts
from dedup.text.recode import UNRECODED_UNITS, recode

Sample = TypeVar("Sample")
TakeSample = Callable[[NativeTexts, int, int], Sample]  # of rows from the first to the last


class PackedRows:
    """Rows of a packed text: ``utf8[offsets[i]:offsets[i + 1]]``."""

    def __init__(self, utf8: U8, offsets: I64, config: Config, memory: Memory = IN_RAM) -> None:
        recoded = recode(utf8, offsets, config.unit, lambda size: memory.empty(size, np.uint8))
        self.texts, self.memory = NativeTexts(*recoded, config), memory

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.texts.offsets) - 1

    def sample(self, sample: TakeSample[Sample], stop: int, threads: int | None) -> list[Sample]:
        """Sample the rows before ``stop`` in chunks."""
        offsets = self.texts.offsets[: stop + 1]
        return map_chunks(partial(sample, self.texts), offsets, threads, self.memory)


class StringRows:
    """Python's strings as rows, without a copy of all of them.

    A chunk is packed to sample its rows. The core packs a row again when it first compares it.
    """

    memory = IN_RAM

    def __init__(self, strings: PythonTexts, config: Config) -> None:
        self._strings, self._config = strings, config
        self._sizes = np.zeros(len(strings), np.int64)  # in UTF-8, of the rows that were sampled

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._strings)

    def sample(self, sample: TakeSample[Sample], stop: int, threads: int | None) -> list[Sample]:
        """Sample the rows before ``stop`` in chunks."""
        scratch = ThreadBuffer()

        def work(first: int, last: int) -> Sample:
            utf8, offsets = self._strings.encode(first, last, scratch)
            self._sizes[first:last] = np.diff(offsets)
            return sample(NativeTexts(utf8, offsets, self._config), 0, last - first)

        return map_chunks(work, offsets_of(self._strings.held_bytes[:stop]), threads)

    @cached_property
    def texts(self) -> NativeTexts:
        """All rows, which were sampled before."""
        offsets = offsets_of(self._sizes)
        utf8 = IN_RAM.empty(int(offsets[-1]), np.uint8)
        return NativeTexts(utf8, offsets, self._config, self._strings.source)


Rows = PackedRows | StringRows


def rows_of(column: PackedTexts | PythonTexts, config: Config, threads: int | None = None) -> Rows:
    """Return the rows of a column of texts."""
    if isinstance(column, PythonTexts):
        if config.unit in UNRECODED_UNITS:
            return StringRows(column, config)
        column = column.pack(threads)
    return PackedRows(column.utf8, column.offsets, config)
