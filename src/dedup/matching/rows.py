"""The rows to match: they are sketched in batches, then read again one by one to be compared."""

import os
from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from dedup.arrays.array_types import I64, U8
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.native import core, has_core
from dedup.arrays.packed import PackedTexts, PythonTexts, ThreadBuffer
from dedup.arrays.parallel import map_chunks, offsets_of
from dedup.config import Config
from dedup.text.hashing import NativeTexts
from dedup.text.recode import UNRECODED_UNITS, recode

if TYPE_CHECKING:
    from dedup import _native

NO_BYTES = np.zeros(0, np.uint8)  # the buffer of rows that are read from a source
BatchSketches = TypeVar("BatchSketches")  # of a batch of rows
SketchBatch = Callable[
    [NativeTexts, int, int], BatchSketches
]  # sketches rows from the first to the last


def can_read_again(config: Config) -> bool:
    """Return whether texts that were sketched can be read again, row by row, when compared."""
    return has_core() and hasattr(os, "pread") and config.unit in UNRECODED_UNITS


class PackedRows:
    """Rows of a packed text: ``utf8[offsets[i]:offsets[i + 1]]``."""

    def __init__(self, utf8: U8, offsets: I64, config: Config, memory: Memory = IN_RAM) -> None:
        recoded = recode(utf8, offsets, config.unit, lambda size: memory.empty(size, np.uint8))
        self.texts, self.memory = NativeTexts(*recoded, config), memory
        self._utf8, self.config = recoded[0], config

    def read_again(self) -> "PackedRows":
        """Return rows that are read from their file when they are compared, if they are in one.

        A mapped file costs a page fault for each row, and maps other rows along with it.
        """
        file = self.memory.file_of(self._utf8)
        if file is None:
            return self
        offsets = self.texts.offsets
        return ReadRows(core.FileTexts(*file, offsets), offsets, self.config, self.memory)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.texts.offsets) - 1

    def sketch(
        self, sketch: SketchBatch[BatchSketches], stop: int, threads: int | None
    ) -> list[BatchSketches]:
        """Sketch the rows before ``stop`` in batches."""
        offsets = self.texts.offsets[: stop + 1]
        return map_chunks(partial(sketch, self.texts), offsets, threads, self.memory)


class ReadRows(PackedRows):
    """Rows that are read one by one when they are compared; they must be sketched before.

    Parameters
    ----------
    source
        Reads single rows.
    offsets
        (n + 1,): as if the rows were packed.
    """

    def __init__(
        self, source: "_native.RowSource", offsets: I64, config: Config, memory: Memory = IN_RAM
    ) -> None:
        self.texts = NativeTexts(NO_BYTES, offsets, config, source)
        self.config, self.memory = config, memory

    def sketch(
        self, sketch: SketchBatch[BatchSketches], stop: int, threads: int | None
    ) -> list[BatchSketches]:
        """Sketch no rows: all are sketched."""
        assert stop == 0, "rows that were not sketched before"
        no_rows = PackedRows(NO_BYTES, np.zeros(1, np.int64), self.config, self.memory)
        return no_rows.sketch(sketch, 0, threads)

    def read_again(self) -> "ReadRows":
        """Return the rows."""
        return self


class StringRows:
    """Python strings as rows, without a copy of all of them.

    A batch is encoded to be sketched. The core encodes a row again when it first compares it.
    """

    memory = IN_RAM

    def __init__(self, strings: PythonTexts, config: Config) -> None:
        self._strings, self._config = strings, config
        self._sizes = np.zeros(len(strings), np.int64)  # bytes of UTF-8, once a row is sketched

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._strings)

    def sketch(
        self, sketch: SketchBatch[BatchSketches], stop: int, threads: int | None
    ) -> list[BatchSketches]:
        """Sketch the rows before ``stop`` in batches."""
        scratch = ThreadBuffer()

        def work(first: int, last: int) -> BatchSketches:
            utf8, offsets = self._strings.encode(first, last, scratch)
            self._sizes[first:last] = np.diff(offsets)
            return sketch(NativeTexts(utf8, offsets, self._config), 0, last - first)

        return map_chunks(work, offsets_of(self._strings.held_bytes[:stop]), threads)

    def read_again(self) -> "StringRows":
        """Return the rows."""
        return self

    @cached_property
    def texts(self) -> NativeTexts:
        """All rows; they must be sketched before."""
        return NativeTexts(NO_BYTES, offsets_of(self._sizes), self._config, self._strings.source)


InputRows = PackedRows | StringRows


def input_rows(
    column: PackedTexts | PythonTexts, config: Config, threads: int | None = None
) -> InputRows:
    """Return the rows of a column of texts."""
    if isinstance(column, PythonTexts):
        if config.unit in UNRECODED_UNITS:
            return StringRows(column, config)
        column = column.pack(threads)
    return PackedRows(column.utf8, column.offsets, config)
