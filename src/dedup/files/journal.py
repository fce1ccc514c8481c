"""The journal of a run: its staged outputs, so that the run after a killed one finds them."""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dedup.errors import OutputError
from dedup.files.staged_output import StagedOutput, output_errors
from dedup.files.syncing import sync_folders

COMMIT_LINE = "commit"  # last line of a journal: from here a killed run is completed, not undone
FileState = list[int]  # inode, size in bytes, time of the last change in nanoseconds


class Journal:
    """Writes the journal: a line of JSON for each output, and at last ``COMMIT_LINE``.

    Parameters
    ----------
    path
        The file; None for a run that leaves no journal.
    """

    def __init__(self, path: Path | None) -> None:
        self._file = None if path is None else path.open("w")

    def note(self, output: StagedOutput) -> None:
        """Note an output before its temporary file is created."""
        self._write(
            {
                "target": str(output.target),
                "token": output.token,
                "backup": output.backup and str(output.backup),
                "is_removal": output.is_removal,
                "state": file_state(output.target),
            }
        )

    def commit(self) -> None:
        """Note that all outputs are on disk, and that their moves begin."""
        self._write(COMMIT_LINE)
        if self._file is not None:
            os.fsync(self._file.fileno())

    def clear(self) -> None:
        """Note that the moves were undone."""
        if self._file is not None:
            self._file.truncate(0)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _write(self, line: Any) -> None:  # noqa: ANN401  as JSON has it
        if self._file is not None:
            with output_errors(Path(self._file.name)):
                self._file.write(json.dumps(line) + "\n")
                self._file.flush()


@dataclass(frozen=True, slots=True)
class _JournalEntry:
    """An output in a journal, and the state of its target before it was read a second time."""

    output: StagedOutput
    state: FileState | None

    @classmethod
    def of(cls, line: dict[str, Any]) -> "_JournalEntry":
        backup = line["backup"] and Path(line["backup"])
        place = StagedOutput(Path(line["target"]), line["token"], backup, line["is_removal"])
        return cls(place, line["state"])


def file_state(path: Path) -> FileState | None:
    """Return what changes when a file is written or replaced; None if there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return [found.st_ino, found.st_size, found.st_mtime_ns]


def recover_journal(journal: Path) -> list[Path]:
    """Complete a run that was killed while it moved its files, or remove its temporary files.

    Returns
    -------
    list of Path
        The outputs that are in place now; empty if the run had not begun to move them.

    Raises
    ------
    OutputError
        When a file cannot be moved; or would replace one that has changed since, such as an input
        that is cleaned in place. Then nothing is done.
    """
    lines: list[Any] = []
    with suppress(FileNotFoundError, ValueError):  # after a power cut the last line may be cut off
        lines.extend(map(json.loads, journal.read_text().splitlines()))
    entries = [_JournalEntry.of(line) for line in lines if line != COMMIT_LINE]
    committed = [entry.output for entry in entries] if COMMIT_LINE in lines else []
    if committed:
        _refuse_changed_targets(entries)
    for output in committed:
        output.complete()
    sync_folders({output.target.parent for output in committed})
    for entry in entries:
        entry.output.remove_temporary_files()
    return [output.target for output in committed]


def _refuse_changed_targets(entries: Iterable[_JournalEntry]) -> None:
    """Raise an error if a file that is still to be replaced is not the one that the run found."""
    for output, state in ((entry.output, entry.state) for entry in entries):
        if output.is_pending and file_state(output.target) not in (None, state):
            raise OutputError(
                f"{output.target} has changed since an earlier run, which was killed while it "
                "moved its outputs; nothing was done. To complete that run, move this file "
                "elsewhere and run again; to give it up, delete the files .dedup-* in the folders "
                "of its outputs"
            )
