"""Time and memory of cleaning files, as ratios in one run: ``python -m benchmarks.files``.

The script prints up to four tables; each result is checked before it is timed:

- ``ratios``: `clean_dataset` with one and two threads, beside loops that only read, or read and
  write, the same records; the same texts without line breaks; Parquet; a copy of the file;
- ``processes``: the command ``dedup-clean`` with different flags, and text-dedup and datatrove if
  ``python -m benchmarks.peers.make text_dedup datatrove`` has installed them;
- ``start``: the command on 50 records;
- ``stages``: seconds of each stage of a job for a gigabyte, for `datasets/stage_seconds.py`.

The default texts are real news, repeated with edits to 421 MB; if there are none, generated
articles.
"""

import hashlib
import json
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

import click
import orjson
import pyarrow.parquet as pq

from benchmarks.check_output import WrongResultError, check_same, kept_rows
from benchmarks.file_corpus import Source, chosen_texts
from benchmarks.generated_texts import Kind
from benchmarks.peers.catalogue import PEERS
from benchmarks.peers.launch import Cost, PeerError, last_line, launch, run_measured
from benchmarks.peers.protocol import NGRAM_SIZE
from benchmarks.peers.score import row_mask
from benchmarks.tables import as_markdown, render
from dedup import Config, clean_dataset
from dedup.arrays.native import describe_core
from dedup.arrays.progress import Progress
from dedup.datasets.clean_dataset import run_job
from dedup.datasets.dataset_options import DatasetOptions
from dedup.datasets.job import Job

GENERATED_ARTICLES = 20_000  # if there is no real news
SMALL_RUN_RECORDS, SMALL_RUNS = 50, 7
SMALL_RUN_SECONDS = 0.25  # target
CORES = 64  # for which the speed is computed by Amdahl's law
COPIED_BYTES = 1 << 20  # at once
COMMAND = Path(sys.executable).with_name("dedup-clean")
FILE_PEERS = [peer for peer in PEERS if peer.name in {"text-dedup", "datatrove"}]
TABLES = ("ratios", "processes", "start", "stages")
RATIO_HEADERS = (
    "clean_dataset",
    "compared with",
    "threads",
    "wall s",
    "CPU s",
    "wall s of that",
    "CPU s of that",
    "ratio",
    "CPU ratio",
    "target",
)
PROCESS_HEADERS = (
    "process",
    "version",
    "CPU s a GB of text",
    "user s",
    "system s",
    "wall s",
    "wall / orjson loop",
    "peak MB",
    "peak / input",
    "kept",
)
START_HEADERS = ("process", "records", "wall s", "CPU s", "target s")
STAGE_HEADERS = ("options", "stage", "seconds", "seconds a GB")
STAGE_OPTIONS: tuple[dict[str, bool], ...] = (
    {"within": False},
    {},
    {"blocks": True},
    {"spans": True},
)
NOTES = [
    (
        "ratios: the fastest of several calls, each case in a process of its own, in turns, after a"
        " first call whose output is checked: kept and removed records together are the input, kept"
        " records have their bytes unless their text was cleaned, a planted copy is found, one"
        " thread gives the bytes of two, and Parquet the records of JSON lines."
    ),
    (
        "A copy of the file shows what the machine adds: on a virtual machine a page of memory that"
        " the host took back costs several times its copy, in a copy as in the output."
    ),
    (
        "processes: one run each, checked likewise. CPU includes child processes; peak is that of"
        " the largest process."
    ),
    (
        "text-dedup and datatrove do what --no-within does, with Jaccard similarity; they write an"
        " Arrow dataset and gzipped JSON lines. With a small file, start-up is most of their time."
        f" text-dedup drops texts of fewer than {NGRAM_SIZE} words; they count as kept unless they"
        " are copies."
    ),
]
Work = Callable[[], object]
Row = list[str]


class Seconds(NamedTuple):
    """How long some work takes."""

    wall: float
    cpu: float  # of all threads, in user and system mode


@dataclass(frozen=True, slots=True)
class Case:
    """A call of `clean_dataset`, and the work that it is compared with."""

    name: str
    source: Path
    compared_with: str  # the name of a floor, or of an earlier case
    threads: int
    target: str = ""  # of the ratio
    within: bool = True

    @property
    def written(self) -> Path:
        return self.source.with_stem(f"{self.source.stem}-clean")

    def run(self) -> Mapping[str, object]:
        options: dict[str, Any] = {"within": self.within, "threads": self.threads}
        return clean_dataset([self.source], self.written, **options).to_dict()


def parse_lines(path: Path) -> int:
    """Parse each line; return the number of lines."""
    with path.open("rb") as file:
        return sum(1 for line in file if orjson.loads(line))


