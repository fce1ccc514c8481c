"""Plant repeats in articles, clean them, and score the removed blocks."""

import random
from collections import defaultdict

import dedup

from .plant import KINDS, plant
from .score import Score, score


def evaluate(articles: list[list[str]], config: dedup.Config) -> dict[str, Score]:
    """Return the score of each kind of planted repeat; article n gets kind n, in rotation.

    Also assert that each result restores its input.
    """
    scores: dict[str, Score] = defaultdict(Score)
    kinds = list(KINDS)
    for number, article in enumerate(articles):
        planted = plant(article, kinds[number % len(kinds)], random.Random(number))
        result = dedup.clean(planted.text, config)
        assert dedup.restore(result.text, result.ledger) == planted.text
        flagged = [(repeat.chars.start, repeat.chars.stop) for repeat in result.repeats]
        scores[planted.kind] += score(planted, flagged)
    return dict(scores)
