"""After the command was killed at any moment, the next run gives the same bytes."""

import json
import os
import random
import signal
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, sleep

import pytest

from benchmarks.generated_texts import dump
from dedup.arrays.memory import can_limit
from dedup.cli.main import main

ARGUMENTS = ("in0.jsonl", "in1.jsonl", "-o", "out/", "--ledger", "ledger.zst", "--stats", "stats")
BLOCKS = ("--blocks", "--min-df", "4", "--memory", "300MB", "--patterns", "patterns")
KILLS = 100 if os.environ.get("DEDUP_EVERY_STEP") else 3

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork, of Unix")


def write_inputs(folder: Path, texts: Sequence[str]) -> None:
    folder.mkdir()
    lines = [json.dumps({"id": row, "text": text}) + "\n" for row, text in enumerate(texts)]
    half = len(lines) // 2
    for part, own in enumerate((lines[:half], lines[half:])):
        (folder / f"in{part}.jsonl").write_text("".join(own))


def run(folder: Path, *more: str, seconds: float | None = None) -> int:
    """Run the command in a process of its own, and kill it after so many seconds.

    It is forked from this one, which has loaded all: so it is at work from the first moment.
    """
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        os._exit(main([*ARGUMENTS, "--quiet", *more]))
    if seconds is not None:
        sleep(seconds)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.long
@pytest.mark.parametrize("more", [(), BLOCKS if can_limit() else BLOCKS[:3]])
def test_a_run_that_is_killed_at_any_moment_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: Sequence[str]
) -> None:
    texts = dump(1_500).texts
    whole = tmp_path / "whole"
    write_inputs(whole, texts)
    with monkeypatch.context() as patch:
        patch.chdir(whole)
        assert main([*ARGUMENTS, "--quiet", *more]) == 0  # and load, or compile, for the others
    (whole / "ledger.zst").unlink()
    start = perf_counter()
    assert run(whole, *more) == 0
    lasts = perf_counter() - start
    expected, rng, killed = contents(whole), random.Random(7), 0
    for number in range(KILLS):
        folder = tmp_path / f"killed{number}"
        write_inputs(folder, texts)
        status = run(folder, *more, seconds=rng.uniform(0, 1) * lasts)
        killed += status == -signal.SIGKILL
        if contents(folder) != expected:  # else it had ended
            run(folder, *more)  # fails when all was in place but for the removal of temporary files
        assert contents(folder) == expected
        for name in expected:
            (folder / name).unlink()
    assert killed
