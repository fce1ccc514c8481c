"""Precision and recall by threshold on labelled texts: ``python -m benchmarks.quality_thresholds``.

A table of three kinds of similarity, with the threshold that suits each best, goes to standard
output, a picture to ``--out``, for which ``uv pip install --group bench`` is needed. It is
similarity alone (``numeric_variants="remove"``), over the pairs of `dedup.near_duplicates`; a
preset is one more point, with all its settings.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import dedup
from benchmarks.labelled_texts import SOURCES, Judged, Labelled, read
from benchmarks.pair_scores import I64, Score, chosen, of_pairs
from dedup.config import Preset

NAMES = {
    "reuters_judged": "News agency, 84 pairs judged by hand",
    "extraction_a": "91 web pages through 33 extractors",
    "bln600": "600 scanned articles and their transcripts",
    "scoop": "516 headlines with teasers",
}
# The lowest threshold is where the pairs become so many that they tell nothing.
LINES = {
    "containment": dedup.Config(threshold=0.2, numeric_variants="remove"),
    "jaccard": dedup.Config(
        measure="jaccard", threshold=0.05, num_perm=256, numeric_variants="remove"
    ),
    "letters": dedup.Config(unit="char", threshold=0.4, numeric_variants="remove"),
}
FEW = 20


@dataclass(frozen=True, slots=True)
class Point:
    """What one threshold gives."""

    threshold: float
    recall: float
    precision: float

    @property
    def f1(self) -> float:
        return 2 * self.recall * self.precision / (self.recall + self.precision)


@dataclass(frozen=True, slots=True)
class Panel:
    """The curves of one set, from low thresholds to high, and the point of its preset."""

    name: str
    lines: dict[str, list[Point]]
    preset: Preset
    at: Point


def panel(name: str) -> Panel:
    """Find the similar pairs of a set by each kind of similarity, and judge them."""
    source = next(source for source in SOURCES if source.name == name)
    (labelled,) = read(source)
    lines = {
        line: list(curve(labelled, dedup.near_duplicates(labelled.texts, config), config.threshold))
        for line, config in LINES.items()
    }
    config = dedup.Config.preset(source.preset)
    pairs = dedup.near_duplicates(labelled.texts, config)
    at = point(labelled, pairs.select(~pairs.numeric_variant), config.threshold)
    return Panel(NAMES[name], lines, source.preset, at)


def curve(labelled: Labelled, pairs: dedup.Pairs, least: float) -> Iterator[Point]:
    """Yield the points from a threshold on, one in twenty steps; few pairs make no point."""
    for step in range(round(least * 20), 20):
        enough = pairs.similarity >= np.float32(step / 20)
        some = pairs.select(enough)
        if len(some) >= FEW:
            yield point(labelled, some, step / 20)


def point(labelled: Labelled, pairs: dedup.Pairs, threshold: float) -> Point:
    score = of_listed(labelled.labels, pairs)
    return Point(threshold, score.recall, score.precision)


def of_listed(labels: Judged | I64, pairs: dedup.Pairs) -> Score:
    """Score the pairs themselves, not the clusters that they make."""
    if isinstance(labels, Judged):
        return of_pairs(labels, chosen(labels, pairs))
    sizes = np.unique(labels, return_counts=True)[1]
    both = int((labels[pairs.left] == labels[pairs.right]).sum())
    true, count = int((sizes * (sizes - 1) // 2).sum()), len(labels)
    return Score(both, len(pairs), true, count * (count - 1) // 2)


def rows(shown: Panel) -> Iterator[str]:
    """Yield the rows of a set in the table: some thresholds, the best one, and the preset."""
    for name, points in shown.lines.items():
        for at in points:
            if round(at.threshold * 20) % 4 == 0:
                yield row(shown.name, name, at=at)
        yield row(shown.name, f"{name}, at its best", at=max(points, key=lambda at: at.f1))
    yield row(shown.name, f"preset {shown.preset}", at=shown.at)


def row(*names: str, at: Point) -> str:
    rates = (f"{rate:.3f}" for rate in (at.precision, at.recall, at.f1))
    return f"| {' | '.join((*names, f'{at.threshold:g}', *rates))} |"


def main() -> None:
    """Print the table set by set, then draw."""
    parser = argparse.ArgumentParser(description="Judge similar pairs by threshold.")
    parser.add_argument("--out", type=Path, help="an SVG file to draw to")
    given = parser.parse_args()
    if given.out:
        from benchmarks.draw_thresholds import draw  # noqa: PLC0415  it is missed before the wait
    print("| texts | similarity | threshold | precision | recall | F1 |")
    print("| --- | --- | ---: | ---: | ---: | ---: |", flush=True)
    panels = []
    for name in NAMES:
        panels.append(panel(name))
        print("\n".join(rows(panels[-1])), flush=True)
    if given.out:
        given.out.write_text(draw(panels), encoding="utf-8")


if __name__ == "__main__":
    main()
