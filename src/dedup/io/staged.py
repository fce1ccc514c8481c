"""Outputs that appear whole and together, or not at all."""

import errno
import json
import os
import secrets
import shutil
import signal
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from dedup.errors import OutputError

_REMEDIES = {
    errno.ENOSPC: "free space there, or choose another place with -o",
    errno.ENOENT: "make the folder first",
    errno.EISDIR: "name a file in it",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EEXIST: "remove it, or choose another name",
}
_DESCRIPTORS = (Path("/dev/stdout"), Path("/dev/stderr"))


@dataclass(slots=True)
class _Output:
    target: Path
    staged: Path  # the new file, beside the target
    old: Path  # a second name for the old one, while others may still fail
    backup: Path | None  # what the old file is kept as for good
    saved: Path | None = None  # where the old file is


class StagedFiles:
    """Files written beside their targets, and moved there together at the end.

    Leaving the ``with`` block moves every file to its target; an exception, then or
    before, leaves every target as it was. A target that is no regular file (a device, a
    pipe) cannot be taken back: it is written before the first file is moved.

    Parameters
    ----------
    token
        What is in the names of staged files, so that those of a killed run can be found.
    journal
        Where to write down what is about to be moved: see ``finish_commit``.

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

    def __init__(self, token: str | None = None, journal: Path | None = None) -> None:
        self.note: Any = None  # what the journal says beside the moves, as JSON has it
        self._token, self._journal = token, journal
        self._outputs: list[_Output] = []
        self._streams: list[tuple[Path, bytes]] = []
        self._folders: list[Path] = []
        self._files: list[StagedFile] = []

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
            When the folder cannot be written, the disk is full, or the backup exists
            already: it may be the only copy of an original.
        """
        if backup is not None and os.path.lexists(backup):
            raise OutputError(f"{backup}: exists already; remove it or choose --backup-suffix")
        with _explained(target):
            if is_stream(target):
                self._streams.append((target, data))
                return
            place = Path(os.path.realpath(target))
            output = self._output(place, backup)
            self._outputs.append(output)
            _write(output, data)

    def open(self, target: Path, backup: Path | None = None) -> "StagedFile":
        """Return a file to write to, for what is too large to be added at once.

        Parameters and errors are those of ``add``; a stream is written to at once.
        """
        if backup is not None and os.path.lexists(backup):
            raise OutputError(f"{backup}: exists already; remove it or choose --backup-suffix")
        with _explained(target):
            if is_stream(target):
                file = StagedFile(target, target.open("ab"), stream=True)
            else:
                place = Path(os.path.realpath(target))
                output = self._output(place, backup)
                self._outputs.append(output)
                file = StagedFile(target, _created(output))
        self._files.append(file)
        return file

    def make_folder(self, folder: Path) -> None:
        """Make a folder for outputs; it goes again when they do not appear.

        Raises
        ------
        OutputError
            When it cannot be made.
        """
        for place in (*reversed(folder.parents), folder):
            if not place.exists():
                with _explained(place):
                    place.mkdir()
                    self._folders.append(place)

    def __enter__(self) -> Self:
        """Begin with nothing staged."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Move all files to their targets, or after an error leave those as they were."""
        done = False
        try:
            if kind is None:
                for file in self._files:
                    file.close()
                with undisturbed():
                    self._commit()
                    done = True
                    self._clean_up(done=True)
        finally:
            if not done:
                self._clean_up(done=False)

    def _clean_up(self, *, done: bool) -> None:
        for file in self._files:
            file.abandon()
        for output in self._outputs:
            _unlink(output.staged)
            if done and output.saved and output.saved != output.backup:
                _unlink(output.saved)
        if not done:
            for folder in reversed(self._folders):
                with suppress(OSError):
                    folder.rmdir()

    def _commit(self) -> None:
        for target, data in self._streams:
            with _explained(target), target.open("ab") as stream:
                stream.write(data)
        moved: list[_Output] = []
        self._note_commit()
        try:
            for output in self._outputs:
                moved.append(output)
                with _explained(output.backup or output.target):
                    _save(output)
                with _explained(output.target):
                    output.staged.replace(output.target)
        except BaseException:
            for output in reversed(moved):
                _take_back(output)
            if self._journal:
                _unlink(self._journal)
            raise
        for folder in {output.target.parent for output in self._outputs}:
            _sync_folder(folder)

    def _output(self, place: Path, backup: Path | None) -> _Output:
        name = secrets.token_hex(6)
        if self._token is not None:
            name = f"{self._token}-{len(self._outputs):05}"
        staged = place.with_name(f".dedup-{name}.tmp")
        return _Output(place, staged, staged.with_suffix(".old"), backup)

    def _note_commit(self) -> None:
        """Write down what is about to be moved, so that it can be gone on with after a crash."""
        if self._journal is not None:
            moves = [
                [str(output.staged), str(output.target), output.backup and str(output.backup)]
                for output in self._outputs
            ]
            with _explained(self._journal):
                staged = self._journal.with_suffix(".tmp")
                with staged.open("w") as file:
                    json.dump({"moves": moves, "note": self.note}, file)
                    file.flush()
                    os.fsync(file.fileno())
                staged.replace(self._journal)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Do something short to its end; a signal that comes meanwhile comes too late.

    So whoever is told that no file was changed can rely on it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, _overhear) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _overhear(*_: object) -> None:
    pass


