"""Output files of records: one file, or shards of a limited size."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from dedup.arrays.parallel import Workers
from dedup.datasets.formats.json_values import ELEMENT_SEPARATOR
from dedup.datasets.job import Job
from dedup.errors import OutputError
from dedup.files.address import Address
from dedup.files.compression import compression_from_name, open_compressed
from dedup.files.decoding import STDIN
from dedup.files.listing import list_files
from dedup.files.location import Location, exists, identity
from dedup.files.staged import StagedFiles
from dedup.files.standard_streams import standard_output
from dedup.files.targets import shard_path
from dedup.files.write_behind import WriteBehind


@dataclass(slots=True)
class OutputFile:
    """One output file, and its uncompressed bytes: all of them, and those of head and tail."""

    path: Location
    bytes: int
    head: int
    tail: int = 0


class OutputFiles(ABC):
    """One output file, or with a limit as many shards as needed.

    Parameters
    ----------
    staged
        Creates the files, and moves them to their targets at the end.
    target
        The file, ``-`` for standard output. With a limit, the shards of ``news.jsonl.gz`` are
        ``news-00000.jsonl.gz`` and so on.
    limit
        Uncompressed bytes after which another file is started; None for one file.
    backup
        Path to which an existing file is moved; None to keep no copy.
    per_record
        Whether each record is compressed separately, so that reading can begin at any record.
    """

    def __init__(
        self,
        staged: StagedFiles,
        target: Location,
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
        self._file: Any = None  # compresses into the raw file; None between two files

    @property
    def written(self) -> int:
        """Uncompressed bytes of all files."""
        return sum(file.bytes for file in self.files)

    def close(self) -> None:
        """Close the current file; write an empty one if there was none."""
        if self._file is None and not self.files:
            self._file = self._opened()
        for file in (self._file, self._raw):
            if file is not None:
                file.close()
        self._file = self._raw = None

    def remove_stale_shards(self) -> None:
        """Remove the shards of an earlier run that wrote more of them, when the outputs appear.

        Raises
        ------
        OutputError
            When they are remote: then they could not be removed together with the other moves.
        """
        number = len(self.files)
        while self.limit and exists(stale := shard_path(self._target, number)):
            if isinstance(stale, Address):
                raise OutputError(
                    f"{stale} exists from an earlier run, which wrote more files than this one "
                    f"({number:,}); delete it, or choose an empty folder"
                )
            self._staged.remove(stale)
            number += 1

    def abandon(self) -> None:
        """Close an open file after an error, or Python would write to it when it is deleted."""
        if self._file is not None:
            with suppress(Exception):
                file = self._file
                file.abandon() if isinstance(file, WriteBehind) else file.close()

    @abstractmethod
    def _opened(self) -> Any:  # noqa: ANN401
        """Start the next file; return the object that writes to it."""

    def _begin_file(self, head: int = 0) -> BinaryIO:
        """Start the next file, whose head has ``head`` bytes; return the raw file."""
        target = self._target
        if self.limit:
            target = shard_path(target, len(self.files))
        piped = target == STDIN
        self._raw = standard_output() if piped else self._staged.open(target, self._backup)
        self.files.append(OutputFile(target, head, head))
        return self._raw

    def _is_full(self) -> bool:
        return bool(self.limit and self.files and self.files[-1].bytes >= self.limit)


class Shards(OutputFiles):
    """Output files of records that follow one another."""

    _writer: Workers | None = None
    _report: Callable[[int], object] = staticmethod(lambda _: None)
    _head = b""
    _last = b"\n"
    _needs_line_break = False  # whether the last record has no line break at its end

    def write_in_thread(self, writer: Workers, report: Callable[[int], object]) -> None:
        """Let a thread compress and write the files that are opened from now on.

        ``report`` is called with the number of bytes that wait to be written.
        """
        self._writer, self._report = writer, report

    @property
    def needs_record_ends(self) -> bool:
        """Whether ``end_record`` must be called after each record."""
        return self.limit is not None or self._per_record

    def begin(self, head: bytes, tail: bytes = b"") -> None:  # noqa: ARG002  of arrays
        """Begin with the records of another input; new files start with its ``head``."""
        self._head, self._needs_line_break = head, self._last != b"\n"

    def needs_separator(self, *, first: bool) -> bool:  # noqa: ARG002  of arrays
        """Tell whether ``with_separator`` has to change the next record."""
        return self._needs_line_break and self._file is not None

    def with_separator(self, record: bytes, *, first: bool) -> bytes:
        """Return a record with the separator that it needs in the output."""
        return b"\n" + record if self.needs_separator(first=first) else record

    def write(self, data: bytes | memoryview) -> None:
        """Write bytes of one or more records."""
        if not data:
            return
        if self._file is None:
            self._file = self._opened()
        self._file.write(data)
        self.files[-1].bytes += len(data)
        self._last, self._needs_line_break = bytes(data[-1:]), False

    def end_record(self) -> None:
        """End a record that is compressed separately, and the file if it has reached the limit."""
        if self._per_record and self._file is not None:
            self._file.close()
            self._file = None
        if self._is_full():
            self.close()

    def _opened(self) -> BinaryIO | WriteBehind:
        raw = self._raw or self._begin_file(len(self._head))
        file = open_compressed(raw, self._compression, "wb")
        file.write(self._head)
        if self._writer is None or self._per_record:
            return file
        return WriteBehind(file, self._writer, self._report)


class ArrayShards(Shards):
    """Output files of JSON arrays: each file is one array.

    The first element of a file follows the head, so its separator is removed. The first element of
    another input in the same file gets a separator.
    """

    _head, _tail = b"[\n", b"\n]\n"
    _is_empty = True  # whether the next record is the first in its file

    def begin(self, head: bytes, tail: bytes = b"") -> None:
        """Begin with the records of another input; new files get its ``head`` and ``tail``."""
        self._head, self._tail = head, tail

    def needs_separator(self, *, first: bool) -> bool:
        """Tell whether ``with_separator`` has to change the next record."""
        return first or self._is_empty

    def with_separator(self, record: bytes, *, first: bool) -> bytes:
        """Return an element with the separator that it needs in the output."""
        if not self.needs_separator(first=first):
            return record
        element = record.lstrip(ELEMENT_SEPARATOR)
        if self._is_empty:
            return element
        indent = self._head[self._head.index(b"[") + 1 :]
        return b"," + indent + element

    def write(self, data: bytes | memoryview) -> None:
        """Write bytes of one or more elements."""
        super().write(data)
        self._is_empty = self._is_empty and not data

    def close(self) -> None:
        """Close the array and the file; write an empty array if there was none."""
        if self._file is None and self.files:
            return
        if self._file is None:
            if not self._tail.startswith(b"]"):  # without elements there is no indent
                self._head = self._head.rstrip()
            self._file = self._opened()
        self._file.write(self._tail)
        self.files[-1].tail = len(self._tail)
        self.files[-1].bytes += len(self._tail)
        self._is_empty = True
        super().close()


class FolderOutput:
    """An output folder of text files.

    Parameters
    ----------
    staged
        Creates the files, and moves them to their targets at the end.
    """

    def __init__(self, staged: StagedFiles, job: Job, folder: Location) -> None:
        self.written = 0  # bytes
        self._staged, self._folder = staged, folder
        references = [
            root / name for root, names in map(list_files, job.options.against) for name in names
        ]
        self._references = {*map(identity, references)}
        self._make_folder = cache(staged.make_folder)
        self._make_folder(folder)
        self._objects = set[str]()  # one listing instead of many requests
        if isinstance(folder, Address) and folder.is_dir():
            self._objects.update(list_files(folder).names)

    def add(self, name: str, data: bytes) -> None:
        """Write a file.

        Raises
        ------
        OutputError
            When the file cannot be written, or is a reference, perhaps through a link.
        """
        target = self._folder / name
        if self._is_reference(target):
            raise OutputError(f"{target} is an input; choose another output")
        self._make_folder(target.parent)
        self._staged.add(target, data)
        self.written += len(data)

    def leave_out(self, name: str) -> None:
        """Check that a removed file is not in the folder.

        Raises
        ------
        OutputError
            When it is there from an earlier run: then the folder would contain a copy.
        """
        target = self._folder / name
        is_there = name in self._objects if isinstance(target, Address) else exists(target)
        if is_there and not self._is_reference(target):
            raise OutputError(
                f"{target} exists from an earlier run, but is now removed as a copy; delete the "
                "file, or choose an empty folder"
            )

    def _is_reference(self, target: Location) -> bool:
        return bool(self._references) and identity(target) in self._references


@dataclass(frozen=True, slots=True)
class Outputs:
    """All outputs of a run."""

    files: list[Any]  # for each input its output; inputs may share one
    quarantine: Shards | None = None  # records that cannot be read
    ledger: Shards | None = None

    @property
    def distinct(self) -> list[Any]:
        """The outputs of all inputs, each once."""
        return [*dict.fromkeys(self.files)]

    @property
    def written(self) -> int:
        """Uncompressed bytes of the outputs of all inputs."""
        return sum(output.written for output in self.distinct)

    def end_input(self, number: int) -> None:
        """Close the output of an input, unless the next input shares it.

        A thousand inputs would otherwise keep a thousand files open.
        """
        if self.files[number] not in self.files[number + 1 : number + 2]:
            self.files[number].close()

    def remove_stale_shards(self) -> None:
        """Remove the shards of an earlier run that this one does not replace."""
        for output in self.distinct:
            if isinstance(output, OutputFiles):
                output.remove_stale_shards()

    def abandon(self) -> None:
        """Close open files after an error."""
        for output in [*self.distinct, self.quarantine, self.ledger]:
            if isinstance(output, OutputFiles):
                output.abandon()
