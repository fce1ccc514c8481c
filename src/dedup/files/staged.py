"""Outputs that appear complete and together, or not at all, even if a signal interrupts the run."""

import errno
import io
import json
import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self, cast

from dedup.arrays.parallel import map_parallel
from dedup.arrays.progress import NO_PROGRESS, Progress
from dedup.errors import OutputError
from dedup.files.address import Address
from dedup.files.early_writeback import EarlyWriteback
from dedup.files.location import Location, identity
from dedup.files.standard_streams import ignoring_signals, is_stream
from dedup.files.uploads import Uploads

_WRITE_REMEDIES = {
    errno.ENOSPC: "free space there, or choose another place with -o",
    errno.ENOENT: "make the folder first",
    errno.EISDIR: "name a file in it",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EEXIST: "remove it, or choose another name",
    errno.EACCES: "make its folder writable, or choose another place with -o",
}
SYNCED_SHARE = 0.8  # of the time of saving many files, when they are synced; then they are moved
MAX_SERIAL_SYNCS, SYNC_THREADS = 64, 8  # more files than that are synced in threads
COMMIT_LINE = "commit"  # last line of a journal: from here a killed run is completed, not undone


@dataclass(slots=True)
class StagedOutput:
    """An output file: its target, and the temporary file beside the target.

    A run may have 100,000 outputs and a path takes half a kilobyte, so only the target's is stored.
    """

    target: Path
    token: str  # in the names of the temporary files
    backup: Path | None  # where the old file is kept permanently
    saved: Path | None = None  # where the old file is now

    def beside(self, ending: str) -> Path:
        """Return the path of a hidden file beside the target."""
        return self.target.with_name(f".dedup-{self.token}.{ending}")

    @property
    def staged(self) -> Path:
        """The temporary file with the new content."""
        return self.beside("tmp")


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
        self._journal = None if journal is None else journal.open("w")
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
            raw = StagedFile(target, create_staged(self._output(target, backup)), "wb")
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
                raw = StagedFile(target, create_staged(self._output(target, backup)), "wb")
        self._files.append(io.BufferedWriter(raw))
        return self._files[-1]

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
                    sync_all(self._outputs, self.progress)
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
            if self._journal is not None:
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
            self._write_journal(COMMIT_LINE)
            for output in self.progress.parts(self._outputs, [1] * len(self._outputs)):
                with output_errors(output.backup or output.target):
                    keep_old_file(output)
                with output_errors(output.target):
                    output.staged.replace(output.target)
        except BaseException:
            for output in reversed(self._outputs):
                roll_back(output)
            if self._journal is not None:
                self._journal.truncate(0)
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
        place = Path(identity(target))
        output = StagedOutput(place, os.urandom(6).hex(), backup)
        self._write_journal([str(place), output.token, backup and str(backup)])
        self._outputs.append(output)
        return output

    def _write_journal(self, line: Any) -> None:  # noqa: ANN401  as JSON has it
        if self._journal is not None:
            with output_errors(Path(self._journal.name)):
                self._journal.write(json.dumps(line) + "\n")
                self._journal.flush()
                if line == COMMIT_LINE:
                    os.fsync(self._journal.fileno())


def refuse_backup(backup: Path) -> None:
    """Raise an error if a backup exists already: it may be the only copy of an original.

    Raises
    ------
    OutputError
        When the file exists.
    """
    if os.path.lexists(backup):
        raise OutputError(
            f"{backup} exists already (from an earlier run?); move it, or choose another "
            "backup_suffix= ('' keeps none)"
        )


def recover_journal(journal: Path) -> list[Path]:
    """Complete a run that was killed while it moved its files, or remove its temporary files.

    Returns
    -------
    list of Path
        The outputs that are in place now; empty if the run had not begun to move them.

    Raises
    ------
    OutputError
        When a file cannot be moved.
    """
    lines: list[Any] = []
    with suppress(FileNotFoundError, ValueError):  # after a power cut the last line may be cut off
        lines.extend(map(json.loads, journal.read_text().splitlines()))
    outputs = [
        StagedOutput(Path(target), token, Path(backup) if backup else None)
        for target, token, backup in (line for line in lines if line != COMMIT_LINE)
    ]
    committed = outputs if COMMIT_LINE in lines else []
    for output in committed:
        with output_errors(output.target):
            if output.staged.exists():
                if output.backup is not None and not output.backup.exists():
                    keep_old_file(output)
                output.staged.replace(output.target)
    sync_folders({output.target.parent for output in committed})
    for output in outputs:
        for ending in ("tmp", "old", "copy"):
            remove_file(output.beside(ending))
    return [output.target for output in committed]


def create_staged(output: StagedOutput) -> int:
    """Create a temporary file with the permissions of the file that it replaces; return it open."""
    target = output.target
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    old = target.stat() if target.exists() else None
    mode = stat.S_IMODE(old.st_mode) if old else 0o666
    descriptor = os.open(output.staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    if old:
        with suppress(OSError, AttributeError):  # only root can change the owner
            os.chown(output.staged, old.st_uid, old.st_gid)
        output.staged.chmod(mode)
    return descriptor


def keep_old_file(output: StagedOutput) -> None:
    """Give the old file a second name, so that it can be restored."""
    if not output.target.exists():
        return
    saved, copy = output.backup or output.beside("old"), output.beside("copy")
    try:
        # A hard link also keeps what others wrote to the file since it was read.
        saved.hardlink_to(output.target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        try:
            shutil.copy2(output.target, copy)
            copy.replace(saved)
        finally:
            remove_file(copy)
    output.saved = saved


def roll_back(output: StagedOutput) -> None:
    """Restore the target as it was before."""
    with suppress(OSError):
        if output.staged.exists():  # not moved yet
            if output.saved:
                output.saved.unlink()
        elif output.saved:
            output.saved.replace(output.target)
        else:
            output.target.unlink()


def remove_file(path: Path) -> None:
    """Remove a file if it exists; ignore errors."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


@contextmanager
def output_errors(target: Path) -> Iterator[None]:
    """Raise an OSError as an OutputError that names the target and the remedy."""
    try:
        yield
    except OutputError:  # has its message already
        raise
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        remedy = _WRITE_REMEDIES.get(error.errno or 0, "fix that, or choose another place with -o")
        raise OutputError(f"{target}: cannot be written ({reason}); {remedy}") from error


def sync_all(outputs: Sequence[StagedOutput], progress: Progress = NO_PROGRESS) -> None:
    """Write the contents of files to the disk (fsync), in threads if there are many.

    One by one took 0.5 to 7 ms a file, in four threads 0.15: the file system writes its journal
    once for all threads that wait.
    """

    def work(number: int) -> None:
        with output_errors(outputs[number].target):
            _sync(outputs[number].staged, os.O_RDWR)

    count = len(outputs)
    threads = SYNC_THREADS if count > MAX_SERIAL_SYNCS else 1
    map_parallel(progress.steps(work, count), count, threads)


def sync_folders(folders: Collection[Path]) -> None:
    """Write the names of files in folders to the disk (fsync), if the system supports it."""
    paths = [*folders]

    def work(number: int) -> None:
        with suppress(OSError):  # some systems cannot open a folder
            _sync(paths[number], os.O_RDONLY)

    map_parallel(work, len(paths), SYNC_THREADS if len(paths) > MAX_SERIAL_SYNCS else 1)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
