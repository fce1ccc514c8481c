"""Mount a small disk, so that a test can fill it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def enlarge(disk: Path) -> None:
    """Enlarge a small disk, so that everything a test writes fits."""
    command = ["mount", "-o", "remount,size=64m", str(disk)]
    subprocess.run(command, check=True)


@contextmanager
def small_disk(place: Path, size: str = "64k") -> Iterator[Path]:
    """Mount a disk of a given size; skip the test if mounting is not possible."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    root = os.geteuid() == 0 and shutil.which("mount")
    if not root or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root can mount a small disk, and not everywhere")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)  # noqa: S607
