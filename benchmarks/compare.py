"""Compare dedup with its peers on the same raw text: ``python -m benchmarks.compare``.

First ``python -m benchmarks.peers.make``, which gives each peer an environment of its own.
"""

import functools
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

import dedup
from benchmarks.peers import table
from benchmarks.peers.catalogue import PEERS, Measure, Peer, Sets
from benchmarks.peers.corpus import CORPORA, planted, read, shifted, write
from benchmarks.peers.launch import PeerError, Run, launch
from benchmarks.peers.score import pairs_found, score
from benchmarks.peers.truth import Truth, truth_of, word_sets
from benchmarks.result_files import write_results

Outcome = Run | str  # or why there is none
Truths = Callable[[Sets, Measure], Truth]
AS_PEERS: tuple[Sets, Measure] = ("words", "jaccard")


def truths_of(texts: list[str]) -> Truths:
    """Return what looks up the exact pairs by sets and measure, each computed once."""

    @functools.cache
    def truth(sets: Sets, measure: Measure) -> Truth:
        values, offsets = word_sets(texts) if sets == "words" else dedup.shingles(texts)
        return truth_of(values, offsets, measure)

    return truth


def run_all(texts: list[str], peers: Sequence[Peer], rounds: int) -> dict[str, Outcome]:
    """Run the peers in the order given, `rounds` times over; return the cheapest run of each."""
    texts, original = planted(texts)
    pair = np.array([original]), np.array([len(texts) - 1])

    def attempt(peer: Peer) -> Outcome:
        try:
            run = launch(peer, source, folder)
        except PeerError as error:
            return str(error)
        found = pairs_found(run.decision, *pair, len(texts)).all()
        return run if found else "did not find the planted copy"

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = write(texts, folder / "texts.jsonl")
        outcomes: dict[str, list[Outcome]] = {peer.name: [] for peer in peers}
        for peer in list(peers) * rounds:
            outcomes[peer.name].append(attempt(peer))
    return {name: cheapest(found) for name, found in outcomes.items()}


def cheapest(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the run that took the least processor time, or the first failure."""
    runs = [outcome for outcome in outcomes if isinstance(outcome, Run)]
    failures = [outcome for outcome in outcomes if isinstance(outcome, str)]
    return failures[0] if failures else min(runs, key=lambda run: run.cpu)


def cost_cells(run: Run, best: dict[str, Outcome]) -> list[str]:
    ours = [best.get(name) for name in ("dedup", "dedup-jaccard")]
    ratios = [f"{run.cpu / own.cpu:.1f}" if isinstance(own, Run) else "" for own in ours]
    seconds = [f"{value:.2f}" for value in (run.cpu, run.wall, run.process_cpu)]
    return [*seconds, f"{run.peak_mb:.0f}", *ratios]


def compare(texts: list[str], peers: Sequence[Peer], best: dict[str, Outcome]) -> list[list[str]]:
    """Return the rows of the table."""
    truths = truths_of(planted(texts)[0])
    rows = []
    for peer in peers:
        names = [f"{peer.name}*" if peer.reads_a_file else peer.name, peer.version]
        run = best[peer.name]
        if isinstance(run, str):
            rows.append([*names, f"no: {run}"])
            continue
        rows.append(
            [*names, *cost_cells(run, best), *score(run.decision, truths(*peer.truth)).cells]
        )
        if peer.truth != AS_PEERS:
            cells = score(run.decision, truths(*AS_PEERS)).cells
            rows.append([f"{peer.name} [w]", *[""] * 7, *cells])
    return rows


def result_rows(
    texts: list[str], peers: Sequence[Peer], best: dict[str, Outcome]
) -> list[dict[str, Any]]:
    """Return the measured numbers of each peer that ran.

    ``seconds`` are processor seconds. ``found`` is the share of the similar pairs by one measure
    for all tools: Jaccard similarity of word 5-grams of at least 0.8.
    """
    truth = truths_of(planted(texts)[0])(*AS_PEERS)
    rows = []
    for peer in peers:
        run = best[peer.name]
        if isinstance(run, str):
            continue
        scored = score(run.decision, truth)
        rows.append(
            {
                "name": peer.name,
                "version": peer.version,
                "seconds": round(run.cpu, 4),
                "found": round(scored.near_found / scored.near, 4) if scored.near else None,
                "wall_seconds": round(run.wall, 4),
                "peak_mb": round(run.peak_mb),
                "reads_a_file": peer.reads_a_file,
            }
        )
    return rows


def compare_shifted(texts: list[str], peers: Sequence[Peer]) -> list[list[str]]:
    """Return what share is found of pairs that differ by one word at the beginning."""
    both = shifted(texts)
    left = np.arange(len(both) // 2)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        source = write(both, Path(name, "texts.jsonl"))
        for peer in peers:
            try:
                decision = launch(peer, source, Path(name)).decision
            except PeerError as error:
                rows.append([peer.name, peer.version, f"no: {error}"])
                continue
            found = pairs_found(decision, left, left + len(left), len(both))
            rows.append([peer.name, peer.version, f"{found.mean():.4f}"])
    return rows


def chosen_peers(names: str) -> list[Peer]:
    by_name = {peer.name: peer for peer in PEERS}
    unknown = [name for name in names.split(",") if name not in by_name]
    if unknown:
        raise click.BadParameter(f"--peers must be of {', '.join(by_name)}; got {unknown[0]}")
    return [by_name[name] for name in names.split(",")]


@click.command(help=__doc__)
@click.option("--data", type=click.Choice(CORPORA), default=CORPORA[0])
@click.option("--start", default=0, help="The first text to take.")
@click.option("--count", default=5000, help="How many texts, one after the other.")
@click.option("--peers", default=",".join(peer.name for peer in PEERS), help="In this order.")
@click.option("--rounds", default=1, help="Runs of each; the cheapest is shown.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Write the tables here too.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write numbers here.")
def main(  # noqa: PLR0913, PLR0917  one for each option
    data: str,
    start: int,
    count: int,
    peers: str,
    rounds: int,
    markdown: Path | None,
    json_path: Path | None,
) -> None:
    chosen = chosen_peers(peers)
    texts = read(data, start, count)
    size = sum(len(text.encode()) for text in texts)
    title = f"{data}: {len(texts):,} texts from {start:,} on, {size / 1e6:.1f} MB"
    best = run_all(texts, chosen, rounds)
    parts = [
        (title, table.HEADERS, compare(texts, chosen, best)),
        ("One word put before", ("tool", "version", "found"), compare_shifted(texts, chosen)),
    ]
    notes = [*table.FOOTNOTES, *(f"{peer.name}: {peer.note}." for peer in chosen)]
    for part in parts:
        table.render(*part)
    click.echo("\n".join(notes))
    if markdown:
        markdown.write_text(table.document(parts, notes), encoding="utf-8")
    if json_path:
        rows = result_rows(texts, chosen, best)
        write_results(json_path, rows, corpus=data, documents=len(texts), bytes=size)


if __name__ == "__main__":
    main()
