"""Texts on the disk instead of in memory: written one after the other, then mapped."""

import mmap
import os
from pathlib import Path
from typing import Self

import numpy as np
import xxhash

from dedup.arrays.memory import IN_RAM, Memory
from dedup.records import I64, Flags
from dedup.text.packed import Packed

COPIED = 1 << 22  # bytes read at a time
PIECE_BYTES = 1 << 16  # written at a time: Linux may map all of a larger piece at one touch


class Spool:
    """A file of packed texts, in the order in which they were added.

    Parameters
    ----------
    path
        The file; it is made, or gone on with.
    memory
        What releases the pages of the mapped file.

    Raises
    ------
    OSError
        When it cannot be written, as when the disk is full.
    """

    def __init__(self, path: Path, memory: Memory = IN_RAM) -> None:
        self.size, self._memory = 0, memory
        self._digest = xxhash.xxh3_64()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._map: mmap.mmap | None = None

    def begin(self) -> None:
        """Begin with texts that have a digest of their own; what lies behind is thrown away."""
        os.truncate(self._file, self.size)
        os.lseek(self._file, self.size, os.SEEK_SET)
        self._digest = xxhash.xxh3_64()

    @property
    def digest(self) -> str:
        """Of the bytes since ``begin``, xxh3_64."""
        return self._digest.hexdigest()

    def goes_on(self, end: int, digest: str) -> bool:
        """Take up what lies in the file up to ``end``, if its digest is that."""
        os.lseek(self._file, self.size, os.SEEK_SET)
        found, left = xxhash.xxh3_64(), end - self.size
        while left > 0 and (data := os.read(self._file, min(left, COPIED))):
            found.update(data)
            left -= len(data)
        if left == 0 and found.hexdigest() == digest:
            self.size = end
            return True
        return False

    def add(self, packed: Packed) -> I64:
        """Write some texts; return where each ends in the file."""
        begin, end = int(packed.offsets[0]), int(packed.offsets[-1])
        data = packed.utf8.data[begin:end]
        self._digest.update(data)
        while len(data):
            data = data[os.write(self._file, data[:PIECE_BYTES]) :]
        ends: I64 = packed.offsets[1:] + (self.size - begin)
        self.size += end - begin
        return ends

    def packed(self, offsets: I64, missing: Flags) -> Packed:
        """Return the texts as they lie in the file, which is not read for that."""
        if not self.size:
            return Packed(np.empty(0, np.uint8), offsets, missing)
        self._map = mmap.mmap(self._file, self.size, access=mmap.ACCESS_READ)
        self._memory.track(self._map)
        return Packed(np.frombuffer(self._map, np.uint8), offsets, missing)

    def __enter__(self) -> Self:
        """Return the spool."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        os.close(self._file)
