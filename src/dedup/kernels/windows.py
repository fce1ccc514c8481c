"""Windows that repeat earlier ones, in vectorised numpy: what the compiled core must equal.

Windows of equal tokens get equal numbers, by doubling (Karp, Miller and Rosenberg 1972): a window
of twice the length is a pair of windows. So nothing is hashed, and nothing can collide.
"""

from typing import NamedTuple

import numpy as np

from dedup.records import I64, Ragged


class Runs(NamedTuple):
    """Windows in a row that repeat windows in a row, in the order of their places.

    Tokens are counted through all rows. Window ``starts[i] + j`` has the tokens of window
    ``sources[i] + j`` for each j below ``counts[i]``, and no window before that has them.
    """

    starts: I64  # (r,), ascending
    sources: I64  # (r,)
    counts: I64  # (r,), each as large as can be


def find_runs(tokens: Ragged, size: int, *, apart: bool = False) -> Runs:
    """Find the windows of ``size`` tokens that repeat one before them, which they do not overlap.

    Parameters
    ----------
    tokens
        Token hashes, n rows. A window is in one row.
    apart
        Whether only what is in the same row counts.

    Examples
    --------
    >>> words = np.array([1, 2, 3, 4, 1, 2, 3, 9, 1, 2], np.uint64)
    >>> find_runs(Ragged(words, np.array([0, 4, 10])), 2)
    Runs(starts=array([4, 8]), sources=array([0, 0]), counts=array([2, 1]))
    >>> find_runs(Ragged(words, np.array([0, 4, 10])), 2, apart=True)
    Runs(starts=array([8]), sources=array([4]), counts=array([1]))
    """
    lengths = np.maximum(tokens.lengths - size + 1, 0)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    shift = np.repeat(tokens.offsets[:-1] - offsets[:-1], lengths)
    windows = np.arange(offsets[-1]) + shift
    if not len(windows):
        return merged(windows, windows, windows)
    numbers, width = np.unique(tokens.values, return_inverse=True)[1], 1
    if apart:  # a token is another one in each row
        numbers = numbers * len(tokens.lengths) + np.repeat(
            np.arange(len(tokens.lengths)), tokens.lengths
        )
        numbers = np.unique(numbers, return_inverse=True)[1]
    while 2 * width <= size:
        numbers, width = _paired(numbers, width), 2 * width
    _, first, same = np.unique(
        _pairs(numbers, size - width)[windows], return_index=True, return_inverse=True
    )
    sources = windows[first][same]
    repeats = sources + size <= windows
    ones = np.ones(int(repeats.sum()), np.int64)
    return merged(windows[repeats], sources[repeats], ones)


def _paired(numbers: I64, width: int) -> I64:
    paired: I64 = np.unique(_pairs(numbers, width), return_inverse=True)[1]
    return paired


def _pairs(numbers: I64, apart: int) -> I64:
    """Return a number for each pair of windows so far apart; across the end it means nothing."""
    second = np.append(numbers[apart:], np.zeros(min(apart, len(numbers)), np.int64))
    pairs: I64 = numbers * len(numbers) + second
    return pairs


def merged(starts: I64, sources: I64, counts: I64) -> Runs:
    """Join runs, in the order of their places, that go on where the one before ends."""
    fresh = np.ones(len(starts), np.bool_)
    fresh[1:] = (starts[1:] != starts[:-1] + counts[:-1]) | (
        sources[1:] != sources[:-1] + counts[:-1]
    )
    heads = np.flatnonzero(fresh)
    if not len(heads):
        return Runs(starts, sources, counts)
    return Runs(starts[heads], sources[heads], np.add.reduceat(counts, heads))
