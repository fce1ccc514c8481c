"""Print how well planted repeats are found: ``python -m benchmarks.planted_repeats``.

Real articles where the data folder is (see ``DEDUP_DATA`` in CONTRIBUTING), else made-up
ones; and the natural repetition of ``tests/natural``, of which nothing may be removed.
"""

from pathlib import Path

ROOT = Path(__file__).parents[1]

import dedup  # noqa: E402
from tests.natural import natural_texts  # noqa: E402
from tests.planting import Score, generated_articles, real_articles  # noqa: E402
from tests.planting.evaluate import evaluate  # noqa: E402

COUNT = 6000


def main() -> None:
    """Print one row a kind of repeat, and the totals."""
    articles = real_articles(COUNT, seed=5)
    source = "real" if articles else "made-up"
    articles = articles or generated_articles(COUNT, seed=5)
    scores = evaluate(articles, dedup.Config())
    print(f"{len(articles)} planted documents from {source} articles")
    print(f"{'kind':26}  exact: precision recall (copies)   near: precision recall (copies)")
    for kind, score in [*scores.items(), ("all", sum(scores.values(), Score()))]:
        cells = [
            f"{tally.precision:16.4f} {tally.recall:6.4f} ({tally.found + tally.false_negative:6})"
            for tally in (score.exact, score.near)
        ]
        print(f"{kind:26}  {'  '.join(cells)}")
    texts = natural_texts()
    touched = sum(bool(dedup.clean(item.text).repeats) for item in texts)
    print(f"{touched} of {len(texts)} texts with natural repetition were touched")


if __name__ == "__main__":
    main()
