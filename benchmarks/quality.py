"""Measure the presets and two peers on labelled texts: ``python -m benchmarks.quality``.

First create the environments of the peers: ``python -m benchmarks.peers.make text_dedup
datasketch``.

Each tool is judged by what its user gets:

- On judged pairs, a pair is found if `dedup.near_duplicates` returns it and it is no numeric
  variant, if a query of datasketch's index returns it, or if one cluster of text-dedup holds both.
- On clusters, dedup is judged by the witnesses of `dedup.deduplicate`, datasketch by the connected
  components of its pairs, and text-dedup by its clusters.

The peers have the settings of their documentation and split words in their own way.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

import click
import numpy as np

import dedup
from benchmarks import tables
from benchmarks.labelled_texts import SOURCES, Judged, Labelled, Source, read
from benchmarks.pair_scores import I64, Score, removals, representatives, score
from benchmarks.peers.catalogue import Peer
from benchmarks.peers.corpus import write
from benchmarks.peers.launch import PeerError, launch
from benchmarks.peers.score import pair_table
from benchmarks.result_files import write_results
from dedup.config import PRESETS

PRESETS_FOR_TEXTS = {
    name: preset
    for name in PRESETS
    if not (preset := dedup.Config.preset(name)).compares_whole_texts  # not "exact" and "code"
}
CONFIGS = PRESETS_FOR_TEXTS | {"jaccard": dedup.Config(measure="jaccard")}
PEERS = (
    Peer("datasketch", "run_datasketch", "datasketch"),
    Peer("text-dedup", "run_text_dedup", "text_dedup", ("0.7", "240")),
)
RATES = {"f1": "F1", "recall": "recall", "precision": "precision"}
HEADERS = ("texts", "tool", "precision", "recall", "F1", "ARI", "kept", "wrong witness")
BEST_HEADERS = ("texts", "rate", "preset", "its rate", "best peer", "its rate", "no worse")
NOTES = (
    '*: the preset meant for such texts. jaccard: the defaults with `measure="jaccard"`.',
    (
        "Precision, recall and F1 count pairs: the judged ones, or all pairs within clusters. ARI:"
        " adjusted Rand index. kept: texts kept. wrong witness: share of the removed texts whose"
        " witness is in another cluster."
    ),
    (
        f"datasketch {PEERS[0].version}: `MinHashLSH(threshold=0.8, num_perm=128)` over word"
        f" 5-grams, all results of a query. text-dedup {PEERS[1].version}: the MinHash settings of"
        " its README (threshold 0.7, 240 permutations, word 5-grams, false positives checked); it"
        " drops texts of fewer than five words."
    ),
    (
        "newsgroups: the labels are cross-posts. Posts that were sent again are copies without a"
        " label, so only recall counts; `python -m benchmarks.quality_newsgroups` shows what else"
        " is removed. tgcontest and mrpc: the labels are wider than copies (same event, same"
        " meaning), so only precision counts, over few pairs."
    ),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Score of one tool on one set of texts."""

    tool: str
    score: Score
    kept: int | None = None  # None for judged pairs
    wrong: float | None = None  # share of the removed texts with a wrong witness

    @property
    def cells(self) -> list[str]:
        rates = [
            rate_cell(rate) for rate in (self.score.precision, self.score.recall, self.score.f1)
        ]
        if self.kept is None:
            return [self.tool, *rates, "", "", ""]
        wrong = "" if self.wrong is None else f"{self.wrong:.2%}"
        return [self.tool, *rates, rate_cell(self.score.ari), f"{self.kept:,}", wrong]


def rate_cell(rate: float) -> str:
    return "none" if isnan(rate) else f"{rate:.3f}"


def verdict_on(tool: str, labelled: Labelled, found: dedup.Pairs | I64) -> Verdict:
    scored = score(labelled.labels, found)
    if isinstance(labelled.labels, Judged):
        return Verdict(tool, scored)
    count = len(labelled.texts)
    removed, wrong = removals(labelled.labels, representatives(found, count))
    return Verdict(tool, scored, count - removed, wrong / removed if removed else None)


def verdict_on_dedup(name: str, config: dedup.Config, labelled: Labelled) -> Verdict:
    if isinstance(labelled.labels, Judged):
        pairs = dedup.near_duplicates(labelled.texts, config)
        return verdict_on(name, labelled, pairs.select(~pairs.numeric_variant))
    return verdict_on(name, labelled, dedup.deduplicate(labelled.texts, config).witness)


def verdict_on_peer(peer: Peer, labelled: Labelled) -> Verdict:
    """Run a peer and judge it; raise PeerError if it fails."""
    with tempfile.TemporaryDirectory() as name:
        source = write(labelled.texts, Path(name, "texts.jsonl"))
        decision = launch(peer, source, Path(name)).decision
    if "representative" in decision:
        found = np.array(decision["representative"], np.int64)
        return verdict_on(peer.name, labelled, found)
    left, right = pair_table(decision).T
    pairs = dedup.Pairs(left, right, np.ones(len(left), np.float32))
    return verdict_on(peer.name, labelled, pairs)