def rewrite_table(path: Path) -> int:
    """Read a Parquet file and write it again; return the number of rows."""
    table = pq.read_table(path)
    pq.write_table(table, path.with_name("rewritten.parquet"))
    return len(table)


def copy_file(path: Path) -> int:
    """Copy a file and write the copy to the disk; return its size."""
    with path.open("rb") as source, path.with_name("copy").open("wb") as copy:
        while data := source.read(COPIED_BYTES):
            copy.write(data)
        os.fsync(copy.fileno())
        return copy.tell()


def ratio_rows(source: Source, rounds: int) -> list[Row]:
    """Check the outputs of all cases, then time them beside their floors."""
    lines, flat = source.path, source.without_line_breaks(source.path.with_name("flat.jsonl")).path
    rare = source.with_rarer_edits(source.path.with_name("rare-edits.jsonl")).path
    table = source.as_parquet(source.path.with_name("texts.parquet"))
    parse, rewrite = "orjson.loads of each line", "pyarrow read and write"
    copy = "a copy of the file, with fsync"
    both, across = "JSON lines, within and across", "JSON lines, across only"
    cases = [
        Case(both, lines, parse, threads=2, target="2.5"),
        Case(both, lines, parse, threads=1),
        Case(across, lines, parse, threads=2, target="1.8", within=False),
        Case(across, lines, parse, threads=1, within=False),
        Case("JSON lines with a similar copy of each text", rare, parse, threads=2),
        Case("within and across, without line breaks", flat, both, threads=2, target="2"),
        Case("Parquet, within and across", table, rewrite, threads=2, target="1.5"),
    ]
    check_cases(cases, table)
    floors: dict[str, Work] = {
        parse: partial(parse_lines, lines),
        rewrite: partial(rewrite_table, table),
        copy: partial(copy_file, lines),
    }
    measured = fastest([*floors.values(), *(case.run for case in cases)], rounds)
    of_floor = dict(zip(floors, measured, strict=False))
    of_case = dict(zip(cases, measured[len(floors) :], strict=True))
    rows = []
    for case, spent in of_case.items():
        other = of_floor.get(case.compared_with) or of_case[cases[0]]
        rows.append([*_ratio_row(case.name, case.compared_with, spent, other), case.target])
        rows[-1].insert(2, str(case.threads))
    for two, one in ((cases[0], cases[1]), (cases[2], cases[3])):
        rows.append(thread_row(two.name, of_case[one], of_case[two]))
    rows.append([*_ratio_row(copy, parse, of_floor[copy], of_floor[parse]), ""])
    rows[-1].insert(2, "1")
    return rows


def _ratio_row(name: str, compared_with: str, spent: Seconds, other: Seconds) -> Row:
    ratios = (spent.wall / other.wall, spent.cpu / other.cpu)
    return [name, compared_with, *(f"{value:.2f}" for value in (*spent, *other, *ratios))]


def thread_row(name: str, one: Seconds, two: Seconds) -> Row:
    """Compare one thread with two.

    The serial fraction s follows from Amdahl's law, one / two = 1 / (s + (1 - s) / 2), in seconds
    of the clock.

    Examples
    --------
    >>> row = thread_row("sort", Seconds(3.0, 3.0), Seconds(2.0, 3.1))
    >>> row[1], row[-3:]
    ('one thread / two; 33% serial, so 64 cores: 2.9 times', ['1.50', '0.97', '1.6'])
    """
    serial = min(max(2 * two.wall / one.wall - 1, 0.0), 1.0)
    limit = 1 / (serial + (1 - serial) / CORES)
    described = f"one thread / two; {serial:.0%} serial, so {CORES} cores: {limit:.1f} times"
    row = [*_ratio_row(name, described, one, two), "1.6"]
    row.insert(2, "1 / 2")
    return row


def check_cases(cases: Sequence[Case], table: Path) -> None:
    """Run each case and check its output.

    Raises
    ------
    WrongResultError
        If a result is wrong.
    """
    digests: dict[tuple[Path, bool], bytes] = {}
    lines = cases[0].source
    for case in cases:
        case.written.unlink(missing_ok=True)
        report = case.run()
        if case.source == table:
            cases[0].run()
            check_same(cases[0].written, case.written)
            continue
        kept_rows(case.source, case.written, report)
        with case.written.open("rb") as file:
            digest = hashlib.file_digest(file, "blake2b").digest()
        if digests.setdefault((case.source, case.within), digest) != digest:
            raise WrongResultError(f"{case.name}: {case.threads} threads give another output")
    if parse_lines(lines) != rewrite_table(table):
        raise WrongResultError("JSON lines and Parquet have different numbers of records")


