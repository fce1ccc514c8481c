"""A run that is killed at any step can be gone on with, to the same end, and leaves nothing."""

import json
import os
import re
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from archives import warc_record
from dedup import ConfigError, InputError, OutputError, clean_dataset
from dedup.cli.main import main
from dedup.dataset import stages, state
from small_disk import enlarge, small_disk

BODY = "The council promised a report on how it came to be that the ferry was late so often in May."
TEXTS = ["one", "two", f"{BODY}\n{BODY}", "One!", "three", None, "TWO", f"{BODY}", "four five six"]
STEPS = {"open", "os.rename", "os.remove", "os.truncate", "os.mkdir", "os.link", "os.rmdir"}
STEPS |= {"shutil.rmtree", "mmap.__new__"}
MORE = [" ".join(f"{n}w{word}" for word in range(200)) for n in range(90)]
EVERY_STEP = bool(os.environ.get("DEDUP_EVERY_STEP"))

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork, of Unix")


def write_inputs(folder: Path, ending: str = ".jsonl", more: Sequence[str] = ()) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    texts = [*TEXTS, *more]
    lines = [json.dumps({"id": n, "text": text}).encode() + b"\n" for n, text in enumerate(texts)]
    if ending == ".warc":
        lines = [warc_record(text) for text in texts]
    for part in range(3):
        third = len(lines) // 3
        data = b"".join(lines[part * third : part * third + third])
        (folder / f"in{part}{ending}").write_bytes(data)
    return [f"in{part}{ending}" for part in range(3)]


def write_folders(folder: Path) -> list[str]:
    names = ["a.txt", "sub/b.txt", "sub/deep/c.txt"]
    for number, text in enumerate(TEXTS):
        path = folder / f"crawl{number % 2}" / f"{number}{names[number % 3]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or "")
    return ["crawl0", "crawl1/"]


