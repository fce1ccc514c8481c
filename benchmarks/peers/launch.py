"""Run one peer on one file; return its decision and the time and memory that it took."""

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
    """A peer returned no decision; the message says why."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost of a process and its children."""

    user: float  # CPU seconds of all processes
    system: float  # CPU seconds in the kernel
    wall: float  # seconds
    peak_mb: float  # peak memory of the largest process

    @property
    def cpu(self) -> float:
        """CPU seconds, in user and system mode."""
        return self.user + self.system


@dataclass(frozen=True, slots=True)
class Run:
    """A decision and its cost.

    For a tool called in memory, `cpu` and `wall` count from the texts to the decision; for a tool
    that reads a file, they count the whole process.
    """

    decision: Decision
    cpu: float  # seconds
    wall: float  # seconds
    process: Cost  # of the whole process


def launch(peer: Peer, source: Path, folder: Path) -> Run:
    """Run a peer; raise PeerError with its last line of output if it writes no decision."""
    if not peer.interpreter.exists():
        raise PeerError(f"not installed: python -m benchmarks.peers.make {peer.environment}")
    target, log = (folder / f"{peer.name}.{end}" for end in ("json", "log"))
    target.unlink(missing_ok=True)
    cost = run_measured(peer.command(source, target), log)
    if not target.exists():
        raise PeerError(last_line(log))
    decision = json.loads(target.read_text(encoding="utf-8"))
    seconds = decision.pop("seconds", {"cpu": cost.cpu, "wall": cost.wall})
    return Run(decision, seconds["cpu"], seconds["wall"], cost)


def run_measured(command: list[str], log: Path) -> Cost:
    """Run a command, whatever its exit status; its output goes to `log`."""
    report = log.with_suffix(".cost")
    report.unlink(missing_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.peers.measure", str(report), *command],
            cwd=ROOT,
            env=environment(),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            process.wait(LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise PeerError(f"stopped after {LIMIT_SECONDS} s") from None
    if not report.exists():
        raise PeerError(last_line(log))
    measured = json.loads(report.read_text(encoding="utf-8"))
    return Cost(*(measured[name] for name in ("user", "system", "wall", "peak_mb")))


def environment() -> dict[str, str]:
    """Return the environment variables for a peer: those of this process but two.

    It must not see the modules of this process, and may write byte code.
    """
    variables = os.environ | {"PYTHONPATH": ""}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    return variables


def last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "ended without output")
