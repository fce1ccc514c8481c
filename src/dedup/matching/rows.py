"""Rows to match: sampled in chunks first; then few of them are read again, to be compared."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from dedup.arrays.memory import IN_RAM, Memory
from dedup.config import Config
from dedup.kernels.chunks import in_chunks, offsets_of
from dedup.kernels.hashing import NativeTexts, native_texts
from dedup.kernels.strings import Scratch, Strings
from dedup.records import I64, U8, Flags
from dedup.text.packed import Packed
from dedup.text.recode import recode

Sample = TypeVar("Sample")
Wanted = Callable[[], Flags]  # which rows are needed: asked for only where they are packed
TakeSample = Callable[[NativeTexts, int, int], Sample]  # of rows from the first to the last


class PackedRows:
    """Rows of a packed text: ``utf8[offsets[i]:offsets[i + 1]]``."""

    def __init__(self, utf8: U8, offsets: I64, config: Config, memory: Memory = IN_RAM) -> None:
        recoded = recode(utf8, offsets, config.unit, lambda size: memory.empty(size, np.uint8))
        self._texts, self._memory = native_texts(*recoded, config), memory

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._texts.offsets) - 1

    def sample(self, sample: TakeSample[Sample], stop: int, threads: int | None) -> list[Sample]:
        """Sample the rows before ``stop`` in chunks."""

        def work(first: int, last: int) -> Sample:
            return sample(self._texts, first, last)

        return in_chunks(work, self._texts.offsets[: stop + 1], threads, self._memory)

    def texts(self, _wanted: Wanted, _threads: int | None = None) -> NativeTexts:
        """Return all rows."""
        return self._texts


class StringRows:
    """Python's strings as rows. They are packed a chunk at a time, so no copy of all is made."""

    def __init__(self, strings: Strings, config: Config) -> None:
        self._strings, self._config = strings, config

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._strings)

    def sample(self, sample: TakeSample[Sample], stop: int, threads: int | None) -> list[Sample]:
        """Sample the rows before ``stop`` in chunks."""
        scratch = Scratch()

        def work(first: int, last: int) -> Sample:
            texts = self._native(*self._strings.encode(first, last, scratch))
            return sample(texts, 0, last - first)

        return in_chunks(work, offsets_of(self._strings.held_bytes[:stop]), threads)

    def texts(self, wanted: Wanted, threads: int | None = None) -> NativeTexts:
        """Return the wanted rows; the others are empty."""
        packed = self._strings.pack_wanted(wanted(), threads)
        return self._native(packed.utf8, packed.offsets)

    def _native(self, utf8: U8, offsets: I64) -> NativeTexts:
        return native_texts(*recode(utf8, offsets, self._config.unit), self._config)


Rows = PackedRows | StringRows


def rows_of(column: Packed | Strings, config: Config) -> Rows:
    """Return the rows of a column of texts."""
    if isinstance(column, Strings):
        return StringRows(column, config)
    return PackedRows(column.utf8, column.offsets, config)
