"""Restore the inputs of a dataset from its outputs and its ledger."""

from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import IO

import xxhash

from dedup.arrays.progress import NO_PROGRESS, Progress
from dedup.datasets.dataset_options import as_path, as_paths
from dedup.datasets.formats.text_files import add_to_digest
from dedup.datasets.outputs import OutputFile, Shards
from dedup.datasets.record_ledger import checked_file_name
from dedup.datasets.record_patch import apply_patch
from dedup.datasets.stage_seconds import SECONDS_PER_GIGABYTE, seconds_of_files
from dedup.errors import InputError, LedgerError, OutputError
from dedup.files.decoding import STDIN, read_bytes
from dedup.files.listing import list_files
from dedup.files.location import Location, as_location, contains_path
from dedup.files.source import COPY_BYTES, Source
from dedup.files.staged import StagedFiles
from dedup.files.staged_output import output_errors
from dedup.files.targets import (
    plan_backups,
    plan_targets,
    refuse_clashes,
    refuse_unwritable,
    restore_backup_suffix,
)
from dedup.ledger.ledger_lines import FILES_LEDGER, LEDGER_REMEDY, RECORDS_LEDGER, read_entries
from dedup.ledger.record_removals import UNREADABLE_FILE, LedgerEntry, decode_bytes
from dedup.text.wording import format_count

RESTORE_SECONDS_PER_GIGABYTE = {
    stage: SECONDS_PER_GIGABYTE[stage] for stage in ("restoring", "saving")
}


def restore_dataset(
    ledger: str | Location,
    outputs: str | Location | Sequence[str | Location],
    target: str | Location | None,
    *,
    backup_suffix: str = ".bak",
    progress: Progress = NO_PROGRESS,
) -> list[Location]:
    r"""Restore the inputs of a dataset, byte for byte.

    Parameters
    ----------
    ledger
        The ledger that ``clean_dataset`` wrote.
    outputs
        All files that it wrote, or folders that contain them; for text files, the folder that it
        wrote. Files may have been moved; a single file may have been renamed.
    target
        A file for one input; a folder for several inputs or for text files. When None, ``outputs``
        are replaced, if each was written from one input. Compressed files are compressed again;
        the compressed bytes may differ.
    backup_suffix
        Without a target, the suffix of the backups of ``outputs``; empty for none. If a backup
        exists, none is made: the restored files contain all of the cleaned ones.
    progress
        Receives the number of bytes restored.

    Returns
    -------
    list of Path or Address
        The restored files.

    Raises
    ------
    LedgerError
        When the ledger is damaged, or belongs to other files. Nothing is written then.
    InputError, OutputError
        When a file cannot be read or written.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from dedup import clean_dataset
    >>> lines = b'{"text": "The same story."}\n' * 2
    >>> with TemporaryDirectory() as folder:
    ...     names = ("news.jsonl", "clean.jsonl", "removed.jsonl", "restored.jsonl")
    ...     news, clean, ledger, restored = (Path(folder, name) for name in names)
    ...     _ = news.write_bytes(lines)
    ...     _ = clean_dataset(news, clean, ledger=ledger)
    ...     _ = restore_dataset(ledger, clean, restored)
    ...     restored.read_bytes() == lines
    True
    """
    if target is not None:
        as_path("target", target)
    written, cleaned = as_path("ledger", ledger), as_paths("outputs", outputs)
    progress.plan(RESTORE_SECONDS_PER_GIGABYTE)
    with StagedFiles(progress=progress) as staged:
        try:
            head = next(read_entries(written), {})
            if head.get("ledger") == FILES_LEDGER:
                return _restore_text_files(written, cleaned, target, staged)
            output = None if target is None else str(target)
            return _restore_records(written, cleaned, output, backup_suffix, staged)
        except (KeyError, TypeError, ValueError, StopIteration) as error:
            if isinstance(error, InputError):
                raise
            reason = str(error) if isinstance(error, LedgerError) else f"is damaged ({error!r})"
            raise LedgerError(f"{written} {reason}") from error


