"""Put the inputs of a dataset together again, from what was written and its ledger."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import xxhash

from dedup.dataset.ledger import NAME, VERSION, from_json
from dedup.dataset.outputs import Shards, Written
from dedup.errors import InputError, LedgerError
from dedup.io.jsonl import loads, whole_lines
from dedup.io.records import RecordError
from dedup.io.source import Source
from dedup.io.staged import StagedFiles
from dedup.io.targets import plan_targets, refuse_clashes

COPIED = 1 << 22  # bytes copied at a time
Line = dict[str, Any]


def restore_dataset(
    ledger: str | Path, outputs: Sequence[str | Path], target: str | Path
) -> list[Path]:
    """Put the inputs of a dataset together again, byte for byte.

    Parameters
    ----------
    ledger
        What ``clean_dataset`` wrote as its ledger.
    outputs
        All files that it wrote. They may have been moved, and one alone renamed.
    target
        A file for one input; a folder for several. What was compressed is compressed again, not
        always to the same bytes.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    LedgerError
        When the ledger is damaged, or belongs to other files. Nothing is written then.
    InputError, OutputError
        When a file cannot be read or written.
    """
    ledger, given = Path(ledger), [Path(output) for output in outputs]
    with ExitStack() as stack:
        staged = stack.enter_context(StagedFiles())
        try:
            about, files = _about(ledger)
            targets = plan_targets([Path(read["path"]) for read in about], str(target))
            refuse_clashes([ledger, *given], targets)
            if len(targets) > 1:
                staged.make_folder(Path(target))
            written = _Outputs(_in_order(given, files), stack)
            entries = _entries(ledger)
            entry = next(entries)
            for number, (read, place) in enumerate(zip(about, targets, strict=True)):
                weaver = _Weaver(read, written, Shards(staged, place))
                while entry.get("input") == number:
                    weaver.add(entry)
                    entry = next(entries)
                weaver.finish()
            written.finish()
        except (KeyError, TypeError, ValueError, StopIteration) as error:
            if isinstance(error, InputError):
                raise
            reason = str(error) if isinstance(error, LedgerError) else f"is damaged ({error!r})"
            raise LedgerError(f"{ledger}: {reason}") from error
    return targets


def _lines(ledger: Path) -> Iterator[Line]:
    with Source(ledger) as source:
        for chunk in whole_lines(source):
            for line in chunk.splitlines():
                try:
                    yield loads(line)
                except RecordError as error:
                    raise LedgerError(f"is no ledger of records: a line {error}") from error


def _about(ledger: Path) -> tuple[list[Line], list[Written]]:
    """Return what the inputs were, and what the outputs are."""
    first = last = None
    for line in _lines(ledger):
        first, last = first or line, line
    if first is None or last is None or first.get("ledger") != NAME:
        raise LedgerError("is no ledger of records")
    if first["version"] != VERSION:
        raise LedgerError(f"is of version {first['version']}, which this release does not know")
    if "outputs" not in last:
        raise LedgerError("is cut off")
    files = [Written(Path(file["path"]), file["head"], file["bytes"]) for file in last["outputs"]]
    return first["inputs"], files


def _entries(ledger: Path) -> Iterator[Line]:
    lines = _lines(ledger)
    next(lines)
    yield from lines


def _in_order(given: list[Path], files: list[Written]) -> list[tuple[Path, Written]]:
    """Return the files that were given in the order in which they were written."""
    if len(given) != len(files):
        raise LedgerError(f"belongs to {len(files)} files, but {len(given)} were given")
    if len(files) == 1:
        return [(given[0], files[0])]
    by_name = {path.name: path for path in given}
    missing = [file.path.name for file in files if file.path.name not in by_name]
    if missing:
        raise LedgerError(f"belongs to {missing[0]}, which was not given")
    return [(by_name[file.path.name], file) for file in files]


class _Outputs:
    """The bytes of the files that were written, as if they were one."""

    def __init__(self, files: list[tuple[Path, Written]], stack: ExitStack) -> None:
        self._files, self._stack = iter(files), stack
        self._source: Source | None = None
        self._left = 0
        self._last, self._between = b"\n", False

    def begin(self) -> None:
        """Begin with what was written of another input, which may be behind an added break."""
        self._between = self._last != b"\n"

    def take(self, size: int) -> Iterator[bytes]:
        """Yield the next bytes."""
        while size > 0:
            if not self._left:
                self._open()
                continue
            assert self._source is not None
            if self._between:
                self._between = False
                self._source.read(1)
                self._left -= 1
                continue
            data = self._source.read(min(size, self._left, COPIED))
            if not data:
                raise LedgerError(f"does not fit {self._source.name}, which is too short")
            size, self._left, self._last = size - len(data), self._left - len(data), data[-1:]
            yield data

    def finish(self) -> None:
        """Check that nothing is left."""
        if self._left or any(file.bytes > file.head for _, file in self._files):
            raise LedgerError("does not account for all that was written")
        if self._source is not None and self._source.read(1):
            raise LedgerError(f"does not fit {self._source.name}, which is too long")

    def _open(self) -> None:
        path, file = next(self._files, (None, None))
        if path is None or file is None:
            raise LedgerError("does not fit the files, which are too short")
        self._source = self._stack.enter_context(Source(path))
        self._source.read(file.head)
        self._left = file.bytes - file.head
        self._last, self._between = b"\n", False


class _Weaver:
    """Weaves one input from what was written of it and what went."""

    def __init__(self, read: Line, written: _Outputs, output: Shards) -> None:
        self._read, self._written, self._output = read, written, output
        self._digest = xxhash.xxh3_128()
        self._position = 0
        written.begin()
        self._put(from_json(read))

    def add(self, entry: Line) -> None:
        """Go on to a record that went or was changed, and put it back."""
        self._copy(int(entry["byte"]))
        self._put(from_json(entry))
        for _ in self._written.take(int(entry["written"])):
            pass

    def finish(self) -> None:
        """Go on to the end, and check that the input is as it was."""
        self._copy(int(self._read["bytes"]))
        if self._digest.hexdigest() != self._read["xxh3_128"]:
            raise LedgerError(
                f"does not give {self._read['path']} as it was: it belongs to other files, or they "
                "were changed since"
            )
        self._output.close()

    def _copy(self, end: int) -> None:
        if end < self._position:
            raise LedgerError(f"does not fit {self._read['path']} at byte {end}")
        for data in self._written.take(end - self._position):
            self._put(data)

    def _put(self, data: bytes) -> None:
        self._output.write(data)
        self._digest.update(data)
        self._position += len(data)
