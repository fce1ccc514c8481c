"""The files that records are written to: one, or another one every so many bytes."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from dedup.io.compression import compression_named, without_compression, wrapped
from dedup.io.staged import StagedFiles
from dedup.io.staged_file import StagedFile
from dedup.io.streams import StandardOutput
from dedup.io.text import STDIN


@dataclass(slots=True)
class Written:
    """One output file: its name, its head, and its bytes with it, uncompressed."""

    path: Path
    head: int
    bytes: int


def shard_name(target: Path, number: int) -> Path:
    """Return the name of one of several files.

    Examples
    --------
    >>> shard_name(Path("news.jsonl.gz"), 7).name
    'news-00007.jsonl.gz'
    """
    plain = without_compression(target)
    endings = plain.suffix + target.name.removeprefix(plain.name)
    return target.with_name(f"{plain.stem}-{number:05}{endings}")


class Shards:
    """Records, one after the other, in as many files as it takes.

    Parameters
    ----------
    staged
        What makes the files; they appear when it is left.
    target
        The file, ``-`` for standard output. Where there may be several, ``news.jsonl.gz`` becomes
        ``news-00000.jsonl.gz`` and so on.
    limit
        Bytes, uncompressed, after which another file is begun; None for one file.
    backup
        What a file that is there now is kept as.
    """

    def __init__(
        self,
        staged: StagedFiles,
        target: Path,
        limit: int | None = None,
        backup: Path | None = None,
    ) -> None:
        self.limit = limit
        self.files: list[Written] = []
        self._staged, self._target, self._backup = staged, target, backup
        self._head, self._last, self._between = b"", b"\n", b""
        self._raw: StagedFile | StandardOutput | None = None
        self._file: BinaryIO | None = None

    @property
    def written(self) -> int:
        """Bytes, uncompressed, in all files."""
        return sum(file.bytes for file in self.files)

    def begin(self, head: bytes) -> None:
        """Begin with the records of another input; a file that is begun has its ``head``."""
        self._head = head
        # The last line of an input may lack its break.
        self._between = b"" if self._last == b"\n" else b"\n"

    def write(self, data: bytes) -> None:
        """Write some bytes."""
        if not data:
            return
        if self._file is None:
            self._file = self._opened()
        data, self._between = self._between + data, b""
        self._file.write(data)
        self.files[-1].bytes += len(data)
        self._last = data[-1:]

    def end_record(self) -> None:
        """End the file if it is full."""
        if self.limit and self.files and self.files[-1].bytes >= self.limit:
            self.close()

    def close(self) -> None:
        """End the file; where there is none, an empty one."""
        if self._file is None and not self.files:
            self._file = self._opened()
        if self._file is not None and self._raw is not None:
            self._file.close()
            self._raw.close()
            self._file = self._raw = None

    def abandon(self) -> None:
        """Give up what was not ended, before the file below it is closed."""
        if self._file is not None:
            with suppress(Exception):
                self._file.close()

    def _opened(self) -> BinaryIO:
        target = shard_name(self._target, len(self.files)) if self.limit else self._target
        standard = target == STDIN
        self._raw = StandardOutput() if standard else self._staged.open(target, self._backup)
        file = wrapped(cast("BinaryIO", self._raw), compression_named(target), "wb")
        file.write(self._head)
        self.files.append(Written(target, len(self._head), len(self._head)))
        self._last, self._between = b"\n", b""
        return file
