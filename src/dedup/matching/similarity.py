"""Exact similarity of two sets of shingle hashes."""

from collections.abc import Callable
from math import ceil
from typing import Any

import numpy as np

from dedup.arrays.array_types import U64
from dedup.arrays.columns import prepare_packed
from dedup.config import Config, ConfigLike, Measure
from dedup.errors import TextTypeError
from dedup.text.hashing import tokens_and_shingles

SimilarityMeasure = Callable[[U64, U64], float]


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


def overlap_coefficient(left: U64, right: U64) -> float:
    """Return the share of the smaller set that the larger has, 0 for no values.

    Examples
    --------
    >>> overlap_coefficient(np.array([1, 2, 3, 4], np.uint64), np.array([4, 9], np.uint64))
    0.5
    """
    return shared(left, right) / max(min(len(left), len(right)), 1)


MEASURES: dict[Measure, SimilarityMeasure] = {"containment": containment, "jaccard": jaccard}


def min_shared(size: int, threshold: float) -> int:
    """Return the fewest of ``size`` values whose share reaches ``threshold``.

    The answer agrees with ``count / size >= threshold`` in floating point.

    Examples
    --------
    >>> min_shared(20, 0.55), 11 / 20 >= 0.55
    (11, True)
    """
    count = ceil(threshold * size)
    return count - 1 if count and (count - 1) / size >= threshold else count


def similarity(
    a: object,
    b: object,
    config: ConfigLike | None = None,
    **overrides: Any,  # noqa: ANN401
) -> float:
    """Return the exact similarity of two texts.

    Parameters
    ----------
    a, b
        Two strings, or two lists of tokens.
    config
        The settings; ``Config()`` when None.
    **overrides
        Single settings, as in ``similarity(a, b, measure="jaccard")``.

    Returns
    -------
    float
        In [0, 1]. By ``measure="containment"``, the default, the share of the shingles of ``a``
        that ``b`` has; by ``"jaccard"``, shared shingles over all shingles of both, whichever comes
        first. 0 where either text has no token.

    Raises
    ------
    TextTypeError
        When ``a`` or ``b`` is no text, or one of them is a list of tokens and the other is not.
    ConfigError
        When a setting is unknown or outside its range.

    Examples
    --------
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so"
    >>> longer = story + ", but they all had an idea."
    >>> similarity(story, longer), similarity(longer, story)
    (1.0, 0.6666666666666666)
    >>> similarity(story, longer, measure="jaccard")
    0.6666666666666666
    """
    for name, text in (("a", a), ("b", b)):
        if not isinstance(text, (str, list, tuple)):
            raise TextTypeError(
                f"{name} must be str or a list of tokens, got {type(text).__name__}"
            )
    if isinstance(a, str) != isinstance(b, str):
        raise TextTypeError("a and b must be two texts or two lists of tokens, got one of each")
    packed, config = prepare_packed([a, b], Config.of(config, overrides))
    _, (mine, theirs) = tokens_and_shingles(packed.utf8, packed.offsets, config)
    return MEASURES[config.measure](mine, theirs)
