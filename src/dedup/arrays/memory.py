"""Where large arrays lie: in RAM, or in files on disk where memory is limited.

A function that makes large arrays has a parameter ``memory``, and hands it on. So two jobs in one
process share neither folder nor limit.
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

SEGMENT_BYTES = 1 << 26  # of a file that several arrays share
SMALL_BYTES = 1 << 14  # arrays up to this size stay in RAM
ALIGNMENT = 64
GROWTH = 1 << 25  # bytes by which a process grows between two releases, at least
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
        """Return an array, not filled, of small pages.

        numpy asks for pages of 2 MB. A virtual machine may take 10 ms to get one from its host.
        """
        if not has_core():
            return np.empty(shape, dtype)
        size = prod(shape) if isinstance(shape, tuple) else shape
        return core.empty_bytes(size * np.dtype(dtype).itemsize).view(dtype).reshape(shape)

    def zeros(self, shape: Shape, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return an array of zeros."""
        return np.zeros(shape, dtype)

    def full(self, count: int, value: int, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return an array of one value, (count,)."""
        array = self.empty(count, dtype)
        array[:] = value
        return array

    def store(self, array: Array) -> Array:
        """Return an array that is needed for long: itself, or a copy on disk."""
        return array

    def track(self, mapped: mmap.mmap) -> None:
        """Release the pages of another mapped file as well."""

    def trim(self) -> None:
        """Release pages if the process exceeds the limit.

        Call it wherever much of an array may have been touched since the last call.
        """


IN_RAM = Memory()


class DiskMemory(Memory):
    """Allocates arrays in mapped files, and releases their pages when the process grows too large.

    A released page comes back when it is touched. The files have no name: whatever happens, none is
    left.

    Parameters
    ----------
    folder
        Where the files are.
    limit
        Bytes that the process may use, about.

    Raises
    ------
    OSError
        By each method that allocates, when the disk is full.
    """

    is_limited = True

    def __init__(self, folder: "Path", limit: int) -> None:
        self._folder, self._limit = folder, limit
        self._threshold = limit  # at which pages are released
        self._maps: WeakSet[mmap.mmap] = WeakSet()
        self._segment: mmap.mmap | None = None
        self._used = 0  # bytes of the segment
        self._allocating, self._releasing = threading.Lock(), threading.Lock()

    def empty(self, shape: Shape, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return an array of zeros."""
        return self.zeros(shape, dtype)

    def zeros(self, shape: Shape, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return an array of zeros."""
        kind = np.dtype(dtype)
        count = prod(shape) if isinstance(shape, tuple) else shape
        size = count * kind.itemsize
        if size <= SMALL_BYTES:
            return np.zeros(shape, dtype)
        with self._allocating:
            if size > SEGMENT_BYTES // 4:
                mapped, start = self._mapped(size), 0
            else:
                if self._segment is None or self._used + size > SEGMENT_BYTES:
                    self._segment, self._used = self._mapped(SEGMENT_BYTES), 0
                mapped, start = self._segment, self._used
                self._used += -(-size // ALIGNMENT) * ALIGNMENT
        return np.frombuffer(mapped, kind, count, start).reshape(shape)

    def _mapped(self, size: int) -> mmap.mmap:
        from tempfile import TemporaryFile  # noqa: PLC0415  it is slow to import

        with TemporaryFile(dir=self._folder, buffering=0) as file:
            os.posix_fallocate(file.fileno(), 0, size)  # a page that the full disk lacks is fatal
            mapped = mmap.mmap(file.fileno(), size)
        self._maps.add(mapped)
        return mapped

    def store(self, array: Array) -> Array:
        """Return a copy on disk; a small array itself."""
        if array.nbytes <= SMALL_BYTES:
            return array
        copy = self.zeros(array.shape, array.dtype)
        copy[...] = array
        return copy  # type: ignore[return-value]  # of the same type

    def track(self, mapped: mmap.mmap) -> None:
        """Release the pages of another mapped file as well."""
        with self._allocating:
            self._maps.add(mapped)

    def trim(self) -> None:
        """Release all pages if the process exceeds the limit."""
        if resident_bytes() <= self._threshold:
            return
        with self._releasing:  # other threads wait, or they would touch pages meanwhile
            if resident_bytes() <= self._threshold:
                return
            with self._allocating:
                maps = [*self._maps]
            for mapped in maps:
                mapped.madvise(mmap.MADV_DONTNEED)
            # What cannot be released must not cause a release at each call.
            self._threshold = max(self._limit, resident_bytes() + GROWTH)


def can_limit() -> bool:
    """Tell whether this system has what ``DiskMemory`` needs."""
    return hasattr(mmap, "MADV_DONTNEED") and os.path.exists("/proc/self/statm")  # noqa: PTH110


def resident_bytes() -> int:
    """Return the memory that this process holds."""
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123  called often
        return int(file.read().split()[1]) * mmap.PAGESIZE
