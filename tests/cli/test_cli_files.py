"""What the command does to files, and its reports: in place, ledgers, tables, JSON."""

import errno
import io
import json
import os
import pty
import stat
import sys
from pathlib import Path

import pytest

import dedup
from dedup.cli.main import main
from dedup.files.compression import compression_from_name, detect_compression
from tests.command_runner import ARTICLE, CLEAN, SUMMARY, Run, listing, preview

ESCAPE = b"\x1b"
NEW = b"Nothing in here was ever said before.\n"


pytestmark = pytest.mark.usefixtures("folder")


@pytest.mark.parametrize(("suffix", "kept"), [(None, "a.txt.bak"), (".orig", "a.txt.orig")])
def test_in_place_keeps_a_backup(run: Run, folder: Path, suffix: str | None, kept: str) -> None:
    assert run("-i", "a.txt", *(["--backup-suffix", suffix] if suffix else [])) == (0, b"", SUMMARY)
    assert listing(folder) == {"a.txt": CLEAN, kept: ARTICLE}


def test_in_place_without_a_backup(run: Run, folder: Path) -> None:
    assert run("-i", "a.txt", "--backup-suffix", "").code == 0
    assert listing(folder) == {"a.txt": CLEAN}


def test_in_place_refuses_to_replace_a_backup(run: Run, folder: Path) -> None:
    (folder / "b.txt").write_bytes(ARTICLE)
    (folder / "b.txt.bak").write_bytes(b"the only copy")
    before = listing(folder)
    outcome = run("-qi", "a.txt", "b.txt")
    assert outcome.is_error("b.txt.bak exists already", "--backup-suffix")
    assert listing(folder) == before


def test_in_place_leaves_a_file_without_repeats_alone(run: Run, folder: Path) -> None:
    path = folder / "b.txt"
    path.write_bytes(NEW)
    os.utime(path, ns=(1, 1))
    (folder / "b.txt.bak").write_bytes(b"an older backup is in nobody's way")
    before = path.stat()
    assert run("-i", "b.txt").code == 0
    after = path.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert listing(folder)["b.txt.bak"].startswith(b"an older")


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_in_place_keeps_the_mode(run: Run, folder: Path, mode: int) -> None:
    (folder / "a.txt").chmod(mode)
    assert run("-i", "a.txt").code == 0
    modes = {stat.S_IMODE((folder / name).stat().st_mode) for name in ("a.txt", "a.txt.bak")}
    assert modes == {mode}


