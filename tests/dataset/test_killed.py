"""A run of the command that is killed at any moment is gone on with, to the same bytes."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import pytest

from benchmarks.data import dump
from dedup.kernels import spill

COMMAND = Path(sys.executable).with_name("dedup-clean")
ARGUMENTS = ("in0.jsonl", "in1.jsonl", "-o", "out/", "--ledger", "ledger.zst", "--stats", "stats")
BLOCKS = ("--blocks", "--min-df", "4", "--memory", "300MB", "--patterns", "patterns")
KILLS = 100 if os.environ.get("DEDUP_EVERY_STEP") else 2

pytestmark = pytest.mark.skipif(
    not COMMAND.exists() or os.name != "posix", reason="needs the installed command, and SIGKILL"
)


def write_inputs(folder: Path, texts: Sequence[str]) -> None:
    folder.mkdir()
    lines = [json.dumps({"id": row, "text": text}) + "\n" for row, text in enumerate(texts)]
    half = len(lines) // 2
    for part, own in enumerate((lines[:half], lines[half:])):
        (folder / f"in{part}.jsonl").write_text("".join(own))


def run(folder: Path, *more: str, seconds: float | None = None) -> int:
    """Run the command, and kill it after so many seconds; return its status."""
    process = subprocess.Popen([COMMAND, *ARGUMENTS, "--quiet", *more], cwd=folder)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        return process.wait()


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize("more", [(), BLOCKS if spill.available() else BLOCKS[:3]])
def test_a_run_that_is_killed_at_any_moment_is_gone_on_with(
    tmp_path: Path, more: Sequence[str]
) -> None:
    texts = dump(4_000).texts
    whole = tmp_path / "whole"
    write_inputs(whole, texts)
    assert run(whole, *more) == 0  # and perhaps compile
    (whole / "ledger.zst").unlink()
    start = perf_counter()
    assert run(whole, *more) == 0
    lasts = perf_counter() - start
    expected, rng, killed = contents(whole), random.Random(7), 0
    for number in range(KILLS):
        folder = tmp_path / f"killed{number}"
        write_inputs(folder, texts)
        status = run(folder, *more, seconds=rng.uniform(0.2, 1) * lasts)
        killed += status == -signal.SIGKILL
        if contents(folder) != expected:  # else it had ended: there is nothing to go on with
            assert run(folder, *more, "--resume") == 0
        assert contents(folder) == expected
        for name in expected:
            (folder / name).unlink()
    assert killed
