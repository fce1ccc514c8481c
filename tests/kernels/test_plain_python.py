"""The kernels without numba: whoever counts the lines that are run cannot see into its code."""

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
LIMIT = 120  # seconds after which a test has hung


def test_the_kernels_as_plain_python() -> None:
    done = subprocess.run(
        [sys.executable, str(TESTS / "kernels" / "plain_python.py")],
        env={
            **os.environ,
            "NUMBA_DISABLE_JIT": "1",
            "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")]),
        },
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