def fastest(works: Sequence[Work], rounds: int) -> list[Seconds]:
    """Return the least seconds of each, which has a process of its own.

    They take turns, so that a busy moment affects all. Each round has another order: what runs
    before may leave the machine without free memory. In a process that read a table before, with
    many gaps in its heap, the same work takes up to a fifth longer.
    """
    measured: list[list[Seconds]] = [[] for _ in works]
    with ExitStack() as stack:
        spawn = get_context("spawn")
        pools = [stack.enter_context(ProcessPoolExecutor(1, spawn)) for _ in works]
        for number in range(rounds):
            for place in random.Random(number).sample(range(len(works)), len(works)):
                measured[place].append(pools[place].submit(seconds_of, works[place]).result())
    return [Seconds(*map(min, zip(*spent, strict=True))) for spent in measured]


def seconds_of(work: Work) -> Seconds:
    """Return how long some work takes."""
    wall, cpu = perf_counter(), process_time()
    work()
    return Seconds(perf_counter() - wall, process_time() - cpu)


def clean_command(path: Path, target: Path, flags: Sequence[str] = ()) -> tuple[Cost, list[int]]:
    """Run ``dedup-clean`` and check its output; return the cost and the kept rows.

    Raises
    ------
    WrongResultError
        If the command fails or its output is wrong.
    """
    stats, log = target.with_name("stats.json"), target.with_name("dedup-clean.log")
    target.unlink(missing_ok=True)
    stats.unlink(missing_ok=True)
    command = [str(COMMAND), str(path), "-o", str(target), "--stats", str(stats), *flags]
    cost = run_measured(command, log)
    if not target.exists():
        raise WrongResultError(f"dedup-clean {' '.join(flags)}: {last_line(log)}")
    return cost, kept_rows(path, target, json.loads(stats.read_bytes()))


def process_row(source: Source, name: str, release: str, cost: Cost, loop: float) -> Row:
    """Return a row of the table of processes, without the number of kept records."""
    seconds = [f"{value:.2f}" for value in (cost.user, cost.system, cost.wall)]
    share = cost.peak_mb * 2**20 / source.path.stat().st_size
    per_gigabyte = f"{cost.cpu / source.size * 1e9:.1f}"
    memory = [f"{cost.peak_mb:,.0f}", f"{share:.2f}"]
    return [name, release, per_gigabyte, *seconds, f"{cost.wall / loop:.1f}", *memory]


def process_rows(source: Source, memory: Sequence[str], *, peers: bool) -> Iterator[Row]:
    """Yield the cost of ``dedup-clean`` with different flags, and of each peer."""
    (loop,) = fastest([partial(parse_lines, source.path)], 2)
    limits = [("--memory", limit) for limit in memory]
    for flags in ((), ("--no-within",), *limits, ("--blocks",), ("--spans",)):
        cost, kept = clean_command(source.path, source.path.with_name("out.jsonl"), flags)
        name = " ".join(["dedup-clean", *flags])
        yield [*process_row(source, name, "this tree", cost, loop.wall), f"{len(kept):,}"]
    for peer in FILE_PEERS if peers else ():
        try:
            run = launch(peer, source.path, source.path.parent)
        except PeerError as error:
            yield [peer.name, peer.version, f"no: {error}"]
            continue
        flags_of_rows = row_mask(run.decision, "keep", source.count)
        if flags_of_rows[[source.original, -1]].all():
            yield [peer.name, peer.version, "no: did not find the planted copy"]
            continue
        row = process_row(source, peer.name, peer.version, run.process, loop.wall)
        yield [*row, f"{int(flags_of_rows.sum()):,}"]


def start_rows(source: Source) -> list[Row]:
    """Return the cost of whole processes on few records; those of the fastest of several."""
    path = source.path.with_name("small.jsonl")
    with source.path.open("rb") as lines:
        records = [orjson.loads(line)["text"] for line in islice(lines, SMALL_RUN_RECORDS)]
    small, target = Source.write(records, path), path.with_name("small-clean.jsonl")
    log, numpy = path.with_suffix(".log"), [sys.executable, "-c", "import numpy"]
    clean_command(small.path, target)  # writes missing byte code
    ours = [clean_command(small.path, target)[0] for _ in range(SMALL_RUNS)]
    theirs = [run_measured(numpy, log) for _ in range(SMALL_RUNS)]
    rows = []
    for name, costs, target_seconds in (
        ("dedup-clean", ours, f"{SMALL_RUN_SECONDS}"),
        ("python -c 'import numpy'", theirs, ""),
    ):
        wall, cpu = (min(getattr(cost, kind) for cost in costs) for kind in ("wall", "cpu"))
        count = f"{small.count}" if target_seconds else ""
        rows.append([name, count, f"{wall:.3f}", f"{cpu:.3f}", target_seconds])
    return rows


