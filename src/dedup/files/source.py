"""Inputs as streams of decompressed bytes, with a digest that detects changes."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

import xxhash

from dedup.errors import DedupError, InputError
from dedup.files.compression import MAGIC_BYTES, Compression, detect_compression, open_compressed
from dedup.files.decoding import STDIN, why_unreadable
from dedup.files.location import Location
from dedup.files.standard_streams import standard_input

STDIN_NAME = "standard input"
MAX_DESCRIPTOR = 512  # of a file that is kept open; a process may open about a thousand
COPY_BYTES = 1 << 22  # copied from an input to an output at a time


@dataclass(frozen=True, slots=True)
class InputState:
    """The size and digest of an input: if it changes between two reads, they differ."""

    bytes: int  # decompressed
    digest: str  # xxh3_128, hexadecimal


def read_head(path: Location, size: int) -> bytes:
    """Return the first decompressed bytes of a file, for a plain one three times as fast.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    if isinstance(path, Path):
        with suppress(OSError), path.open("rb", buffering=0) as file:  # the source reports errors
            head = file.read(min(size, os.fstat(file.fileno()).st_size))  # no more memory than that
            if head and detect_compression(head) == "none":
                return head
    with Source(path) as source:
        return source.read(size)


class Source:
    """One input, read once from beginning to end as decompressed bytes.

    Parameters
    ----------
    path
        A file, or ``-`` for standard input.
    copy
        File to copy the bytes to, for an input that can be read only once.

    Raises
    ------
    InputError
        When the input cannot be opened; while reading, when it is damaged or cut off.
    """

    def __init__(self, path: Location, copy: BinaryIO | None = None) -> None:
        self.name = STDIN_NAME if path == STDIN else str(path)
        self.offset = 0  # of the next byte to read
        self._copy = copy
        self._digest = xxhash.xxh3_128()
        with self._explained():
            self._raw = standard_input() if path == STDIN else path.open("rb")
            head = self._raw.peek(MAGIC_BYTES)  # type: ignore[attr-defined]
        self.compression: Compression = detect_compression(head)
        try:
            self._file = open_compressed(self._raw, self.compression, "rb")
        except DedupError:
            self._close_raw()
            raise

    def read(self, size: int, *, to_line_end: bool = False) -> bytes:
        """Return the next ``size`` bytes, or with ``to_line_end`` up to the end of their line.

        They are fewer only at the end of the input.
        """
        with self._explained():
            data = self._file.read(size)
            while 0 < len(data) < size and (more := self._file.read(size - len(data))):
                data += more
            if to_line_end and len(data) == size and not data.endswith(b"\n"):
                data += self._file.readline()
        self.offset += len(data)
        self._digest.update(data)
        if self._copy is not None:
            self._copy.write(data)
        return data

    def keep_open(self, stack: ExitStack) -> int | None:
        """Return a descriptor of the content that ``stack`` closes, to read single records again.

        None if the content is not in a file as it is, or if too many files are open.
        """
        file = self._copy
        if file is None and self.compression == "none" and self.name != STDIN_NAME:
            file = self._raw
        if file is None:
            return None
        try:
            descriptor = os.dup(file.fileno())
        except io.UnsupportedOperation:  # an object without a local copy
            return None
        if descriptor > MAX_DESCRIPTOR:
            os.close(descriptor)
            return None
        stack.callback(os.close, descriptor)
        return descriptor

    @property
    def position(self) -> int:
        """The position in the file, in compressed bytes."""
        return self._raw.tell() if self._raw.seekable() else self.offset

    @property
    def state(self) -> InputState:
        """The size and digest of the bytes read so far."""
        return InputState(self.offset, self._digest.hexdigest())

    def __enter__(self) -> Self:
        """Return the source."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file, but not standard input."""
        if self._file is not self._raw:
            self._file.close()
        self._close_raw()

    def _close_raw(self) -> None:
        if self._raw is not getattr(sys.stdin, "buffer", None):
            self._raw.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (DedupError, MemoryError):
            raise
        except Exception as error:
            # lzma and zstd raise errors that share no base class but Exception.
            if isinstance(error, OSError) and error.errno:
                raise InputError(f"{self.name}: {why_unreadable(error)}") from error
            ends = isinstance(error, EOFError)
            wrong = "is cut off" if ends else f"is damaged ({str(error).rstrip('.')})"
            raise InputError(
                f"{self.name}: its {self.compression} data {wrong} after {self.offset:,} bytes of "
                "content or more; fetch it again"
            ) from error
