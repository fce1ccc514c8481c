"""The similarity measures: how similar two texts are, from the sets of their shingles.

Similarities are exact, not estimated from sketches. A measure is a function of two sorted arrays of
shingle hashes; ``MEASURES`` has the measures that can be a setting.

A measure of a row A, which may be removed, and a kept row B must have these properties to become a
setting:

- It depends only on the sizes of A, B and ``A & B``.
- It is at most the containment ``|A & B| / |A|``. So a pair at the threshold shares at least
  ``threshold * |A|`` shingles, and B has at least so many. The exhaustive lookup (``candidates``)
  and the C++ core skip pairs for which this does not hold.
- It is symmetric, as Jaccard similarity is, or directed, as containment is. If it is symmetric, it
  is also at most ``|A & B| / |B|``.

The Dice coefficient lacks the second property: if A has 10 shingles, and B has 7 of them and no
others, their Dice coefficient is 0.82, but the containment is 0.7. ``overlap_coefficient`` lacks
it, too.

CONTRIBUTING.md has the steps to add a measure.
"""

from collections.abc import Callable
from math import ceil
from typing import Any

import numpy as np

from dedup.arrays.array_types import F64, I64, U64, Ragged
from dedup.arrays.columns import prepare_packed
from dedup.arrays.native import core, has_core
from dedup.config import Config, ConfigLike, Measure
from dedup.errors import TextTypeError
from dedup.text.hashing import tokens_and_shingles

SimilarityMeasure = Callable[[U64, U64], float]
Count = Any  # a number, or an array of numbers


def count_shared(left: U64, right: U64) -> int:
    """Count the values that two sorted arrays of unique values have in common."""
    both = np.concatenate((left, right))
    both.sort(kind="stable")  # two sorted halves: it merges them
    return int(np.count_nonzero(both[1:] == both[:-1]))


def containment(removed: U64, kept: U64) -> float:
    """Return the share of ``removed`` that ``kept`` has: ``|A & B| / |A|`` (Broder 1997).

    It is 0 if ``removed`` is empty.

    Parameters
    ----------
    removed, kept
        (m,) and (k,): shingle hashes, sorted and unique.

    Examples
    --------
    >>> containment(np.array([1, 2, 3, 4], np.uint64), np.array([2, 3, 4, 9], np.uint64))
    0.75
    """
    return _containment(count_shared(removed, kept), len(removed), len(kept))


def _containment(shared: Count, removed: Count, _kept: Count) -> Any:  # noqa: ANN401
    return shared / (removed + (removed == 0))


def jaccard(left: U64, right: U64) -> float:
    """Return the Jaccard similarity: ``|A & B| / |A | B|`` (Jaccard 1901, Broder 1997).

    It is 0 if both are empty.

    Parameters
    ----------
    left, right
        (m,) and (k,): shingle hashes, sorted and unique.

    Examples
    --------
    >>> jaccard(np.array([1, 2, 3, 4], np.uint64), np.array([2, 3, 4, 9], np.uint64))
    0.6
    """
    return _jaccard(count_shared(left, right), len(left), len(right))


def _jaccard(shared: Count, left: Count, right: Count) -> Any:  # noqa: ANN401
    together = left + right - shared
    return shared / (together + (together == 0))


def overlap_coefficient(left: U64, right: U64) -> float:
    """Return the share of the smaller set that the larger one has: ``|A & B| / min(|A|, |B|)``.

    It is 0 if one of them is empty. ``clean`` and ``audit`` call it directly; it is not a value of
    the setting ``measure``.

    Parameters
    ----------
    left, right
        (m,) and (k,): shingle hashes, sorted and unique.

    Examples
    --------
    >>> overlap_coefficient(np.array([1, 2, 3, 4], np.uint64), np.array([4, 9], np.uint64))
    0.5
    """
    return count_shared(left, right) / max(min(len(left), len(right)), 1)


MEASURES: dict[Measure, SimilarityMeasure] = {"containment": containment, "jaccard": jaccard}
# From the sizes of ``A & B``, A and B.
_FORMULAS: dict[Measure, Callable[[Count, Count, Count], Any]] = {
    "containment": _containment,
    "jaccard": _jaccard,
}


def pair_similarities(shingles: Ragged, left: I64, right: I64, measure: Measure) -> F64:
    """Return the similarity of pairs of rows, (m,).

    Parameters
    ----------
    shingles
        n rows, sorted and unique in a row.
    left, right
        (m,): row numbers.

    Examples
    --------
    >>> rows = Ragged(np.array([1, 2, 2, 3], np.uint64), np.array([0, 2, 4]))
    >>> pair_similarities(rows, np.array([0]), np.array([1]), "jaccard").round(2).tolist()
    [0.33]
    """
    shared = np.empty(len(left), np.int64)
    if has_core():
        core.count_shared_pairs(shingles.values, shingles.offsets, left, right, shared)
    else:
        for pair, (one, other) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
            shared[pair] = count_shared(shingles[one], shingles[other])
    lengths = shingles.lengths
    found: F64 = _FORMULAS[measure](shared, lengths[left], lengths[right])
    return found


def min_shared(size: int, threshold: float) -> int:
    """Return how many of ``size`` values must be shared so that their share reaches ``threshold``.

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
    """Return the exact similarity of two texts: of the sets of their shingles.

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
        In [0, 1]. With ``measure="containment"``, the default, the share of the shingles of ``a``
        that ``b`` has. With ``"jaccard"``, the number of shared shingles over the number of all
        shingles, in either order. 0 if either text has no token.

    Raises
    ------
    TextTypeError
        If ``a`` or ``b`` is no text, or if only one of them is a list of tokens.
    ConfigError
        If a setting is unknown or outside its range.

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
        wrong = [token for token in text if not isinstance(token, str)]
        if wrong:
            raise TextTypeError(f"a token of {name} must be str, got {type(wrong[0]).__name__}")
    if isinstance(a, str) != isinstance(b, str):
        raise TextTypeError("a and b must be two texts or two lists of tokens, got one of each")
    packed, config = prepare_packed([a, b], Config.of(config, overrides))
    _, (shingles_a, shingles_b) = tokens_and_shingles(packed.utf8, packed.offsets, config)
    return MEASURES[config.measure](shingles_a, shingles_b)
