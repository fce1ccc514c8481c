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
    target, report, log = (folder / f"{peer.name}.{end}" for end in ("json", "cost", "log"))
    target.unlink(missing_ok=True)
    measure = [sys.executable, "-m", "benchmarks.peers.measure", str(report)]
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*measure, *peer.command(source, target)],
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
    if not target.exists():
        raise PeerError(last_line(log))
    cost = json.loads(report.read_text(encoding="utf-8"))
    decision = json.loads(target.read_text(encoding="utf-8"))
    inside = decision.pop("seconds", cost)
    return Run(decision, inside["cpu"], inside["wall"], cost["cpu"], cost["peak_mb"])


def environment() -> dict[str, str]:
    """Let the kernels' cache be the Makefile's, and no Python path reach the peers."""
    ours = {"NUMBA_CACHE_DIR": str(ROOT / ".numba_cache"), "PYTHONPATH": ""}
    return os.environ | ours


def last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "ended silently")
