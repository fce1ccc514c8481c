"""Exact similarity of two sets of shingle hashes."""

from collections.abc import Callable
from math import ceil

import numpy as np

from dedup.arrays.array_types import U64
from dedup.config import Measure

Similarity = Callable[[U64, U64], float]


def shared(left: U64, right: U64) -> int:
    """Count the values that two sorted arrays of unique values have in common."""
    both = np.concatenate((left, right))
    both.sort(kind="stable")  # a merge
    return int(np.count_nonzero(both[1:] == both[:-1]))


def containment(removed: U64, kept: U64) -> float:
    """Return the share of ``removed`` that ``kept`` has (Broder 1997), 0 for no values.

    Parameters
    ----------
    removed, kept
        (m,) and (k,): sorted and unique.

    Examples
    --------
    >>> containment(np.array([1, 2, 3, 4], np.uint64), np.array([2, 3, 4, 9], np.uint64))
    0.75
    """
    return shared(removed, kept) / max(len(removed), 1)


def jaccard(left: U64, right: U64) -> float:
    """Return shared values over all values of both, 0 for no values.

    Parameters
    ----------
    left, right
        (m,) and (k,): sorted and unique.

    Examples
    --------
    >>> jaccard(np.array([1, 2, 3, 4], np.uint64), np.array([2, 3, 4, 9], np.uint64))
    0.6
    """
    both = shared(left, right)
    return both / max(len(left) + len(right) - both, 1)


def overlap(left: U64, right: U64) -> float:
    """Return the share of the smaller set that the larger has, 0 for no values.

    Examples
    --------
    >>> overlap(np.array([1, 2, 3, 4], np.uint64), np.array([4, 9], np.uint64))
    0.5
    """
    return shared(left, right) / max(min(len(left), len(right)), 1)


MEASURES: dict[Measure, Similarity] = {"containment": containment, "jaccard": jaccard}


def least_shared(size: int, threshold: float) -> int:
    """Return the fewest of ``size`` values whose share reaches ``threshold``.

    The answer agrees with ``count / size >= threshold`` in floating point.

    Examples
    --------
    >>> least_shared(20, 0.55), 11 / 20 >= 0.55
    (11, True)
    """
    count = ceil(threshold * size)
    return count - 1 if count and (count - 1) / size >= threshold else count