class StageClock(Progress):
    """Measures the stages of a job."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._stage, self._begun = "", perf_counter()

    def begin(self, stage: str, total: int = 0) -> None:  # noqa: ARG002  of the base class
        self.end()
        self._stage = stage

    def end(self) -> None:
        now = perf_counter()
        self.seconds[self._stage] = now - self._begun
        self._begun = now


def stage_rows(source: Source) -> Iterator[Row]:
    """Yield the seconds of each stage; those of the second of two runs."""
    gigabytes = source.path.stat().st_size / 1e9
    target = str(source.path.with_name("out.jsonl"))
    for options in STAGE_OPTIONS:
        for _ in range(2):
            clock = StageClock()
            chosen = DatasetOptions.of(options)
            job = Job(inputs=[source.path], config=Config(), options=chosen, output=target)
            run_job(replace(job, progress=clock))
            clock.end()
        name = ", ".join(f"{key}={value}" for key, value in options.items()) or "default"
        for stage, seconds in islice(clock.seconds.items(), 1, None):  # without what comes before
            yield [name, stage, f"{seconds:.2f}", f"{seconds / gigabytes:.2f}"]


def versions() -> str:
    """Return the versions that matter."""
    names = ("numpy", "orjson", "pyarrow", "click")
    libraries = ", ".join(f"{name} {version(name)}" for name in names)
    return f"Versions: dedup with its {describe_core()}; {libraries}."


def write_source(
    folder: Path, data: Sequence[str], count: int | None, kind: Kind, megabytes: int | None
) -> tuple[str, Source]:
    """Write the texts that the options choose; return their name, too."""
    try:
        name, texts = chosen_texts(data, count, kind, megabytes)
    except FileNotFoundError as error:
        if data:
            raise click.ClickException(str(error)) from error
        name, texts = chosen_texts((), GENERATED_ARTICLES, kind, None)
    return name, Source.write(texts, folder / "texts.jsonl")


@click.command(help=__doc__)
@click.option("--data", multiple=True, help="A corpus of real texts; may be repeated.")
@click.option("--megabytes", type=click.IntRange(min=1), help="Size of the real texts [421]")
@click.option("--count", type=click.IntRange(min=1), help="Generate so many texts instead")
@click.option("--kind", type=click.Choice(["article", "paragraph"]), default="article")
@click.option("--rounds", default=6, type=click.IntRange(min=1), help="Calls in one process.")
@click.option("--memory", multiple=True, help="Also run dedup-clean --memory; may be repeated.")
@click.option("--peers/--no-peers", default=True, help="Run text-dedup and datatrove.")
@click.option("--table", "tables", multiple=True, type=click.Choice(TABLES), default=TABLES)
@click.option("--tmp-dir", type=click.Path(file_okay=False, exists=True, path_type=Path))
@click.option("--markdown", type=Path, help="Write the tables to this file.")
def main(  # noqa: PLR0913, PLR0917
    data: tuple[str, ...],
    megabytes: int | None,
    count: int | None,
    kind: Kind,
    rounds: int,
    memory: tuple[str, ...],
    tables: tuple[str, ...],
    tmp_dir: Path | None,
    markdown: Path | None,
    *,
    peers: bool,
) -> None:
    if count and (data or megabytes):
        raise click.UsageError("--count cannot be combined with --data or --megabytes")
    with tempfile.TemporaryDirectory(dir=tmp_dir) as folder:
        name, source = write_source(Path(folder), data, count, kind, megabytes)
        click.echo(f"{name}: {source.description}")
        measured: dict[str, tuple[Sequence[str], Callable[[], Sequence[Row]]]] = {
            "ratios": (RATIO_HEADERS, lambda: ratio_rows(source, rounds)),
            "processes": (PROCESS_HEADERS, lambda: [*process_rows(source, memory, peers=peers)]),
            "start": (START_HEADERS, lambda: start_rows(source)),
            "stages": (STAGE_HEADERS, lambda: [*stage_rows(source)]),
        }
        parts = []
        for table in tables:
            headers, measure = measured[table]
            try:
                parts.append((f"{table}: {name}, {source.description}", headers, measure()))
            except (PeerError, WrongResultError) as error:
                raise click.ClickException(str(error)) from error
            render(*parts[-1])
    notes = [*NOTES, versions()]
    click.echo("\n".join(notes))
    if markdown:
        markdown.write_text(as_markdown("Cleaning files", parts, notes), encoding="utf-8")


if __name__ == "__main__":
    main()
