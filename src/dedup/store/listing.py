"""Rows that are listed under keys, looked for in all runs."""

from collections.abc import Iterable

import numpy as np

from dedup.records import I64, U64, Ragged
from dedup.store import pairs
from dedup.store.protocol import KIND
from dedup.store.runs import Runs, Wanted

AT_ONCE = 1 << 11  # chunks that are searched at once: some 20 MB
LOWER = np.uint64((1 << 32) - 1)


def listed(runs: Runs, keys: U64, most: int, floor: int, gone: I64) -> Ragged:
    """Return the rows under each key: the ``most`` of the lowest numbers.

    Parameters
    ----------
    keys
        (k,): sorted and unique, the kind above 32 bits.
    floor, gone
        Rows below, and (g,) sorted rows, are there no more.
    """
    lower = keys & LOWER
    wanted = _together(_wanted(runs, keys, lower))
    places, rows = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for start in range(0, len(wanted.places), AT_ONCE):
        own = slice(start, start + AT_ONCE)
        found = pairs.found(
            runs.read(wanted.places[own]),
            firsts=wanted.firsts[own],
            lows=wanted.lows[own],
            highs=wanted.highs[own],
            keys=lower,
            floor=floor,
            gone=gone,
            most=most,
        )
        places.append(found[0])
        rows.append(found[1])
    return _ragged(np.concatenate(places), np.concatenate(rows), len(keys), most)


def _wanted(runs: Runs, keys: U64, lower: U64) -> Iterable[Wanted]:
    every = runs.all()
    kinds = keys >> KIND
    for kind in np.unique(kinds).tolist():
        low, high = np.searchsorted(kinds, [kind, kind + 1]).tolist()
        yield from runs.wanted(kind, lower[low:high], low, every)


def _together(some: Iterable[Wanted]) -> Wanted:
    """Return all chunks, by their places: so they are read in the order in which they lie."""
    parts = list(some)
    if not parts:
        none = np.empty(0, np.int64)
        return Wanted(none, none.astype(np.uint64), none, none)
    every = Wanted(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    order = np.argsort(every.places, kind="stable")
    return Wanted(*(column[order] for column in every))


def _ragged(places: I64, rows: I64, count: int, most: int) -> Ragged:
    """Return rows by key, ascending, ``most`` of each."""
    order = np.lexsort((rows, places))
    places, rows = places[order], rows[order]
    starts = np.searchsorted(places, np.arange(count + 1))
    nth = np.arange(len(places)) - starts[places]
    kept = nth < most
    lengths = np.minimum(np.diff(starts), most)
    return Ragged(rows[kept].astype(np.uint64), np.concatenate(([0], np.cumsum(lengths))))
