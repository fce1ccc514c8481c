"""Time this checkout against another one: ``python -m benchmarks.compare_checkouts PYTHON``.

PYTHON is the interpreter of an environment where the other checkout is installed (``pip install
-e``). Both run the same workloads, each in a process of its own, and take turns. First their
results are compared; this run also compiles or loads what they need. Then the least processor
seconds of some rounds count, since others may use the machine, too; of two threads also the least
seconds on the clock. A ratio above 1 says how many times as fast this checkout is.

The last version with numba: ``git worktree add ../numba 107048f``, a virtual environment with
``pip install -e ../numba zstandard``, and ``DEDUP_DATA`` where the texts are.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from math import exp, log
from pathlib import Path
from time import perf_counter
from typing import Any, Self

import click

from benchmarks.check_output import WrongResultError
from benchmarks.checkout_workloads import PARTS

ROOT = Path(__file__).parents[1]
ROUNDS, LEAST = 7, 3  # of a workload, at most and at least
ENOUGH = 15.0  # seconds of rounds
HEADERS = ("workload", "CPU s", "other CPU s", "CPU ratio", "wall s", "other wall s", "wall ratio")
FIND_ROOT = "import dedup, pathlib; print(pathlib.Path(dedup.__file__).parents[2])"


@dataclass(frozen=True, slots=True)
class Row:
    """The least seconds of a workload, of this checkout and the other one."""

    name: str
    cpu: tuple[float, float]
    wall: tuple[float, float]

    @property
    def ratio(self) -> float:
        """How many times as much processor time the other one takes."""
        return self.cpu[1] / self.cpu[0]

    def __str__(self) -> str:
        cells = [
            f"{own:.3f} | {other:.3f} | {other / own:.2f}" for own, other in (self.cpu, self.wall)
        ]
        return f"| {' | '.join([self.name, *cells])} |"


class Worker:
    """A process that runs the workloads of a part in one environment."""

    def __init__(self, python: str, part: str, size: int) -> None:
        root = subprocess.check_output([python, "-c", FIND_ROOT], text=True).strip()
        self._process = subprocess.Popen(
            [python, "-P", ROOT / "benchmarks" / "workloads.py", part, str(size)],
            env=os.environ | {"PYTHONPATH": root},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def name(self) -> str | None:
        """Return the name of the workload, None behind the last one."""
        name: str | None = self._read()["name"]
        return name

    def ask(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()

    def run(self) -> dict[str, Any]:
        self.ask("run")
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise WrongResultError("a process ended; see above")
        answer: dict[str, Any] = json.loads(line)
        return answer


def compared(part: str, size: int, pythons: Sequence[str], rounds: int) -> Iterator[Row]:
    """Time the workloads of a part.

    Raises
    ------
    WrongResultError
        When the results differ, or a process ends.
    """
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(python, part, size)) for python in pythons]
        while True:
            name, other = (worker.name() for worker in workers)
            if name != other:
                raise WrongResultError(f"one checkout has {name}, the other one {other}")
            if name is None:
                return
            digests = [worker.run()["digest"] for worker in workers]
            if digests[0] != digests[1]:
                raise WrongResultError(f"{name}: the results differ")
            yield timed(name, workers, rounds)
            for worker in workers:
                worker.ask("next")


def timed(name: str, workers: Sequence[Worker], rounds: int) -> Row:
    """Run a workload in turns."""
    runs: list[list[dict[str, Any]]] = []
    start = perf_counter()
    while len(runs) < rounds and (len(runs) < LEAST or perf_counter() - start < ENOUGH):
        runs.append([worker.run() for worker in workers])
    cpu, wall = (
        tuple(min(run[kind] for run in own) for own in zip(*runs, strict=True))
        for kind in ("cpu", "wall")
    )
    return Row(name, cpu, wall)


def geometric_mean(rows: Sequence[Row]) -> float:
    return exp(sum(log(row.ratio) for row in rows) / len(rows))


@click.command(help=__doc__)
@click.argument("python")
@click.option(
    "--part", "parts", type=click.Choice(list(PARTS)), multiple=True, help="All by default."
)
@click.option("--rounds", default=ROUNDS, show_default=True, help="Of each workload, at most.")
@click.option("--quick", is_flag=True, help="Take a tenth of the text.")
def main(python: str, parts: tuple[str, ...], rounds: int, *, quick: bool) -> None:
    rows: list[Row] = []
    for part in parts or PARTS:
        _, size, small = PARTS[part]
        click.echo(f"| {' | '.join(HEADERS)} |\n| --- |{' ---: |' * (len(HEADERS) - 1)}")
        own = []
        for row in compared(part, small if quick else size, (sys.executable, python), rounds):
            click.echo(row)
            own.append(row)
        click.echo(f"\n{part}: geometric mean of the CPU ratios {geometric_mean(own):.3f}\n")
        rows += own
    lowest = min(rows, key=lambda row: row.ratio)
    click.echo(
        f"all: geometric mean {geometric_mean(rows):.3f}, lowest {lowest.ratio:.2f} ({lowest.name})"
    )


if __name__ == "__main__":
    main()
