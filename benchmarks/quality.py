"""Judge the presets and two peers by labelled texts: ``python -m benchmarks.quality``.

First ``python -m benchmarks.peers.make text_dedup datasketch``, for the peers.

What counts as found is what a user of each tool gets. Where chosen pairs were judged, each by
itself, a pair is found by a preset when `dedup.near_duplicates` lists it and it is no numeric
variant; by datasketch when a query of its index gives it; by text-dedup when both texts are in one
of its clusters. Where all
pairs are known, clusters are judged: of a preset the texts that `dedup.deduplicate` removes, each
with its witness, of datasketch the connected components of its pairs, of text-dedup its own.
The peers have the settings of their documentation, and each its own idea of a word.
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
from benchmarks.labelled_texts import SOURCES, Judged, Labelled, Source, read
from benchmarks.pair_scores import I64, Score, removals, score, standing
from benchmarks.peers import table
from benchmarks.peers.catalogue import Peer
from benchmarks.peers.corpus import write
from benchmarks.peers.launch import PeerError, launch
from benchmarks.peers.score import pair_table
from benchmarks.result_files import write_results
from dedup.config import PRESETS

OURS = {
    name: preset
    for name in PRESETS
    if not (preset := dedup.Config.preset(name)).compares_whole_texts  # those are not for news
}
OURS_TOO = {"jaccard": dedup.Config(measure="jaccard")}  # no preset, to see what the measure does
PEERS = (
    Peer("datasketch", "run_datasketch", "datasketch"),
    Peer("text-dedup", "run_text_dedup", "text_dedup", ("0.7", "240")),
)
HEADERS = ("texts", "tool", "precision", "recall", "F1", "ARI", "kept", "wrong witness")
AIMS = ("texts", "what counts", "preset", "it has", "best peer", "it has", "no worse")
NOTES = (
    '*: the preset that is meant for such texts. jaccard: the defaults with `measure="jaccard"`.',
    (
        "Precision, recall and F1 over pairs: the judged ones, or all pairs within clusters. ARI:"
        " adjusted Rand index of the clusters. kept: texts that stay. wrong witness: share of the"
        " removed texts for which a text of another cluster stays."
    ),
    (
        f"datasketch {PEERS[0].version}: `MinHashLSH(threshold=0.8, num_perm=128)` over word"
        f" 5-grams, all that a query returns. text-dedup {PEERS[1].version}: the minhash settings"
        " of its README, threshold 0.7, 240 permutations, word 5-grams, false positives checked;"
        " it takes no text of under five words."
    ),
    (
        "newsgroups: the labels are cross-posts; posts that were sent again are copies that nobody"
        " labelled, so recall counts. Whoever removes all texts has it too: `python -m"
        " benchmarks.quality_newsgroups` shows what else goes. tgcontest and mrpc: the labels are"
        " wider than copies (the same event or meaning), so precision counts, of few pairs."
    ),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a tool found in some texts, judged."""

    tool: str
    score: Score
    kept: int | None = None  # where clusters were judged
    wrong: float | None = None  # share of what was removed

    @property
    def cells(self) -> list[str]:
        found = self.score
        rates = [shown(rate) for rate in (found.precision, found.recall, found.f1)]
        if self.kept is None:
            return [self.tool, *rates, "", "", ""]
        wrong = "" if self.wrong is None else f"{self.wrong:.2%}"
        return [self.tool, *rates, shown(found.ari), f"{self.kept:,}", wrong]


def shown(rate: float) -> str:
    return "none" if isnan(rate) else f"{rate:.3f}"


def judged(tool: str, labelled: Labelled, found: dedup.Pairs | I64) -> Verdict:
    verdict = score(labelled.labels, found)
    if isinstance(labelled.labels, Judged):
        return Verdict(tool, verdict)
    removed, wrong = removals(labelled.labels, standing(found, len(labelled.texts)))
    share = wrong / removed if removed else None
    return Verdict(tool, verdict, len(labelled.texts) - removed, share)


def by_settings(name: str, config: dedup.Config, labelled: Labelled) -> Verdict:
    """Judge what this library finds."""
    if isinstance(labelled.labels, Judged):
        pairs = dedup.near_duplicates(labelled.texts, config)
        return judged(name, labelled, pairs.select(~pairs.numeric_variant))
    return judged(name, labelled, dedup.deduplicate(labelled.texts, config).witness)


