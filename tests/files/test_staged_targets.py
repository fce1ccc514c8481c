"""Outputs that are links, devices or pipes; backups."""

import errno
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

from dedup.errors import OutputError
from dedup.files.staged import StagedFiles
from dedup.files.targets import plan_targets, refuse_clashes


def listing(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture
def one(tmp_path: Path) -> Path:
    path = tmp_path / "one"
    path.write_bytes(b"old")
    return path


def write(target: Path, data: bytes = b"new", *, backup: Path | None = None) -> None:
    with StagedFiles() as staged:
        staged.add(target, data, backup)


def device(tmp_path: Path, minor: int, name: str) -> Path:
    """Return a device to write to: for root, whom nothing stops to replace it, one of our own."""
    if os.geteuid():
        return Path("/dev") / name
    path = tmp_path / name
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, minor))
        path.write_bytes(b"")
    except OSError as error:
        pytest.skip(f"no devices here: {error}")
    return path


def test_a_link_is_followed(one: Path, tmp_path: Path) -> None:
    for name, target in (("link", "one"), ("dangling", "new")):
        (tmp_path / name).symlink_to(target)
        write(tmp_path / name)
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / target).read_bytes() == b"new"
    assert one.read_bytes() == b"new"


def test_a_hard_link_keeps_the_old_text(one: Path, tmp_path: Path) -> None:
    (tmp_path / "other").hardlink_to(one)
    write(one)
    assert listing(tmp_path) == {"one": b"new", "other": b"old"}


def test_a_device_is_written_to_and_stays(tmp_path: Path) -> None:
    null = device(tmp_path, 3, "null")
    write(null)
    assert stat.S_ISCHR(null.stat().st_mode)
    assert listing(tmp_path) == {}


def test_a_full_device_is_an_error(tmp_path: Path) -> None:
    full = device(tmp_path, 7, "full")
    with pytest.raises(OutputError, match=r"full: cannot be written \(no space left on device\)"):
        write(full)
    assert stat.S_ISCHR(full.stat().st_mode)


def test_a_pipe_is_written_to_when_all_went_well(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with StagedFiles() as staged:
            staged.add(pipe, b"new")
            assert os.read(reader, 10) == b""
        assert os.read(reader, 10) == b"new"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_backup_is_the_original_itself(one: Path, tmp_path: Path) -> None:
    before = one.stat()
    write(one, backup=tmp_path / "kept")
    assert listing(tmp_path) == {"one": b"new", "kept": b"old"}
    after = (tmp_path / "kept").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("linked", [False, True])
def test_a_backup_is_never_replaced(one: Path, tmp_path: Path, *, linked: bool) -> None:
    kept = tmp_path / "kept"
    if linked:
        kept.symlink_to("nowhere")
    else:
        kept.write_bytes(b"older")
    with pytest.raises(OutputError, match=r"kept exists already .* backup_suffix="):
        write(one, backup=kept)
    assert one.read_bytes() == b"old"
    assert kept.is_symlink() == linked and (linked or kept.read_bytes() == b"older")


def fail(*_: object, **__: object) -> NoReturn:
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def test_without_hard_links_a_backup_is_a_copy(
    one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "link", fail)
        write(one, backup=tmp_path / "kept")
    assert listing(tmp_path) == {"one": b"new", "kept": b"old"}


def test_without_a_backup_nothing_is_written(
    one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", fail)
    monkeypatch.setattr(shutil, "copy2", fail)
    with pytest.raises(OutputError, match="kept: cannot be written"):
        write(one, backup=tmp_path / "kept")
    assert listing(tmp_path) == {"one": b"old"}


def test_a_failed_move_leaves_no_backup_behind(
    one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OutputError):
        write(one, backup=tmp_path / "kept")
    assert listing(tmp_path) == {"one": b"old"}


def test_an_incomplete_copy_is_not_a_backup(
    one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(source: Path, target: Path) -> None:
        Path(target).write_bytes(Path(source).read_bytes()[:1])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "link", fail)
    monkeypatch.setattr(shutil, "copy2", half)
    with pytest.raises(OutputError):
        write(one, backup=tmp_path / "kept")
    assert listing(tmp_path) == {"one": b"old"}


def test_a_full_device_leaves_the_files_as_they_were(one: Path, tmp_path: Path) -> None:
    full = device(tmp_path, 7, "full")
    staged = StagedFiles()
    staged.add(one, b"new")
    staged.add(full, b"new")
    with pytest.raises(OutputError, match="full: cannot"):
        staged.__exit__(None, None, None)
    assert one.read_bytes() == b"old"


def test_a_private_file_is_private_while_it_is_staged(one: Path, tmp_path: Path) -> None:
    one.chmod(0o600)
    modes: list[int] = []
    before = os.umask(0o022)
    opened = os.open

    def noted(path: Path, flags: int, mode: int = 0o777) -> int:
        descriptor = opened(path, flags, mode)
        if flags & os.O_CREAT:
            modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return descriptor

    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "open", noted)
            write(one)
    finally:
        os.umask(before)
    assert listing(tmp_path) == {"one": b"new"}
    assert modes == [0o600]


IS_INPUT = "is an input; choose another output; only --in-place replaces an input"


@pytest.mark.parametrize(
    ("inputs", "output", "said"),
    [
        (
            ["a", "b"],
            "file",
            "file is a file, but several inputs need a folder; choose one with -o FOLDER",
        ),
        (["a", "sub/a"], "out", "out/a: two outputs have this path; rename one"),
        (
            ["-", "a"],
            "out",
            "standard input has no file name for a folder; choose a file with -o FILE",
        ),
        (["a"], "./a", f"a {IS_INPUT}"),
        (["a", "b"], ".", f"a {IS_INPUT}"),
    ],
)
def test_outputs_that_would_be_lost_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inputs: list[str], output: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_bytes(b"")
    paths = [Path(name) for name in inputs]
    with pytest.raises(OutputError) as caught:
        refuse_clashes(paths, plan_targets(paths, output))
    assert str(caught.value) == said


def test_a_folder_is_made_with_those_above_it_and_goes_when_nothing_appears(
    tmp_path: Path,
) -> None:
    with StagedFiles() as staged:
        staged.make_folder(tmp_path / "a" / "b")
        staged.add(tmp_path / "a" / "b" / "one", b"new")
    assert (tmp_path / "a" / "b" / "one").read_bytes() == b"new"
    staged = StagedFiles()
    staged.make_folder(tmp_path / "c" / "d")
    assert (tmp_path / "c" / "d").is_dir()
    staged.__exit__(KeyboardInterrupt, None, None)
    assert not (tmp_path / "c").exists()


def test_a_folder_that_cannot_be_made_is_one_line(one: Path) -> None:
    with pytest.raises(OutputError, match=r"one/sub: cannot be written \(not a directory\)"):
        StagedFiles().make_folder(one / "sub")


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="there is no /dev/shm here")  # noqa: S108
def test_a_file_in_shared_memory_is_replaced_like_any_other() -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as place:
        target = Path(place) / "one"
        target.write_bytes(b"old")
        write(target)
        assert listing(Path(place)) == {"one": b"new"}
