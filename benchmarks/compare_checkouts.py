"""Compare the speed of two checkouts: ``python -m benchmarks.compare_checkouts PYTHON``.

PYTHON is the interpreter of an environment in which the other checkout is installed (``pip install
-e``). Both run the same workloads, each in a process of its own, in turns. Their results must be
equal; this first run also loads what is loaded once. Then the least processor seconds of several
rounds count, because other processes may use the machine. A ratio above 1 is the factor by which
this checkout is faster.
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
MAX_ROUNDS, MIN_ROUNDS = 7, 3  # of a workload
MAX_SECONDS = 15.0  # of the rounds of a workload
HEADERS = ("workload", "CPU s", "other CPU s", "CPU ratio", "wall s", "other wall s", "wall ratio")


@dataclass(frozen=True, slots=True)
class Row:
    """Least seconds of a workload: of this checkout and of the other."""

    name: str
    cpu: tuple[float, float]
    wall: tuple[float, float]

    @property
    def ratio(self) -> float:
        """Processor time of the other checkout divided by that of this one."""
        return self.cpu[1] / self.cpu[0]

    def __str__(self) -> str:
        cells = [
            f"{ours:.3f} | {other:.3f} | {other / ours:.2f}"
            for ours, other in (self.cpu, self.wall)
        ]
        return f"| {' | '.join([self.name, *cells])} |"


class Worker:
    """A process that runs the workloads of one part in one environment."""

    def __init__(self, python: str, part: str, size: int) -> None:
        self._process = subprocess.Popen(
            [python, "-P", ROOT / "benchmarks" / "checkout_workloads.py", part, str(size)],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
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
        """Return the name of the next workload, None after the last one."""
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
            raise WrongResultError("a worker process ended; its error is above")
        answer: dict[str, Any] = json.loads(line)
        return answer


def rows(part: str, size: int, pythons: Sequence[str], rounds: int) -> Iterator[Row]:
    """Check and time the workloads of a part.

    Raises
    ------
    WrongResultError
        If the results differ or a process ends.
    """
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(python, part, size)) for python in pythons]
        while True:
            name, other_name = (worker.name() for worker in workers)
            if name != other_name:
                raise WrongResultError(f"workload {name!r} here, {other_name!r} in the other")
            if name is None:
                return
            digests = [worker.run()["digest"] for worker in workers]
            if digests[0] != digests[1]:
                raise WrongResultError(f"{name}: the results differ")
            yield timed(name, workers, rounds)
            for worker in workers:
                worker.ask("next")


def timed(name: str, workers: Sequence[Worker], rounds: int) -> Row:
    """Run a workload in turns; return the least seconds."""
    runs: list[list[dict[str, Any]]] = []
    start = perf_counter()
    while len(runs) < rounds and (len(runs) < MIN_ROUNDS or perf_counter() - start < MAX_SECONDS):
        runs.append([worker.run() for worker in workers])
    cpu, wall = (
        tuple(min(run[kind] for run in of_worker) for of_worker in zip(*runs, strict=True))
        for kind in ("cpu", "wall")
    )
    return Row(name, cpu, wall)


def geometric_mean(measured: Sequence[Row]) -> float:
    return exp(sum(log(row.ratio) for row in measured) / len(measured))


@click.command(help=__doc__)
@click.argument("python")
@click.option(
    "--part", "parts", type=click.Choice(list(PARTS)), multiple=True, help="Default: all."
)
@click.option("--rounds", default=MAX_ROUNDS, show_default=True, help="Of a workload, at most.")
@click.option("--quick", is_flag=True, help="Take a tenth of the text.")
def main(python: str, parts: tuple[str, ...], rounds: int, *, quick: bool) -> None:
    measured: list[Row] = []
    for part in parts or PARTS:
        _, size, quick_size = PARTS[part]
        click.echo(f"| {' | '.join(HEADERS)} |\n| --- |{' ---: |' * (len(HEADERS) - 1)}")
        of_part = []
        pythons = (sys.executable, python)
        for row in rows(part, quick_size if quick else size, pythons, rounds):
            click.echo(row)
            of_part.append(row)
        click.echo(f"\n{part}: geometric mean of the CPU ratios {geometric_mean(of_part):.3f}\n")
        measured += of_part
    lowest = min(measured, key=lambda row: row.ratio)
    mean = geometric_mean(measured)
    click.echo(f"all: geometric mean {mean:.3f}, lowest {lowest.ratio:.2f} ({lowest.name})")


if __name__ == "__main__":
    main()
