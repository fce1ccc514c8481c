"""Ranks: the numbers and dates of a field that decide which copy of a text is kept."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from math import inf, isfinite, nan

import numpy as np

from dedup.arrays.array_types import F64, I64
from dedup.datasets.formats.record_format import RecordError

Rank = int | float | Decimal
RANK_PARTS = 3  # doubles whose sum is a rank: exact for 45 digits


def as_rank(value: object, field: str) -> Rank:
    """Return the rank of a value: a number itself, a date in seconds since 1970, None as NaN.

    Raises
    ------
    RecordError
        When it is neither a number nor a date.

    Examples
    --------
    >>> as_rank(3, "views"), as_rank("1970-01-02", "date")
    (3, 86400.0)
    """
    if value is None:
        return nan
    if hasattr(value, "isoformat"):
        value = value.isoformat()
    if isinstance(value, str):
        with suppress(ValueError):
            moment = datetime.fromisoformat(value)
            return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return value
    raise RecordError(f"field {field!r} must be a number or a date, got {value!r}")


def parse_rank(text: str | None, field: str) -> Rank:
    """Return the rank of a value in a format whose values are all texts.

    Raises
    ------
    RecordError
        When the text is neither a number nor a date.

    Examples
    --------
    >>> parse_rank("3e2", "views"), parse_rank("1970-01-02T00:00:00Z", "date")
    (300.0, 86400.0)
    """
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text or "")
    return as_rank(text or None, field)


def rank_parts(ranks: Sequence[Rank]) -> F64:
    """Return ranks as sums of doubles, (n, RANK_PARTS): each is the double nearest to the rest.

    Rows of parts are in the order of their ranks, whether these are integers, floats or decimals.

    Examples
    --------
    >>> rank_parts([2**53, 2**53 + 1, 0.5]).tolist()[1]
    [9007199254740992.0, 1.0, 0.0]
    """
    firsts = [*map(as_double, ranks)]
    parts = np.zeros((len(firsts), RANK_PARTS))
    parts[:, 0] = firsts
    for row, (rank, first) in enumerate(zip(ranks, firsts, strict=True)):
        if rank != first and isfinite(first):
            number = int if isinstance(rank, int) else Fraction
            rest = number(rank) - number(first)
            for part in range(1, RANK_PARTS):
                parts[row, part] = last = float(rest)
                rest -= number(last)
    return parts


def as_double(rank: Rank) -> float:
    """Return the double nearest to a rank."""
    try:
        return float(rank)
    except OverflowError:
        return inf if rank > 0 else -inf


def order_of_ranks(parts: F64, *, descending: bool) -> I64:
    """Return the rows, (n,), in the order of their ranks; equal ones stay in order, NaN is last.

    Parameters
    ----------
    parts
        (n, RANK_PARTS): as ``rank_parts`` returns them.
    """
    order = np.arange(len(parts))
    for part in (-parts if descending else parts).T[::-1]:
        order = order[np.argsort(part[order], kind="stable")]
    return order
