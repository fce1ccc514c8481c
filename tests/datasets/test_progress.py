"""Progress lines and bars."""

import pytest

from dedup.datasets import progress
from dedup.datasets.progress import LoggedProgress, TerminalProgress


def test_a_log_has_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    told = LoggedProgress()
    told.begin("reading", 4_000_000_000)
    for second, done in ((9.0, 1_000_000_000), (10.0, 2_000_000_000), (19.0, 3_000_000_000)):
        now[0] = 100.0 + second
        told.reach(done)
    told.begin("comparing")
    now[0] += 20
    told.reach(5_000_000)
    told.end()
    told.end()
    assert capsys.readouterr().err.splitlines() == [
        "reading: 2,000 of 4,000 MB, 200 MB a second",
        "comparing: 5 MB, 0.2 MB a second",
    ]


def test_a_terminal_has_a_bar_that_goes_away(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    told = TerminalProgress()
    told.begin("reading", 4_000_000)
    told.reach(1_000_000)
    told.begin("comparing")
    told.end()
    shown = capsys.readouterr().err
    assert "reading" in shown
    assert "25%" in shown
    assert "comparing" in shown
