"""After a run was killed at any step, the next run gives the same output, and leaves no files."""

import json
import os
import re
import signal
import sys
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dedup import OutputError, clean_dataset
from dedup.cli.main import main
from dedup.datasets import clean_dataset as run_module
from dedup.files.journal import Journal, recover_journal
from dedup.files.staged_output import StagedOutput
from tests.file_operations import FILE_EVENTS, signal_at
from tests.small_disk import enlarge, small_disk
from tests.warc_records import warc_record

BODY = "The council promised a report on how it came to be that the ferry was late so often in May."
TEXTS = ["one", "two", f"{BODY}\n{BODY}", "One!", "three", None, "TWO", f"{BODY}", "four five six"]
FINISHED = "killed while it moved its outputs; this run has completed them"
MORE = [" ".join(f"{n}w{word}" for word in range(200)) for n in range(90)]
OLD_SHARDS = 9  # of an earlier run
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
    for number in range(0 if more else OLD_SHARDS):
        (folder / f"out-{number:05}.jsonl.gz").write_bytes(b"old")
    return [f"in{part}{ending}" for part in range(3)]


def write_folders(folder: Path) -> list[str]:
    names = ["a.txt", "sub/b.txt", "sub/deep/c.txt"]
    for number, text in enumerate(TEXTS):
        path = folder / f"crawl{number % 2}" / f"{number}{names[number % 3]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or "")
    return ["crawl0", "crawl1/"]


