"""The files that records are written to: one, or another one every so many bytes."""

import os
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from dedup.datasets.formats.json_values import ELEMENT_SEPARATOR
from dedup.datasets.job import Job
from dedup.errors import OutputError
from dedup.files.compression import compression_from_name, format_endings, open_compressed
from dedup.files.decoding import STDIN
from dedup.files.listing import list_files
from dedup.files.staged import StagedFiles
from dedup.files.standard_streams import standard_output


@dataclass(slots=True)
class OutputFile:
    """One output file: its name, the bytes of its head, all its bytes and those of its tail.

    They are counted uncompressed.
    """

    path: Path
    bytes: int
    head: int
    tail: int = 0


class OutputFiles(ABC):
    """Output files, one or as many as it takes.

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
    per_record
        Whether each record is compressed by itself, so that reading can begin at any of them.
    """

    def __init__(
        self,
        staged: StagedFiles,
        target: Path,
        limit: int | None = None,
        backup: Path | None = None,
        *,
        per_record: bool = False,
    ) -> None:
        self.limit = limit
        self.files: list[OutputFile] = []
        self._staged, self._target, self._backup = staged, target, backup
        self._compression = compression_from_name(target)
        self._per_record = per_record and self._compression != "none"
        self._raw: BinaryIO | None = None
        self._file: Any = None  # what writes to it, None between two files

    @property
    def written(self) -> int:
        """Bytes, uncompressed, in all files."""
        return sum(file.bytes for file in self.files)

    def close(self) -> None:
        """End the file; where there is none, an empty one."""
        if self._file is None and not self.files:
            self._file = self._opened()
        for file in (self._file, self._raw):
            if file is not None:
                file.close()
        self._file = self._raw = None

    def abandon(self) -> None:
        """Give up what was not ended: what is open would write when it is deleted."""
        if self._file is not None:
            with suppress(Exception):
                self._file.close()

    @abstractmethod
    def _opened(self) -> Any:  # noqa: ANN401
        """Begin the next file, and return what writes to it."""

    def _begin_file(self, head: int = 0) -> BinaryIO:
        """Begin the next file, with a head of so many bytes."""
        target = self._target
        if self.limit:
            ending = format_endings(target)
            name = f"{target.name.removesuffix(ending)}-{len(self.files):05}{ending}"
            target = target.with_name(name)
        piped = target == STDIN
        self._raw = standard_output() if piped else self._staged.open(target, self._backup)
        self.files.append(OutputFile(target, head, head))
        return self._raw

    def _is_full(self) -> bool:
        return bool(self.limit and self.files and self.files[-1].bytes >= self.limit)


class Shards(OutputFiles):
    """Records, one after the other."""

    _head = b""
    _last = b"\n"
    _needs_line_break = False  # whether the next record begins behind a line that has no end

    @property
    def needs_record_ends(self) -> bool:
        """Whether it has to be told where each record ends."""
        return self.limit is not None or self._per_record

    def begin(self, head: bytes, tail: bytes = b"") -> None:  # noqa: ARG002  arrays have one
        """Begin with the records of another input; a file that is begun has its ``head``."""
        self._head, self._needs_line_break = head, self._last != b"\n"

    def needs_separator(self, *, first: bool) -> bool:  # noqa: ARG002  arrays ask
        """Tell whether ``with_separator`` has to change the next record."""
        return self._needs_line_break and self._file is not None

    def with_separator(self, record: bytes, *, first: bool) -> bytes:
        """Return a record as it is written next: what separates it may have to change."""
        return b"\n" + record if self.needs_separator(first=first) else record

    def write(self, data: bytes) -> None:
        """Write some bytes."""
        if not data:
            return
        if self._file is None:
            self._file = self._opened()
        self._file.write(data)
        self.files[-1].bytes += len(data)
        self._last, self._needs_line_break = data[-1:], False

    def end_record(self) -> None:
        """End what is compressed by itself, and the file if it is full."""
        if self._per_record and self._file is not None:
            self._file.close()
            self._file = None
        if self._is_full():
            self.close()

    def _opened(self) -> BinaryIO:
        raw = self._raw or self._begin_file(len(self._head))
        file = open_compressed(raw, self._compression, "wb")
        file.write(self._head)
        return file


