"""The files that records are written to: one, or another one every so many bytes."""

from pathlib import Path
from typing import BinaryIO, cast

from dedup.io.compression import compression_named, without_compression, wrapped
from dedup.io.staged import StagedFile, StagedFiles
from dedup.io.streams import StandardOutput
from dedup.io.text import STDIN


class Shards:
    """Records, one after the other, in as many files as it takes.

    Parameters
    ----------
    staged
        What makes the files; they appear when it is left.
    target
        The file. Where there may be several, ``news.jsonl.gz`` becomes ``news-00000.jsonl.gz``
        and so on.
    limit
        Bytes, uncompressed, after which another file is begun; None for one file.
    """

    def __init__(
        self,
        staged: StagedFiles,
        target: Path,
        limit: int | None = None,
        backup: Path | None = None,
    ) -> None:
        self.limit = limit
        self.written = 0  # bytes, uncompressed, in all files
        self._staged, self._target, self._backup = staged, target, backup
        self._head = b""
        self._size, self._last = 0, b"\n"
        self._between = b""
        self._number = 0
        self._raw: StagedFile | StandardOutput | None = None
        self._file: BinaryIO | None = None

    def begin(self, head: bytes) -> None:
        """Begin with the records of another input; each file begins with its ``head``."""
        if self._file is None:
            self._head = head
            self._open()
        # The last line of an input may lack its break.
        self._between = b"" if self._last == b"\n" else b"\n"

    def write(self, data: bytes) -> None:
        """Write some bytes."""
        if not data:
            return
        if self._file is None:
            self._open()
        data, self._between = self._between + data, b""
        self._file.write(data)  # type: ignore[union-attr]  # just opened
        self._size += len(data)
        self.written += len(data)
        self._last = data[-1:]

    def end_record(self) -> None:
        """End the file if it is full."""
        if self.limit and self._size >= self.limit:
            self.close()

    def close(self) -> None:
        """End the file."""
        if self._file is not None and self._raw is not None:
            self._file.close()
            self._raw.close()
            self._file = self._raw = None

    def _open(self) -> None:
        target = self._target
        if self.limit:
            plain = without_compression(target)
            endings = plain.suffix + target.name.removeprefix(plain.name)
            target = target.with_name(f"{plain.stem}-{self._number:05}{endings}")
            self._number += 1
        if target == STDIN:
            self._raw = StandardOutput()
        else:
            self._raw = self._staged.open(target, self._backup)
        self._file = wrapped(cast("BinaryIO", self._raw), compression_named(target), "wb")
        self._size, self._last = 0, b"\n"
        self.write(self._head)
