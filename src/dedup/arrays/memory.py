"""Allocates large arrays: in RAM, or in files on disk if a job has a memory limit.

A function that allocates large arrays has a parameter ``memory`` and passes it on. So two jobs in
one process share neither folder nor limit.
"""

import mmap
import os
import threading
from math import prod
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

import numpy as np
import numpy.typing as npt

from dedup.arrays.native import core, has_core

if TYPE_CHECKING:
    from pathlib import Path

SHARED_FILE_BYTES = 1 << 26  # of a file that holds several arrays
MAX_RAM_ARRAY_BYTES = 1 << 14  # arrays up to this size stay in RAM
ARRAY_ALIGNMENT = 64  # bytes
MIN_GROWTH_BYTES = 1 << 25  # by which a process must grow between two releases of pages
Array = TypeVar("Array", bound=npt.NDArray[Any])
Shape = int | tuple[int, ...]


class Memory:
    """Allocates arrays in RAM.

    Examples
    --------
    >>> IN_RAM.full(3, 7, np.int64).tolist()
    [7, 7, 7]
    """

    is_limited = False

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

    def store(self, array: Array) -> Array:
        """Return an array that is kept for long: itself, or a copy on disk."""
        return array

    def track(self, mapped: mmap.mmap) -> None:
        """Release the pages of this mapped file, too, when memory is trimmed."""

    def trim(self) -> None:
        """Release the pages of arrays on disk if the process exceeds its memory limit.

        Call it after each loop step that may touch many pages.
        """


IN_RAM = Memory()


class DiskMemory(Memory):
    """Allocates arrays in memory-mapped files, and releases their pages under a memory limit.

    The system reads a released page again when it is touched. The files have no name, so none is
    left behind, even after a crash.

    Parameters
    ----------
    folder
        The folder of the files.
    limit
        Approximate number of bytes that the process may use.

    Raises
    ------
    OSError
        From the methods that allocate, when the disk is full.
    """

    is_limited = True

    def __init__(self, folder: "Path", limit: int) -> None:
        self._folder, self._limit = folder, limit
        self._threshold = limit  # bytes of the process above which pages are released
        self._maps: WeakSet[mmap.mmap] = WeakSet()
        self._shared_file: mmap.mmap | None = None
        self._used = 0  # bytes of the shared file
        self._allocating, self._releasing = threading.Lock(), threading.Lock()

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
            if size > SHARED_FILE_BYTES // 4:
                mapped, start = self._mapped(size), 0
            else:
                if self._shared_file is None or self._used + size > SHARED_FILE_BYTES:
                    self._shared_file, self._used = self._mapped(SHARED_FILE_BYTES), 0
                mapped, start = self._shared_file, self._used
                self._used += -(-size // ARRAY_ALIGNMENT) * ARRAY_ALIGNMENT
        return np.frombuffer(mapped, item_type, count, start).reshape(shape)

    def _mapped(self, size: int) -> mmap.mmap:
        from tempfile import TemporaryFile  # noqa: PLC0415  it is slow to import

        with TemporaryFile(dir=self._folder, buffering=0) as file:
            # Without this, a write to a page would kill the process when the disk is full.
            os.posix_fallocate(file.fileno(), 0, size)
            mapped = mmap.mmap(file.fileno(), size)
        self._maps.add(mapped)
        return mapped

    def store(self, array: Array) -> Array:
        """Return a copy on disk; return a small array itself."""
        if array.nbytes <= MAX_RAM_ARRAY_BYTES:
            return array
        copy = self.zeros(array.shape, array.dtype)
        copy[...] = array
        return copy  # type: ignore[return-value]  # of the same type

    def track(self, mapped: mmap.mmap) -> None:
        """Release the pages of this mapped file, too, when memory is trimmed."""
        with self._allocating:
            self._maps.add(mapped)

    def trim(self) -> None:
        """Release all pages if the process exceeds its memory limit."""
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
