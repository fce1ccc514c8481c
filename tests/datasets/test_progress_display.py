"""Progress lines and bars: what they show, and that they go away."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays.progress import NO_PROGRESS, Progress
from dedup.config import Config
from dedup.datasets import progress_display
from dedup.datasets.clean_dataset import run_job
from dedup.datasets.dataset_options import DatasetOptions
from dedup.datasets.job import Job
from dedup.datasets.progress_display import (
    JobState,
    LoggedProgress,
    ShownProgress,
    TerminalProgress,
    shown_progress,
)
from dedup.files.location import as_location
from dedup.files.write_behind import MIN_WRITE_BYTES
from tests.generated_texts import random_texts

SECONDS_PER_GIGABYTE = {"reading": 6.0, "comparing": 3.0, "writing": 1.0}
GIGABYTE = 1_000_000_000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time, which the test sets."""
    now = [100.0]
    monkeypatch.setattr(progress_display, "monotonic", lambda: now[0])
    return now


def test_the_state_follows_the_stages(clock: list[float]) -> None:
    job = LoggedProgress()
    job.plan(SECONDS_PER_GIGABYTE)
    assert job.state() == JobState("finding files", None, 0, 0, 0.0, None)
    clock[0] += 1
    job.begin("reading", GIGABYTE)
    clock[0] += 5
    job.reach(GIGABYTE // 2)
    state = job.state()
    assert state[:-1] == ("reading", 0.3, GIGABYTE / 2, GIGABYTE, GIGABYTE / 10)
    assert state.seconds_left == pytest.approx(14.0)
    assert state.numbers == "500 of 1,000 MB, 100 MB/s, 0:14 left"
    job.begin("comparing")
    assert job.state().share == 0.6 and job.state().numbers == "0:04 left"
    clock[0] += 1
    with job.part(0.0, 0.5):
        job.reach(1, 2)
    assert job.state().share == pytest.approx(0.6 + 0.15)  # at its end the part is done
    assert job.state().rate == GIGABYTE / 2  # half of the input in a second
    job.begin("writing")
    for _ in job.parts("ab", [1, 3]):
        job.reach(1, 2)
    assert job.state().share == 1.0


def test_the_share_is_not_known_before_the_size_is(clock: list[float]) -> None:
    job = LoggedProgress()
    job.plan(SECONDS_PER_GIGABYTE)
    job.begin("reading")
    clock[0] += 2
    job.reach(GIGABYTE)
    assert job.state() == JobState("reading", None, GIGABYTE, 0, GIGABYTE / 2, None)
    assert job.state().numbers == "1,000 MB, 500 MB/s"
    job.begin("comparing")
    assert job.state().share == 0.6 and job.state().total == GIGABYTE


def test_stages_may_have_seconds_whatever_the_size() -> None:
    job = LoggedProgress()
    job.plan({"reading": 1.0}, {"reading": 1.0, "sampling": 2.0})
    job.begin("reading", GIGABYTE)
    job.begin("sampling")
    assert job.state().share == 0.5
    job.reach(1, 2)
    assert job.state().share == 0.75 and job.state().done == 0


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(0, 9)), max_size=20))
def test_the_share_never_falls(steps: list[tuple[float, float, int]]) -> None:
    job, shares = LoggedProgress(), [0.0]
    job.plan(SECONDS_PER_GIGABYTE)
    for stage in SECONDS_PER_GIGABYTE:
        job.begin(stage, GIGABYTE if stage == "reading" else 0)
        for one, other, done in steps:
            with job.part(min(one, other), max(one, other)):
                job.steps(lambda _: None, 9)(done)
                shares.append(job.state().share or 0.0)
    assert shares == sorted(shares) and shares[-1] <= 1.0


def test_a_log_has_a_line_at_intervals(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LoggedProgress, "delay", 0.02)
    monkeypatch.setattr(LoggedProgress, "interval", 0.02)
    monkeypatch.setattr(progress_display, "stderr_is_terminal", lambda: False)
    with shown_progress(quiet=False) as job:
        job.plan(SECONDS_PER_GIGABYTE)
        job.begin("reading", 4_000_000)
        job.reach(1_000_000)
        time.sleep(0.2)
    job.end()
    lines = capsys.readouterr().err.splitlines()
    assert 2 <= len(lines) < 12 and lines[-1].startswith("reading: 1 of 4 MB, ")


