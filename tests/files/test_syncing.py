"""Files are synced to the disk before the first is moved, and their folders after the last."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dedup import OutputError
from dedup.files.staged import StagedFiles
from dedup.files.syncing import MAX_SERIAL_SYNCS

COUNT = MAX_SERIAL_SYNCS + 1


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


@pytest.mark.parametrize("count", [1, COUNT])
def test_all_files_are_synced_before_the_first_move(
    tmp_path: Path, steps: list[str], count: int
) -> None:
    write(tmp_path, count)
    assert steps == ["fsync"] * count + ["replace"] * count + ["fsync"] * count
    files = [path for path in tmp_path.rglob("file") if path.read_bytes() == b"new"]
    assert len(files) == count


def test_a_file_that_cannot_be_synced_is_not_moved(
    tmp_path: Path, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(OutputError, match=r"0/file: cannot be written \(input/output error\)"):
        write(tmp_path)
    assert not steps
    assert list(tmp_path.iterdir()) == []
