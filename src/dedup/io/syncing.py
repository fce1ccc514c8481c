"""What was written, brought to the disk: file by file, or of many files all at once."""

import ctypes
import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

MANY = 64  # files for which a disk is asked as a whole


def sync_disks(folders: Collection[Path]) -> bool:
    """Bring all that waits for the disks of folders there; tell whether this system can.

    After each file a disk waits until it is safe, some 0.5 ms; Linux can wait once, and from 5.8 on
    tells whether a write failed. Python has no name for that.

    Raises
    ------
    OSError
        When a write failed.
    """
    try:
        syncfs = ctypes.CDLL(None, use_errno=True).syncfs
    except (AttributeError, OSError, TypeError):
        return False
    disks = {folder.stat().st_dev: folder for folder in folders}
    for folder in disks.values():
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            if syncfs(descriptor):
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), str(folder))
        finally:
            os.close(descriptor)
    return True


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


def sync_folders(folders: Collection[Path]) -> None:
    """Bring the names of files in folders to the disk, where the system lets that be asked for."""
    with suppress(OSError):
        if len(folders) > MANY and sync_disks(folders):
            return
    for folder in folders:
        with suppress(OSError):  # not every system lets a folder be opened
            sync(folder, os.O_RDONLY)