def finish_commit(journal: Path) -> Any:  # noqa: ANN401  what the run noted
    """Go on with the moves of a run that was killed among them; return what it noted.

    Raises
    ------
    OutputError
        When a file cannot be moved.
    """
    found = json.loads(journal.read_bytes())
    for staged, target, backup in found["moves"]:
        old = Path(staged).with_suffix(".old")
        output = _Output(Path(target), Path(staged), old, Path(backup) if backup else None)
        with _explained(output.target):
            if output.staged.exists():
                if output.backup is not None and not output.backup.exists():
                    _save(output)
                output.staged.replace(output.target)
            _sync_folder(output.target.parent)
    return found["note"]


def remove_staged(folder: Path, token: str) -> None:
    """Remove what a run that was killed has staged in a folder."""
    for path in folder.glob(f".dedup-{token}-*"):
        _unlink(path)


def is_stream(path: Path) -> bool:
    """Tell a device, a pipe or an open descriptor from a file that can be replaced."""
    # What /dev/stderr leads to may be a plain file, which must be written on, not replaced;
    # the files of /dev/shm are files like any other.
    if path in _DESCRIPTORS or path.is_relative_to("/dev/fd") or path.is_relative_to("/proc"):
        return True
    return path.exists() and not path.is_file() and not path.is_dir()


class StagedFile:
    """A file that is being written and will appear as ``target``."""

    def __init__(self, target: Path, file: BinaryIO, *, stream: bool = False) -> None:
        self.target = target
        self._file = file
        self._stream = stream  # a pipe or a device: there is no disk below it

    @property
    def closed(self) -> bool:
        """Whether nothing more can be written."""
        return self._file.closed

    def write(self, data: bytes | memoryview) -> int:
        """Write all of some bytes."""
        with _explained(self.target):
            return self._file.write(data)

    def flush(self) -> None:
        """Pass on what waits."""
        with _explained(self.target):
            self._file.flush()

    def close(self) -> None:
        """Bring all to the disk; closing again does nothing."""
        if self._file.closed:
            return
        with _explained(self.target):
            self._file.flush()
            if not self._stream:
                os.fsync(self._file.fileno())
            self._file.close()

    def abandon(self) -> None:
        """Close whatever happens."""
        with suppress(OSError):
            self._file.close()


def _write(output: _Output, data: bytes) -> None:
    file = StagedFile(output.target, _created(output))
    try:
        file.write(data)
        file.close()
    finally:
        file.abandon()


def _created(output: _Output) -> BinaryIO:
    """Make the staged file, never more open to others than the one it replaces."""
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
    return os.fdopen(descriptor, "wb")


def _save(output: _Output) -> None:
    """Keep the old file under a second name, so that it can be put back."""
    if not output.target.exists():
        return
    saved = output.backup or output.old
    try:
        # The file itself, with whatever was written to it since it was read.
        saved.hardlink_to(output.target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        copy = _beside(saved, "tmp")
        try:
            shutil.copy2(output.target, copy)
            copy.replace(saved)
        finally:
            _unlink(copy)
    output.saved = saved


def _take_back(output: _Output) -> None:
    with suppress(OSError):
        if output.staged.exists():  # not moved yet
            if output.saved:
                output.saved.unlink()
        elif output.saved:
            output.saved.replace(output.target)
        else:
            output.target.unlink()


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f".dedup-{secrets.token_hex(6)}.{ending}")


def _unlink(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


@contextmanager
def _explained(target: Path) -> Iterator[None]:
    try:
        yield
    except OutputError:  # explained already
        raise
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        remedy = _REMEDIES.get(error.errno or 0, "mend that, or choose another place with -o")
        raise OutputError(f"{target}: cannot be written ({reason}); {remedy}") from error


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # not every system lets a folder be opened
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
