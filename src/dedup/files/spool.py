"""Texts in a temporary file instead of in memory: appended, then memory-mapped."""

import mmap
import os
from pathlib import Path
from typing import Self

import numpy as np

from dedup.arrays.array_types import I64, U8, Flags
from dedup.arrays.memory import IN_RAM, MAPPED_WRITE_BYTES, Memory
from dedup.arrays.packed import PackedTexts


class Spool:
    """A file of packed texts, in the order in which they are added.

    Parameters
    ----------
    path
        The file; one that exists is replaced.
    memory
        Releases the pages of the mapped file when memory is short.

    Raises
    ------
    OSError
        When the file cannot be written, for example because the disk is full.
    """

    def __init__(self, path: Path, memory: Memory = IN_RAM) -> None:
        self.size, self._memory = 0, memory
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._map: mmap.mmap | None = None

    def add(self, packed: PackedTexts) -> I64:
        """Append texts; return the end of each in the file: (n,) int64 bytes."""
        begin, end = int(packed.offsets[0]), int(packed.offsets[-1])
        data = packed.utf8.data[begin:end]
        while len(data):
            data = data[os.write(self.descriptor, data[:MAPPED_WRITE_BYTES]) :]
        ends: I64 = packed.offsets[1:] + (self.size - begin)
        self.size += end - begin
        return ends

    def packed(self, ends: I64, missing: Flags) -> PackedTexts:
        """Return the texts as a memory map of the file.

        Parameters
        ----------
        ends
            (n,) where each text ends in the file, in bytes, as ``add`` returned it.
        missing
            (n,) whether there is no text.
        """
        offsets = np.concatenate([np.zeros(1, np.int64), ends])
        if not self.size:
            return PackedTexts(np.empty(0, np.uint8), offsets, missing)
        self._map = mmap.mmap(self.descriptor, self.size, access=mmap.ACCESS_READ)
        self._memory.track(self._map, self, self.descriptor)
        return PackedTexts(np.frombuffer(self._map, np.uint8), offsets, missing)

    def mapped(self, begin: int, end: int) -> U8:
        """Return the bytes from ``begin`` up to ``end`` as a memory map."""
        if begin == end:
            return np.empty(0, np.uint8)
        first = begin - begin % mmap.ALLOCATIONGRANULARITY
        part = mmap.mmap(self.descriptor, end - first, access=mmap.ACCESS_READ, offset=first)
        return np.frombuffer(part, np.uint8, offset=begin - first)

    def __enter__(self) -> Self:
        """Return the spool."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        os.close(self.descriptor)
