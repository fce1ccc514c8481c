"""Run one peer on one file, and take its decision and what it cost."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.catalogue import ROOT, Peer
from benchmarks.peers.protocol import Decision

LIMIT_SECONDS = 1800


class PeerError(Exception):
    """A peer that gave no decision, and why."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a process and all that it started: seconds, and the largest peak memory of one of them."""

    cpu: float
    wall: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Run:
    """`cpu` and `wall` in seconds, as the table means them; `process_cpu` is the whole process."""

    decision: Decision
    cpu: float
    wall: float
    process_cpu: float
    peak_mb: float


def launch(peer: Peer, source: Path, folder: Path) -> Run:
    """Raise PeerError, with the last thing the peer said, where it does not come to an end."""
    if not peer.interpreter.exists():
        raise PeerError(f"not installed: python -m benchmarks.peers.make {peer.environment}")
    target, log = (folder / f"{peer.name}.{end}" for end in ("json", "log"))
    target.unlink(missing_ok=True)
    cost = spend(peer.command(source, target), log)
    if not target.exists():
        raise PeerError(last_line(log))
    decision = json.loads(target.read_text(encoding="utf-8"))
    inside = decision.pop("seconds", {"cpu": cost.cpu, "wall": cost.wall})
    return Run(decision, inside["cpu"], inside["wall"], cost.cpu, cost.peak_mb)


def spend(command: list[str], log: Path) -> Cost:
    """Run a command to its end, whatever its exit status; what it says goes to the log."""
    report = log.with_suffix(".cost")
    report.unlink(missing_ok=True)
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.peers.measure", str(report), *command],
            cwd=ROOT,
            env=environment(),
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            process.wait(LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise PeerError(f"stopped after {LIMIT_SECONDS} s") from None
    if not report.exists():
        raise PeerError(last_line(log))
    spent = json.loads(report.read_text(encoding="utf-8"))
    return Cost(spent["cpu"], spent["wall"], spent["peak_mb"])


def environment() -> dict[str, str]:
    """Let no Python path reach the peers."""
    return os.environ | {"PYTHONPATH": ""}


def last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "ended silently")
