"""Outputs that appear complete and together, or not at all, even if a signal interrupts the run."""

import io
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Self, cast

from dedup.arrays.progress import NO_PROGRESS, Progress
from dedup.errors import OutputError
from dedup.files.address import Address
from dedup.files.early_writeback import EarlyWriteback
from dedup.files.journal import Journal
from dedup.files.location import Location, identity
from dedup.files.staged_output import StagedOutput, output_errors, refuse_backup, remove_file
from dedup.files.standard_streams import ignoring_signals, is_stream
from dedup.files.syncing import sync_all, sync_folders
from dedup.files.uploads import Uploads

SYNCED_SHARE = 0.8  # of the time of saving many files, when they are synced; then they are moved


class StagedFile(io.FileIO):
    """A file that is being written and will appear as ``target``."""

    def __init__(self, target: Path, file: int | Path, mode: str) -> None:
        super().__init__(file, mode)
        self._target, self._writeback = target, EarlyWriteback()

    def write(self, data: Any) -> int:  # noqa: ANN401  any buffer
        """Write some bytes; an error names the target."""
        with output_errors(self._target):
            written = super().write(data)
        self._writeback.count(self.fileno(), written)
        return written


class StagedFiles:
    """Temporary files beside their targets that are moved there together at the end.

    Leaving the ``with`` block moves every file to its target; after an exception every target is
    as it was. A target that is not a regular file (a device, a pipe) cannot be restored: it is
    written before the first file is moved.

    Parameters
    ----------
    journal
        File for the paths of staged files, so that ``recover_journal`` finds those of a killed run.
    protected
        Files that no output may replace.
    progress
        Receives how many files are saved.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     target = Path(folder) / "clean.txt"
    ...     with StagedFiles() as staged:
    ...         staged.add(target, b"clean")
    ...         before = target.exists()
    ...     before, target.read_bytes()
    (False, b'clean')
    """

    def __init__(
        self,
        journal: Path | None = None,
        protected: Iterable[Path] = (),
        progress: Progress = NO_PROGRESS,
    ) -> None:
        self.progress = progress
        self.before_moves: Callable[[], None] | None = None  # may use a network
        self._journal = Journal(journal)
        self._outputs: list[StagedOutput] = []
        self._places = {*map(os.path.realpath, protected)}  # and of all outputs
        self._streams: list[tuple[Path, bytes]] = []
        self._folders: list[Path] = []
        self._files: list[BinaryIO] = []
        self._uploads = Uploads(None if journal is None else journal.parent)

    def add(self, target: Location, data: bytes, backup: Path | None = None) -> None:
        """Stage ``data`` for ``target``; links are followed.

        Parameters
        ----------
        target
            The file to write.
        data
            Its whole content.
        backup
            Path to which an existing file is moved; None to keep no copy.

        Raises
        ------
        OutputError
            When the folder cannot be written, the disk is full, another output has the same
            target, or the backup exists already: it may be the only copy of an original.
        """
        if isinstance(target, Address):
            self._note_place(target)
            self._uploads.add(target, data)
            return
        with output_errors(target):
            if is_stream(target):
                self._streams.append((target, data))
                return
            raw = StagedFile(target, self._output(target, backup).create(), "wb")
            with io.BufferedWriter(raw) as file:
                file.write(data)

    def open(self, target: Location, backup: Path | None = None) -> BinaryIO:
        """Return a file to write to, for content that is too large for one ``add``.

        Parameters and errors are those of ``add``; a stream is written immediately.
        """
        if isinstance(target, Address):
            self._note_place(target)
            return cast("BinaryIO", self._uploads.open(target))
        with output_errors(target):
            if is_stream(target):
                raw = StagedFile(target, target, "ab")
            else:
                raw = StagedFile(target, self._output(target, backup).create(), "wb")
        self._files.append(io.BufferedWriter(raw))
        return self._files[-1]

    def remove(self, target: Path) -> None:
        """Remove an old file when all outputs appear; a link is removed, not what it leads to."""
        self._note_place(target)
        place = Path(identity(target.parent), target.name)
        self._in_journal(StagedOutput(place, os.urandom(6).hex(), is_removal=True))

    def make_folder(self, folder: Location) -> None:
        """Make a folder for outputs; an error later removes it again.

        Raises
        ------
        OutputError
            When it cannot be made.
        """
        if isinstance(folder, Address):  # an object's name makes its folders
            return
        for place in (*reversed(folder.parents), folder):
            if not place.exists():
                with output_errors(place):
                    place.mkdir()
                    self._folders.append(place)

    def __enter__(self) -> Self:
        """Return the empty set of files."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        """Move all files to their targets; after an exception leave the targets as they were."""
        done = False
        try:
            if kind is None:
                self.progress.begin("saving")
                for file in self._files:
                    file.close()
                self._uploads.finish()
                with self.progress.part(0.0, SYNCED_SHARE):
                    sync_all(
                        [output for output in self._outputs if not output.is_removal], self.progress
                    )
                if self.before_moves is not None:
                    self.before_moves()
                self._uploads.commit()
                with ignoring_signals():
                    self._commit()
                    done = True
                    self._clean_up(done=True)
        finally:
            if not done:
                self._clean_up(done=False)
            self._uploads.close(error)
            self._journal.close()

    def _clean_up(self, *, done: bool) -> None:
        for file in self._files:
            with suppress(OSError):
                file.close()
        for output in self._outputs:
            remove_file(output.staged)
            if done and output.saved and output.saved != output.backup:
                remove_file(output.saved)
        if not done:
            for folder in reversed(self._folders):
                with suppress(OSError):
                    folder.rmdir()

    def _commit(self) -> None:
        for target, data in self._streams:
            with output_errors(target), target.open("ab") as stream:
                stream.write(data)
        try:
            self._journal.commit()
            for output in self.progress.parts(self._outputs, [1] * len(self._outputs)):
                output.move()
        except BaseException:
            for output in reversed(self._outputs):
                output.roll_back()
            self._journal.clear()
            raise
        sync_folders({output.target.parent for output in self._outputs})

    def _note_place(self, target: Location) -> None:
        place = identity(target)
        if place in self._places:
            raise OutputError(f"{target}: two outputs have this path; rename one")
        self._places.add(place)

    def _output(self, target: Path, backup: Path | None) -> StagedOutput:
        if backup is not None:
            refuse_backup(backup)
        self._note_place(target)
        return self._in_journal(StagedOutput(Path(identity(target)), os.urandom(6).hex(), backup))

    def _in_journal(self, output: StagedOutput) -> StagedOutput:
        self._journal.note(output)
        self._outputs.append(output)
        return output