def _restore_records(
    ledger: Location,
    cleaned: list[Location],
    target: str | None,
    suffix: str,
    staged: StagedFiles,
) -> list[Location]:
    """Restore files of records; return their paths."""
    first, files = _read_first_and_last(ledger)
    inputs = first["inputs"]
    names = [str(entry.get("name") or as_location(entry["path"]).name) for entry in inputs]
    for name in names:
        checked_file_name(name)
    outputs = _files_as_written(cleaned, files)
    if target is None:
        targets: list[Location] = [path for path, _ in outputs]
        file_names = [Path(name).name for name in names]
        differ = len(names) > 1 and [target.name for target in targets] != file_names
        if differ or len(targets) != len(names):
            wrong = f"covers {len(names):,} inputs that were joined in one file, or cut into shards"
            raise LedgerError(f"{wrong}; choose an output with -o")
        suffix = restore_backup_suffix(suffix, targets)
        backups = plan_backups(targets, suffix, None, [ledger])
    else:
        if as_location(target) == STDIN and len(names) > 1:
            wrong = f"covers {len(names):,} inputs, which standard output would join"
            raise LedgerError(f"{wrong}; choose a folder for them with -o FOLDER")
        targets = plan_targets([as_location(entry["path"]) for entry in inputs], target, names)
        refuse_clashes([ledger, *cleaned], targets)
        if len(targets) > 1:
            for folder in dict.fromkeys(target.parent for target in targets):
                staged.make_folder(folder)
        refuse_unwritable(target for target in targets if target != STDIN)
        backups = [None] * len(targets)
    restored = [
        Shards(staged, target, backup=backup)
        for target, backup in zip(targets, backups, strict=True)
    ]
    entries = islice(read_entries(ledger), 1, None)
    groups = groupby(entries, key=lambda entry: entry.get("input"))
    group_number, group = next(groups)
    clean_bytes, sizes = _CleanBytes(outputs), [int(entry["bytes"]) for entry in inputs]
    staged.progress.begin("restoring", sum(sizes))
    pairs = staged.progress.parts(zip(inputs, restored, strict=True), sizes)
    for number, (entry, shards) in enumerate(pairs):
        entries_of_input = group if group_number == number else iter(())
        data = _original_bytes(entry, entries_of_input, clean_bytes, first["encoding"])
        restore = _print_input if targets[number] == STDIN else _restore_input
        restore(entry, data, shards, staged.progress)
        shards.close()
        if group_number == number:
            group_number, group = next(groups)
    clean_bytes.finish()
    return targets


def _read_first_and_last(ledger: Location) -> tuple[LedgerEntry, list[OutputFile]]:
    """Return the first line of a ledger, and the outputs in the last one."""
    first = last = None
    for line in read_entries(ledger):
        first, last = first or line, line
    if first is None or last is None:
        raise LedgerError(f"is empty, which a ledger of records never is; {LEDGER_REMEDY}")
    if first.get("ledger") != RECORDS_LEDGER:
        raise LedgerError(f"is not a ledger of records; {LEDGER_REMEDY}")
    if "outputs" not in last:
        raise LedgerError(f"is cut off; {LEDGER_REMEDY}")
    files = [
        OutputFile(as_location(file["path"]), file["bytes"], file["head"], file.get("tail", 0))
        for file in last["outputs"]
    ]
    return first, files


def _files_as_written(
    cleaned: list[Location], files: list[OutputFile]
) -> list[tuple[Location, OutputFile]]:
    """Return where each output is now, in the order in which they were written."""
    paths = [root / name for root, names in map(list_files, cleaned) for name in names]
    if len(paths) != len(files):
        wrong = f"belongs to {format_count(len(files), 'file')}, got {len(paths):,}"
        raise LedgerError(f"{wrong}; name all files that the cleaning wrote, and only these")
    # Folders may have been moved: files with the same name are matched in the order of their paths.
    written = sorted((file.path for file in files), key=_by_name)
    present = dict(zip(written, sorted(paths, key=_by_name), strict=True))
    for before, now in present.items():
        if len(files) > 1 and before.name != now.name:
            raise LedgerError(f"belongs to a file {before.name}, too; name that file")
    return [(present[file.path], file) for file in files]


def _by_name(path: Location) -> tuple[str, tuple[str, ...]]:
    return path.name, path.parts


class _CleanBytes:
    """The records in the outputs as one stream of bytes, without heads and tails of files."""

    def __init__(self, outputs: list[tuple[Location, OutputFile]]) -> None:
        self._segments: Iterator[bytes] = _read_records(outputs)
        self._rest = memoryview(b"")  # of the current segment

    def take(self, size: int) -> Iterator[bytes]:
        """Yield the next ``size`` bytes."""
        if size < 0:
            raise LedgerError("has entries that overlap")
        while size > 0:
            if not self._rest:
                segment = next(self._segments, b"")
                if not segment:
                    raise LedgerError("does not match the files, which are too short")
                self._rest = memoryview(segment)
            data, self._rest = bytes(self._rest[:size]), self._rest[size:]
            size -= len(data)
            yield data

    def skip(self, size: int) -> None:
        """Drop the next ``size`` bytes."""
        for _ in self.take(size):
            pass

    def finish(self) -> None:
        """Raise an error unless all bytes were taken."""
        if next(self._segments, b"") or self._rest:
            raise LedgerError("does not match the files, which are too long")


def _read_records(outputs: list[tuple[Location, OutputFile]]) -> Iterator[bytes]:
    """Yield the bytes of files without their heads and tails."""
    for path, file in outputs:
        with Source(path) as source:
            source.read(file.head)
            missing = file.bytes - file.head - file.tail
            while missing > 0:
                data = source.read(min(missing, COPY_BYTES))
                if not data:
                    raise LedgerError(f"does not match {source.name}, which is too short")
                missing -= len(data)
                yield data
            if len(source.read(file.tail + 1)) > file.tail:
                raise LedgerError(f"does not match {source.name}, which is too long")


