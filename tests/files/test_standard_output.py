"""Standard output that fails: the library raises, and leaves the descriptors of the process."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import os, sys
from dedup import clean_dataset
before = [os.fstat(number) for number in (1, 2)]
try:
    clean_dataset(sys.argv[1], "-")
except OSError as error:
    same = [os.path.samestat(*pair) for pair in zip(before, map(os.fstat, (1, 2)))]
    print(type(error).__name__, *same, file=sys.stderr)
"""


def run_program(path: Path, output: int) -> str:
    command = [sys.executable, "-c", PROGRAM, str(path)]
    done = subprocess.run(command, stdout=output, stderr=subprocess.PIPE, check=False)
    return done.stderr.decode().splitlines()[0]


def test_a_call_that_cannot_write_leaves_the_descriptors(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "The ferry was late again."}\n')
    reading, writing = os.pipe()
    os.close(reading)
    assert run_program(path, writing) == "BrokenPipeError True True"
    os.close(writing)
    if Path("/dev/full").exists():
        with Path("/dev/full").open("wb") as full:
            assert run_program(path, full.fileno()) == "OutputError True True"
