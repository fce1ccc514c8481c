"""Many files are brought to the disk at once where the system can, and else one by one."""

import ctypes
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dedup import OutputError
from dedup.io.staged import StagedFiles
from dedup.io.staged_file import MANY

COUNT = MANY + 1


class Library:
    """Stands for the C library; knows what it was asked to sync."""

    def __init__(self, status: int = 0) -> None:
        self.status, self.synced = status, 0

    def syncfs(self, _: int) -> int:
        self.synced += 1
        return self.status


def write(folder: Path, count: int = COUNT) -> None:
    with StagedFiles() as staged:
        for number in range(count):
            staged.make_folder(folder / str(number))
            staged.add(folder / f"{number}/file", b"new")


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    done: list[str] = []

    def noted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
            done.append(name)
            return function(*arguments, **named)

        return call

    for name in ("fsync", "replace"):
        monkeypatch.setattr(os, name, noted(name, getattr(os, name)))
    return done


def test_many_files_are_synced_at_once(
    tmp_path: Path, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library()
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: library)
    write(tmp_path)
    assert steps == ["replace"] * COUNT
    assert library.synced == 2  # before the first move and after the last
    write(tmp_path, MANY)
    assert library.synced == 2
    assert steps.count("fsync") == 2 * MANY


def test_where_the_system_cannot_they_are_synced_one_by_one(
    tmp_path: Path, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: object())
    write(tmp_path)
    assert steps == ["fsync"] * COUNT + ["replace"] * COUNT + ["fsync"] * COUNT


def test_what_did_not_reach_the_disk_is_not_moved(
    tmp_path: Path, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: Library(-1))
    monkeypatch.setattr(ctypes, "get_errno", lambda: errno.EIO)
    with pytest.raises(OutputError, match=r"0/file: cannot be written \(input/output error\)"):
        write(tmp_path)
    assert not steps
    assert list(tmp_path.iterdir()) == []


def test_this_system_syncs_many(tmp_path: Path) -> None:
    write(tmp_path)
    assert sum(1 for path in tmp_path.rglob("file") if path.read_bytes() == b"new") == COUNT
