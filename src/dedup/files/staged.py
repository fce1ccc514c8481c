"""Outputs that appear whole and together, or not at all, whatever signals come meanwhile."""

import errno
import io
import json
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

from dedup.arrays.parallel import map_parallel
from dedup.errors import OutputError
from dedup.files.standard_streams import is_stream, undisturbed

_REMEDIES = {
    errno.ENOSPC: "free space there, or choose another place with -o",
    errno.ENOENT: "make the folder first",
    errno.EISDIR: "name a file in it",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EEXIST: "remove it, or choose another name",
    errno.EACCES: "make its folder writable, or choose another place with -o",
}
MANY, SYNC_THREADS = 64, 8  # files that are brought to the disk one by one, and threads for more
COMMIT = "commit"  # the last line of a journal: from now on a run is ended, not begun again


@dataclass(slots=True)
class Output:
    """Where a file is to appear, and where it is until then: beside that.

    There may be a hundred thousand, and a path takes half a kilobyte: only one is kept.
    """

    target: Path
    token: str  # in the names of the files beside it
    backup: Path | None  # what the old file is kept as for good
    saved: Path | None = None  # where the old file is

    def beside(self, ending: str) -> Path:
        """Return a hidden file beside the target."""
        return self.target.with_name(f".dedup-{self.token}.{ending}")

    @property
    def staged(self) -> Path:
        """The new file."""
        return self.beside("tmp")


class StagedFile(io.FileIO):
    """A file that is being written and will appear as ``target``."""

    def __init__(self, target: Path, file: int | Path, mode: str) -> None:
        super().__init__(file, mode)
        self._target = target

    def write(self, data: Any) -> int:  # noqa: ANN401  any buffer
        """Write some bytes; an error names the target."""
        with explained(self._target):
            return super().write(data)


class StagedFiles:
    """Files written beside their targets, and moved there together at the end.

    Leaving the ``with`` block moves every file to its target; an exception, then or
    before, leaves every target as it was. A target that is no regular file (a device, a
    pipe) cannot be taken back: it is written before the first file is moved.

    Parameters
    ----------
    journal
        File for the paths of staged files, so that ``settle`` finds those of a killed run.
    kept
        Files whose place no output may take.

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

    def __init__(self, journal: Path | None = None, kept: Iterable[Path] = ()) -> None:
        self.before_moves: Callable[[], None] | None = None  # may wait for a network
        self._journal = None if journal is None else journal.open("w")
        self._outputs: list[Output] = []
        self._places = {*map(os.path.realpath, kept)}  # and of all outputs
        self._streams: list[tuple[Path, bytes]] = []
        self._folders: list[Path] = []
        self._files: list[BinaryIO] = []

    def add(self, target: Path, data: bytes, backup: Path | None = None) -> None:
        """Stage ``data`` for ``target``; a link is followed.

        Parameters
        ----------
        target
            The file that is to hold the data.
        data
            All of it.
        backup
            What the file that is there now is kept as.

        Raises
        ------
        OutputError
            When the folder cannot be written, the disk is full, another output goes there, or
            the backup exists already: it may be the only copy of an original.
        """
        with explained(target):
            if is_stream(target):
                self._streams.append((target, data))
                return
            raw = StagedFile(target, created(self._output(target, backup)), "wb")
            with io.BufferedWriter(raw) as file:
                file.write(data)

    def open(self, target: Path, backup: Path | None = None) -> BinaryIO:
        """Return a file to write to, for what is too large to be added at once.

        Parameters and errors are those of ``add``; a stream is written to at once.
        """
        with explained(target):
            if is_stream(target):
                raw = StagedFile(target, target, "ab")
            else:
                raw = StagedFile(target, created(self._output(target, backup)), "wb")
        self._files.append(io.BufferedWriter(raw))
        return self._files[-1]

    def make_folder(self, folder: Path) -> None:
        """Make a folder for outputs; it goes again when they do not appear.

        Raises
        ------
        OutputError
            When it cannot be made.
        """
        for place in (*reversed(folder.parents), folder):
            if not place.exists():
                with explained(place):
                    place.mkdir()
                    self._folders.append(place)

    def __enter__(self) -> Self:
        """Begin with nothing staged."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Move all files to their targets, or after an error leave those as they were."""
        done = False
        try:
            if kind is None:
                for file in self._files:
                    file.close()
                sync_all(self._outputs)
                if self.before_moves is not None:
                    self.before_moves()
                with undisturbed():
                    self._commit()
                    done = True
                    self._clean_up(done=True)
        finally:
            if not done:
                self._clean_up(done=False)
            if self._journal is not None:
                self._journal.close()

    def _clean_up(self, *, done: bool) -> None:
        for file in self._files:
            with suppress(OSError):
                file.close()
        for output in self._outputs:
            unlink(output.staged)
            if done and output.saved and output.saved != output.backup:
                unlink(output.saved)
        if not done:
            for folder in reversed(self._folders):
                with suppress(OSError):
                    folder.rmdir()

    def _commit(self) -> None:
        for target, data in self._streams:
            with explained(target), target.open("ab") as stream:
                stream.write(data)
        try:
            self._write_journal(COMMIT)
            for output in self._outputs:
                with explained(output.backup or output.target):
                    save(output)
                with explained(output.target):
                    output.staged.replace(output.target)
        except BaseException:
            for output in reversed(self._outputs):
                take_back(output)
            if self._journal is not None:
                self._journal.truncate(0)
            raise
        sync_folders({output.target.parent for output in self._outputs})

    def _output(self, target: Path, backup: Path | None) -> Output:
        if backup is not None:
            refuse_backup(backup)
        place = Path(os.path.realpath(target))
        if str(place) in self._places:
            raise OutputError(f"{target}: two outputs would go there; rename one")
        self._places.add(str(place))
        output = Output(place, secrets.token_hex(6), backup)
        self._write_journal([str(place), output.token, backup and str(backup)])
        self._outputs.append(output)
        return output

    def _write_journal(self, line: Any) -> None:  # noqa: ANN401  as JSON has it
        if self._journal is not None:
            with explained(Path(self._journal.name)):
                self._journal.write(json.dumps(line) + "\n")
                self._journal.flush()
                if line == COMMIT:
                    os.fsync(self._journal.fileno())


