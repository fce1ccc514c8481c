"""The command as a process: streams, signals, exit codes."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.command_runner import ARTICLE, CLEAN, SUMMARY, listing

COMMAND = Path(sys.executable).with_name("dedup-clean")
LIMIT = 60  # seconds after which a test has hung

pytestmark = pytest.mark.skipif(not COMMAND.exists(), reason="dedup-clean is not installed")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_bytes(ARTICLE)
    return tmp_path


def shell(line: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run a line of shell in which ``$D`` is the command."""
    return subprocess.run(
        ["/bin/bash", "-c", line],  # for <( ) and >( )
        input=stdin,
        capture_output=True,
        env={**os.environ, "D": str(COMMAND)},
        timeout=LIMIT,
        check=False,
    )


def test_exit_codes_and_streams() -> None:
    clean = shell('"$D" a.txt')
    assert (clean.returncode, clean.stdout, clean.stderr.decode()) == (0, CLEAN, SUMMARY)
    assert shell('"$D" --check', ARTICLE).returncode == 1
    failed = shell('"$D" nope.txt')
    assert (failed.returncode, failed.stdout) == (2, b"")
    assert failed.stderr == b"dedup-clean: error: nope.txt: no such file; check the path\n"


def unread(*options: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command with a standard output that nobody reads any more."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return subprocess.run(
            [COMMAND, "-q", "a.txt", *options],
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=LIMIT,
            check=False,
        )
    finally:
        os.close(writing)


@pytest.mark.parametrize("option", ["--split-by=auto", "--json", "--dry-run", "--help"])
def test_a_reader_that_leaves_early_sees_no_traceback(option: str) -> None:
    result = unread(option)
    assert result.stderr == b""
    assert result.returncode != 0


def test_a_reader_that_leaves_early_is_not_taken_for_repeats() -> None:
    assert unread().returncode == 141


@pytest.mark.parametrize("option", ["", "--json", "--dry-run", "--help", "completion bash"])
def test_a_full_standard_output_is_one_line_and_an_error(option: str) -> None:
    result = shell(f'"$D" {option or "-q"} > /dev/full', ARTICLE)
    assert result.returncode == 2
    assert result.stderr.startswith(b"dedup-clean: error: cannot write to standard output ")
    assert b"no space left on device" in result.stderr.lower()
    assert result.stderr.count(b"\n") == 1


@pytest.mark.parametrize("option", ["--json", "--dry-run", "--diff"])
def test_a_full_standard_output_is_not_taken_for_a_full_disk(option: str, tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text('{"text": "The ferry was late."}\n{"text": "The FERRY was late!"}\n')
    result = shell(f'"$D" {option} {path} > /dev/full', b"")
    assert result.returncode == 2
    assert result.stderr.startswith(b"dedup-clean: error: cannot write to standard output ")


def test_a_reader_of_a_restored_file_may_leave_early(tmp_path: Path) -> None:
    lines = (f'{{"text": "The ferry {number} was late."}}\n' for number in range(120_000))
    (tmp_path / "news.jsonl").write_text("".join(lines))
    paths = [str(tmp_path / name) for name in ("news.jsonl", "clean", "ledger")]
    news, clean, ledger = paths
    assert shell(f'"$D" -q {news} -o {clean} --ledger {ledger}', b"").returncode == 0
    result = shell(f'"$D" restore {ledger} {clean} | head -c 1', b"")
    assert result.stdout == b"{"
    assert b"error" not in result.stderr


def opened_by_reader(process: subprocess.Popen[bytes], fifo: Path) -> BinaryIO:
    """Open a pipe to write, once the process has opened it to read."""
    while True:
        try:
            return os.fdopen(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK), "wb")
        except OSError as error:
            if error.errno != errno.ENXIO or process.poll() is not None:
                raise
            time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_leaves_nothing_changed(folder: Path, number: signal.Signals) -> None:
    (folder / "out").mkdir()
    (folder / "out/a.txt").write_bytes(b"old")
    os.mkfifo("fifo")
    command = [str(COMMAND), "-q", "a.txt", "fifo", "-o", "out"]
    with (
        subprocess.Popen(command, stderr=subprocess.PIPE) as process,
        opened_by_reader(process, Path("fifo")),  # when the first file is staged
    ):
        staged = [path.name for path in (folder / "out").iterdir() if path.suffix == ".tmp"]
        process.send_signal(number)
        _, explained = process.communicate(timeout=LIMIT)
    assert len(staged) == 1
    assert process.returncode == 128 + number
    assert explained.strip() == b"dedup-clean: error: interrupted; no file was changed"
    assert listing(folder) == {"a.txt": ARTICLE}
    assert listing(folder / "out") == {"a.txt": b"old"}


