"""Runs of repeating windows to spans: stretches of tokens, each with its source."""

from typing import NamedTuple

import numpy as np

from dedup.kernels.windows import Runs
from dedup.records import I64, Flags


class Stretches(NamedTuple):
    """Tokens ``[starts[i], stops[i])``, which are those from ``sources[i]`` on."""

    starts: I64  # (s,), ascending; none begins before the one before it stops
    stops: I64
    sources: I64  # a source ends before its stretch begins


def cover(runs: Runs, size: int) -> Stretches:
    """Cover all tokens of repeating windows, and no others, by stretches.

    A stretch begins where a window repeats, or where the stretch before it stops; it is of the run
    of the last window that begins there or before; it stops with the run, or where it would reach
    into itself: of three copies in a row the second and the third are each a stretch.

    Parameters
    ----------
    size
        Tokens of a window.

    Examples
    --------
    Of ``a b c a b c a b c`` in windows of two:

    >>> cover(Runs(np.array([3, 6]), np.array([0, 0]), np.array([3, 2])), 2)
    Stretches(starts=array([3, 6]), stops=array([6, 9]), sources=array([0, 0]))
    """
    ends = runs.starts + runs.counts + size - 1
    apart = runs.starts[1:] >= ends[:-1]
    here = runs.starts[np.append(np.ones(min(1, len(ends)), np.bool_), apart)]
    last = ends[np.append(apart, np.ones(min(1, len(ends)), np.bool_))]
    none = np.zeros(0, np.int64)
    found = [(none, none, none)]
    while len(here):  # one stretch of each group of runs that overlap
        run = np.searchsorted(runs.starts, here, "right") - 1
        back = runs.starts[run] - runs.sources[run]
        stop = np.minimum(ends[run], here + back)
        found.append((here, stop, here - back))
        goes_on = stop < last
        here, last = stop[goes_on], last[goes_on]
    starts, stops, sources = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(starts)
    return Stretches(starts[order], stops[order], sources[order])


def outer(stretches: Stretches, rows: I64) -> tuple[Flags, Flags]:
    """Tell which stretches begin, and which end, what is cut out in one piece.

    Parameters
    ----------
    rows
        (s,): the text of each stretch.
    """
    joined = (stretches.starts[1:] == stretches.stops[:-1]) & (rows[1:] == rows[:-1])
    end = np.ones(min(len(rows), 1), np.bool_)
    return np.concatenate((end, ~joined)), np.concatenate((~joined, end))