def run(
    folder: Path, arguments: Sequence[str], kill_at: int = 0, signum: int = signal.SIGKILL
) -> int:
    """Run the command in a process of its own, which gets a signal at a step; return its status."""
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(os.open("../said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        sys.stderr = os.fdopen(2, "w")
        steps = 0

        def step(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal steps
            if event in STEPS and not str(arguments[:1]).endswith((".py'", ".pyc'")):
                steps += 1
                if steps == kill_at:
                    os.kill(os.getpid(), signum)

        sys.addaudithook(step)
        os._exit(main(arguments))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


CASES = {
    "one file": ("-o", "out.jsonl", "--ledger", "ledger", "--stats", "stats"),
    "folder": ("-o", "out/", "--ledger", "side/ledger.zst"),
    "shards": ("-o", "out.jsonl.gz", "--shard-size", "60", "--stats", "stats"),
    "in place": ("--in-place",),
    "elsewhere": ("-o", "out.jsonl", "--tmp-dir", "side"),
    "texts": ("-o", "out", "--ledger", "ledger", "--stats", "stats"),
    "archives": ("-o", "out.warc.gz", "--ledger", "ledger"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_run_that_is_killed_is_gone_on_with(tmp_path: Path, case: str) -> None:
    ending = ".warc" if case == "archives" else ".jsonl"
    write = write_folders if case == "texts" else partial(write_inputs, ending=ending)
    arguments = [*write(tmp_path / "whole"), *CASES[case], "-q"]
    (tmp_path / "whole" / "side").mkdir()
    assert run(tmp_path / "whole", arguments) == 0
    expected = contents(tmp_path / "whole")
    at, step = 1, 1 if EVERY_STEP else 7
    while True:
        folder = tmp_path / f"killed{at}"
        write(folder)
        (folder / "side").mkdir()
        status = run(folder, arguments, at)
        if status == 0:
            break
        assert status == -signal.SIGKILL
        assert run(folder, [*arguments, "--resume"]) == 0, (tmp_path / "said").read_text()
        assert contents(folder) == expected
        at += step
    assert at > 20


@pytest.mark.parametrize("case", CASES)
def test_a_disk_that_fills_up_is_gone_on_with_when_there_is_room(tmp_path: Path, case: str) -> None:
    ending = ".warc" if case == "archives" else ".jsonl"
    whole, disk = tmp_path / "whole", tmp_path / "disk"
    arguments = [*write_inputs(whole, ending, MORE), *CASES[case], "-q"]
    (whole / "side").mkdir()
    assert run(whole, arguments) == 0
    expected = contents(whole)
    size, failures = 160, 0  # KB: the inputs take some 120
    while True:
        with small_disk(disk, f"{size}k"):
            write_inputs(disk, ending, MORE)
            (disk / "side").mkdir()
            status, said = run(disk, arguments), (tmp_path / "said").read_text()
            if status == 0:
                assert contents(disk) == expected
                break
            assert status == 2
            assert re.fullmatch("dedup-clean: error: .*(disk is full|no space left).*\n", said)
            failures += 1
            enlarge(disk)
            assert run(disk, [*arguments, "--resume"]) == 0, (tmp_path / "said").read_text()
            assert contents(disk) == expected
        disk.rmdir()
        size += 4 if EVERY_STEP else 40
    assert failures > 3


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("case", CASES)
def test_a_signal_says_how_to_go_on(tmp_path: Path, signum: int, case: str) -> None:
    ending = ".warc" if case == "archives" else ".jsonl"
    arguments = [*write_inputs(tmp_path / "whole", ending), *CASES[case], "-q"]
    (tmp_path / "whole" / "side").mkdir()
    assert run(tmp_path / "whole", arguments) == 0
    hints = 0
    for at in range(1, 90, 1 if EVERY_STEP else 9):
        folder = tmp_path / f"killed{at}"
        write_inputs(folder, ending)
        (folder / "side").mkdir()
        status = run(folder, arguments, at, signum)
        said = (tmp_path / "said").read_text()
        if status == 0:
            break
        assert status == {signal.SIGTERM: 143, signal.SIGINT: 130}[signal.Signals(signum)], said
        assert said.startswith("dedup-clean: error: interrupted; no file was changed")
        hints += state.HINT in said
        # Where nothing is to be gone on with, nothing is left.
        assert any(folder.rglob(".dedup-*")) == (state.HINT in said)
        assert run(folder, [*arguments, "--resume"]) == 0
        assert contents(folder) == contents(tmp_path / "whole")
    assert hints


@pytest.fixture
def stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which a run was interrupted once all was read."""
    write_inputs(tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("dedup.dataset.stages.decide", interrupt)
        with pytest.raises(KeyboardInterrupt) as caught:
            clean_dataset(["in0.jsonl", "in1.jsonl"], "out.jsonl")
    assert caught.value.__notes__ == [state.HINT]
    return tmp_path / "work"


def test_what_was_read_is_not_read_again(stopped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.dataset.reading.Reader.read", None)
    report = clean_dataset(["in0.jsonl", "in1.jsonl"], "out.jsonl", resume=True)
    assert (report.documents, report.removed_exact) == (6, 1)
    assert sorted(contents(stopped)) == ["in0.jsonl", "in1.jsonl", "in2.jsonl", "out.jsonl"]


def test_a_run_of_something_else_is_not_gone_on_with(stopped: Path) -> None:
    sources = ["in0.jsonl", "in1.jsonl"]
    for arguments, options, what in (
        ([["in0.jsonl"], "out.jsonl"], {}, "inputs"),
        ([sources, "out.jsonl"], {"keep": "first"}, "options"),
        ([sources, "out.jsonl"], {"stats": "stats"}, "stats"),
    ):
        with pytest.raises(ConfigError, match=f"--resume: {what} changed since"):
            clean_dataset(*arguments, resume=True, **options)  # type: ignore[arg-type]
    (stopped / "in1.jsonl").write_text('{"text": "four"}\n')
    with pytest.raises(ConfigError, match="--resume: inputs changed since"):
        clean_dataset(sources, "out.jsonl", resume=True)
    assert clean_dataset(sources, "out.jsonl").documents == 4
    assert sorted(contents(stopped)) == ["in0.jsonl", "in1.jsonl", "in2.jsonl", "out.jsonl"]


def test_an_array_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, out = tmp_path / "a.json", tmp_path / "b.json"
    source.write_text('[ {"text": "one"},\n{"text": "One"} ] \n')

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("dedup.dataset.stages.decide", interrupt)
        with pytest.raises(KeyboardInterrupt):
            clean_dataset(source, out)
    monkeypatch.setattr("dedup.dataset.reading.Reader.read", None)
    clean_dataset(source, out, resume=True)
    assert out.read_text() == '[ {"text": "one"} ] \n'


@pytest.mark.parametrize("name", ["texts", "part-00001.npz"])
def test_what_a_power_cut_damaged_is_read_again(stopped: Path, name: str) -> None:
    (folder,) = stopped.glob(".dedup-*")
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[:-9] + b"\0" * 9)
    report = clean_dataset(["in0.jsonl", "in1.jsonl"], "out.jsonl", resume=True)
    assert report.documents == 6
    clean_dataset(["in0.jsonl", "in1.jsonl"], "again.jsonl")
    assert (stopped / "out.jsonl").read_bytes() == (stopped / "again.jsonl").read_bytes()


def test_a_folder_that_was_read_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = [tmp_path / name for name in write_folders(tmp_path)]

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("dedup.dataset.stages.decide", interrupt)
        with pytest.raises(KeyboardInterrupt):
            clean_dataset(sources, tmp_path / "out")
    with monkeypatch.context() as patch:
        patch.setattr("dedup.dataset.reading.Reader.read", None)
        report = clean_dataset(sources, tmp_path / "out", resume=True)
    assert (report.documents, report.removed_exact) == (9, 3)
    with monkeypatch.context() as patch:
        patch.setattr("dedup.dataset.stages.decide", interrupt)
        with pytest.raises(KeyboardInterrupt):
            clean_dataset(sources, tmp_path / "out")
    (tmp_path / "crawl0/new.txt").write_text("one more")
    with pytest.raises(ConfigError, match="--resume: inputs changed since"):
        clean_dataset(sources, tmp_path / "out", resume=True)


def test_two_runs_do_not_write_to_one_place(stopped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decide: Any = stages.decide  # type: ignore[attr-defined]

    def meanwhile(*arguments: object) -> object:
        with pytest.raises(OutputError, match="another run writes to the same place"):
            clean_dataset(["in2.jsonl"], "out.jsonl")
        return decide(*arguments)

    monkeypatch.setattr("dedup.dataset.stages.decide", meanwhile)
    clean_dataset(["in0.jsonl"], "out.jsonl")
    assert sorted(contents(stopped)) == ["in0.jsonl", "in1.jsonl", "in2.jsonl", "out.jsonl"]


def test_what_cannot_be_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.jsonl").write_text('{"text": "one"}\n')
    with pytest.raises(ConfigError, match="--resume needs files"):
        clean_dataset(["in.jsonl"], "-", resume=True)
    assert clean_dataset(["in.jsonl"], "out.jsonl", resume=True).kept == 1
    with pytest.raises(InputError):
        clean_dataset(["none.jsonl"], "out.jsonl")
    assert sorted(contents(tmp_path)) == ["in.jsonl", "out.jsonl"]