def test_one_line_of_20_megabytes() -> None:
    line = b"words with gaps " * 1_250_000
    result = shell('"$D" -', line)
    assert (result.returncode, result.stdout == line) == (0, True)
    assert result.stderr == b"nothing repeats in 1 sentence, 20,000,000 characters\n"


def test_completion_knows_the_flags_and_their_choices() -> None:
    asked = '_DEDUP_CLEAN_COMPLETE=bash_complete COMP_WORDS="dedup-clean {}" COMP_CWORD={} "$D"'
    assert shell(asked.format("--thres", 1)).stdout == b"plain,--threshold\n"
    shown = shell(asked.format("--measure", 2) + " || true").stdout
    assert shown.split() == [b"plain,containment", b"plain,jaccard"]


def test_the_completion_script_is_shell() -> None:
    assert shell('"$D" completion bash | bash -n').stderr == b""


def test_names_that_are_not_utf8_are_kept(folder: Path) -> None:
    name = b"caf\xe9.txt"
    (folder / os.fsdecode(name)).write_bytes(ARTICLE)
    result = shell('"$D" -i --ledger l caf*.txt && "$D" restore l caf*.txt -o back')
    assert (result.returncode, (folder / "back").read_bytes()) == (0, ARTICLE)
    assert (folder / os.fsdecode(name)).read_bytes() == CLEAN


def test_a_process_substitution_can_be_read() -> None:
    assert shell('"$D" -q <(cat a.txt)').stdout == CLEAN


@pytest.mark.parametrize("line", ['"$D" a.txt >&-', '"$D" <&-'])
def test_a_closed_stream_is_one_line_and_an_error(line: str) -> None:
    result = shell(line)
    assert (result.returncode, result.stderr.count(b"\n")) == (2, 1)


@pytest.mark.parametrize("where", ["2>&-", "2>/dev/full"])
def test_a_lost_standard_error_is_never_taken_for_repeats(where: str) -> None:
    result = shell(f'"$D" a.txt {where}')
    assert result.returncode in {0, 2}
    assert result.stdout == CLEAN


@pytest.mark.parametrize("line", ['"$D" -q a.txt -o /dev/stdout', '"$D" -q a.txt -o >(cat)'])
def test_an_output_may_be_a_pipe(line: str) -> None:
    result = shell(f"{line} | cat")
    assert (result.stderr, result.stdout) == (b"", CLEAN)


def test_a_table_on_a_narrow_character_set_has_no_traceback() -> None:
    result = shell('PYTHONUTF8=0 PYTHONIOENCODING=latin-1 "$D" -n -q a.txt')
    assert b"Traceback" not in result.stderr
    assert result.returncode in {0, 2}


def test_an_open_descriptor_is_written_on_and_not_replaced(folder: Path) -> None:
    result = shell('{ echo one; "$D" -q a.txt -o /dev/stdout; echo two; } > app')
    assert result.returncode == 0
    assert (folder / "app").read_bytes().startswith(b"one\n")
    assert (folder / "app").read_bytes().endswith(b"two\n")
