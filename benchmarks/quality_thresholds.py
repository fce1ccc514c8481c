"""Precision and recall by threshold on labelled texts: ``python -m benchmarks.quality_thresholds``.

The script prints a table of three kinds of similarity, each with its best threshold. The pairs are
those of `dedup.near_duplicates` with ``numeric_variants="remove"``, so similarity alone decides.
``--json`` writes the curves of the presets, with all their settings but the threshold;
``benchmarks.draw_thresholds`` draws them.
"""

import argparse
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import dedup
from benchmarks.labelled_texts import SOURCES, Judged, Labelled, read
from benchmarks.pair_scores import I64, Score, found_of_judged, score_judged
from benchmarks.result_files import write_results
from dedup.config import Preset

NAMES = {
    "reuters_judged": "News agency, 84 pairs judged by hand",
    "extraction_a": "91 web pages through 33 extractors",
    "bln600": "600 scanned articles and their transcripts",
    "scoop": "516 headlines with teasers",
}
# Short names of the same sets, and the lowest threshold of the curve of the preset.
PRESET_CURVES = {
    "reuters_judged": ("News agency", 0.2),
    "extraction_a": ("Web pages", 0.1),
    "bln600": ("Scanned papers", 0.05),
    "scoop": ("Headlines", 0.4),
}
# Each threshold is the lowest of its curve: below it there are too many pairs to be useful.
LINES = {
    "containment": dedup.Config(threshold=0.2, numeric_variants="remove"),
    "jaccard": dedup.Config(
        measure="jaccard", threshold=0.05, num_perm=256, numeric_variants="remove"
    ),
    "letters": dedup.Config(unit="char", threshold=0.4, numeric_variants="remove"),
}
MIN_PAIRS = 20  # of a point on a curve


@dataclass(frozen=True, slots=True)
class Point:
    """Recall and precision at one threshold."""

    threshold: float
    recall: float
    precision: float

    @property
    def f1(self) -> float:
        return 2 * self.recall * self.precision / (self.recall + self.precision)


@dataclass(frozen=True, slots=True)
class Panel:
    """The curves of one set, by rising threshold, and the point of its preset."""

    name: str
    lines: dict[str, list[Point]]
    preset: Preset
    preset_point: Point


def panel(name: str) -> Panel:
    """Find the similar pairs of a set by each kind of similarity and judge them."""
    source = next(source for source in SOURCES if source.name == name)
    (labelled,) = read(source)
    lines = {
        line: list(curve(labelled, dedup.near_duplicates(labelled.texts, config), config.threshold))
        for line, config in LINES.items()
    }
    config = dedup.Config.preset(source.preset)
    pairs = dedup.near_duplicates(labelled.texts, config)
    preset_point = point(labelled, pairs.select(~pairs.numeric_variant), config.threshold)
    return Panel(NAMES[name], lines, source.preset, preset_point)


def curve(labelled: Labelled, pairs: dedup.Pairs, lowest: float) -> Iterator[Point]:
    """Yield a point every 0.05 from the lowest threshold on, where there are enough pairs."""
    for step in range(round(lowest * 20), 20):
        similar = pairs.select(pairs.similarity >= np.float32(step / 20))
        if len(similar) >= MIN_PAIRS:
            yield point(labelled, similar, step / 20)


def preset_curve(name: str) -> dict[str, Any]:
    """Return precision and recall of the preset of a set, by threshold."""
    source = next(source for source in SOURCES if source.name == name)
    (labelled,) = read(source)
    texts, lowest = PRESET_CURVES[name]
    chosen = dedup.Config.preset(source.preset).threshold
    points = []
    for threshold in sorted({chosen, *(step / 20 for step in range(round(lowest * 20), 21))}):
        config = dedup.Config.preset(source.preset, threshold=threshold)
        pairs = dedup.near_duplicates(labelled.texts, config)
        similar = pairs.select(~pairs.numeric_variant)
        if len(similar) >= MIN_PAIRS:
            points.append(point(labelled, similar, threshold))
    curve = [{name: round(number, 4) for name, number in asdict(shown).items()} for shown in points]
    return {"texts": texts, "preset": source.preset, "threshold": chosen, "curve": curve}


def point(labelled: Labelled, pairs: dedup.Pairs, threshold: float) -> Point:
    score = score_pairs(labelled.labels, pairs)
    return Point(threshold, score.recall, score.precision)


def score_pairs(labels: Judged | I64, pairs: dedup.Pairs) -> Score:
    """Score the pairs themselves, not the clusters that they connect."""
    if isinstance(labels, Judged):
        return score_judged(labels, found_of_judged(labels, pairs))
    sizes = np.unique(labels, return_counts=True)[1]
    both = int((labels[pairs.left] == labels[pairs.right]).sum())
    true, count = int((sizes * (sizes - 1) // 2).sum()), len(labels)
    return Score(both, len(pairs), true, count * (count - 1) // 2)


def table_rows(panel: Panel) -> Iterator[str]:
    """Yield the rows of a set: every fourth threshold, the best one, and the preset."""
    for name, points in panel.lines.items():
        for shown in points:
            if round(shown.threshold * 20) % 4 == 0:
                yield table_row(panel.name, name, shown)
        yield table_row(panel.name, f"{name}, best", max(points, key=lambda shown: shown.f1))
    yield table_row(panel.name, f"preset {panel.preset}", panel.preset_point)


def table_row(texts: str, similarity: str, shown: Point) -> str:
    rates = (f"{rate:.3f}" for rate in (shown.precision, shown.recall, shown.f1))
    return f"| {' | '.join((texts, similarity, f'{shown.threshold:g}', *rates))} |"


def main() -> None:
    """Print the table, then write the curves of the presets."""
    parser = argparse.ArgumentParser(description="Precision and recall by threshold.")
    parser.add_argument("--json", type=Path, help="write the curves of the presets to this file")
    arguments = parser.parse_args()
    print("| texts | similarity | threshold | precision | recall | F1 |")
    print("| --- | --- | ---: | ---: | ---: | ---: |", flush=True)
    for name in NAMES:
        print("\n".join(table_rows(panel(name))), flush=True)
    if arguments.json:
        write_results(arguments.json, [preset_curve(name) for name in PRESET_CURVES])


if __name__ == "__main__":
    main()
