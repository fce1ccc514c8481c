"""Allocates large arrays: in RAM, or partly in files on disk if a job has a memory limit.

A function that allocates large arrays has a parameter ``memory`` and passes it on. So two jobs in
one process share neither folder nor limit. Long loops also report to ``memory.progress``.
"""

import mmap
import os
import threading
from collections.abc import Iterable, Sequence
from math import prod
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet, finalize

import numpy as np
import numpy.typing as npt

from dedup.arrays.array_types import U8
from dedup.arrays.native import core, has_core
from dedup.arrays.progress import NO_PROGRESS, Progress
from dedup.arrays.stored_arrays import Array, ArrayFile, ArrayStore, StoredArray

if TYPE_CHECKING:
    from pathlib import Path

STORED_RAM_BYTES = 1 << 27  # of the arrays of a store that stay in RAM without a limit
SHARED_FILE_BYTES = 1 << 26  # of a file that holds several arrays
MAX_RAM_ARRAY_BYTES = 1 << 14  # arrays up to this size stay in RAM
ARRAY_ALIGNMENT = 64  # bytes
MAPPED_WRITE_BYTES = 1 << 16  # written at once to a file that is mapped; see ``assemble``
MIN_GROWTH_BYTES = 1 << 25  # by which a process must grow between two releases of pages
# Shares of a memory limit. Arrays in RAM take at most the first one. Pages of mapped files are
# released when the process reaches the second one, since it grows until the next check.
RAM_SHARE, RELEASE_SHARE = 0.4, 0.8
Shape = int | tuple[int, ...]


