"""Clean one file of JSON lines, read to written: ``python -m benchmarks.clean_files``.

Two tables: `clean_dataset` beside loops that only read, or read and write, the same records;
and whole processes, with all that they start, beside text-dedup and datatrove. These are
measured where ``python -m benchmarks.peers.make text_dedup datatrove`` has installed them.

Without --data and --count it is real news, or a made-up dump where there is none.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks import clean_files_floors
from benchmarks.check_output import WrongResultError, kept_rows
from benchmarks.corpora import articles
from benchmarks.generated_texts import dump
from benchmarks.peers.catalogue import PEERS
from benchmarks.peers.corpus import planted, write
from benchmarks.peers.launch import Cost, PeerError, last_line, launch, run_measured
from benchmarks.peers.protocol import NGRAM_SIZE
from benchmarks.peers.score import row_mask
from benchmarks.tables import render

NEWS = ("trove_press_refugees", "allsides", "reuters21578")
COUNT = 20_000  # of a dump, where there is no news
COMMAND = Path(sys.executable).with_name("dedup-clean")
SWITCHES: tuple[tuple[str, ...], ...] = ((), ("--no-within",))
BESIDE = [peer for peer in PEERS if peer.name in {"text-dedup", "datatrove"}]
HEADERS = ("process", "version", "CPU s a GB of text", "CPU s", "wall s", "peak MB", "kept")
NOTES = [
    (
        "clean_dataset: the best of some calls, after a first one; the floors took turns with it."
        " What it wrote was checked, as below, and is the same records as Parquet. Its parts alone"
        " are to parse, spool and hash on all cores, and to copy, with nothing decided: a floor."
    ),
    (
        "Processes: one run each. CPU s is of all processes that it started, peak MB of the largest"
        " one. The records that it kept and those that it removed are those it read; the kept ones"
        " have the bytes that they had, but for those whose text was cleaned."
        " A copy was planted, which each has found."
    ),
    (
        "text-dedup and datatrove do what --no-within does, by Jaccard; they write an Arrow dataset"
        " and gzipped JSON lines. Of a small file, starting takes any of them the most."
    ),
]


@dataclass(frozen=True, slots=True)
class Source:
    """A file of JSON lines whose ids are the rows; the last row is a copy of another one."""

    path: Path
    original: int
    count: int
    size: int  # bytes of text
    short: int  # texts of fewer words than text-dedup takes

    @classmethod
    def of(cls, texts: list[str], folder: Path) -> "Source":
        texts, original = planted(texts)
        size = sum(len(text.encode()) for text in texts)
        short = sum(len(text.split()) < NGRAM_SIZE for text in texts)
        return cls(write(texts, folder / "texts.jsonl"), original, len(texts), size, short)

    @property
    def shown(self) -> str:
        megabytes = self.path.stat().st_size / 1e6
        return f"{self.count:,} records, {megabytes:.1f} MB, {self.size / 1e6:.1f} MB of text"

    def row(self, name: str, version: str, cost: Cost, kept: int) -> list[str]:
        """Return a row of the table of processes."""
        seconds = (cost.cpu / self.size * 1e9, cost.cpu, cost.wall)
        cells = [f"{seconds[0]:.1f}", *(f"{value:.2f}" for value in seconds[1:])]
        return [name, version, *cells, f"{cost.peak_mb:,.0f}", f"{kept:,}"]


def our_rows(source: Source) -> Iterator[list[str]]:
    """Yield what the command takes, with each of the switches."""
    target, stats = (source.path.with_name(name) for name in ("out.jsonl", "stats.json"))
    for switches in SWITCHES:
        name = " ".join(["dedup-clean", *switches])
        command = [str(COMMAND), str(source.path), "-o", str(target), "--stats", str(stats)]
        log = source.path.with_name("dedup-clean.log")
        for _ in range(2):  # what it compiles is cached from the first one on
            target.unlink(missing_ok=True)
            cost = run_measured([*command, *switches], log)
        if not target.exists():
            raise WrongResultError(f"{name}: {last_line(log)}")
        kept = kept_rows(source.path, target, json.loads(stats.read_bytes()))
        yield source.row(name, "this tree", cost, len(kept))


def peer_rows(source: Source) -> Iterator[list[str]]:
    """Yield what the peers take, or why there is nothing to say."""
    for peer in BESIDE:
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


def chosen(data: Sequence[str], count: int | None) -> tuple[str, list[str]]:
    """Return the texts of the options, and a name for them.

    Raises
    ------
    FileNotFoundError
        When real texts were asked for and are not here.
    """
    if data:
        return ", ".join(data), articles(*data)
    if count is None:
        try:
            return ", ".join(NEWS), articles(*NEWS)
        except FileNotFoundError:
            count = COUNT
    return "a made-up dump", dump(count).texts


@click.command(help=__doc__)
@click.option("--data", multiple=True, help="A corpus; may be given again.")
@click.option("--count", type=click.IntRange(min=1), help="A made-up dump of so many articles.")
@click.option("--rounds", default=3, type=click.IntRange(min=1), help="Of calls in one process.")
@click.option("--peers/--no-peers", default=True, help="Measure text-dedup and datatrove, too.")
def main(data: tuple[str, ...], count: int | None, rounds: int, *, peers: bool) -> None:
    if data and count:
        raise click.UsageError("--data and --count are not for one run; give one of them")
    try:
        name, texts = chosen(data, count)
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from error
    with tempfile.TemporaryDirectory() as folder:
        source = Source.of(texts, Path(folder))
        del texts
        click.echo(f"{name}: {source.shown}")
        try:
            render(
                "In one process",
                clean_files_floors.HEADERS,
                clean_files_floors.compare(source.path, rounds),
            )
            rows = list(our_rows(source))
        except (PeerError, WrongResultError) as error:
            raise click.ClickException(str(error)) from error
        if peers:
            rows += peer_rows(source)
        render("Whole processes", HEADERS, rows)
    click.echo("\n".join(NOTES))
    if peers and source.short:
        click.echo(
            f"text-dedup drops texts of under {NGRAM_SIZE} words, {source.short:,} by words between"
            " spaces; those that are no copies are counted as kept."
        )


if __name__ == "__main__":
    main()