def run(
    folder: Path,
    arguments: Sequence[str],
    kill_at: int = 0,
    signum: int = signal.SIGKILL,
    events: Collection[str] = FILE_EVENTS,
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
        signal_at(kill_at, signum, events)
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
    "in place without backup": ("--in-place", "--backup-suffix", ""),
    "in place with a ledger": ("--in-place", "--ledger", "ledger"),
    "elsewhere": ("-o", "out.jsonl", "--tmp-dir", "side"),
    "texts": ("-o", "out", "--ledger", "ledger", "--stats", "stats"),
    "archives": ("-o", "out.warc.gz", "--ledger", "ledger"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_run_after_a_killed_run_gives_the_same_output(tmp_path: Path, case: str) -> None:
    ending = ".warc" if case == "archives" else ".jsonl"
    write = write_folders if case == "texts" else partial(write_inputs, ending=ending)
    arguments = [*write(tmp_path / "whole"), *CASES[case], "-q"]
    (tmp_path / "whole" / "side").mkdir()
    assert run(tmp_path / "whole", arguments) == 0
    expected = contents(tmp_path / "whole")
    if case == "shards":
        assert 1 < sum(name.startswith("out-") for name in expected) < OLD_SHARDS
    at, step, finished = 1, 1 if EVERY_STEP else 7, 0
    while True:
        folder = tmp_path / f"killed{at}"
        write(folder)
        (folder / "side").mkdir()
        status = run(folder, arguments, at)
        if status == 0:
            break
        assert status == -signal.SIGKILL
        status, said = run(folder, arguments), (tmp_path / "said").read_text()
        finished += FINISHED in said
        # All was in place: with a ledger or in place, a run is not begun again.
        assert status == 0 or FINISHED in said or "exists already" in said
        assert contents(folder) == expected
        at += step
    assert at > 20
    assert finished or not EVERY_STEP


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("is_replaced", [True, False])
@pytest.mark.parametrize("ledger", [[], ["--ledger", "ledger"]])
def test_new_data_are_not_replaced_by_the_result_of_a_killed_run(
    tmp_path: Path, at: int, ledger: list[str], *, is_replaced: bool
) -> None:
    """The third input is written again after a run was killed before it moved output ``at``."""
    folder, new = tmp_path / "work", b'{"text": "A story that nobody has told before."}\n'
    arguments = [*write_inputs(folder), "-i", "--backup-suffix", "", "-q", *ledger]
    assert run(folder, arguments, at, events={"os.rename"}) == -signal.SIGKILL
    news = folder / "in2.jsonl"
    if is_replaced:
        (folder / "new").write_bytes(new)
        (folder / "new").replace(news)
    else:
        news.write_bytes(new)
    before = contents(folder)
    for _ in range(2):
        assert run(folder, arguments) == 2
        said = (tmp_path / "said").read_text()
        assert "in2.jsonl has changed since an earlier run, which was killed" in said
        assert contents(folder) == before
    news.rename(folder / "elsewhere")  # the remedy
    assert run(folder, arguments) == 2
    said = (tmp_path / "said").read_text()
    assert FINISHED in said
    assert "The inputs are clean: do not run the command again" in said
    assert (folder / "elsewhere").read_bytes() == new
    assert not [*folder.glob(".dedup-*")]
    write_inputs(tmp_path / "whole")
    assert run(tmp_path / "whole", arguments) == 0
    (folder / "elsewhere").unlink()
    assert contents(folder) == contents(tmp_path / "whole")


def test_the_run_that_completes_a_killed_one_says_what_to_do_next(tmp_path: Path) -> None:
    for number, (options, remedy) in enumerate(
        [
            (["-i"], "do not run the command again"),
            (["-o", "out.jsonl", "--ledger", "ledger"], "name another ledger"),
            (["-o", "out.jsonl"], "run the command again"),
        ]
    ):
        folder = tmp_path / str(number)
        arguments = [*write_inputs(folder), *options, "-q"]
        assert run(folder, arguments, 1, events={"os.rename"}) == -signal.SIGKILL
        assert run(folder, arguments) == 2
        assert remedy in (tmp_path / "said").read_text()


@pytest.mark.parametrize("case", CASES)
def test_a_disk_that_fills_up_does_no_harm(tmp_path: Path, case: str) -> None:
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
            assert not [*disk.rglob(".dedup-*")]
            assert run(disk, arguments) == 0, (tmp_path / "said").read_text()
            assert contents(disk) == expected
        disk.rmdir()
        size += 4 if EVERY_STEP else 20
    assert failures > 3


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("case", CASES)
def test_a_signal_leaves_nothing(tmp_path: Path, signum: int, case: str) -> None:
    ending = ".warc" if case == "archives" else ".jsonl"
    arguments = [*write_inputs(tmp_path / "whole", ending), *CASES[case], "-q"]
    (tmp_path / "whole" / "side").mkdir()
    assert run(tmp_path / "whole", arguments) == 0
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
        assert not [*folder.rglob(".dedup-*")]
        assert run(folder, arguments) == 0
        assert contents(folder) == contents(tmp_path / "whole")


def test_two_runs_do_not_write_to_one_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_inputs(tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    before = contents(Path())
    decide: Any = run_module.decide  # type: ignore[attr-defined]

    def meanwhile(*arguments: object) -> object:
        with pytest.raises(OutputError, match=r"^out\.jsonl: another run writes the same output"):
            clean_dataset(["in2.jsonl"], "out.jsonl")
        return decide(*arguments)

    monkeypatch.setattr("dedup.datasets.clean_dataset.decide", meanwhile)
    clean_dataset(["in0.jsonl"], "out.jsonl")
    assert contents(Path()).keys() - before == {"out.jsonl"}


@pytest.mark.parametrize("torn", [False, True])
def test_a_journal_is_followed_only_if_it_is_whole(tmp_path: Path, *, torn: bool) -> None:
    new, gone = tmp_path / "new", tmp_path / "gone"
    new.write_text("before")
    for target in (new, gone):
        (tmp_path / f".dedup-{target.name}.tmp").write_text("after")
    journal = Journal(tmp_path / "journal")
    for target in (new, gone):
        journal.note(StagedOutput(target, target.name))
    journal.commit()
    journal.close()
    written = (tmp_path / "journal").read_text()
    (tmp_path / "journal").write_text(written[:-4] if torn else written)
    assert recover_journal(tmp_path / "journal") == ([] if torn else [new, gone])
    assert new.read_text() == ("before" if torn else "after")
    assert gone.exists() != torn
    assert not [*tmp_path.glob(".dedup-*")]
