"""Rows that are listed under keys, looked for in all runs."""

import numpy as np

from dedup.index.stores import pairs
from dedup.index.stores.chunks import ROW, ROWS
from dedup.index.stores.runs import Runs, Wanted
from dedup.kernels.chunks import offsets_of
from dedup.records import I64, U64, Ragged

AT_ONCE = 1 << 8  # chunks that are searched at once: 2 MB


def listed(runs: Runs, keys: U64, most: int, floor: int, gone: I64) -> Ragged:
    """Return the rows under each key: the ``most`` of the lowest numbers.

    Parameters
    ----------
    keys
        (k,): sorted and unique, the kind above 32 bits.
    floor, gone
        Rows below, and (g,) sorted rows, are there no more.
    """
    lower, found, every = keys.astype(np.uint32), [np.empty(0, np.uint64)], runs.wanted(keys)
    for start in range(0, len(every.places), AT_ONCE):
        wanted = Wanted(*(column[start : start + AT_ONCE] for column in every))
        places, rows = pairs.found(
            runs.read(wanted.places),
            lows=wanted.lows,
            highs=wanted.highs,
            keys=lower,
            floor=floor,
            gone=gone,
            most=most,
        )
        found.append(places.astype(np.uint64) << ROW | rows.astype(np.uint64))
    return ragged(np.sort(np.concatenate(found)), len(keys), most)


def ragged(found: U64, count: int, most: int) -> Ragged:
    """Return rows by key, ascending, ``most`` of each; ``found`` has places of keys above rows."""
    lengths: I64 = np.bincount((found >> ROW).astype(np.int64), minlength=count)
    return Ragged(found & ROWS, offsets_of(lengths)).begins(np.full(count, most))
