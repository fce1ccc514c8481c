"""A disk that is soon full."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def enlarge(disk: Path) -> None:
    """Give a small disk room for all that a test may write."""
    command = ["mount", "-o", "remount,size=64m", str(disk)]
    subprocess.run(command, check=True)


@contextmanager
def small_disk(place: Path, size: str = "64k") -> Iterator[Path]:
    """Mount a disk with room for a few files; the test is skipped where that cannot be."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    root = os.geteuid() == 0 and shutil.which("mount")
    if not root or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root can mount a small disk, and not everywhere")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)  # noqa: S607