def test_in_place_follows_a_link(run: Run, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub/link").symlink_to("../a.txt")
    assert run("-i", "sub/link").code == 0
    assert (folder / "sub/link").is_symlink()
    assert (folder / "a.txt").read_bytes() == CLEAN
    assert (folder / "sub/link.bak").read_bytes() == ARTICLE


def test_an_output_replaces_a_file_and_follows_a_link(run: Run, folder: Path) -> None:
    (folder / "old").write_bytes(b"old")
    (folder / "link").symlink_to("old")
    assert run("a.txt", "-o", "link").code == 0
    assert (folder / "link").is_symlink() and (folder / "old").read_bytes() == CLEAN


@pytest.mark.parametrize("options", [["-i"], ["-o", "out"], ["-i", "--ledger", "l"]])
def test_an_error_in_the_last_file_leaves_the_first_alone(
    run: Run, folder: Path, options: list[str]
) -> None:
    (folder / "out").mkdir()
    outcome = run("-q", "a.txt", "nope.txt", *options)
    assert outcome.is_error("nope.txt")
    assert listing(folder) == {"a.txt": ARTICLE} and not listing(folder / "out")


@pytest.mark.parametrize(
    ("code", "reason"), [(errno.ENOSPC, "no space left"), (errno.EACCES, "permission denied")]
)
def test_an_output_that_cannot_be_written_is_one_line(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, code: int, reason: str
) -> None:
    def fail(_: int) -> None:
        raise OSError(code, "")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        outcome = run("-q", "a.txt", "-o", "b.txt")
    assert outcome.is_error("b.txt: cannot be written", reason, "-o")
    assert listing(folder) == {"a.txt": ARTICLE}


def test_an_input_without_rights_is_one_line(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", fail)
        outcome = run("a.txt", "-o", "b.txt")
    assert outcome.is_error("a.txt: cannot be read", "permissions")
    assert listing(folder) == {"a.txt": ARTICLE}


def test_check_prints_no_text_and_tells_by_its_exit_code(run: Run, folder: Path) -> None:
    (folder / "b.txt").write_bytes(NEW)
    assert run("--check", "a.txt") == (1, b"", preview(SUMMARY))
    assert run("--check", "-q", "b.txt") == (0, b"", "")
    assert run("--check", "-q", "a.txt", "b.txt") == (1, b"", "")
    assert run("--check", "--dry-run", "-q", "a.txt").code == 1
    assert run("-q", "a.txt").code == 0
    assert listing(folder) == {"a.txt": ARTICLE, "b.txt": NEW}


def test_dry_run_prints_a_plain_table_when_piped(run: Run, folder: Path) -> None:
    code, out, err = run("--dry-run", "a.txt")
    assert (code, err) == (0, preview(SUMMARY))
    rows = [line.split()[1:8:2] for line in out.decode().splitlines() if "exact" in line]
    assert rows == [[str(12 + i), str(3 + i), "exact", "1.000"] for i in range(9)]
    assert b"Fares will not change before October." in out and ESCAPE not in out
    assert listing(folder) == {"a.txt": ARTICLE}


def test_dry_run_prints_no_table_without_repeats(run: Run) -> None:
    assert run("-n", "-q", "-", stdin=NEW) == (0, b"", "")


def test_dry_run_is_coloured_when_asked_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert ESCAPE + b"[31m" in run("--dry-run", "a.txt").out
    assert ESCAPE not in run("a.txt").out


def test_dry_run_is_coloured_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = pty.openpty()
    try:
        with io.TextIOWrapper(io.FileIO(slave, "w"), "utf-8") as terminal:
            monkeypatch.setattr(sys, "stdout", terminal)
            assert main(["--dry-run", "-q", "a.txt"]) == 0
            assert ESCAPE in os.read(master, 1 << 16)
    finally:
        os.close(master)


def test_json_is_a_line_a_file_and_has_no_text(run: Run) -> None:
    code, out, err = run("--json", "a.txt", "-", stdin=NEW)
    first, second = map(json.loads, out.splitlines())
    assert (code, err.count("\n")) == (0, 2)
    assert (first["document"], second["document"]) == ("a.txt", "-")
    assert "text" not in first and "text" not in second
    for option in ("--check", "--dry-run", "--output=b.txt", "--in-place"):
        report = json.loads(run("--json", "-q", "a.txt", option).out)
        assert report == first


def test_a_ledger_restores_several_files_in_place(run: Run, folder: Path) -> None:
    (folder / "b.txt").write_bytes(b"\xef\xbb\xbf" + ARTICLE.replace(b"\n", b"\r\n"))
    before = listing(folder)
    names = ["a.txt", "b.txt"]
    assert run("-q", "-i", "--backup-suffix", "", "--ledger", "l", *names).code == 0
    assert {*dedup.read_ledger("l").to_pandas()["document"]} == {*names}
    assert (folder / "a.txt").read_bytes() == CLEAN
    code, _, err = run("restore", "-i", "--backup-suffix", "", "l", *names)
    assert (code, err) == (0, "a.txt: put back 9 removed parts\nb.txt: put back 9 removed parts\n")
    assert {name: (folder / name).read_bytes() for name in names} == before


@pytest.mark.parametrize(
    ("name", "data", "named"),
    [
        ("b.txt", ARTICLE, "b.txt"),
        ("b.jsonl", b'{"text": "The ferry was late again."}\n' * 3, "b.jsonl"),
        ("sub/caf\xe9.txt", b"caf\xe9 " + ARTICLE, "sub"),
    ],
)
def test_what_was_cleaned_in_place_is_restored_in_place_beside_its_backup(
    run: Run, folder: Path, name: str, data: bytes, named: str
) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    errors = ("--errors", "surrogateescape") if named == "sub" else ()
    assert run("-qi", named, "--ledger", "l", *errors).code == 0
    assert (folder / name).read_bytes() != data
    assert run("restore", "-qi", "l", named, *errors) == (0, b"", "")
    assert (folder / name).read_bytes() == (folder / f"{name}.bak").read_bytes() == data
    assert [path.name for path in (folder / name).parent.glob("*.bak")] == [
        f"{Path(name).name}.bak"
    ]
    assert run("-qi", named, *errors).is_error(
        f"{name}.bak exists already (from an earlier run?); move it, or choose another --backup"
    )


def test_a_restored_text_goes_to_stdout(run: Run) -> None:
    clean = run("--ledger", "l", "--encoding", "utf-16", "-", stdin=ARTICLE.decode().encode("u16"))
    restored = run("restore", "l", "--encoding", "utf-16", "-", stdin=clean.out)
    assert restored == (0, ARTICLE.decode().encode("u16"), "put back 9 removed parts\n")


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz"])
def test_the_ledger_of_a_text_is_compressed_as_its_name_says(
    run: Run, folder: Path, ending: str
) -> None:
    ledger = f"removed.{ending}"
    (folder / "b.txt").write_bytes(ARTICLE)
    assert run("-qi", "a.txt", "b.txt", "--ledger", ledger).code == 0
    assert compression_from_name(Path(ledger)) == detect_compression((folder / ledger).read_bytes())
    assert len(dedup.read_ledger(folder / ledger)) == 18
    assert run("restore", "-qi", ledger, "a.txt", "b.txt").code == 0
    assert (folder / "a.txt").read_bytes() == (folder / "b.txt").read_bytes() == ARTICLE


def test_a_ledger_of_a_text_is_no_archive(run: Run, folder: Path) -> None:
    done = run("a.txt", "-o", "clean.txt", "--ledger", "removed.zip")
    assert done.is_error("removed.zip: .zip cannot be written; choose one of .gz")
    assert not (folder / "clean.txt").exists()


def test_invalid_bytes_can_be_replaced_or_carried_through(run: Run) -> None:
    assert run("-q", "--errors", "replace", stdin=b"na\xefve").out == "na\ufffdve".encode()
    assert run("-q", "--errors", "surrogateescape", stdin=b"na\xefve").out == b"na\xefve"


def test_one_file_given_twice_leaves_no_backup_behind(run: Run, folder: Path) -> None:
    outcome = run("-q", "-i", "a.txt", "a.txt")
    assert set(listing(folder)) == ({"a.txt"} if outcome.code else {"a.txt", "a.txt.bak"})


def test_a_ledger_does_not_replace_a_backup(run: Run, folder: Path) -> None:
    assert run("-q", "-i", "a.txt", "--ledger", "a.txt.bak").is_error("a.txt.bak")
    assert listing(folder) == {"a.txt": ARTICLE}


def test_a_slash_makes_a_folder_of_the_output(run: Run, folder: Path) -> None:
    assert run("-q", "a.txt", "-o", "new/").code == 0
    assert listing(folder / "new") == {"a.txt": CLEAN}


def test_an_error_leaves_no_empty_folder_behind(run: Run, folder: Path) -> None:
    assert run("-q", "a.txt", "nope.txt", "-o", "new").is_error("nope.txt")
    assert not (folder / "new").exists()


def test_a_long_name_in_a_wide_script_can_be_written(run: Run, folder: Path) -> None:
    assert run("-q", "a.txt", "-o", "字" * 84).code == 0
    assert (folder / ("字" * 84)).read_bytes() == CLEAN
