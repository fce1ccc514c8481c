"""Time and memory of cleaning one file of JSON lines: ``python -m benchmarks.clean_files``.

The script prints two tables:

- `clean_dataset`, beside loops that only read, or read and write, the same records;
- whole processes: the command ``dedup-clean``, and text-dedup and datatrove if ``python -m
  benchmarks.peers.make text_dedup datatrove`` has installed them.

Without --data and --count the texts are real news, or generated articles if there is no real news.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import click
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.check_output import WrongResultError, check_same, kept_rows
from benchmarks.corpora import articles
from benchmarks.generated_texts import dump
from benchmarks.peers.catalogue import PEERS
from benchmarks.peers.corpus import planted, write
from benchmarks.peers.launch import Cost, PeerError, last_line, launch, run_measured
from benchmarks.peers.protocol import NGRAM_SIZE
from benchmarks.peers.score import row_mask
from benchmarks.tables import render
from dedup import clean_dataset

NEWS = ("trove_press_refugees", "allsides", "reuters21578")
GENERATED_ARTICLES = 20_000  # if there is no real news
COMMAND = Path(sys.executable).with_name("dedup-clean")
FILE_PEERS = [peer for peer in PEERS if peer.name in {"text-dedup", "datatrove"}]
IN_PROCESS_HEADERS = ("clean_dataset", "floor", "seconds", "floor s", "ratio")
PROCESS_HEADERS = ("process", "version", "CPU s a GB of text", "CPU s", "wall s", "peak MB", "kept")
NOTES = [
    (
        "clean_dataset: the fastest of several calls after a first one, in turns with the floors."
        " The first output is checked, and Parquet gives the same records as JSON lines."
    ),
    (
        "Processes: one run each. CPU s includes child processes; peak MB is that of the largest"
        " process. Kept and removed records together are the input, kept records have their bytes"
        " unless their text was cleaned, and each tool found a planted copy."
    ),
    (
        "text-dedup and datatrove do what --no-within does, with Jaccard similarity; they write an"
        " Arrow dataset and gzipped JSON lines. With a small file, start-up is most of their time."
    ),
]
Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Source:
    """A file of JSON lines with the row number as id; the last row copies an earlier one."""

    path: Path
    original: int  # row that the last one copies
    count: int
    size: int  # bytes of text
    short: int  # texts with fewer words than text-dedup accepts

    @classmethod
    def write(cls, texts: list[str], folder: Path) -> "Source":
        texts, original = planted(texts)
        size = sum(len(text.encode()) for text in texts)
        short = sum(len(text.split()) < NGRAM_SIZE for text in texts)
        return cls(write(texts, folder / "texts.jsonl"), original, len(texts), size, short)

    @property
    def description(self) -> str:
        megabytes = self.path.stat().st_size / 1e6
        return f"{self.count:,} records, {megabytes:.1f} MB, {self.size / 1e6:.1f} MB of text"

    def row(self, name: str, version: str, cost: Cost, kept: int) -> list[str]:
        """Return a row of the table of processes."""
        per_gigabyte = f"{cost.cpu / self.size * 1e9:.1f}"
        seconds = (f"{cost.cpu:.2f}", f"{cost.wall:.2f}")
        return [name, version, per_gigabyte, *seconds, f"{cost.peak_mb:,.0f}", f"{kept:,}"]


def parse_lines(path: Path) -> int:
    """Parse each line; return the number of lines."""
    with path.open("rb") as file:
        return sum(1 for line in file if orjson.loads(line))


def rewrite_table(path: Path) -> int:
    """Read a Parquet file and write it again; return the number of rows."""
    table = pq.read_table(path)
    pq.write_table(table, path.with_name("rewritten.parquet"))
    return len(table)


def as_parquet(lines: Path) -> Path:
    """Write the records of JSON lines as Parquet; return the path."""
    path = lines.with_suffix(".parquet")
    records = [orjson.loads(line) for line in lines.read_bytes().splitlines()]
    pq.write_table(pa.Table.from_pylist(records), path)
    return path


def in_process_rows(lines: Path, rounds: int) -> list[list[str]]:
    """Check the output of `clean_dataset`, then time it beside its floors."""
    table = as_parquet(lines)
    clean = lines.with_name("clean.jsonl")
    clean_table = clean.with_suffix(".parquet")

    def across() -> object:
        return clean_dataset([lines], clean, within=False)

    def within_and_across() -> object:
        return clean_dataset([lines], clean)

    def within_and_across_parquet() -> object:
        return clean_dataset([table], clean_table)

    kept_rows(lines, clean, clean_dataset([lines], clean, within=False).to_dict())
    kept_rows(lines, clean, clean_dataset([lines], clean).to_dict())
    within_and_across_parquet()
    check_same(clean, clean_table)
    if parse_lines(lines) != rewrite_table(table):
        raise WrongResultError("JSON lines and Parquet have different numbers of records")
    works: tuple[Work, ...] = (across, within_and_across, within_and_across_parquet)
    floors: tuple[Work, ...] = (lambda: parse_lines(lines), lambda: rewrite_table(table))
    *seconds, parse, rewrite = fastest(works + floors, rounds)
    names = (
        ("JSON lines, across only", "orjson.loads of each line", parse),
        ("JSON lines, within and across", "orjson.loads of each line", parse),
        ("Parquet, within and across", "pyarrow read and write", rewrite),
    )
    return [
        [name, floor_name, f"{spent:.2f}", f"{floor:.2f}", f"{spent / floor:.1f}"]
        for (name, floor_name, floor), spent in zip(names, seconds, strict=True)
    ]


def fastest(works: Sequence[Work], rounds: int) -> list[float]:
    """Return the least seconds of each; they take turns, so that a busy moment affects all."""
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, spent in zip(works, seconds, strict=True):
            start = perf_counter()
            work()
            spent.append(perf_counter() - start)
    return [min(spent) for spent in seconds]


def command_rows(source: Source, memory: Sequence[str]) -> Iterator[list[str]]:
    """Yield the cost of ``dedup-clean`` with different flags."""
    target, stats = (source.path.with_name(name) for name in ("out.jsonl", "stats.json"))
    limits = (("--memory", limit) for limit in memory)
    for flags in ((), ("--no-within",), *limits):
        name = " ".join(["dedup-clean", *flags])
        command = [str(COMMAND), str(source.path), "-o", str(target), "--stats", str(stats)]
        log = source.path.with_name("dedup-clean.log")
        target.unlink(missing_ok=True)
        cost = run_measured([*command, *flags], log)
        if not target.exists():
            raise WrongResultError(f"{name}: {last_line(log)}")
        kept = kept_rows(source.path, target, json.loads(stats.read_bytes()))
        yield source.row(name, "this tree", cost, len(kept))


def peer_rows(source: Source) -> Iterator[list[str]]:
    """Yield the cost of each peer, or why there is none."""
    for peer in FILE_PEERS:
        try:
            run = launch(peer, source.path, source.path.parent)
        except PeerError as error:
            yield [peer.name, peer.version, f"no: {error}"]
            continue
        kept = row_mask(run.decision, "keep", source.count)
        if kept[[source.original, -1]].all():
            yield [peer.name, peer.version, "no: did not find the planted copy"]
            continue
        cost = Cost(run.process_cpu, run.wall, run.peak_mb)
        yield source.row(peer.name, peer.version, cost, int(kept.sum()))


def chosen_texts(data: Sequence[str], count: int | None) -> tuple[str, list[str]]:
    """Return a name and the texts for the options.

    Raises
    ------
    FileNotFoundError
        If `data` names a corpus that is missing.
    """
    if data:
        return ", ".join(data), articles(*data)
    if count is None:
        try:
            return ", ".join(NEWS), articles(*NEWS)
        except FileNotFoundError:
            count = GENERATED_ARTICLES
    return "generated articles", dump(count).texts


@click.command(help=__doc__)
@click.option("--data", multiple=True, help="A corpus of real texts; may be repeated.")
@click.option("--count", type=click.IntRange(min=1), help="Number of articles to generate.")
@click.option("--rounds", default=3, type=click.IntRange(min=1), help="Calls in one process.")
@click.option("--memory", multiple=True, help="Also run dedup-clean --memory; may be repeated.")
@click.option("--peers/--no-peers", default=True, help="Run text-dedup and datatrove.")
def main(
    data: tuple[str, ...], count: int | None, rounds: int, memory: tuple[str, ...], *, peers: bool
) -> None:
    if data and count:
        raise click.UsageError("--data and --count cannot be combined; give one of them")
    try:
        name, texts = chosen_texts(data, count)
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from error
    with tempfile.TemporaryDirectory() as folder:
        source = Source.write(texts, Path(folder))
        del texts
        click.echo(f"{name}: {source.description}")
        try:
            render("In one process", IN_PROCESS_HEADERS, in_process_rows(source.path, rounds))
            rows = list(command_rows(source, memory))
        except (PeerError, WrongResultError) as error:
            raise click.ClickException(str(error)) from error
        if peers:
            rows += peer_rows(source)
        render("Whole processes", PROCESS_HEADERS, rows)
    click.echo("\n".join(NOTES))
    if peers and source.short:
        click.echo(
            f"text-dedup drops texts of fewer than {NGRAM_SIZE} words ({source.short:,} here); they"
            " count as kept unless they are copies."
        )


if __name__ == "__main__":
    main()
