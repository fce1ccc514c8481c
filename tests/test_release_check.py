"""The check of a release refuses distributions with wrong files, and outputs that differ."""

import io
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from tools import release_check
from tools.release_check import Installation, ReleaseError, check_sdist, check_wheel

FILES = ["README.md", "src/dedup/__init__.py", "src/dedup/py.typed", ".ci/run"]
CORE = "dedup/_native.cpython-311-x86_64-linux-gnu.so"


@pytest.fixture(autouse=True)
def committed_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def committed(*folders: str) -> set[str]:
        return {name for name in FILES if not folders or name.startswith(folders)}

    monkeypatch.setattr(release_check, "committed", committed)


def sdist(folder: Path, *names: str) -> Path:
    path = folder / "dedup_clean-1.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in [*names, "PKG-INFO"]:
            archive.addfile(tarfile.TarInfo(f"dedup_clean-1/{name}"), io.BytesIO())
    return path


def wheel(folder: Path, *names: str) -> Path:
    path = folder / "dedup_clean-1.whl"
    with ZipFile(path, "w") as archive:
        for name in [*names, "dedup_clean-1.dist-info/METADATA"]:
            archive.writestr(name, "")
    return path


def test_an_sdist_has_the_committed_files_without_the_excluded_ones(tmp_path: Path) -> None:
    check_sdist(sdist(tmp_path, *FILES[:3]))


@pytest.mark.parametrize(
    ("names", "line"),
    [
        ([*FILES[:3], "src/dedup/__pycache__/a.pyc"], "has src/dedup/__pycache__/a.pyc"),
        (FILES, "has .ci/run"),
        (FILES[:2], "lacks src/dedup/py.typed"),
    ],
)
def test_an_sdist_with_other_files_is_refused(tmp_path: Path, names: list[str], line: str) -> None:
    with pytest.raises(ReleaseError, match=rf"1 wrong .*\n{line}"):
        check_sdist(sdist(tmp_path, *names))


def test_changes_that_are_not_committed_are_refused(tmp_path: Path) -> None:
    release_check.output_of("git", "init", "--quiet", folder=tmp_path)
    release_check.check_committed(tmp_path)
    (tmp_path / "new.txt").write_text("")
    with pytest.raises(ReleaseError, match=r"changes that are not committed:\n\?\? new.txt"):
        release_check.check_committed(tmp_path)


def test_a_wheel_has_the_package_and_its_core(tmp_path: Path) -> None:
    check_wheel(wheel(tmp_path, "dedup/__init__.py", "dedup/py.typed", CORE))


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (["dedup/__init__.py", "dedup/py.typed"], "0 compiled cores"),
        (["dedup/__init__.py", CORE], "lacks dedup/py.typed"),
        (["dedup/__init__.py", "dedup/py.typed", "tests/a.py", CORE], "has tests/a.py"),
    ],
)
def test_a_wheel_with_other_files_is_refused(tmp_path: Path, names: list[str], line: str) -> None:
    with pytest.raises(ReleaseError, match=line):
        check_wheel(wheel(tmp_path, *names))


def test_an_installation_that_prints_something_else_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def installations(*_: object) -> Iterator[Installation]:
        yield Installation("python3.11", "wheel", "compiled core, v3", 200, 9, ("text", "kept 1"))
        yield Installation("python3.11", "sdist", "slow", None, 9, ("text", "kept 2"))

    monkeypatch.setattr(release_check, "check_committed", lambda: None)
    monkeypatch.setattr(release_check, "build_sdist", lambda folder: sdist(folder, *FILES[:3]))
    monkeypatch.setattr(release_check, "interpreters", lambda names: names)
    monkeypatch.setattr(release_check, "installations", installations)
    with pytest.raises(ReleaseError, match="printed 'kept 2' instead of 'kept 1'"):
        release_check.check_release(["python3.11"], tmp_path)
    rows = capsys.readouterr().out.splitlines()[-2:]
    assert rows[0].endswith("200 s | 9 s | the same |")
    assert rows[1].endswith("| 9 s | something else |")


def test_a_missing_python_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert not list(release_check.interpreters(["python-of-nobody"]))
    assert "python-of-nobody" in capsys.readouterr().out


def test_a_failing_command_is_named_with_what_it_says() -> None:
    with pytest.raises(ReleaseError, match=r"failed with status 1: .* -c exit\('no'\)\nno"):
        release_check.output_of(sys.executable, "-c", "exit('no')")