class ArrayShards(Shards):
    """The elements of JSON arrays: each file that is written is one array.

    The first element of a file stands right behind the head, so it loses its separator. The first
    element of another input in the same file gets one.
    """

    _head, _tail = b"[\n", b"\n]\n"
    _is_empty = True  # whether the next record is the first one of a file

    def begin(self, head: bytes, tail: bytes = b"") -> None:
        """Begin with the records of another input; its head and tail go round what is written."""
        self._head, self._tail = head, tail

    def needs_separator(self, *, first: bool) -> bool:
        """Tell whether ``with_separator`` has to change the next record."""
        return first or self._is_empty

    def with_separator(self, record: bytes, *, first: bool) -> bytes:
        """Return a record as it is written next, where its separator has to be another one."""
        if not self.needs_separator(first=first):
            return record
        element = record.lstrip(ELEMENT_SEPARATOR)
        if self._is_empty:
            return element
        indent = self._head[self._head.index(b"[") + 1 :]
        return b"," + indent + element

    def write(self, data: bytes) -> None:
        """Write some bytes of a record."""
        super().write(data)
        self._is_empty = self._is_empty and not data

    def close(self) -> None:
        """End the array, and the file; where there is none, one with an empty array."""
        if self._file is None and self.files:
            return
        if self._file is None:
            if not self._tail.startswith(b"]"):  # the elements are gone, and so is their indent
                self._head = self._head.rstrip()
            self._file = self._opened()
        self._file.write(self._tail)
        self.files[-1].tail = len(self._tail)
        self.files[-1].bytes += len(self._tail)
        self._is_empty = True
        super().close()


class FolderOutput:
    """A folder of files.

    Parameters
    ----------
    staged
        What makes the files; they appear when it is left.
    """

    def __init__(self, staged: StagedFiles, job: Job, folder: Path) -> None:
        self.written = 0  # bytes
        self._staged, self._folder = staged, folder
        references = [
            root / name for root, names in map(list_files, job.options.against) for name in names
        ]
        self._references = {*map(os.path.realpath, references)}
        self._make_folder = cache(staged.make_folder)
        self._make_folder(folder)

    def add(self, name: str, data: bytes) -> None:
        """Write a file.

        Raises
        ------
        OutputError
            When it cannot be written, or a reference is there, be it by a link.
        """
        target = self._folder / name
        if self._is_reference(target):
            raise OutputError(f"{target} is an input; choose another output")
        self._make_folder(target.parent)
        self._staged.add(target, data)
        self.written += len(data)

    def leave_out(self, name: str) -> None:
        """Leave out a file that goes.

        Raises
        ------
        OutputError
            When it is there, from another run: then the folder would not be what it should.
        """
        target = self._folder / name
        if os.path.lexists(target) and not self._is_reference(target):
            raise OutputError(
                f"{target}: exists from an earlier run, but would now be left out as a copy; "
                "remove it, or choose an empty folder"
            )

    def _is_reference(self, target: Path) -> bool:
        return bool(self._references) and os.path.realpath(target) in self._references


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where everything goes that is written of records."""

    files: list[Any]  # of each input, several in the same or each in its own; folders of texts
    quarantine: Shards | None = None  # records that could not be read
    ledger: Shards | None = None

    @property
    def distinct(self) -> list[Any]:
        """The files of all inputs, each once."""
        return [*dict.fromkeys(self.files)]

    @property
    def written(self) -> int:
        """Bytes, uncompressed, in the files of all inputs."""
        return sum(output.written for output in self.distinct)

    def abandon(self) -> None:
        """Give up what was not ended."""
        for output in [*self.distinct, self.quarantine, self.ledger]:
            if isinstance(output, OutputFiles):
                output.abandon()
