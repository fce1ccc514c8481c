"""Outputs that appear whole, or not at all."""

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from dedup.errors import OutputError


class StagedFiles:
    """Files written beside their targets, and moved there together at the end.

    Leaving the ``with`` block moves every file to its target, in the order added; an
    exception removes them, and no target was touched. A target that is no regular file
    (a device, a pipe) is written at that moment instead.

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

    def __init__(self) -> None:
        self._moves: list[tuple[Path, Path]] = []  # staged file, target
        self._direct: list[tuple[Path, bytes]] = []
        self._backups: list[tuple[Path, Path]] = []  # file, backup

    def add(self, target: Path, data: bytes) -> None:
        """Stage ``data`` for ``target``; a link is followed.

        Raises
        ------
        OutputError
            When the folder cannot be written or the disk is full.
        """
        with _explained(target):
            target = Path(os.path.realpath(target))
            if target.is_dir():
                raise IsADirectoryError(21, os.strerror(21))
            if target.exists() and not target.is_file():
                self._direct.append((target, data))
                return
            staged = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.tmp")
            # Exclusive creation, with the permissions that the user's umask gives.
            descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            self._moves.append((staged, target))
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                _copy_owner(target, staged)

    def back_up(self, file: Path, backup: Path) -> None:
        """Keep ``file`` as ``backup`` before anything is moved.

        Raises
        ------
        OutputError
            When the backup exists already: it may be the only copy of an original.
        """
        if os.path.lexists(backup):
            raise OutputError(f"{backup}: exists already; remove it or choose --backup-suffix")
        self._backups.append((Path(os.path.realpath(file)), backup))

    def __enter__(self) -> Self:
        """Begin with nothing staged."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Move all files to their targets, or after an error remove them."""
        try:
            if kind is None:
                self._commit()
        finally:
            for staged, _ in self._moves:
                with suppress(OSError):
                    staged.unlink(missing_ok=True)

    def _commit(self) -> None:
        for file, backup in self._backups:
            with _explained(backup):
                _link_or_copy(file, backup)
        for staged, target in self._moves:
            with _explained(target):
                staged.replace(target)
        for folder in {target.parent for _, target in self._moves}:
            _sync_folder(folder)
        for target, data in self._direct:
            with _explained(target):
                target.write_bytes(data)


@contextmanager
def _explained(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise OutputError(
            f"{target}: cannot be written ({reason.lower()}); free space there, or choose "
            "another place with -o"
        ) from error


def _link_or_copy(file: Path, backup: Path) -> None:
    try:
        # The original itself stays, with whatever was written to it since it was read.
        backup.hardlink_to(file)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        shutil.copy2(file, backup)


def _copy_owner(source: Path, target: Path) -> None:
    status = source.stat()
    with suppress(OSError, AttributeError):
        os.chown(target, status.st_uid, status.st_gid)
    target.chmod(stat.S_IMODE(status.st_mode))


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # not every system lets a folder be opened
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
