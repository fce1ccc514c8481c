"""Estimates the precision of removals from the judgements of a person on some of them.

A person looks at the most uncertain removals first, and these are no random sample. So removals are
divided in two parts: up to the last uncertain one that was judged, all are known; of the others,
only the ones that were drawn at random say how many are right.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, lgamma

import numpy as np

from dedup.arrays.array_types import U64, Flags

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class PrecisionEstimate:
    """How many of n removals are right.

    Attributes
    ----------
    total
        The number of removals.
    judged, right
        The number of judged removals, and of those that were judged as right.
    drawn, represented
        The size of the random sample, and of the part of the removals that it represents.
    expected
        The number of right removals that is expected; None without random draws from the others.
    low, high
        The bounds of this number, with a confidence of 95%.
    """

    total: int
    judged: int
    right: int
    drawn: int
    represented: int
    expected: float | None
    low: int
    high: int


def estimate_precision(
    judged: Flags, right: Flags, is_walked: Flags, is_random: Flags, draw_keys: U64
) -> PrecisionEstimate:
    """Estimate how many of n removals are right; they are in the order of uncertainty.

    Parameters
    ----------
    judged, right
        (n,): which removals were judged, and which of them as right.
    is_walked, is_random
        (n,): which judged removals were shown because they were the most uncertain ones, and which
        because they were drawn at random.
    draw_keys
        (n,): random numbers; the removal with the least one was drawn first.

    Returns
    -------
    PrecisionEstimate

    Notes
    -----
    The removals up to the last walked one are known. Of the others, those with the least draw keys
    are a random sample: all up to the greatest key that was drawn and judged. (Draws from the known
    part do not count twice.) A removal that was skipped is unknown: the lower bound counts it as
    wrong, the upper bound as right.

    Examples
    --------
    >>> flags = np.array([[1, 1, 1, 0], [0, 1, 1, 0], [1, 1, 0, 0], [0, 0, 1, 0]], bool)
    >>> estimate = estimate_precision(*flags, np.array([5, 7, 2, 4], np.uint64))
    >>> estimate.judged, estimate.right, estimate.represented, estimate.low, estimate.high
    (3, 2, 2, 2, 3)
    """
    walked = np.flatnonzero(judged & is_walked)
    is_other = np.arange(len(judged)) > (walked[-1] if len(walked) else -1)
    draws = is_other & is_random & judged
    sampled = is_other & (draw_keys <= draw_keys[draws].max()) if draws.any() else draws
    certain = judged & ~sampled
    skipped = int((~judged & ~is_other).sum())
    represented = int((is_other & ~certain).sum())
    drawn, drawn_right = int(sampled.sum()), int((sampled & right).sum())
    unknown = drawn - int((sampled & judged).sum())
    certain_right = int((certain & right).sum())
    low, _ = range_of_right(represented, drawn, drawn_right)
    _, high = range_of_right(represented, drawn, drawn_right + unknown)
    expected = None
    if drawn or not represented:
        of_skipped = skipped * certain_right / max(int(certain.sum()), 1)
        of_represented = represented * drawn_right / max(drawn - unknown, 1)
        expected = certain_right + of_skipped + of_represented
    return PrecisionEstimate(
        total=len(judged),
        judged=int(judged.sum()),
        right=int((judged & right).sum()),
        drawn=drawn,
        represented=represented,
        expected=expected,
        low=certain_right + low,
        high=certain_right + skipped + high,
    )


def range_of_right(
    size: int, drawn: int, right: int, confidence: float = CONFIDENCE
) -> tuple[int, int]:
    """Return how many of ``size`` items may be right, if ``right`` of ``drawn`` random ones are.

    The bounds are those numbers at which as few, or as many, right ones among the drawn items would
    be no rarer than ``(1 - confidence) / 2`` (Clopper and Pearson 1934; drawn without replacement:
    Buonaccorsi 1987, The American Statistician 41, 215-218). So the range has at least the
    confidence, however small the sample is, and it ends at the truth when all items are drawn.

    Examples
    --------
    Of a large number, 10 right of 10: the lower bound is ``0.025 ** (1 / 10)``, which is 0.6915.

    >>> range_of_right(1_000_000, 10, 10)
    (691505, 1000000)
    >>> range_of_right(20, 10, 9), range_of_right(10, 10, 9)
    ((13, 19), (9, 9))
    """
    rare = (1 - confidence) / 2

    def is_low_enough(number: int) -> bool:
        return _chance(size, number, drawn, range(right, drawn + 1)) >= rare

    def is_too_high(number: int) -> bool:
        return _chance(size, number, drawn, range(right + 1)) < rare

    least, most = right, size - (drawn - right)
    return _first(is_low_enough, least, most), _first(is_too_high, least, most + 1) - 1


def _first(holds: Callable[[int], bool], start: int, stop: int) -> int:
    """Return the first number for which something holds, ``stop`` if for none before it."""
    while start < stop:
        middle = (start + stop) // 2
        if holds(middle):
            stop = middle
        else:
            start = middle + 1
    return start


def _chance(size: int, right: int, drawn: int, counts: range) -> float:
    """Return the probability that ``counts`` has the number of right ones among drawn items.

    This is the hypergeometric distribution.

    Examples
    --------
    >>> round(_chance(5, 2, 2, range(2, 3)), 6)  # 1 of the 10 pairs
    0.1
    """
    wrong, whole = size - right, _log_combinations(size, drawn)
    possible = range(max(counts[0], drawn - wrong), min(counts[-1], right, drawn) + 1)
    return sum(
        exp(_log_combinations(right, count) + _log_combinations(wrong, drawn - count) - whole)
        for count in possible
    )


def _log_combinations(size: int, count: int) -> float:
    return lgamma(size + 1) - lgamma(count + 1) - lgamma(size - count + 1)
