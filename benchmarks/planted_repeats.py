"""Precision and recall of repeats planted in one document.

Run ``python -m benchmarks.planted_repeats``.

The articles are real if ``DEDUP_DATA`` is set (see CONTRIBUTING), generated otherwise. The script
also cleans the texts of ``tests/natural``, whose repetition is natural: nothing may be removed.
"""

import dedup
from tests.natural import natural_texts
from tests.planting import Score, generated_articles, real_articles
from tests.planting.evaluate import evaluate

ARTICLES = 6000


def main() -> None:
    """Print one row for each kind of repeat, and the totals."""
    articles = real_articles(ARTICLES, seed=5)
    source = "real" if articles else "generated"
    articles = articles or generated_articles(ARTICLES, seed=5)
    scores = evaluate(articles, dedup.Config())
    print(f"{len(articles)} {source} articles with planted repeats")
    print(f"{'kind':26}  exact: precision recall (copies)   near: precision recall (copies)")
    for kind, score in [*scores.items(), ("all", sum(scores.values(), Score()))]:
        cells = [
            f"{tally.precision:16.4f} {tally.recall:6.4f} ({tally.found + tally.false_negative:6})"
            for tally in (score.exact, score.near)
        ]
        print(f"{kind:26}  {'  '.join(cells)}")
    texts = natural_texts()
    changed = sum(bool(dedup.clean(item.text).repeats) for item in texts)
    print(f"{changed} of {len(texts)} texts with natural repetition were changed")


if __name__ == "__main__":
    main()
