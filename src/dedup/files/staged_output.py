"""One output file: its temporary file, its move to its target, and how the move is undone."""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from dedup.errors import OutputError

_WRITE_REMEDIES = {
    errno.ENOSPC: "free space there, or choose another place",
    errno.ENOENT: "make the folder first",
    errno.EISDIR: "name a file in it",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EEXIST: "remove it, or choose another name",
    errno.EACCES: "make its folder writable, or choose another place",
}


@dataclass(slots=True)
class StagedOutput:
    """An output file: its target, and the temporary file beside the target.

    A run may have 100,000 outputs and a path takes half a kilobyte, so only the target's is stored.
    """

    target: Path
    token: str  # in the names of the temporary files
    backup: Path | None = None  # where the old file is kept permanently
    is_removal: bool = False  # whether the target is removed, and no file takes its place
    saved: Path | None = None  # where the old file is now

    def beside(self, ending: str) -> Path:
        """Return the path of a hidden file beside the target."""
        return self.target.with_name(f".dedup-{self.token}.{ending}")

    @property
    def staged(self) -> Path:
        """The temporary file with the new content."""
        return self.beside("tmp")

    @property
    def is_pending(self) -> bool:
        """Whether the target is still to be replaced or removed."""
        return os.path.lexists(self.target if self.is_removal else self.staged)

    def create(self) -> int:
        """Create the temporary file with the permissions of the old file; return it open."""
        if self.target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        old = self.target.stat() if self.target.exists() else None
        refuse_read_only_file(self.target)
        mode = stat.S_IMODE(old.st_mode) if old else 0o666
        descriptor = os.open(self.staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        if old:
            with suppress(OSError, AttributeError):  # only root can change the owner
                os.chown(self.staged, old.st_uid, old.st_gid)
            self.staged.chmod(mode)
        return descriptor

    def move(self) -> None:
        """Replace the target by the temporary file, or remove it; the old file stays at ``saved``.

        Raises
        ------
        OutputError
            When it cannot be moved, or its backup exists already.
        """
        if self.is_removal:
            with output_errors(self.target):
                self.saved = self.target.replace(self.beside("old"))
            return
        with output_errors(self.backup or self.target):
            self._keep_old_file()
        with output_errors(self.target):
            self.staged.replace(self.target)

    def complete(self) -> None:
        """Do what is left of the move after a run was killed."""
        if not self.is_pending:
            return
        with output_errors(self.target):
            if self.is_removal:
                self.target.unlink()
                return
            if self.backup is not None and not self.backup.exists():
                self._keep_old_file()
            self.staged.replace(self.target)

    def roll_back(self) -> None:
        """Restore the target as it was before."""
        with suppress(OSError):
            if self.staged.exists():  # not moved yet
                if self.saved:
                    self.saved.unlink()
            elif self.saved:
                self.saved.replace(self.target)
            elif not self.is_removal:
                self.target.unlink()

    def remove_temporary_files(self) -> None:
        """Remove what a killed run left beside the target."""
        for ending in ("tmp", "old", "copy"):
            remove_file(self.beside(ending))

    def _keep_old_file(self) -> None:
        """Give the old file a second name, so that it can be restored."""
        if not self.target.exists():
            return
        saved, copy = self.backup or self.beside("old"), self.beside("copy")
        try:
            # A hard link also keeps what other programs wrote to the file since it was read.
            saved.hardlink_to(self.target)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            try:
                shutil.copy2(self.target, copy)
                copy.replace(saved)
            finally:
                remove_file(copy)
        self.saved = saved


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


def refuse_read_only_file(target: Path) -> None:
    """Raise an error if a file exists and its permissions forbid writing.

    A file in a writable folder could be replaced nevertheless, but somebody protected it.

    Raises
    ------
    OutputError
        When it is read-only.
    """
    if target.exists() and not target.stat().st_mode & stat.S_IWUSR:
        if os.access(target, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            return  # by root
        raise OutputError(
            f"{target} is read-only; make it writable (chmod u+w), or choose another output"
        )


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
        remedy = _WRITE_REMEDIES.get(error.errno or 0, "fix that, or choose another place")
        raise OutputError(f"{target}: cannot be written ({reason}); {remedy}") from error
