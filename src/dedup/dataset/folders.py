"""Folders of text: what can be asked for them, and their files written and restored."""

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path

import xxhash

from dedup.dataset.decisions import ASIDE, GO, STAY, Found
from dedup.dataset.job import Job
from dedup.dataset.ledger import (
    NAME_OF_FILES,
    UNREADABLE,
    Ledger,
    checked_name,
    from_json,
    lines_of,
)
from dedup.dataset.options import DatasetOptions
from dedup.dataset.outputs import Shards
from dedup.dataset.reading import changed
from dedup.errors import ConfigError, InputError, LedgerError, OutputError
from dedup.io.listing import Listing, listing_of, names_many, reaches_below, root_of
from dedup.io.staged import StagedFiles
from dedup.io.streams import is_stream
from dedup.io.targets import refuse_clashes
from dedup.io.text import STDIN, read_bytes
from dedup.io.text_files import FilesSource, TextFiles, add_file

NO_FIELDS = "files of text have no fields"
MEANINGLESS = {  # options, and why they say nothing of files of text
    "annotate": f"{NO_FIELDS}; give --ledger, or --json",
    "id_key": f"{NO_FIELDS}; their paths are their ids",
    "text_key": NO_FIELDS,
    "quarantine": "files cannot be put together in one; give --on-error skip, and --ledger",
    "shard_size": "each text is written as one file; leave it out",
    "delimiter": NO_FIELDS,
}


def refuse_for_folders(job: Job) -> None:
    """Refuse what cannot be meant of folders of text.

    Raises
    ------
    ConfigError
        When an option is for files of records, or there is no folder for the output.
    OutputError
        When the output is no folder, or has to do with those of the inputs.
    """
    defaults, options = DatasetOptions(), job.options
    for name, reason in MEANINGLESS.items():
        if getattr(options, name) != getattr(defaults, name):
            raise ConfigError(f"--{name.replace('_', '-')}: {reason}")
    if ":" in options.keep:
        raise ConfigError(f"--keep {options.keep}: {NO_FIELDS}; give longest, first or last")
    if job.in_place:
        raise ConfigError("--in-place would delete files of a folder; give -o FOLDER")
    _refuse_places(job)


def _refuse_places(job: Job) -> None:
    """Refuse files in the folders of the inputs, or in the place of an input."""
    roots = [] if job.files else [root_of(path) for path in job.inputs if reaches_below(path)]
    references = [root_of(path) for path in job.options.against if names_many(path)]
    beside = [*job.beside, *job.options.index_files]
    for file in beside:
        for root in (*roots, *(references if file.exists() else [])):
            if holds(root, file):
                raise OutputError(f"{file}: must not be in the input {root}; name another place")
    for folder in job.targets:
        if folder == STDIN or is_stream(folder):
            raise ConfigError(
                f"{job.inputs[0]}: a folder cannot be written to standard output; give -o FOLDER"
            )
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"{folder}: is a file; choose a folder with -o FOLDER")
        for root in roots:
            if holds(root, folder) or holds(folder, root):
                raise OutputError(
                    f"{folder}: must not be in the input {root} or around it; choose another"
                )
    names = [name for _, names in job.listings for name in names]
    outputs = (folder / name for folder in job.targets for name in names)
    refuse_clashes(job.options.against, job.beside)
    refuse_clashes(_files_in(job.listings), [*beside, *outputs])


def _files_in(listings: Iterable[Listing]) -> Iterator[Path]:
    return (root / name for root, names in listings for name in names)


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
        references = _files_in(map(listing_of, job.options.against))
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
            raise OutputError(f"{target}: is an input; choose another place")
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

    def abandon(self) -> None:
        """Do nothing: no file is open."""

    def _is_reference(self, target: Path) -> bool:
        return bool(self._references) and os.path.realpath(target) in self._references


def holds(folder: Path, path: Path) -> bool:
    """Tell whether a path is a folder or lies in it, be it by links."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def write_folders(
    form: TextFiles, found: Found, outputs: Sequence[FolderOutput], ledger: Shards | None
) -> int:
    """Write the files of all inputs that stay, and what was done with each to the ledger.

    Returns
    -------
    int
        How many files were written.

    Raises
    ------
    InputError
        When a folder is no longer what it was when it was read.
    """
    log = Ledger(ledger, found, NAME_OF_FILES) if ledger else None
    actions, count = found.actions, 0
    for read, output in zip(found.rows.written, outputs, strict=True):
        source = FilesSource(found.job.files or listing_of(read.path))
        if source.names != [*map(found.rows.name, read.rows)]:
            raise changed(read.path)
        for row, (name, data) in zip(read.rows, source, strict=True):
            action = int(actions[row])
            if action in (GO, ASIDE):
                output.leave_out(name)
            else:
                try:
                    output.add(name, _as_written(data, row, action, form, found))
                except InputError as error:  # it was text when it was read
                    raise changed(read.path) from error
            count += action not in (GO, ASIDE)
            if log:
                log.add_file(row, action, data)
        if source.fingerprint != read.fingerprint:
            raise changed(read.path)
    if ledger:
        ledger.close()
    return count


def _as_written(
    data: bytes | InputError, row: int, action: int, form: TextFiles, found: Found
) -> bytes:
    """Return the bytes of a file that stays, with its clean text if that is another."""
    if isinstance(data, InputError):
        raise data
    if action == STAY:
        return data
    (text,) = found.texts(row).values()
    return form.with_text(data, text, found.rows.name(row))


def restore_folders(
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
    if holds(written[0], folder) or holds(folder, written[0]):
        raise OutputError(f"{folder}: must not be in {written[0]} or around it; choose another")
    staged.make_folder(folder)
    lines = lines_of(ledger)
    targets = []
    for read in next(lines)["inputs"]:
        digest = xxhash.xxh3_128()
        for entry in islice(lines, int(read["records"])):
            name = checked_name(entry["file"])
            if entry.get("kind") == UNREADABLE:
                continue
            kept = "kind" not in entry
            data = read_bytes(written[0] / name, piped=False) if kept else from_json(entry)
            add_file(digest, name, data)
            targets.append(folder / name)
            staged.make_folder(targets[-1].parent)
            staged.add(targets[-1], data)
        if digest.hexdigest() != read["xxh3_128"]:
            raise LedgerError(
                f"does not restore {read['path']}: the ledger is cut off or belongs to another "
                "folder, or files were changed after cleaning"
            )
    return targets