def verdicts_of(labelled: Labelled, peers: Sequence[Peer]) -> dict[str, Verdict | str]:
    """Judge each preset and peer; for a peer that fails, return the reason."""
    verdicts: dict[str, Verdict | str] = {
        name: verdict_on_dedup(name, config, labelled) for name, config in CONFIGS.items()
    }
    for peer in peers:
        try:
            verdicts[peer.name] = verdict_on_peer(peer, labelled)
        except PeerError as error:
            verdicts[peer.name] = f"no: {error}"
    return verdicts


def table_rows(
    source: Source, labelled: Labelled, verdicts: Mapping[str, Verdict | str]
) -> Iterator[list[str]]:
    for name, verdict in verdicts.items():
        starred = f"{name}*" if name == source.preset else name
        cells = [verdict] if isinstance(verdict, str) else verdict.cells[1:]
        yield [labelled.name, starred, *cells]


def rate_of(source: Source, verdict: Verdict) -> float:
    """Return the rate that the labels can measure; -1 where nothing was found."""
    rate: float = getattr(verdict.score, source.rate)
    return -1.0 if isnan(rate) else rate


def best_peer_row(
    source: Source, labelled: Labelled, verdicts: Mapping[str, Verdict | str]
) -> list[str]:
    """Return the row that compares the preset meant for a set with the best peer."""
    ours = verdicts[source.preset]
    assert isinstance(ours, Verdict)
    rate = rate_of(source, ours)
    row = [labelled.name, RATES[source.rate], ours.tool, rate_cell(rate)]
    peers = [verdict for peer in PEERS if isinstance(verdict := verdicts.get(peer.name), Verdict)]
    if not peers:
        return [*row, "none ran"]
    best = max(peers, key=lambda verdict: rate_of(source, verdict))
    best_rate = rate_of(source, best)
    peer_cell = "none" if best_rate < 0 else rate_cell(best_rate)
    return [*row, best.tool, peer_cell, "yes" if rate >= best_rate else "NO"]


def result_row(
    source: Source, labelled: Labelled, verdicts: Mapping[str, Verdict | str]
) -> dict[str, Any]:
    """Return the rates of the preset meant for a set and the F1 of each peer, for the JSON file.

    F1 is None for a peer that failed. ``counts`` names the rate that the labels can measure.
    """

    def rate(name: str, of: str) -> float | None:
        verdict = verdicts.get(name)
        return round(getattr(verdict.score, of), 3) if isinstance(verdict, Verdict) else None

    names = {"set": labelled.name, "preset": source.preset, "texts": len(labelled.texts)}
    rates = {name: rate(source.preset, name) for name in ("precision", "recall")}
    peers = {peer.name.replace("-", "_"): rate(peer.name, "f1") for peer in PEERS}
    return {**names, "counts": source.rate, **rates, "dedup": rate(source.preset, "f1"), **peers}


@click.command(help=__doc__)
@click.option("--only", multiple=True, type=click.Choice([source.name for source in SOURCES]))
@click.option("--peers/--no-peers", default=True, help="Run datasketch and text-dedup.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Write the tables to this file.")
@click.option(
    "--json", "json_path", type=click.Path(path_type=Path), help="Write the rates to this file."
)
def main(
    only: tuple[str, ...], *, peers: bool, markdown: Path | None, json_path: Path | None
) -> None:
    rows: list[list[str]] = []
    best, results = [], []
    for source in SOURCES:
        if only and source.name not in only:
            continue
        try:
            found = read(source)
        except FileNotFoundError as error:
            raise click.ClickException(str(error)) from error
        for labelled in found:
            verdicts = verdicts_of(labelled, PEERS if peers else ())
            rows += table_rows(source, labelled, verdicts)
            best.append(best_peer_row(source, labelled, verdicts))
            results.append(result_row(source, labelled, verdicts))
            click.echo(f"{labelled.name}: {len(labelled.texts):,} texts", err=True)
    parts = [
        ("Pairs found, judged by the labels", HEADERS, rows),
        ("The preset meant for each set, and the best peer", BEST_HEADERS, best),
    ]
    for part in parts:
        tables.render(*part)
    click.echo("\n".join(NOTES))
    if markdown:
        markdown.write_text(
            tables.as_markdown("Presets and peers on labelled texts", parts, NOTES),
            encoding="utf-8",
        )
    if json_path:
        versions = {peer.name.replace("-", "_"): peer.version for peer in PEERS}
        write_results(json_path, results, versions=versions)


if __name__ == "__main__":
    main()
