"""One file written beside its target, brought to the disk, moved there, and taken back."""

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from dedup.errors import OutputError
from dedup.kernels.chunks import in_parallel

_REMEDIES = {
    errno.ENOSPC: "free space there, or choose another place with -o",
    errno.ENOENT: "make the folder first",
    errno.EISDIR: "name a file in it",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EEXIST: "remove it, or choose another name",
    errno.EACCES: "make its folder writable, or choose another place with -o",
}
MANY, SYNC_THREADS = 64, 8  # files that are brought to the disk one by one, and threads for more
_DESCRIPTORS = (Path("/dev/stdout"), Path("/dev/stderr"))


@dataclass(slots=True)
class Output:
    """Where a file is to appear, and where it is until then: beside that.

    There may be a hundred thousand, and a path takes half a kilobyte: only one is kept.
    """

    target: Path
    name: str  # of the new file, without its ending
    backup: Path | None  # what the old file is kept as for good
    saved: Path | None = None  # where the old file is

    @property
    def staged(self) -> Path:
        """The new file."""
        return self.target.with_name(f"{self.name}.tmp")

    @property
    def old(self) -> Path:
        """A second name for the old file, while others may still fail."""
        return self.target.with_name(f"{self.name}.old")


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
        with explained(self.target):
            return self._file.write(data)

    def flush(self) -> None:
        """Pass on what waits."""
        with explained(self.target):
            self._file.flush()

    def close(self) -> None:
        """Bring all to the disk; closing again does nothing."""
        if self._file.closed:
            return
        with explained(self.target):
            self._file.flush()
            if not self._stream:
                os.fsync(self._file.fileno())
            self._file.close()

    def abandon(self) -> None:
        """Close whatever happens."""
        with suppress(OSError):
            self._file.close()


def created(output: Output) -> BinaryIO:
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


def save(output: Output) -> None:
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
        copy = saved.with_name(f".dedup-{secrets.token_hex(6)}.tmp")
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


def refuse_unwritable(targets: Iterable[Path]) -> None:
    """Refuse files that cannot be made, before anything is read.

    Raises
    ------
    OutputError
        When one is a folder, or the folder that it would be in takes no files.
    """
    tried: set[Path] = set()
    for target in targets:
        place = Path(os.path.realpath(target))
        if is_stream(target):
            continue
        with explained(target):
            if place.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if place.parent not in tried:
                tried.add(place.parent)
                _try_to_write_in(place.parent)


def refuse_unwritable_folder(folder: Path) -> None:
    """Refuse a folder that takes no files, or cannot be made.

    Raises
    ------
    OutputError
        When it is so.
    """
    with explained(folder):
        around = (path for path in (folder, *folder.absolute().parents) if path.exists())
        _try_to_write_in(next(around))


def _try_to_write_in(folder: Path) -> None:
    # Permissions alone say little, to root or on a disk that is read-only.
    with TemporaryFile(dir=folder, prefix=".dedup-"):
        pass


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


def sync(path: Path, flags: int = os.O_RDWR) -> None:
    """Bring the contents of one file to the disk.

    Raises
    ------
    OSError
        When that fails.
    """
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_all(outputs: Sequence[Output]) -> None:
    """Bring the contents of files to the disk, of many several at once.

    One after the other took 0.5 to 7 ms a file, in four threads 0.15: a journal is written once for
    all that wait for it.
    """

    def work(number: int) -> None:
        with explained(outputs[number].target):
            sync(outputs[number].staged)

    in_parallel(work, len(outputs), SYNC_THREADS if len(outputs) > MANY else 1)


def sync_folders(folders: Collection[Path]) -> None:
    """Bring the names of files in folders to the disk, where the system lets that be asked for."""
    paths = [*folders]

    def work(number: int) -> None:
        with suppress(OSError):  # not every system lets a folder be opened
            sync(paths[number], os.O_RDONLY)

    in_parallel(work, len(paths), SYNC_THREADS if len(paths) > MANY else 1)
