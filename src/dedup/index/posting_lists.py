"""The texts that an index has under each of some keys."""

from dataclasses import dataclass

import numpy as np

from dedup.index.batch import OTHERS, OWN
from dedup.index.stores.protocol import KIND, SHORT
from dedup.records import I64, U64, Flags, Ragged, distinct

LOWER = np.uint64((1 << 32) - 1)
MANY = 1 << 14  # values that are looked for by a table first:
TABLE = 20  # of so many bits of each
LAST = np.uint64((1 << TABLE) - 1)


class Lists:
    """What a store has listed, with numbers as ``Meeting`` counts.

    Parameters
    ----------
    keys
        (k,): sorted and unique, with their kinds.
    listed
        The numbers under each.
    base
        The number in the store of the first text that comes.
    """

    def __init__(self, keys: U64, listed: Ragged, base: int) -> None:
        lengths = listed.lengths
        filled = np.flatnonzero(lengths)  # few of those that were asked for
        self._keys, self._lengths = keys[filled], lengths[filled]
        self._offsets = np.concatenate(([0], np.cumsum(self._lengths)))
        self._rows = listed.values.astype(np.int64) - base

    @classmethod
    def none(cls) -> "Lists":
        """Return no lists."""
        nothing = np.empty(0, np.uint64)
        return cls(nothing, Ragged(nothing, np.zeros(1, np.int64)), 0)

    def _begin_of(self, kind: np.uint64) -> int:
        """Return where the keys of a kind begin."""
        return int(np.searchsorted(self._keys, kind << KIND))

    def of(self, keys: U64) -> tuple[I64, I64]:
        """Return what is under keys: the place of a key in ``keys`` and a text, flat."""
        own = np.flatnonzero(among(keys, self._keys))
        places = np.searchsorted(self._keys, keys[own])
        return np.repeat(own, self._lengths[places]), self._at(places)

    def _at(self, places: I64) -> I64:
        """Return the texts under some of the keys, flat."""
        lengths = self._lengths[places]
        starts = np.repeat(self._offsets[places] - np.cumsum(lengths) + lengths, lengths)
        rows: I64 = self._rows[starts + np.arange(len(starts))]
        return rows

    def together(self, keys: U64, most: int) -> dict[int, list[int]]:
        """Return the first ``most`` texts under keys of any kind, by the lower 32 bits."""
        parts = [self.of((kind << KIND) | keys) for kind in OWN]
        places = np.concatenate([part[0] for part in parts])
        rows = np.concatenate([part[1] for part in parts])
        least = rows.min(initial=0)
        pairs = distinct((places << 32 | (rows - least)).astype(np.uint64))
        of = (pairs >> KIND).astype(np.int64)
        ends = np.cumsum(np.bincount(of, minlength=len(keys))).tolist()
        every: list[int] = ((pairs & LOWER).astype(np.int64) + least).tolist()
        return {
            key: every[start : min(stop, start + most)]
            for key, start, stop in zip(keys.tolist(), [0, *ends], ends, strict=False)
            if start < stop
        }

    def upto(self, kind: np.uint64) -> "Under":
        """Return what is under keys of shingles, of all kinds up to one."""
        stop = self._begin_of(kind + np.uint64(1))
        order = np.argsort(self._keys[:stop] & LOWER, kind="stable")
        keys, lengths = self._keys[order], self._lengths[order]
        lower = keys & LOWER
        starts = np.flatnonzero(np.diff(lower, prepend=~LOWER))
        totals = np.add.reduceat(lengths, starts) if stop else lengths
        totals = np.repeat(totals, np.diff(starts, append=stop))
        short = np.repeat(keys >> KIND == SHORT, lengths)
        return Under(lower, lengths, totals, 2 * self._at(order) + short)

    def sampled_under(self, keys: U64) -> tuple[I64, I64]:
        """Return the samples under keys of 32 bits, flat: the places of keys, and marked texts."""
        places, rows = zip(*(self.of((kind << KIND) | keys) for kind in OTHERS), strict=True)
        short = np.repeat([kind == SHORT for kind in OTHERS], [len(some) for some in rows])
        return np.concatenate(places), 2 * np.concatenate(rows) + short


@dataclass(frozen=True, slots=True)
class Under:
    """The texts under keys of shingles.

    Attributes
    ----------
    keys
        (k,): their lower 32 bits, sorted; one may be there twice or three times, of several kinds.
    lengths
        (k,): how many texts are under each,
    totals
        (k,): and under all keys with the same bits.
    rows
        (total,): twice their numbers, and 1 more for those whose samples have all of them.
    """

    keys: U64
    lengths: I64
    totals: I64
    rows: I64

    @property
    def edges(self) -> I64:
        """Where the texts of each key begin in ``rows``, and the end."""
        return np.concatenate(([0], np.cumsum(self.lengths)))

    def where(self, wanted: Flags) -> "Under":
        """Return what is under some of the keys."""
        rows = self.rows[np.repeat(wanted, self.lengths)]
        return Under(self.keys[wanted], self.lengths[wanted], self.totals[wanted], rows)


def among(values: U64, some: U64) -> Flags:
    """Tell which values are among some, sorted ones.

    Most of many values are not, which a table of their last bits tells sooner than a search.
    """
    found = np.zeros(len(values), np.bool_)
    if not len(some):
        return found
    places = np.arange(len(values))
    if len(values) > MANY:
        table = np.zeros(1 << TABLE, np.bool_)
        table[some & LAST] = True
        places = np.flatnonzero(table[values & LAST])
    maybe = values[places]
    found[places] = some[np.minimum(np.searchsorted(some, maybe), len(some) - 1)] == maybe
    return found