def by_peer(peer: Peer, labelled: Labelled) -> Verdict:
    """Judge what a peer finds; raise PeerError when it comes to no end."""
    with tempfile.TemporaryDirectory() as name:
        source = write(labelled.texts, Path(name, "texts.jsonl"))
        decision = launch(peer, source, Path(name)).decision
    if "stands" in decision:
        return judged(peer.name, labelled, np.array(decision["stands"], np.int64))
    left, right = pair_table(decision).T
    pairs = dedup.Pairs(left, right, np.ones(len(left), np.float32))
    return judged(peer.name, labelled, pairs)


def verdicts_of(labelled: Labelled, peers: Sequence[Peer]) -> dict[str, Verdict | str]:
    """Judge each preset and peer; a peer that failed has the reason instead of a verdict."""
    verdicts: dict[str, Verdict | str] = {
        name: by_settings(name, config, labelled) for name, config in (OURS | OURS_TOO).items()
    }
    for peer in peers:
        try:
            verdicts[peer.name] = by_peer(peer, labelled)
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


def rate_that_counts(source: Source, verdict: Verdict) -> float:
    """Return F1, recall or precision, by source; -1 where nothing was found."""
    rate: float = getattr(verdict.score, source.figure)
    return -1.0 if isnan(rate) else rate


def aim(source: Source, labelled: Labelled, verdicts: Mapping[str, Verdict | str]) -> list[str]:
    """Return the row that compares the preset meant for a set with the best peer."""
    figures = {"f1": "F1", "recall": "recall", "precision": "precision"}
    ours = verdicts[source.preset]
    assert isinstance(ours, Verdict)
    rate = rate_that_counts(source, ours)
    row = [labelled.name, figures[source.figure], ours.tool, shown(rate)]
    judged_peers = [
        verdict for peer in PEERS if isinstance(verdict := verdicts.get(peer.name), Verdict)
    ]
    if not judged_peers:
        return [*row, "none ran"]
    best = max(judged_peers, key=lambda verdict: rate_that_counts(source, verdict))
    best_rate = rate_that_counts(source, best)
    peer_cell = "none" if best_rate < 0 else shown(best_rate)
    return [*row, best.tool, peer_cell, "yes" if rate >= best_rate else "NO"]


def result_row(
    source: Source, labelled: Labelled, verdicts: Mapping[str, Verdict | str]
) -> dict[str, Any]:
    """Return the F1 of the preset meant for a set and of each peer; None where a peer failed.

    ``counts`` is the rate that the labels of the set can judge: F1, recall or precision.
    """

    def f1(name: str) -> float | None:
        verdict = verdicts.get(name)
        return round(verdict.score.f1, 3) if isinstance(verdict, Verdict) else None

    scores = {"dedup": f1(source.preset)}
    scores |= {peer.name.replace("-", "_"): f1(peer.name) for peer in PEERS}
    names = {"set": labelled.name, "preset": source.preset, "texts": len(labelled.texts)}
    return {**names, "counts": source.figure, **scores}


@click.command(help=__doc__)
@click.option("--only", multiple=True, type=click.Choice([source.name for source in SOURCES]))
@click.option("--peers/--no-peers", default=True, help="Judge datasketch and text-dedup, too.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Write the tables here too.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write F1 here.")
def main(
    only: tuple[str, ...], *, peers: bool, markdown: Path | None, json_path: Path | None
) -> None:
    rows: list[list[str]] = []
    aims, results = [], []
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
            aims.append(aim(source, labelled, verdicts))
            results.append(result_row(source, labelled, verdicts))
            click.echo(f"{labelled.name}: {len(labelled.texts):,} texts", err=True)
    parts = [("Found, by the labels", HEADERS, rows), ("No worse than the best peer", AIMS, aims)]
    for part in parts:
        table.render(*part)
    click.echo("\n".join(NOTES))
    if markdown:
        markdown.write_text(table.document(parts, NOTES), encoding="utf-8")
    if json_path:
        versions = {peer.name.replace("-", "_"): peer.version for peer in PEERS}
        write_results(json_path, results, versions=versions)


if __name__ == "__main__":
    main()