def refuse_backup(backup: Path) -> None:
    """Refuse a backup that exists already: it may be the only copy of an original.

    Raises
    ------
    OutputError
        When it does.
    """
    if os.path.lexists(backup):
        raise OutputError(
            f"{backup}: exists already (from an earlier run?); move it, or choose another "
            "--backup-suffix ('' keeps none)"
        )


def settle(journal: Path) -> list[Path]:
    """Finish the moves of a run that was killed among them; remove the staged files of any other.

    Returns
    -------
    list of Path
        The outputs that are in place now; empty where none was to be moved yet.

    Raises
    ------
    OutputError
        When a file cannot be moved.
    """
    lines: list[Any] = []
    with suppress(FileNotFoundError, ValueError):  # a power cut may leave half a line
        lines.extend(map(json.loads, journal.read_text().splitlines()))
    outputs = [
        Output(Path(target), token, Path(backup) if backup else None)
        for target, token, backup in (line for line in lines if line != COMMIT)
    ]
    committed = outputs if COMMIT in lines else []
    for output in committed:
        with explained(output.target):
            if output.staged.exists():
                if output.backup is not None and not output.backup.exists():
                    save(output)
                output.staged.replace(output.target)
    sync_folders({output.target.parent for output in committed})
    for output in outputs:
        for ending in ("tmp", "old", "copy"):
            unlink(output.beside(ending))
    return [output.target for output in committed]


def created(output: Output) -> int:
    """Make a staged file, never more open to others than the one it replaces; return it open."""
    target = output.target
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    old = target.stat() if target.exists() else None
    mode = stat.S_IMODE(old.st_mode) if old else 0o666
    descriptor = os.open(output.staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    if old:
        with suppress(OSError, AttributeError):  # only root may give files away
            os.chown(output.staged, old.st_uid, old.st_gid)
        output.staged.chmod(mode)
    return descriptor


def save(output: Output) -> None:
    """Keep the old file under a second name, so that it can be put back."""
    if not output.target.exists():
        return
    saved, copy = output.backup or output.beside("old"), output.beside("copy")
    try:
        # The file itself, with whatever was written to it since it was read.
        saved.hardlink_to(output.target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        try:
            shutil.copy2(output.target, copy)
            copy.replace(saved)
        finally:
            unlink(copy)
    output.saved = saved


def take_back(output: Output) -> None:
    """Leave the target as it was before."""
    with suppress(OSError):
        if output.staged.exists():  # not moved yet
            if output.saved:
                output.saved.unlink()
        elif output.saved:
            output.saved.replace(output.target)
        else:
            output.target.unlink()


def unlink(path: Path) -> None:
    """Remove a file, if it is there and can be."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


@contextmanager
def explained(target: Path) -> Iterator[None]:
    """Say of a failure which file cannot be written, and what to do."""
    try:
        yield
    except OutputError:  # explained already
        raise
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        remedy = _REMEDIES.get(error.errno or 0, "fix that, or choose another place with -o")
        raise OutputError(f"{target}: cannot be written ({reason}); {remedy}") from error


def sync_all(outputs: Sequence[Output]) -> None:
    """Bring the contents of files to the disk, of many several at once.

    One after the other took 0.5 to 7 ms a file, in four threads 0.15: a journal is written once for
    all that wait for it.
    """

    def work(number: int) -> None:
        with explained(outputs[number].target):
            _sync(outputs[number].staged, os.O_RDWR)

    map_parallel(work, len(outputs), SYNC_THREADS if len(outputs) > MANY else 1)


def sync_folders(folders: Collection[Path]) -> None:
    """Bring the names of files in folders to the disk, where the system lets that be asked for."""
    paths = [*folders]

    def work(number: int) -> None:
        with suppress(OSError):  # not every system lets a folder be opened
            _sync(paths[number], os.O_RDONLY)

    map_parallel(work, len(paths), SYNC_THREADS if len(paths) > MANY else 1)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
