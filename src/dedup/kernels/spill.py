"""Arrays on the disk instead of in memory, for those who have little of it.

Such an array is a mapped file. What of it is in memory is the system's to keep or to write out, and
is let go of, page by page, when a process has grown too large: it comes back when it is touched.
"""

import ctypes
import mmap
import os
import threading
from math import prod
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt

SEGMENT_BYTES = 1 << 26  # of a file that small arrays share
SMALL_BYTES = 1 << 14  # arrays that stay in memory
PIECE_BYTES = 1 << 16  # of what was written in one piece, a touch brings all of it into memory
ALIGNED = 64
LEAST_BYTES = 1 << 25  # of the arrays that are in memory, whatever the limit
INTERVAL = 0.005  # seconds between two looks at the size of the process
Array = TypeVar("Array", bound=npt.NDArray[Any])
_active: list["Spill"] = []


class Spill:
    """Where arrays are, for as long as it is entered.

    Parameters
    ----------
    folder
        For the files, which have no name there: nothing is left of them whatever happens.
    limit
        Bytes that the process may hold, about.

    Raises
    ------
    OSError
        When the disk is full.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder, self._limit = folder, limit
        self._bound = limit  # at which pages are let go of
        self._maps: list[mmap.mmap] = []
        self._segment: mmap.mmap | None = None
        self._used = 0
        self._lock, self._trimming = threading.Lock(), threading.Lock()
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="dedup-memory", daemon=True)

    def empty(self, shape: int | tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return an array on the disk, of zeros."""
        kind = np.dtype(dtype)
        count = prod(shape) if isinstance(shape, tuple) else shape
        size = count * kind.itemsize
        with self._lock:
            if size > SEGMENT_BYTES // 4:
                buffer, start = self._mapped(size), 0
            else:
                if self._segment is None or self._used + size > SEGMENT_BYTES:
                    self._segment, self._used = self._mapped(SEGMENT_BYTES), 0
                buffer, start = self._segment, self._used
                self._used += -(-size // ALIGNED) * ALIGNED
        return np.frombuffer(buffer, kind, count, start).reshape(shape)

    def watch(self, mapped: mmap.mmap) -> None:
        """Let go of another mapped file as well."""
        self._maps.append(mapped)

    def _mapped(self, size: int) -> mmap.mmap:
        path = self._folder / f"array-{len(self._maps)}-{id(self)}"
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            path.unlink()
            os.posix_fallocate(file, 0, size)  # else a full disk would end the process
            for start in range(0, size, PIECE_BYTES):
                os.pwrite(file, bytes(min(PIECE_BYTES, size - start)), start)
            mapped = mmap.mmap(file, size)
        finally:
            os.close(file)
        self._maps.append(mapped)
        return mapped

    def check(self) -> None:
        """Let go of all pages if the process has grown too large."""
        if _resident() <= self._bound:
            return
        # Who reads on while another thread lets go has his pages counted with what stays.
        with self._trimming:
            if _resident() <= self._bound:
                return
            for mapped in list(self._maps):
                mapped.madvise(mmap.MADV_DONTNEED)
            _give_back()
            # What is left cannot be let go of; to let go of all else all the time would be to do
            # nothing else.
            self._bound = max(self._limit, _resident() + LEAST_BYTES)

    def _watch(self) -> None:
        while not self._done.wait(INTERVAL):
            self.check()

    def __enter__(self) -> Self:
        """Put large arrays on the disk from now on."""
        _active.append(self)
        self._watcher.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put them in memory again; those on the disk stay there."""
        self._done.set()
        self._watcher.join()
        _active.remove(self)


def empty(shape: int | tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return an array, on the disk where that is wanted."""
    return _active[-1].empty(shape, dtype) if _active else np.empty(shape, dtype)


def zeros(shape: int | tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return an array of zeros, on the disk where that is wanted."""
    return _active[-1].empty(shape, dtype) if _active else np.zeros(shape, dtype)


def full(count: int, value: int, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return an array of one value, on the disk where that is wanted."""
    array = empty(count, dtype)
    array[:] = value
    return array


def kept(array: Array) -> Array:
    """Return an array that is kept for long: itself, or a copy on the disk."""
    if not _active or array.nbytes < SMALL_BYTES:
        return array
    copy = _active[-1].empty(array.shape, array.dtype)
    copy[...] = array
    return copy  # type: ignore[return-value]  # of the same type


def watched(mapped: mmap.mmap) -> None:
    """Let go of a mapped file like those of arrays, where that is wanted."""
    if _active:
        _active[-1].watch(mapped)


def check() -> None:
    """Let go of pages if memory is bounded and the process has grown too large.

    A thread looks at that all the time, but on a busy machine its turn may come late. So whoever
    reads much at random looks as well.
    """
    for active in _active[-1:]:
        active.check()


def is_active() -> bool:
    """Tell whether arrays are on the disk."""
    return bool(_active)


def available() -> bool:
    """Tell whether this system can do that."""
    return hasattr(mmap, "MADV_DONTNEED") and Path("/proc/self/statm").exists()


def _give_back() -> None:
    """Give the system what the allocator keeps though it is free, where it is glibc's."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _resident() -> int:
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123  a hundred times a second
        return int(file.read().split()[1]) * mmap.PAGESIZE
