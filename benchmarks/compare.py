"""Compare dedup with its peers on the same raw text: ``python -m benchmarks.compare``.

First create an environment for each peer: ``python -m benchmarks.peers.make``.
"""

import functools
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

import dedup
from benchmarks import tables
from benchmarks.peers.catalogue import PEERS, Measure, Peer, Sets
from benchmarks.peers.corpus import CORPORA, planted, read, shifted, write
from benchmarks.peers.launch import PeerError, Run, launch
from benchmarks.peers.score import pairs_found, score
from benchmarks.peers.truth import Truth, truth_of, word_sets
from benchmarks.result_files import write_results

HEADERS = (
    "tool",
    "version",
    "CPU s",
    "wall s",
    "process CPU s",
    "peak MB",
    "CPU / dedup",
    "CPU / dedup-jaccard",
    "returned",
    "exact recall",
    "near recall",
    "precision",
)
FOOTNOTES = [
    (
        "CPU s, wall s: from the texts in memory to the decision; modules are imported before. For"
        " a tool that reads a file (*) they are the whole process, with imports and reading."
        " process CPU s: the whole process of any tool."
    ),
    (
        "exact recall: share of the copies with an equal set of 5-grams that were found. near"
        " recall: share of the pairs with a similarity of at least 0.8 that were found (if a tool"
        " removes rows: at most one of the two is kept; if it flags rows: share of the rows)."
        " precision: share of the returned pairs, removed rows or flagged rows that is correct."
    ),
    (
        "The truth is exact (brute force): for the peers, the Jaccard similarity of word 5-grams of"
        " `text.lower().split()`; for dedup, its own measure on its own sets, and in the rows [w]"
        " the truth of the peers. text-dedup and datatrove split words otherwise, and datatrove"
        " treats all numbers as equal; what it removes for that reason counts as wrong."
    ),
    (
        "Each tool must find a planted exact copy; otherwise its row has no times. Texts of fewer"
        " than five words are left out, since text-dedup drops them."
    ),
]

Outcome = Run | str  # a run, or the reason why there is none
Truths = Callable[[Sets, Measure], Truth]
TRUTH_OF_PEERS: tuple[Sets, Measure] = ("words", "jaccard")


def truths_of(texts: list[str]) -> Truths:
    """Return a cached function from shingle sets and measure to the exact pairs of the texts."""

    @functools.cache
    def truth(sets: Sets, measure: Measure) -> Truth:
        values, offsets = word_sets(texts) if sets == "words" else dedup.shingles(texts)
        return truth_of(values, offsets, measure)

    return truth


def run_all(texts: list[str], peers: Sequence[Peer], rounds: int) -> dict[str, Outcome]:
    """Run the peers in turns, `rounds` times; return the cheapest run of each."""
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
    """Return the run with the least processor time, or the first failure if there is one."""
    runs = [outcome for outcome in outcomes if isinstance(outcome, Run)]
    failures = [outcome for outcome in outcomes if isinstance(outcome, str)]
    return failures[0] if failures else min(runs, key=lambda run: run.cpu)


def cost_cells(run: Run, best: dict[str, Outcome]) -> list[str]:
    baselines = [best.get(name) for name in ("dedup", "dedup-jaccard")]
    ratios = [f"{run.cpu / base.cpu:.1f}" if isinstance(base, Run) else "" for base in baselines]
    seconds = [f"{value:.2f}" for value in (run.cpu, run.wall, run.process.cpu)]
    return [*seconds, f"{run.process.peak_mb:.0f}", *ratios]


def table_rows(peers: Sequence[Peer], best: dict[str, Outcome], truths: Truths) -> list[list[str]]:
    rows = []
    for peer in peers:
        names = [f"{peer.name}*" if peer.reads_a_file else peer.name, peer.version]
        run = best[peer.name]
        if isinstance(run, str):
            rows.append([*names, f"no: {run}"])
            continue
        scored = score(run.decision, truths(*peer.truth))
        rows.append([*names, *cost_cells(run, best), *scored.cells])
        if peer.truth != TRUTH_OF_PEERS:
            scored = score(run.decision, truths(*TRUTH_OF_PEERS))
            rows.append([f"{peer.name} [w]", *[""] * 7, *scored.cells])
    return rows


def result_rows(
    peers: Sequence[Peer], best: dict[str, Outcome], truths: Truths
) -> list[dict[str, Any]]:
    """Return the numbers of each peer that ran, for the file of results.

    ``seconds`` are processor seconds. ``found`` is the share of the near-duplicate pairs that the
    tool finds, by one definition for all tools: Jaccard similarity of word 5-grams of at least 0.8.
    """
    truth = truths(*TRUTH_OF_PEERS)
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
                "peak_mb": round(run.process.peak_mb),
                "reads_a_file": peer.reads_a_file,
            }
        )
    return rows


def shifted_rows(texts: list[str], peers: Sequence[Peer]) -> list[list[str]]:
    """Return the share found of pairs in which one text has one more word at its beginning."""
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
@click.option("--data", type=click.Choice(CORPORA), default=CORPORA[0], show_default=True)
@click.option("--start", default=0, show_default=True, help="Number of the first text.")
@click.option("--count", default=5000, show_default=True, help="Number of texts, at most.")
@click.option("--peers", default=",".join(peer.name for peer in PEERS), help="Comma-separated.")
@click.option("--rounds", default=1, show_default=True, help="Runs of each; the cheapest counts.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Write the tables to this file.")
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
    best = run_all(texts, chosen, rounds)
    truths = truths_of(planted(texts)[0])
    title = f"{data}: {len(texts):,} texts from number {start:,} on, {size / 1e6:.1f} MB"
    shifted_title, shifted_headers = "One word put before a text", ("tool", "version", "found")
    parts = [
        (title, HEADERS, table_rows(chosen, best, truths)),
        (shifted_title, shifted_headers, shifted_rows(texts, chosen)),
    ]
    notes = [*FOOTNOTES, *(f"{peer.name}: {peer.note}." for peer in chosen)]
    for part in parts:
        tables.render(*part)
    click.echo("\n".join(notes))
    if markdown:
        markdown.write_text(
            tables.as_markdown("dedup and its peers", parts, notes), encoding="utf-8"
        )
    if json_path:
        rows = result_rows(chosen, best, truths)
        write_results(json_path, rows, corpus=data, documents=len(texts), bytes=size)


if __name__ == "__main__":
    main()
