"""Run a command and account for all of it: ``python -m benchmarks.peers.measure REPORT COMMAND``.

A process of its own, and a small one, for two reasons. Linux starts a child's peak memory at
its parent's, so a parent with a corpus in memory would lend its peak to every peer. And helper
processes that outlive their parent are handed to this one, so that their time is counted too.
"""

import ctypes
import json
import os
import sys
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def account(command: list[str]) -> dict[str, float]:
    """Return exit code, processor and wall seconds, and the largest peak memory in MB."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    start = time.perf_counter()
    first = os.posix_spawnp(command[0], command, os.environ)
    code, wall, cpu, peak = 1, 0.0, 0.0, 0
    while True:
        try:
            child, status, used = os.wait4(-1, 0)
        except ChildProcessError:
            return {"code": code, "cpu": cpu, "wall": wall, "peak_mb": peak / 1024}
        cpu += used.ru_utime + used.ru_stime
        peak = max(peak, used.ru_maxrss)
        if child == first:
            code, wall = os.waitstatus_to_exitcode(status), time.perf_counter() - start


if __name__ == "__main__":
    report = account(sys.argv[2:])
    Path(sys.argv[1]).write_text(json.dumps(report), encoding="utf-8")
