"""Judge deduplications of real texts by brute force: ``python -m benchmarks.exactness``.

By similarity alone, so that templates go, too. Precision: the removed rows whose witness is kept
and as similar as reported, in exact arithmetic. Recall: removed rows over those and the kept ones
that are similar to an earlier kept one.
"""

import argparse
import sys
from pathlib import Path
from time import perf_counter
from typing import get_args

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import dedup  # noqa: E402
from benchmarks.data import articles, paragraphs  # noqa: E402
from dedup.config import Measure  # noqa: E402
from oracles import judge  # noqa: E402

CORPORA = ("allsides", "reuters21578", "trove_press_refugees")
COLUMNS = "{:11} {:12} {:>8} {:>8} {:>10} {:>9} {:>9} {:>9}"


def main() -> None:
    """Print one row for each kind of text and each measure."""
    parser = argparse.ArgumentParser(description="Judge deduplications of real texts.")
    parser.add_argument("--articles", type=int, default=50_000, help="at most")
    parser.add_argument("--paragraphs", type=int, default=500_000, help="at most")
    parser.add_argument("--threshold", type=float, default=0.8)
    given = parser.parse_args()
    names = ("texts", "measure", "rows", "removed", "precision", "recall", "dedup s", "oracle s")
    try:
        texts = {
            "articles": articles(*CORPORA)[: given.articles],
            "paragraphs": paragraphs(*CORPORA)[: given.paragraphs],
        }
    except FileNotFoundError as error:
        sys.exit(str(error))
    print(COLUMNS.format(*names))
    for name in list(texts):
        compare(name, texts.pop(name), given.threshold)


def compare(name: str, texts: list[str], threshold: float) -> None:
    """Print the rows of the table for some texts."""
    values, offsets = dedup.shingles(texts)
    for measure in get_args(Measure):
        start = perf_counter()
        result = dedup.deduplicate(
            texts, measure=measure, keep="longest", threshold=threshold, templates="remove"
        )
        done = perf_counter()
        verdict = judge(
            values,
            offsets,
            result.order,
            result.keep,
            result.witness,
            result.similarity,
            threshold,
            measure,
        )
        seconds = (f"{done - start:.1f}", f"{perf_counter() - done:.1f}")
        shares = (f"{verdict.precision:.6f}", f"{verdict.recall:.6f}")
        row = (name, measure, len(texts), verdict.removed, *shares, *seconds)
        print(COLUMNS.format(*row), flush=True)


if __name__ == "__main__":
    main()
