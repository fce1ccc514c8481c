"""Arrays that are set aside and read again as a whole: the first ones in RAM, later ones in a file.

The file is written and read with ``pwrite`` and ``preadv``. In a mapped file each page would cost a
page fault when it is written, and another one when it is read.
"""

import os
import threading
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import finalize

import numpy as np
import numpy.typing as npt

from dedup.arrays.native import core, has_core

if TYPE_CHECKING:
    from pathlib import Path

Array = TypeVar("Array", bound=npt.NDArray[Any])


class ArrayFile:
    """A temporary file without a name, to which several threads append."""

    def __init__(self, folder: "Path") -> None:
        from tempfile import TemporaryFile  # noqa: PLC0415  it is slow to import

        file = TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115  closed with this object
        finalize(self, file.close)
        self.descriptor, self._end, self._appending = file.fileno(), 0, threading.Lock()

    def append(self, data: memoryview, max_bytes: int = 1 << 30) -> int:
        """Append bytes, at most so many in one write; return the place where they begin."""
        with self._appending:
            start, self._end = self._end, self._end + len(data)
        place = start
        while len(data):
            written = os.pwrite(self.descriptor, data[:max_bytes], place)
            data, place = data[written:], place + written
        return start

    def read(self, start: int, buffer: memoryview) -> None:
        """Fill a buffer with the bytes from a place on."""
        while len(buffer):
            count = os.preadv(self.descriptor, [buffer], start)
            if not count:
                raise OSError("a temporary file is shorter than what was written to it")
            buffer, start = buffer[count:], start + count


@dataclass(slots=True)
class StoredArray(Generic[Array]):
    """An array that was set aside: in RAM, or at a place of a file."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    array: Array | None = None  # None if it is in a file, or was taken
    file: ArrayFile | None = None
    start: int = 0

    def __len__(self) -> int:
        """Return the length of the array."""
        return self.shape[0]

    def load(self) -> Array:
        """Return the array."""
        if self.array is not None:
            return self.array
        if self.file is None:
            raise ValueError("the array was taken before")
        size = prod(self.shape) * self.dtype.itemsize
        data = core.empty_bytes(size) if has_core() else np.empty(size, np.uint8)
        self.file.read(self.start, data.data)
        return data.view(self.dtype).reshape(self.shape)  # type: ignore[return-value]  # as it was

    def take(self) -> Array:
        """Return the array and forget it, so that its memory is free once the caller drops it."""
        array = self.load()
        self.array = self.file = None
        return array


class ArrayStore:
    """Sets arrays aside, the first ones in RAM and further ones in a file.

    The file has no name, so none is left behind, even after a crash. Its space is free when this
    object and all its arrays are deleted.

    Parameters
    ----------
    folder
        The folder of the file. Without one all arrays stay in RAM.
    max_ram_bytes
        The size of the arrays that stay in RAM, about.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import gettempdir
    >>> store = ArrayStore(Path(gettempdir()), max_ram_bytes=100)
    >>> in_ram, in_file = (store.add(np.arange(9)) for _ in range(2))
    >>> in_ram.file is None, in_file.file is None
    (True, False)
    >>> in_file.load().tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 8]
    """

    def __init__(self, folder: "Path | None" = None, max_ram_bytes: int = 0) -> None:
        self._folder, self._room, self._adding = folder, max_ram_bytes, threading.Lock()
        self._file: ArrayFile | None = None

    def add(self, array: Array) -> StoredArray[Array]:
        """Set an array aside; nobody may write to it afterwards.

        Raises
        ------
        OSError
            When the disk is full.
        """
        if self._folder is None:
            return StoredArray(array.shape, array.dtype, array)
        with self._adding:
            self._room -= array.nbytes
            if self._room >= 0:
                return StoredArray(array.shape, array.dtype, array)
            self._file = self._file or ArrayFile(self._folder)
        data = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        return StoredArray(array.shape, array.dtype, None, self._file, self._file.append(data))