class Memory:
    """Allocates arrays in RAM.

    Parameters
    ----------
    folder
        The folder of stored arrays. Without one they stay in RAM.
    progress
        Receives the progress of the job.

    Examples
    --------
    >>> IN_RAM.full(3, 7, np.int64).tolist()
    [7, 7, 7]
    """

    is_limited = False
    part_bytes = 1 << 62  # an array is made in parts of so many bytes

    def __init__(self, folder: "Path | None" = None, progress: Progress = NO_PROGRESS) -> None:
        self._folder, self.progress = folder, progress

    def empty(self, shape: Shape, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return an uninitialised array, in pages of 4 KB.

        numpy asks the system for pages of 2 MB, and a virtual machine may take 10 ms to get one
        from its host.
        """
        if not has_core():
            return np.empty(shape, dtype)
        size = prod(shape) if isinstance(shape, tuple) else shape
        return core.empty_bytes(size * np.dtype(dtype).itemsize).view(dtype).reshape(shape)

    def zeros(self, shape: Shape, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return an array of zeros."""
        return np.zeros(shape, dtype)

    def full(self, count: int, value: int, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return an array filled with one value, (count,)."""
        array = self.empty(count, dtype)
        array[:] = value
        return array

    def adopt(self, array: Array) -> Array:
        """Return an array that is kept for long: itself, or a copy that counts for the limit."""
        return array

    def new_store(self) -> ArrayStore:
        """Return a place for arrays that are read again as a whole, partly on disk."""
        return ArrayStore(self._folder, STORED_RAM_BYTES)

    def join_stored(self, parts: Sequence[StoredArray[Array]]) -> Array:
        """Return stored arrays as one; each is taken, so its memory is free once it is copied."""
        shape = (sum(map(len, parts)), *parts[0].shape[1:])
        joined, start = self.empty(shape, parts[0].dtype), 0
        for part in parts:
            joined[start : start + len(part)] = part.take()
            start += len(part)
            self.trim()
        return joined  # type: ignore[return-value]  # of the same type

    def assemble(self, size: int, parts: Iterable[U8]) -> U8:
        """Return bytes that come in consecutive parts."""
        assembled, start = self.empty(size, np.uint8), 0
        for part in parts:
            assembled[start : start + len(part)] = part
            start += len(part)
        return assembled

    def track(self, mapped: mmap.mmap, file: object, descriptor: int) -> None:
        """Release the pages of a mapped file, too, when memory is trimmed.

        Parameters
        ----------
        file
            Keeps the file open; it is kept as long as the map.
        descriptor
            Of the file.
        """

    def file_of(self, _array: U8) -> tuple[int, int] | None:
        """Return the descriptor of the file in which an array lies, and its place there."""
        return None

    def trim(self) -> None:
        """Release the pages of mapped files when the process comes close to its memory limit.

        Call it after each loop step that may touch many pages.
        """


IN_RAM = Memory()


class DiskMemory(Memory):
    """Allocates arrays in RAM as far as a memory limit allows, and the rest in mapped files.

    The sizes of arrays in RAM are counted: together they take at most ``RAM_SHARE`` of the limit.
    Further ones are in files without a name, so none is left behind, even after a crash. When the
    process reaches ``RELEASE_SHARE`` of the limit, the pages of all mapped files are released; the
    system maps a page again when it is touched.

    Parameters
    ----------
    folder
        The folder of the files.
    limit
        Approximate number of bytes that the process may use.
    progress
        Receives the progress of the job.

    Raises
    ------
    OSError
        From the methods that allocate, when the disk is full.
    """

    is_limited = True

    def __init__(self, folder: "Path", limit: int, progress: Progress = NO_PROGRESS) -> None:
        super().__init__(folder, progress)
        self._place, self._room = folder, int(limit * RAM_SHARE)  # bytes that arrays may still take
        self._limit = int(limit * RELEASE_SHARE)
        self._threshold = self._limit  # bytes of the process above which pages are released
        self.part_bytes = limit // 8  # of arrays that are made in parts
        self._maps: WeakSet[mmap.mmap] = WeakSet()
        self._files: WeakKeyDictionary[mmap.mmap, tuple[object, int]] = WeakKeyDictionary()
        self._shared_file: mmap.mmap | None = None
        self._used = 0  # bytes of the shared file
        # Memory may be freed while this thread allocates, so this lock is reentrant.
        self._allocating, self._releasing = threading.RLock(), threading.Lock()

    def empty(self, shape: Shape, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return an array of zeros."""
        return self.zeros(shape, dtype)

    def zeros(self, shape: Shape, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return an array of zeros."""
        item_type = np.dtype(dtype)
        count = prod(shape) if isinstance(shape, tuple) else shape
        size = count * item_type.itemsize
        if size <= MAX_RAM_ARRAY_BYTES:
            return np.zeros(shape, dtype)
        with self._allocating:
            mapped, start = self._in_ram(size) or self._in_file(size)
        return np.frombuffer(mapped, item_type, count, start).reshape(shape)

    def _in_ram(self, size: int) -> tuple[mmap.mmap, int] | None:
        """Return memory that is not in a file, if there is room for it."""
        if size > self._room:
            return None
        mapped = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._room -= size
        finalize(mapped, self._free, size)
        return mapped, 0

    def _free(self, size: int) -> None:
        with self._allocating:
            self._room += size

    def _in_file(self, size: int) -> tuple[mmap.mmap, int]:
        """Return a mapped file, and a place in it: small arrays share a file."""
        if size > SHARED_FILE_BYTES // 4:
            return self._mapped_file(size), 0
        if self._shared_file is None or self._used + size > SHARED_FILE_BYTES:
            self._shared_file, self._used = self._mapped_file(SHARED_FILE_BYTES), 0
        start = self._used
        self._used += -(-size // ARRAY_ALIGNMENT) * ARRAY_ALIGNMENT
        return self._shared_file, start

    def _mapped_file(self, size: int) -> mmap.mmap:
        from tempfile import TemporaryFile  # noqa: PLC0415  it is slow to import

        with TemporaryFile(dir=self._place, buffering=0) as file:
            # Without this, a write to a page would kill the process when the disk is full.
            os.posix_fallocate(file.fileno(), 0, size)
            mapped = mmap.mmap(file.fileno(), size)
        self._maps.add(mapped)
        return mapped

    def new_store(self) -> ArrayStore:
        """Return a place on disk for arrays that are read again as a whole."""
        return ArrayStore(self._place)

    def adopt(self, array: Array) -> Array:
        """Return a copy that counts for the limit; return a small array itself."""
        if array.nbytes <= MAX_RAM_ARRAY_BYTES:
            return array
        copy = self.zeros(array.shape, array.dtype)
        copy[...] = array
        return copy  # type: ignore[return-value]  # of the same type

    def assemble(self, size: int, parts: Iterable[U8]) -> U8:
        """Return bytes that come in consecutive parts: in RAM, or in a file that is written once.

        A file that is written with ``pwrite`` and mapped to be read has fewer page faults than one
        that is mapped to be written. Small writes have small blocks in the cache of the system,
        which maps a block as a whole at the first touch.
        """
        if size <= max(self._room, MAX_RAM_ARRAY_BYTES):
            return super().assemble(size, parts)
        file = ArrayFile(self._place)
        for part in parts:
            file.append(part.data, MAPPED_WRITE_BYTES)
            self.trim()
        mapped = mmap.mmap(file.descriptor, size, access=mmap.ACCESS_READ)
        self.track(mapped, file, file.descriptor)
        return np.frombuffer(mapped, np.uint8)

    def track(self, mapped: mmap.mmap, file: object, descriptor: int) -> None:
        """Release the pages of a mapped file, too, when memory is trimmed."""
        with self._allocating:
            self._maps.add(mapped)
            self._files[mapped] = file, descriptor

    def file_of(self, array: U8) -> tuple[int, int] | None:
        """Return the descriptor of the file in which an array lies, and its place there."""
        base: Any = array
        while isinstance(base, np.ndarray):
            base = base.base
        base = getattr(base, "obj", base)  # of a memoryview
        if not isinstance(base, mmap.mmap) or base not in self._files:
            return None
        begin = np.frombuffer(base, np.uint8).ctypes.data
        return self._files[base][1], array.ctypes.data - begin

    def trim(self) -> None:
        """Release all pages of mapped files when the process comes close to its limit."""
        if resident_bytes() <= self._threshold:
            return
        with self._releasing:  # other threads wait, else they would touch pages again meanwhile
            if resident_bytes() <= self._threshold:
                return
            with self._allocating:
                maps = [*self._maps]
            for mapped in maps:
                mapped.madvise(mmap.MADV_DONTNEED)
            # Memory that cannot be released must not cause a release at each call.
            self._threshold = max(self._limit, resident_bytes() + MIN_GROWTH_BYTES)


def can_limit() -> bool:
    """Return whether ``DiskMemory`` works on this system: on Linux."""
    return hasattr(mmap, "MADV_DONTNEED") and os.path.exists("/proc/self/statm")  # noqa: PTH110


def resident_bytes() -> int:
    """Return the bytes of RAM that this process uses (its resident set)."""
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123  called often
        return int(file.read().split()[1]) * mmap.PAGESIZE
