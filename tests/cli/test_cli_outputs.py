"""Outputs that cannot be written, or should not be: refused before anything is read."""

import io
import json
import os
import pty
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dedup.cli.main import main
from tests.command_runner import ARTICLE, Run, workplace
from tests.flag_inputs import write_parquet

NEWS = "".join(json.dumps({"id": n, "text": f"story {n % 2}"}) + "\n" for n in range(4))


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a folder in which ``ro`` may not be written to, as another one than root."""
    place, user = Path(tempfile.mkdtemp()), os.geteuid()
    with workplace(place, monkeypatch):
        (place / "news.jsonl").write_text(NEWS)
        (place / "empty").touch()  # a ledger
        (place / "ro/deep").mkdir(parents=True)
        (place / "ro/a.txt").write_bytes(ARTICLE)
        (place / "ro").chmod(0o555)
        place.chmod(0o777)
        try:
            if user == 0:
                "".encode("utf-8-sig")  # Python looks a codec up once, and needs rights for it
                "".encode("utf-8-sig")  # Python looks a codec up once, which takes rights
                os.seteuid(65534)
            yield place
        finally:
            os.seteuid(user)
            (place / "ro").chmod(0o755)
            shutil.rmtree(place)


OLD = b"old"


@pytest.mark.parametrize("flag", ["-o", "--report", "--stats", "--patterns"])
def test_a_file_that_exists_is_replaced_at_the_end(run: Run, folder: Path, flag: str) -> None:
    (folder / "news.jsonl").write_bytes(b'{"text": "The ferry was late."}\n')
    (folder / "bad.jsonl").write_bytes(b'{"text": "The ferry was late."}\n{"text": 7}\n')
    (folder / "file").write_bytes(OLD)
    options = ["--blocks", flag, "file", *([] if flag == "-o" else ["-o", "clean.jsonl"])]
    assert run("bad.jsonl", *options).is_error("bad.jsonl: line 2")
    assert (folder / "file").read_bytes() == OLD
    assert run("news.jsonl", *options).code == 0
    assert not (folder / "file").read_bytes().startswith(OLD)


@pytest.mark.parametrize("options", ["--ledger file", "--on-error quarantine --quarantine file"])
def test_a_file_with_the_only_copy_of_removed_text_is_not_replaced(
    run: Run, folder: Path, options: str
) -> None:
    (folder / "news.jsonl").write_bytes(b'{"text": "The ferry was late."}\n' * 2)
    (folder / "file").write_bytes(OLD)
    outcome = run("news.jsonl", "-o", "clean.jsonl", *options.split())
    assert outcome.is_error("file exists already; move it, or name another file")
    assert (folder / "file").read_bytes() == OLD
    assert not (folder / "clean.jsonl").exists()
    (folder / "file").write_bytes(b"")
    assert run("news.jsonl", "-o", "clean.jsonl", *options.split()).code == 0


def test_a_file_that_exists_in_the_output_folder_stays_unless_it_is_written(
    run: Run, folder: Path
) -> None:
    for name in ("one.txt", "two.txt"):
        (folder / name).write_bytes(f"The ferry was late, said {name}.\n".encode())
    (folder / "out").mkdir()
    for name in ("one.txt", "three.txt"):
        (folder / "out" / name).write_bytes(OLD)
    assert run("one.txt", "two.txt", "-o", "out").code == 0
    assert {path.name: path.read_bytes()[:3] for path in (folder / "out").iterdir()} == {
        "one.txt": b"The",
        "two.txt": b"The",
        "three.txt": OLD,
    }


@pytest.mark.parametrize(
    "arguments",
    [
        "news.jsonl -o ro/x.jsonl",
        "news.jsonl -o ro/x.jsonl --tmp-dir .",
        "news.jsonl -o ro/",
        "news.jsonl -o ro/new/",
        "news.jsonl -o out.jsonl --ledger ro/ledger",
        "news.jsonl -o out.jsonl --stats ro/stats",
        "news.jsonl -n --stats ro/stats",
        "a.txt -o ro/x.txt",
        "a.txt -o ro",
        "a.txt --ledger ro/ledger -q",
        "a.txt ro/a.txt -o ro/new",
        "-i ro/a.txt",
        "-i ro",
        "restore empty a.txt -o ro/x",
    ],
)
def test_an_output_without_rights_is_named_before_anything_is_read(
    run: Run, locked: Path, monkeypatch: pytest.MonkeyPatch, arguments: str
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("an input is read")

    monkeypatch.setattr("dedup.datasets.read_inputs._open_input", fail)
    monkeypatch.setattr("dedup.cli.single_texts.read_text", fail)
    assert run(*arguments.split()).is_error(": cannot be written (permission denied); make its")
    assert sorted(path.name for path in locked.iterdir()) == ["a.txt", "empty", "news.jsonl", "ro"]


@pytest.mark.parametrize(
    "arguments", ["news.jsonl -o safe.jsonl", "-i safe.jsonl", "a.txt -o safe.jsonl", "-i safe.txt"]
)
def test_a_read_only_file_is_named_itself(run: Run, locked: Path, arguments: str) -> None:
    for name in ("safe.jsonl", "safe.txt"):
        (locked / name).write_text(NEWS)
        (locked / name).chmod(0o444)
    words = arguments.split()
    outcome = run(*words, "--format", "text" if ".txt" in arguments else "jsonl")
    assert outcome.is_error(f"{words[-1]} is read-only; make it writable (chmod u+w)")
    assert (locked / "safe.jsonl").read_text() == NEWS
    assert not [*locked.glob(".dedup-*")]


def test_a_read_only_file_in_a_folder_of_texts(run: Run, locked: Path) -> None:
    for folder in ("crawl", "clean"):
        (locked / folder).mkdir()
        (locked / folder).chmod(0o777)
        (locked / folder / "b.txt").write_text(f"A story in {folder}.")
    (locked / "clean/b.txt").chmod(0o444)
    assert run("crawl", "-o", "clean").is_error("clean/b.txt is read-only")
    assert (locked / "clean/b.txt").read_text() == "A story in clean."


@pytest.mark.parametrize("option", ["--ledger", "--stats"])
def test_the_remedy_for_a_side_file_is_not_the_output(run: Run, locked: Path, option: str) -> None:
    outcome = run("news.jsonl", "-o", "out.jsonl", option, "ro/side")
    assert outcome.is_error("ro/side: cannot be written (permission denied); make its folder")
    assert "-o" not in outcome.err
    assert not (locked / "out.jsonl").exists()


def test_a_text_that_may_not_be_read_is_skipped(run: Run, locked: Path) -> None:
    secret = locked / "secret.txt"
    secret.write_text("Nobody may read this.")
    secret.chmod(0o000)
    files = "a.txt", "secret.txt", "ro/a.txt"
    assert run(*files, "-o", "out/").is_error("secret.txt: cannot be read (permission denied)")
    outcome = run(*files, "-o", "out/", "--on-error", "skip")
    assert outcome.code == 0
    said = "could not read 1 (secret.txt: cannot be read (permission denied))"
    assert said in outcome.err
    assert run("a.txt", "secret.txt").is_error("secret.txt: cannot be read")


def test_temporary_files_without_rights(run: Run, locked: Path) -> None:
    outcome = run("news.jsonl", "-o", "out.jsonl", "--tmp-dir", "ro")
    assert outcome.is_error(
        "cannot write temporary files in ro (permission denied); choose a folder with --tmp-dir"
    )
    assert not (locked / "out.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("news.jsonl -o no/x.jsonl", "no/x.jsonl: cannot be written (no such file or directory)"),
        ("a.txt -o no/x.txt", "no/x.txt: cannot be written (no such file or directory); make"),
        ("news.jsonl -o a.txt/x.jsonl", "a.txt/x.jsonl: cannot be written (not a directory)"),
        ("news.jsonl -o out.zip", "out.zip: .zip cannot be written; choose one of .gz, .zst, .bz2"),
        ("a.txt -o a.TAR", "a.TAR: texts are written uncompressed; choose another name"),
        ("news.jsonl -o out.jsonl --ledger led.7z", "led.7z: .7z cannot be written; choose one of"),
        ("news.jsonl -o out.jsonl --stats ro", "ro: cannot be written (is a directory); name a"),
    ],
)
def test_an_output_that_cannot_be(run: Run, locked: Path, arguments: str, said: str) -> None:
    before = sorted(locked.iterdir())
    assert run(*arguments.split()).is_error(said)
    assert sorted(locked.iterdir()) == before


@pytest.mark.parametrize("output", [(), ("-o", "-"), ("-o", "/dev/stdout"), ("-o", "terminal")])
@pytest.mark.parametrize("name", ["news.parquet", "news.arrow"])
def test_binary_formats_do_not_go_to_a_terminal(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    name: str,
    output: tuple[str, ...],
) -> None:
    pytest.importorskip("pyarrow")
    write_parquet(tmp_path / "news.parquet")
    write_arrow(tmp_path / "news.parquet", tmp_path / "news.arrow")
    monkeypatch.chdir(tmp_path)
    terminal, end = pty.openpty()
    output = tuple(os.ttyname(end) if word == "terminal" else word for word in output)
    try:
        with io.TextIOWrapper(io.FileIO(end, "w"), "utf-8") as shown:
            monkeypatch.setattr(sys, "stdout", shown)
            assert main([name, "-q", *output]) == 2
            os.set_blocking(terminal, False)
            with pytest.raises(BlockingIOError):
                os.read(terminal, 1)
    finally:
        os.close(terminal)
    what = "Parquet" if name == "news.parquet" else "Arrow"
    assert capfd.readouterr().err == (
        f"dedup-clean: error: {what} is binary, and is not written to a "
        "terminal; choose a file with -o, or pipe it to another program\n"
    )


def write_arrow(parquet: Path, path: Path) -> None:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    table = pq.read_table(parquet)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def test_parquet_through_a_pipe(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.chdir(tmp_path)
    write_parquet(tmp_path / "news.parquet")
    outcome = run("news.parquet", "-q")
    assert outcome.out.startswith(b"PAR1") and outcome.out.endswith(b"PAR1")
    said = "--ledger does not support Parquet (there is no restore); leave out --ledger"
    assert run("news.parquet", "-o", "out.parquet", "--ledger", "l").is_error(said)
    said = "out.jsonl: the output has the format of the input, Parquet, not JSON Lines; name it"
    assert run("news.parquet", "-o", "out.jsonl").is_error(said)


@pytest.mark.parametrize("inputs", ["a.txt", "a.txt b.txt", "many", "news.jsonl"])
def test_a_ledger_may_lie_in_a_folder_that_is_made(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inputs: str
) -> None:
    with workplace(tmp_path, monkeypatch):
        Path("many").mkdir()
        Path("news.jsonl").write_text(NEWS)
        for name in ("b.txt", "many/a.txt"):
            Path(name).write_bytes(ARTICLE)
        assert run(*inputs.split(), "-o", "out/", "--ledger", "out/ledger", "-q").code == 0
        assert Path("out/ledger").stat().st_size


@pytest.mark.usefixtures("folder")
def test_a_ledger_is_moved_before_the_texts_that_it_restores(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("a.txt").write_bytes(ARTICLE)
    moved: list[str] = []
    replace = Path.replace

    def noted(source: Path, target: Path) -> Path:
        moved.append(Path(target).name)
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", noted)
    assert run("a.txt", "--in-place", "--backup-suffix", "", "--ledger", "removed.jsonl").code == 0
    assert moved == ["removed.jsonl", "a.txt"]
