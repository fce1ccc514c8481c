"""Processes that were forked or spawned go on with the compiled core."""

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

LIMIT = 120  # seconds after which a test has hung
PROGRAM = """
import multiprocessing
import sys
import dedup

texts = [f"the ferry number {row % 90} was late again today" for row in range(300)]

def found(_=None):
    result = dedup.deduplicate(texts, threads=2)
    assert len(result.selected) == 90
    return result.witness.tolist()

if __name__ == "__main__":
    expected = found()
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        assert pool.map_async(found, range(2)).get(60) == [expected, expected]
"""


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_child_processes_return_the_results_of_their_parent(tmp_path: Path, method: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, str(program), method],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
