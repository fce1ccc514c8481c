"""Rows that are listed under keys, looked for in all runs."""

from collections.abc import Iterator

import numpy as np

from dedup.index.stores import pairs
from dedup.index.stores.chunks import ROW, ROWS
from dedup.index.stores.protocol import KIND, KINDS
from dedup.index.stores.runs import Runs, Wanted
from dedup.records import I64, U32, U64, Ragged

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
    lower, found = keys.astype(np.uint32), [np.empty(0, np.uint64)]
    parts = [*_wanted(runs, keys, lower)]
    every = Wanted(*map(np.concatenate, zip(Wanted.none(), *parts, strict=True)))
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


def _wanted(runs: Runs, keys: U64, lower: U32) -> Iterator[Wanted]:
    """Yield the chunks of each run in which keys may be."""
    every = runs.all()
    for kind in KINDS:
        low, high = np.searchsorted(keys, np.array([kind, kind + np.uint64(1)]) << KIND).tolist()
        if low < high:
            yield from runs.wanted(int(kind), lower[low:high], low, every)


def ragged(found: U64, count: int, most: int) -> Ragged:
    """Return rows by key, ascending, ``most`` of each; ``found`` has places of keys above rows."""
    lengths: I64 = np.bincount((found >> ROW).astype(np.int64), minlength=count)
    if len(lengths) and lengths.max() > most:
        nth = np.arange(len(found)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        found = found[nth < most]
        lengths = np.minimum(lengths, most)
    offsets = np.zeros(count + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return Ragged(found & ROWS, offsets)