@pytest.mark.parametrize(
    ("file", "stage"), [("news.jsonl", "finding files"), ("s3://bucket/news.jsonl", "connecting")]
)
def test_the_first_stage_of_remote_files_is_connecting(file: str, stage: str) -> None:
    with shown_progress([as_location("a.jsonl"), as_location(file)], quiet=False) as job:
        assert isinstance(job, ShownProgress)
        assert job.state().stage == stage


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}])
def test_a_terminal_has_a_bar_that_goes_away(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
) -> None:
    for name, value in ({"TTY_COMPATIBLE": "1", "COLUMNS": "80"} | variables).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(TerminalProgress, "delay", 0.0)
    monkeypatch.setattr(TerminalProgress, "interval", 0.01)
    monkeypatch.setattr(progress_display, "stderr_is_terminal", lambda: True)
    with shown_progress(quiet=False) as job:
        job.plan(SECONDS_PER_GIGABYTE)
        job.begin("reading", 4_000_000)
        job.reach(1_000_000)
        time.sleep(0.5)
    shown = capsys.readouterr().err
    assert "reading" in shown and "15% 1 of 4 MB, " in shown
    assert ("\x1b[38" in shown or "\x1b[3" in shown) != bool(variables)  # colors
    assert shown.endswith("\x1b[2K") and shown.count("\x1b[?25l") == shown.count("\x1b[?25h")


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_terminal_without_cursor_has_a_log(term: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr(progress_display, "stderr_is_terminal", lambda: True)
    with shown_progress(quiet=False) as job:
        assert isinstance(job, LoggedProgress)
    with shown_progress(quiet=True) as job:
        assert job is NO_PROGRESS


class RecordedProgress(Progress):
    """Keeps how far each stage has come at each report."""

    def __init__(self) -> None:
        self.job = LoggedProgress()
        self.shares: list[tuple[str, float]] = []

    def plan(
        self, seconds_per_gigabyte: Mapping[str, float], seconds: Mapping[str, float] | None = None
    ) -> None:
        self.job.plan(seconds_per_gigabyte, seconds)

    def begin(self, stage: str, total: int = 0) -> None:
        self.job.begin(stage, total)

    def reach(self, done: int, total: int | None = None) -> None:
        self.job.reach(done, total)
        state = self.job.state()
        self.shares.append((state.stage, state.share or 0.0))

    def _enter_part(self, start: float, stop: float) -> tuple[float, float]:
        return self.job._enter_part(start, stop)  # noqa: SLF001

    def _leave_part(self, around: tuple[float, float]) -> None:
        self.job._leave_part(around)  # noqa: SLF001


def recorded_shares(source: Path, output: str, options: dict[str, Any]) -> list[tuple[str, float]]:
    """Return the stage and the share of the job at each report of a run."""
    progress = RecordedProgress()
    job = Job(
        inputs=[source],
        config=Config(),
        options=DatasetOptions.of(options),
        output=str(source.with_name(output)),
        progress=progress,
    )
    run_job(job)
    return progress.shares


def test_slow_compression_is_most_of_the_job(tmp_path: Path) -> None:
    """The bar moves while a thread compresses what was read long before."""
    source = tmp_path / "news.jsonl"
    texts = random_texts(2_000, 1, 2_000)
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    assert source.stat().st_size > 2 * MIN_WRITE_BYTES
    shares = recorded_shares(source, "clean.jsonl.bz2", {"threads": 2})
    writing = [share for stage, share in shares if stage == "writing"]
    assert writing[0] < 0.2
    steps = sorted({round(share, 6) for share in writing})
    assert max(later - share for share, later in pairwise(steps)) < 0.5 and steps[-1] > 0.9


def test_each_batch_of_an_index_is_reported_in_parts(tmp_path: Path) -> None:
    source = tmp_path / "news.jsonl"
    texts = random_texts(200, 1, 200)
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    shares = recorded_shares(source, "clean.jsonl", {"index": str(tmp_path / "seen.db")})
    indexing = {round(share, 6) for stage, share in shares if stage == "indexing"}
    assert len(indexing) >= 4  # in one batch


def test_frames_are_a_stage(tmp_path: Path) -> None:
    source = tmp_path / "news.jsonl"
    texts = random_texts(200, 1, 200)
    records = [{"text": text, "url": f"//a.org/{page}"} for page, text in enumerate(texts)]
    source.write_text("".join(json.dumps(record) + "\n" for record in records))
    shares = recorded_shares(source, "clean.jsonl", {"source": "url"})
    stages = [*dict.fromkeys(stage for stage, _ in shares)]
    assert stages[:3] == ["reading", "page frames", "comparing"]
    assert [share for _, share in shares] == sorted(share for _, share in shares)


def test_ctrl_c_removes_the_bar(tmp_path: Path) -> None:
    news, clean = tmp_path / "news.jsonl", tmp_path / "clean.jsonl"
    lines = "".join(json.dumps({"text": text}) + "\n" for text in random_texts(4_000, 1, 2_000))
    news.write_text(lines * 8)
    code = (
        "from dedup.datasets.progress_display import TerminalProgress as bar; bar.delay = 0.0\n"
        "from dedup.cli.main import main; raise SystemExit(main())"
    )
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", code, str(news), "-o", str(clean)]
    with subprocess.Popen(command, stderr=theirs, env=os.environ | {"TERM": "xterm"}) as process:
        shown = b""
        while b"reading" not in shown:
            shown += os.read(ours, 1 << 16)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    shown += os.read(ours, 1 << 16)
    assert shown.endswith(b"\x1b[2Kdedup-clean: error: interrupted; no file was changed\r\n")
    assert shown.count(b"\x1b[?25l") == shown.count(b"\x1b[?25h") > 0  # the cursor is back
    assert not clean.exists()
