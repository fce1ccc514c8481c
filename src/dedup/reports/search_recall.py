"""The recall of the search for candidates, as a function of the similarity of two texts."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from dedup.config import Config
from dedup.matching.bottom_sketch import bottom_k_of, hypergeometric
from dedup.matching.lsh import banding, binomial, collision_probability


class RecallCurve(NamedTuple):
    """The probability that a pair is compared, by its similarity.

    Attributes
    ----------
    label
        Which sketch or bands it is of.
    probability
        The function.
    """

    label: str
    probability: Callable[[float], float]


def recall_curves(config: Config) -> list[RecallCurve]:
    """Return the curves of the sketches or bands that some settings choose.

    Posting lists that are full, and texts that share few words by chance, are not considered.

    Examples
    --------
    >>> long, short = recall_curves(Config())
    >>> long.label, round(long.probability(0.8), 6)
    ('long texts share 36 of 64 keys', 0.999996)
    >>> short.label, round(short.probability(0.5), 2)
    ('texts of 128 shingles share 6 of 16 keys', 0.91)
    >>> jaccard = recall_curves(Config(measure="jaccard"))[0]
    >>> jaccard.label, round(jaccard.probability(0.8), 4)
    ('18 bands of 5 values', 0.9992)
    """
    if config.measure == "jaccard":
        bands, rows, shared = banding(config.threshold, config.num_perm, config.recall)
        if rows == 1:
            return [
                _sharing(f"{shared[bands]} of {bands} values shared", bands, int(shared[bands]))
            ]
        return [
            RecallCurve(
                f"{bands} bands of {rows} values",
                lambda similarity: collision_probability(similarity, bands, rows),
            )
        ]
    sketch = bottom_k_of(config)
    long, short = sketch.max_size, sketch.min_size
    shingles = short * sketch.shingles_per_key  # of the longest text with a sketch of this size
    needed = int(sketch.min_shared_uncapped[long])
    needed_of_short = int(sketch.min_shared(np.array([short]), np.array([shingles]))[0])
    return [
        _sharing(f"long texts share {needed} of {long} keys", long, needed),
        RecallCurve(
            f"texts of {shingles} shingles share {needed_of_short} of {short} keys",
            lambda similarity: _recall(
                hypergeometric(shingles, short, similarity), needed_of_short
            ),
        ),
    ]


def _sharing(label: str, size: int, needed: int) -> RecallCurve:
    """Return the curve of a sketch of which a candidate must share some keys."""
    return RecallCurve(label, lambda similarity: _recall(binomial(size, similarity), needed))


def _recall(probabilities: list[float], needed: int) -> float:
    """Return the probability that at least ``needed`` keys are shared."""
    return 1 - sum(probabilities[:needed])
