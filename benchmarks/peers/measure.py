"""Measure a command and its children: ``python -m benchmarks.peers.measure REPORT COMMAND``.

This is a small process of its own for two reasons. Linux starts the peak memory of a child at that
of its parent, so a parent with a corpus in memory would add it to each peer. And orphaned helper
processes become children of this process, so their time is counted, too.
"""

import ctypes
import json
import os
import sys
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def measure(command: list[str]) -> dict[str, float]:
    """Run a command; return exit code, seconds in user and system mode and in all, and peak MB."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    start = time.perf_counter()
    first = os.posix_spawnp(command[0], command, os.environ)
    code, wall, user, system, peak = 1, 0.0, 0.0, 0.0, 0
    while True:
        try:
            child, status, used = os.wait4(-1, 0)
        except ChildProcessError:
            measured = {"code": code, "user": user, "system": system, "wall": wall}
            return measured | {"peak_mb": peak / 1024}
        user, system = user + used.ru_utime, system + used.ru_stime
        peak = max(peak, used.ru_maxrss)
        if child == first:
            code, wall = os.waitstatus_to_exitcode(status), time.perf_counter() - start


if __name__ == "__main__":
    report = measure(sys.argv[2:])
    Path(sys.argv[1]).write_text(json.dumps(report), encoding="utf-8")