def _restore_input(
    described: LedgerEntry,
    original: Iterator[bytes],
    output: Shards | IO[bytes],
    progress: Progress,
) -> None:
    """Write the original bytes of one input, and check them against its description."""
    digest, written = xxhash.xxh3_128(), 0
    for data in original:
        output.write(data)
        digest.update(data)
        written += len(data)
        progress.reach(written, int(described["bytes"]))
    if digest.hexdigest() != described["xxh3_128"]:
        raise LedgerError(
            f"does not restore {described['path']}: the ledger belongs to other files, or they "
            "were changed after cleaning"
        )


def _print_input(
    described: LedgerEntry, original: Iterator[bytes], output: Shards, progress: Progress
) -> None:
    """Write the original bytes of one input to standard output, once they are checked."""
    with TemporaryFile() as checked:
        with output_errors(Path(gettempdir())):
            _restore_input(described, original, checked, progress)
            checked.seek(0)
        while data := checked.read(COPY_BYTES):
            output.write(data)


def _original_bytes(
    described: LedgerEntry, entries: Iterator[LedgerEntry], clean_bytes: _CleanBytes, encoding: str
) -> Iterator[bytes]:
    """Yield the bytes of an input: those in the outputs, and between them those of the entries."""
    head, tail = decode_bytes(described), str(described.get("tail", "")).encode()
    yield head
    position, parts = len(head), list[str]()
    for entry in entries:
        if "field" in entry:
            parts.append(entry["text"])
            continue
        begin = int(entry["bytes"][0] if "kind" in entry else entry["byte"])
        yield from clean_bytes.take(begin - position)
        written = b"".join(clean_bytes.take(int(entry.get("written", 0))))
        original = _original_record(entry, written, parts, encoding)
        yield original
        position, parts = begin + len(original), []
    yield from clean_bytes.take(int(described["bytes"]) - len(tail) - position)
    yield tail


def _original_record(
    entry: LedgerEntry, written: bytes, parts: Sequence[str], encoding: str
) -> bytes:
    """Return the original bytes of a record that was changed or removed."""
    if "patch" in entry:
        return apply_patch(entry["patch"], written, parts, encoding)
    return decode_bytes(entry)


def _restore_text_files(
    ledger: Location,
    cleaned: Sequence[Location],
    target: str | Location | None,
    staged: StagedFiles,
) -> list[Location]:
    """Restore all text files of the inputs in a folder; return their paths.

    Parameters
    ----------
    cleaned
        The folder of the cleaned files, and nothing else.

    Raises
    ------
    LedgerError
        When the ledger is damaged, or belongs to another folder.
    InputError, OutputError
        When a file cannot be read or written.
    """
    if len(cleaned) != 1 or not cleaned[0].is_dir():
        raise LedgerError("belongs to a folder of texts; name the cleaned folder, and nothing else")
    if target is None:
        wrong = f"{cleaned[0]}: a folder cannot be restored in place"
        raise OutputError(f"{wrong}; choose a folder with -o FOLDER")
    folder = as_location(target)
    if folder == STDIN or (folder.exists() and not folder.is_dir()):
        raise OutputError("text files need an output folder; choose one with -o FOLDER")
    if contains_path(cleaned[0], folder) or contains_path(folder, cleaned[0]):
        raise OutputError(f"{folder} must not be in {cleaned[0]} or around it; choose another")
    staged.make_folder(folder)
    lines = read_entries(ledger)
    head, targets, restored_bytes = next(lines), list[Location](), 0
    inputs, encoding, lines_by_file = head["inputs"], head["encoding"], _lines_by_file(lines)
    seconds = seconds_of_files(sum(int(described["records"]) for described in inputs))
    seconds["restoring"] = seconds.pop("reading") + seconds.pop("writing")
    staged.progress.plan(RESTORE_SECONDS_PER_GIGABYTE, seconds)
    staged.progress.begin("restoring", sum(int(described["bytes"]) for described in inputs))
    for described in inputs:
        digest = xxhash.xxh3_128()
        for entry, parts in islice(lines_by_file, int(described["records"])):
            name = checked_file_name(entry["id"] if "kind" in entry else entry["file"])
            if entry.get("kind") == UNREADABLE_FILE:
                continue
            is_kept = "kind" not in entry
            data = read_bytes(cleaned[0] / name, piped=False) if is_kept else b""
            if "patch" in entry or not is_kept:
                data = _original_record(entry, data, parts, encoding)
            add_to_digest(digest, name, data)
            targets.append(folder / name)
            staged.make_folder(targets[-1].parent)
            staged.add(targets[-1], data)
            restored_bytes += len(data)
            staged.progress.reach(restored_bytes)
        if digest.hexdigest() != described["xxh3_128"]:
            raise LedgerError(
                f"does not restore {described['path']}: the ledger is cut off or belongs to "
                "another folder, or files were changed after cleaning"
            )
    return targets


def _lines_by_file(lines: Iterator[LedgerEntry]) -> Iterator[tuple[LedgerEntry, list[str]]]:
    """Yield the last line of each file, and the parts that it lost."""
    parts = list[str]()
    for line in lines:
        if "field" in line:
            parts.append(line["text"])
        else:
            yield line, parts
            parts = []
