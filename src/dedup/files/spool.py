"""Texts on the disk instead of in memory: written one after the other, then mapped."""

import mmap
import os
from pathlib import Path
from typing import Self

import numpy as np

from dedup.arrays.array_types import I64, Flags
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.packed import PackedTexts

PIECE_BYTES = 1 << 16  # written at a time: Linux may map all of a larger piece at one touch


class Spool:
    """A file of packed texts, in the order in which they were added.

    Parameters
    ----------
    path
        The file; one that exists is replaced.
    memory
        What releases the pages of the mapped file.

    Raises
    ------
    OSError
        When it cannot be written, as when the disk is full.
    """

    def __init__(self, path: Path, memory: Memory = IN_RAM) -> None:
        self.size, self._memory = 0, memory
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._map: mmap.mmap | None = None

    def add(self, packed: PackedTexts) -> I64:
        """Write some texts; return where each ends in the file."""
        begin, end = int(packed.offsets[0]), int(packed.offsets[-1])
        data = packed.utf8.data[begin:end]
        while len(data):
            data = data[os.write(self._file, data[:PIECE_BYTES]) :]
        ends: I64 = packed.offsets[1:] + (self.size - begin)
        self.size += end - begin
        return ends

    def packed(self, ends: I64, missing: Flags) -> PackedTexts:
        """Return the texts as they lie in the file, which is not read for that."""
        offsets = np.concatenate([np.zeros(1, np.int64), ends])
        if not self.size:
            return PackedTexts(np.empty(0, np.uint8), offsets, missing)
        self._map = mmap.mmap(self._file, self.size, access=mmap.ACCESS_READ)
        self._memory.track(self._map)
        return PackedTexts(np.frombuffer(self._map, np.uint8), offsets, missing)

    def __enter__(self) -> Self:
        """Return the spool."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        os.close(self._file)
