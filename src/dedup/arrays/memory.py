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
VALUES_PER_TRIM = 1 << 20  # of an array that is filled
# Shares of a memory limit. Arrays in RAM take at most the first one, and together with tables the
# second one. Memory is released when the process reaches the third one, since it grows until the
# next check; it must have grown by the fourth one since the last release.
ARRAYS_SHARE, TABLES_SHARE, RELEASE_SHARE, GROWTH_SHARE = 0.1, 0.55, 0.75, 0.06
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
    max_filter_bytes = 1 << 62

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
        return self._filled(self.empty(count, dtype), value)

    def table(self, shape: Shape, dtype: npt.DTypeLike, value: int | None = 0) -> npt.NDArray[Any]:
        """Return an array that is read and written at random, filled with one value.

        Parameters
        ----------
        value
            None if it does not matter.
        """
        if value == 0:
            return self.zeros(shape, dtype)
        array = self.empty(shape, dtype)
        return array if value is None else self._filled(array, value)

    def _filled(self, array: npt.NDArray[Any], value: int) -> npt.NDArray[Any]:
        for first in range(0, len(array), VALUES_PER_TRIM):
            array[first : first + VALUES_PER_TRIM] = value
            self.trim()
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

    The sizes of arrays in RAM are counted: together they take at most ``ARRAYS_SHARE`` of the
    limit, with tables ``TABLES_SHARE``. Further ones are in files without a name, so none is left
    behind, even after a crash. When the process reaches ``RELEASE_SHARE`` of the limit, the pages
    of all mapped files are released; the system maps a page again when it is touched.

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
        self._place, self._ram_bytes = folder, 0  # of arrays and tables in RAM
        self._arrays_limit, self._tables_limit = limit * ARRAYS_SHARE, limit * TABLES_SHARE
        self._limit = int(limit * RELEASE_SHARE)
        self._growth = int(limit * GROWTH_SHARE)
        # Bytes above which the heap, and pages of mapped files, are released.
        self._heap_threshold, self._mapped_threshold = 0, 0
        self.part_bytes = limit // 12  # of arrays that are made in parts
        self.max_filter_bytes = limit // 4
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
        return self._zeros(shape, dtype, self._arrays_limit)

    def table(self, shape: Shape, dtype: npt.DTypeLike, value: int | None = 0) -> npt.NDArray[Any]:
        """Return an array that is read and written at random, filled with one value.

        It is in RAM even if other arrays have no room there.
        """
        if has_core():
            core.release_free_memory()  # of the step before
        array = self._zeros(shape, dtype, self._tables_limit)
        return self._filled(array, value) if value else array

    def _zeros(self, shape: Shape, dtype: npt.DTypeLike, ram_limit: float) -> npt.NDArray[Any]:
        item_type = np.dtype(dtype)
        count = prod(shape) if isinstance(shape, tuple) else shape
        size = count * item_type.itemsize
        if size <= MAX_RAM_ARRAY_BYTES:
            return np.zeros(shape, dtype)
        with self._allocating:
            mapped, start = self._in_ram(size, ram_limit) or self._in_file(size)
        return np.frombuffer(mapped, item_type, count, start).reshape(shape)

    def _in_ram(self, size: int, ram_limit: float) -> tuple[mmap.mmap, int] | None:
        """Return memory that is not in a file, if all of it stays below a limit."""
        if self._ram_bytes + size > ram_limit:
            return None
        mapped = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._ram_bytes += size
        finalize(mapped, self._free, size)
        return mapped, 0

    def _free(self, size: int) -> None:
        with self._allocating:
            self._ram_bytes -= size

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
        room = self._arrays_limit - self._ram_bytes
        if size <= max(room, MAX_RAM_ARRAY_BYTES):
            return super().assemble(size, parts)
        file = ArrayFile(self._place)
        for part in parts:
            file.append(part.data, MAPPED_WRITE_BYTES)
            del part  # before the next one is made
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
        """Release freed memory and all pages of mapped files when the process nears its limit."""
        if not self._is_near_limit():
            return
        with self._releasing:  # other threads wait, else they would touch pages again meanwhile
            if not self._is_near_limit():
                return
            resident, mapped = _resident_and_mapped_bytes()
            if resident - mapped > self._heap_threshold and has_core():
                core.release_free_memory()
            resident, mapped = _resident_and_mapped_bytes()
            self._heap_threshold = resident - mapped + self._growth
            if resident <= self._limit or mapped <= self._mapped_threshold:
                return
            with self._allocating:
                maps = [*self._maps]
            for one in maps:
                one.madvise(mmap.MADV_DONTNEED)
            self._mapped_threshold = _resident_and_mapped_bytes()[1] + self._growth

    def _is_near_limit(self) -> bool:
        """Return whether the process nears its limit, and has memory that can be released."""
        resident, mapped = _resident_and_mapped_bytes()
        if resident <= self._limit:
            return False
        heap = resident - mapped
        self._heap_threshold = min(self._heap_threshold, heap + self._growth)
        return heap > self._heap_threshold or mapped > self._mapped_threshold


def can_limit() -> bool:
    """Return whether ``DiskMemory`` works on this system: on Linux."""
    return hasattr(mmap, "MADV_DONTNEED") and os.path.exists("/proc/self/statm")  # noqa: PTH110


def resident_bytes() -> int:
    """Return the bytes of RAM that this process uses (its resident set)."""
    return _resident_and_mapped_bytes()[0]


def peak_bytes() -> int:
    """Return the most bytes of RAM that this process has used so far; 0 where it is not known."""
    if not can_limit():
        return 0
    with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123
        found = next((line.split()[1] for line in file if line.startswith("VmHWM")), "0")
    return 1024 * int(found)


def _resident_and_mapped_bytes() -> tuple[int, int]:
    """Return the bytes of RAM that this process uses, and how many of them are of mapped files."""
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123  called often
        _, resident, mapped, *_ = map(int, file.read().split())
    return resident * mmap.PAGESIZE, mapped * mmap.PAGESIZE
