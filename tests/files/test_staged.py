"""Outputs appear complete or not at all, whichever step fails."""

import errno
import io
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from dedup.errors import OutputError
from dedup.files.staged import StagedFile, StagedFiles
from dedup.files.staged_output import output_errors
from tests.small_disk import small_disk

NAMES = ("one", "two", "three")
OLD = {name: f"old {name}".encode() for name in NAMES}
NEW = {name: f"new {name}".encode() * 9 for name in NAMES}
STEPS = {
    "open": ("open",),
    "fsync": ("fsync",),
    "chmod": ("chmod", "fchmod"),
    "replace": ("replace", "rename"),
}
FAULTS = [(step, at) for step in (*STEPS, "write") for at in (1, 2, 3)]
CODES = [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS]


def listing(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    place.mkdir()
    for name, data in OLD.items():
        (place / name).write_bytes(data)
    return place


class Fault:
    """Lets one call of a step fail, the ``at``-th."""

    def __init__(self, step: str, at: int, code: int) -> None:
        self.step, self.left, self.code = step, at, code

    def strikes(self) -> bool:
        self.left -= 1
        return self.left == 0

    def error(self) -> OSError:
        return OSError(self.code, os.strerror(self.code))

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
            if self.strikes():
                raise self.error()
            return function(*arguments, **named)

        return call

    def file(self) -> type[StagedFile]:
        """Return what stands for a staged file: one that is written in half at most."""
        fault = self

        class Broken(StagedFile):
            def write(self, data: Any) -> int:  # noqa: ANN401
                if not fault.strikes():
                    return super().write(data)
                with output_errors(self._target):
                    io.FileIO.write(self, data[: len(data) // 2])
                    raise fault.error()

        return Broken

    def set(self, patch: pytest.MonkeyPatch) -> None:
        for name in STEPS.get(self.step, ()):
            patch.setattr(os, name, self.around(getattr(os, name)))
        if self.step not in STEPS:
            patch.setattr("dedup.files.staged.StagedFile", self.file())


def write(folder: Path, files: dict[str, bytes]) -> None:
    with StagedFiles() as staged:
        for name, data in files.items():
            staged.add(folder / name, data)


def refusal(folder: Path, files: dict[str, bytes], fault: Fault | None = None) -> str:
    """Return the message of the error that writing the files ends with."""
    with pytest.MonkeyPatch.context() as patch:
        if fault:
            fault.set(patch)
        with pytest.raises(OutputError) as caught:
            write(folder, files)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{folder}/")


def test_all_files_appear_together(folder: Path) -> None:
    with StagedFiles() as staged:
        for name in NAMES:
            staged.add(folder / name, NEW[name])
        assert {name: (folder / name).read_bytes() for name in NAMES} == OLD
        # Beside their targets: a rename works within one file system only.
        assert len(listing(folder)) == 6
    assert listing(folder) == NEW


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, MemoryError])
def test_an_exception_within_leaves_nothing(folder: Path, error: type[BaseException]) -> None:
    def use() -> NoReturn:
        with StagedFiles() as staged:
            staged.add(folder / "one", b"new")
            staged.add(folder / "fourth", b"new")
            raise error

    with pytest.raises(error):
        use()
    assert listing(folder) == OLD


@pytest.mark.parametrize("code", CODES, ids=errno.errorcode.__getitem__)
@pytest.mark.parametrize(("step", "at"), FAULTS)
def test_a_fault_in_any_step_changes_nothing(folder: Path, step: str, at: int, code: int) -> None:
    said = refusal(folder, NEW, Fault(step, at, code))
    assert listing(folder) == OLD
    assert said.startswith(f"{NAMES[at - 1]}: cannot be written ({os.strerror(code).lower()})")
    assert "another place" in said


def test_a_folder_that_cannot_be_synced_is_no_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        Fault("fsync", 4, errno.EINVAL).set(patch)
        write(folder, NEW)
    assert listing(folder) == NEW


def test_data_are_synced_before_the_move_and_the_folder_after(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []

    def noted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
            steps.append(name)
            return function(*arguments, **named)

        return call

    with monkeypatch.context() as patch:
        for name in ("fsync", "replace"):
            patch.setattr(os, name, noted(name, getattr(os, name)))
        write(folder, {"one": b"new"})
    assert steps == ["fsync", "replace", "fsync"]


def test_two_outputs_do_not_go_to_one_place(folder: Path) -> None:
    (folder / "link").symlink_to("one")
    said = refusal(folder, {"one": b"new", "link": b"newer"})
    assert said.startswith("link: two outputs have this path")
    assert listing(folder)["one"] == OLD["one"]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder with room for a few files."""
    with small_disk(tmp_path / "disk") as place:
        (place / "one").write_bytes(OLD["one"])
        yield place


def test_a_full_disk(disk: Path) -> None:
    said = refusal(disk, {"one": b"new", "two": b"x" * 100_000})
    assert said.startswith("two: cannot be written (no space left on device); free space there")
    assert listing(disk) == {"one": OLD["one"]}


def test_a_disk_that_may_only_be_read(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)  # noqa: S607
    said = refusal(disk, {"one": b"new"})
    assert said.startswith("one: cannot be written (read-only file system)")
    assert listing(disk) == {"one": OLD["one"]}


@pytest.fixture
def locked() -> Iterator[Path]:
    """Return a folder that may be read and not written, by root in the place of another."""
    place = Path(tempfile.mkdtemp())
    (place / "one").write_bytes(OLD["one"])
    place.chmod(0o555)
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(65534)  # permissions do not bind root, but this one
        yield place
    finally:
        os.seteuid(user)
        place.chmod(0o755)
        shutil.rmtree(place)


def test_a_folder_without_rights(locked: Path) -> None:
    assert refusal(locked, NEW).startswith("one: cannot be written (permission denied)")
    assert listing(locked) == {"one": OLD["one"]}


def test_a_folder_is_no_target(folder: Path) -> None:
    (folder / "sub").mkdir()
    said = refusal(folder, {"one": b"new", "sub": b"new"})
    assert said.startswith("sub: cannot be written (is a directory)")
    assert listing(folder) == OLD


def test_a_missing_folder_is_an_error(folder: Path) -> None:
    said = refusal(folder, {"one": b"new", "sub/two": b"new"})
    assert said.startswith("sub/two: cannot be written (no such file or directory)")
    assert listing(folder) == OLD


def test_the_mode_of_a_target_stays_and_the_umask_sets_that_of_a_new_file(folder: Path) -> None:
    (folder / "one").chmod(0o751)
    before = os.umask(0o007)
    try:
        write(folder, {"one": b"new", "fourth": b"new"})
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((folder / name).stat().st_mode) for name in ("one", "fourth")]
    assert modes == [0o751, 0o660]
