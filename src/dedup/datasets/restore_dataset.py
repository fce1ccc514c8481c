"""Put the inputs of a dataset together again, from what was written and its ledger."""

from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import xxhash

from dedup.datasets.dataset_options import as_path, as_paths
from dedup.datasets.formats.text_files import add_to_digest
from dedup.datasets.outputs import OutputFile, Shards
from dedup.datasets.preflight import contains_path
from dedup.datasets.record_ledger import (
    FILES_LEDGER,
    LEDGER_VERSION,
    RECORDS_LEDGER,
    UNREADABLE_FILE,
    checked_file_name,
    decode_bytes,
    read_entries,
)
from dedup.errors import InputError, LedgerError, OutputError
from dedup.files.decoding import STDIN, read_bytes
from dedup.files.listing import list_files
from dedup.files.source import Source
from dedup.files.staged import StagedFiles
from dedup.files.targets import (
    plan_backups,
    plan_targets,
    refuse_clashes,
    refuse_unwritable,
    restore_backup_suffix,
)
from dedup.ledger.ledger_files import LEDGER_REMEDY
from dedup.text.wording import format_count

COPY_BYTES = 1 << 22  # bytes copied at a time
LedgerEntry = dict[str, Any]


def restore_dataset(
    ledger: str | Path,
    outputs: str | Path | Sequence[str | Path],
    target: str | Path | None,
    *,
    backup_suffix: str = ".bak",
) -> list[Path]:
    """Restore the inputs of a dataset, byte for byte.

    Parameters
    ----------
    ledger
        The ledger that ``clean_dataset`` wrote.
    outputs
        All files that it wrote, or folders of them; for folders of text, the folder that it wrote.
        Files may have been moved, and a single one renamed.
    target
        A file for one input; a folder for several, or for folders. When None, ``outputs`` are
        replaced, if each was written from one input. Compressed files are compressed again, not
        always to the same bytes.
    backup_suffix
        With no target, the suffix of the copies of ``outputs`` that are kept; empty for none. No
        copy is made where one of the backups exists: restored files contain all of the clean ones.

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
    if target is not None:
        as_path("target", target)
    ledger, given = as_path("ledger", ledger), as_paths("outputs", outputs)
    with StagedFiles() as staged:
        try:
            head = next(read_entries(ledger), {})
            if head.get("version", LEDGER_VERSION) != LEDGER_VERSION:
                raise LedgerError(f"has version {head['version']}, which this release cannot read")
            if head.get("ledger") == FILES_LEDGER:
                return _restore_text_files(ledger, given, target, staged)
            output = None if target is None else str(target)
            return _restore_records(ledger, given, output, backup_suffix, staged)
        except (KeyError, TypeError, ValueError, StopIteration) as error:
            if isinstance(error, InputError):
                raise
            reason = str(error) if isinstance(error, LedgerError) else f"is damaged ({error!r})"
            raise LedgerError(f"{ledger} {reason}") from error


def _restore_records(
    ledger: Path, given: list[Path], target: str | None, suffix: str, staged: StagedFiles
) -> list[Path]:
    about, files = _read_first_and_last(ledger)
    named = [str(read.get("name") or Path(read["path"]).name) for read in about]
    for name in named:
        checked_file_name(name)
    pairs = _files_as_written(given, files)
    if target is None:
        targets = [path for path, _ in pairs]
        names = [Path(name).name for name in named]
        differ = len(names) > 1 and [target.name for target in targets] != names
        if differ or len(targets) != len(names):
            wrong = f"covers {len(names):,} inputs that were not written to one file each"
            raise LedgerError(f"{wrong}; choose an output with -o")
        suffix = restore_backup_suffix(suffix, targets)
        backups = plan_backups(targets, suffix, None, [ledger])
    else:
        targets = plan_targets([Path(read["path"]) for read in about], target, named)
        refuse_clashes([ledger, *given], targets)
        if len(targets) > 1:
            for folder in dict.fromkeys(target.parent for target in targets):
                staged.make_folder(folder)
        refuse_unwritable(target for target in targets if target != STDIN)
        backups = [None] * len(targets)
    pairs_of = zip(targets, backups, strict=True)
    outputs = [Shards(staged, target, backup=backup) for target, backup in pairs_of]
    entries = groupby(islice(read_entries(ledger), 1, None), key=lambda entry: entry.get("input"))
    number, own = next(entries)
    written = _CleanBytes(pairs)
    for row, (read, output) in enumerate(zip(about, outputs, strict=True)):
        _restore_input(read, own if number == row else iter(()), written, output)
        if number == row:
            number, own = next(entries)
    written.finish()
    return targets


def _read_first_and_last(ledger: Path) -> tuple[list[LedgerEntry], list[OutputFile]]:
    """Return what the inputs were, and what the outputs are."""
    first = last = None
    for line in read_entries(ledger):
        first, last = first or line, line
    if first is None or last is None or first.get("ledger") != RECORDS_LEDGER:
        raise LedgerError(f"is not a ledger of records; {LEDGER_REMEDY}")
    if "outputs" not in last:
        raise LedgerError("is cut off")
    files = [
        OutputFile(Path(file["path"]), file["bytes"], file["head"], file.get("tail", 0))
        for file in last["outputs"]
    ]
    return first["inputs"], files


def _files_as_written(given: list[Path], files: list[OutputFile]) -> list[tuple[Path, OutputFile]]:
    """Return the files that were given in the order in which they were written."""
    given = [root / name for root, names in map(list_files, given) for name in names]
    if len(given) != len(files):
        wrong = f"belongs to {format_count(len(files), 'file')}, got {len(given):,}"
        raise LedgerError(f"{wrong}; name what it wrote")
    # Folders may have moved: of files of one name the order of the paths tells which is which.
    wrote = sorted((file.path for file in files), key=_by_name)
    places = dict(zip(wrote, sorted(given, key=_by_name), strict=True))
    for path, place in places.items():
        if len(files) > 1 and path.name != place.name:
            raise LedgerError(f"belongs to {path.name}, too; name that file")
    return [(places[file.path], file) for file in files]


def _by_name(path: Path) -> tuple[str, Path]:
    return path.name, path


class _CleanBytes:
    """The bytes of the files that were written, without heads and tails, as if they were one."""

    def __init__(self, files: list[tuple[Path, OutputFile]]) -> None:
        self._pieces: Iterator[bytes] = _read_records(files)
        self._left = memoryview(b"")  # of a piece

    def take(self, size: int) -> Iterator[bytes]:
        """Yield the next bytes."""
        if size < 0:
            raise LedgerError("has entries that overlap")
        while size > 0:
            if not self._left:
                piece = next(self._pieces, b"")
                if not piece:
                    raise LedgerError("does not match the files, which are too short")
                self._left = memoryview(piece)
            data, self._left = bytes(self._left[:size]), self._left[size:]
            size -= len(data)
            yield data

    def finish(self) -> None:
        """Check that nothing is left."""
        if next(self._pieces, b"") or self._left:
            raise LedgerError("does not account for all that was written")


def _read_records(files: list[tuple[Path, OutputFile]]) -> Iterator[bytes]:
    """Yield the bytes of files without their heads and tails."""
    for path, file in files:
        with Source(path) as source:
            source.read(file.head)
            left = file.bytes - file.head - file.tail
            while left > 0:
                data = source.read(min(left, COPY_BYTES))
                if not data:
                    raise LedgerError(f"does not match {source.name}, which is too short")
                left -= len(data)
                yield data
            if len(source.read(file.tail + 1)) > file.tail:
                raise LedgerError(f"does not match {source.name}, which is too long")


def _restore_input(
    read: LedgerEntry, entries: Iterator[LedgerEntry], written: _CleanBytes, output: Shards
) -> None:
    """Put one input together from what was written of it and the entries of what went."""
    digest = xxhash.xxh3_128()
    for data in _original_bytes(read, entries, written):
        output.write(data)
        digest.update(data)
    if digest.hexdigest() != read["xxh3_128"]:
        raise LedgerError(
            f"does not restore {read['path']}: the ledger belongs to other files, or they were "
            "changed after cleaning"
        )
    output.close()


def _original_bytes(
    read: LedgerEntry, entries: Iterator[LedgerEntry], written: _CleanBytes
) -> Iterator[bytes]:
    """Yield the bytes of an input: those that were written of it, between what went."""
    head, tail = decode_bytes(read), str(read.get("tail", "")).encode()
    yield head
    position = len(head)
    for entry in entries:
        yield from written.take(int(entry["byte"]) - position)
        removed = decode_bytes(entry)
        yield removed
        position = int(entry["byte"]) + len(removed)
        for _ in written.take(int(entry["written"])):
            pass
    yield from written.take(int(read["bytes"]) - len(tail) - position)
    yield tail


def _restore_text_files(
    ledger: Path, written: Sequence[Path], target: str | Path | None, staged: StagedFiles
) -> list[Path]:
    """Put all files in a folder that the inputs had; return where they are.

    Parameters
    ----------
    written
        The folder that was written, alone.

    Raises
    ------
    LedgerError
        When the ledger is damaged, or belongs to another folder.
    InputError, OutputError
        When a file cannot be read or written.
    """
    if len(written) != 1 or not written[0].is_dir():
        raise LedgerError("belongs to a folder of texts: name the cleaned folder alone")
    if target is None:
        raise OutputError(f"{written[0]}: a folder cannot be restored in place; give -o FOLDER")
    folder = Path(target)
    if folder == STDIN or (folder.exists() and not folder.is_dir()):
        raise OutputError("the texts of a folder must be restored to a folder; give -o FOLDER")
    if contains_path(written[0], folder) or contains_path(folder, written[0]):
        raise OutputError(f"{folder}: must not be in {written[0]} or around it; choose another")
    staged.make_folder(folder)
    lines = read_entries(ledger)
    targets = []
    for read in next(lines)["inputs"]:
        digest = xxhash.xxh3_128()
        for entry in islice(lines, int(read["records"])):
            name = checked_file_name(entry["file"])
            if entry.get("kind") == UNREADABLE_FILE:
                continue
            kept = "kind" not in entry
            data = read_bytes(written[0] / name, piped=False) if kept else decode_bytes(entry)
            add_to_digest(digest, name, data)
            targets.append(folder / name)
            staged.make_folder(targets[-1].parent)
            staged.add(targets[-1], data)
        if digest.hexdigest() != read["xxh3_128"]:
            raise LedgerError(
                f"does not restore {read['path']}: the ledger is cut off or belongs to another "
                "folder, or files were changed after cleaning"
            )
    return targets
