"""The texts that an index has under each of some keys."""

import numpy as np

from dedup.arrivals import OTHERS, OWN, distinct
from dedup.candidates import FULL
from dedup.records import I64, U64, Flags, Ragged
from dedup.store.protocol import KIND, PRINT, REST, SHORT

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
        self._keys, self._lengths, self._offsets = keys, listed.lengths, listed.offsets
        self._rows = listed.values.astype(np.int64) - base

    @classmethod
    def none(cls) -> "Lists":
        """Return no lists."""
        nothing = np.empty(0, np.uint64)
        return cls(nothing, Ragged(nothing, np.zeros(1, np.int64)), 0)

    def filled(self) -> U64:
        """Return the keys of shingles under which there are texts: their lower 32 bits."""
        wanted = (self._lengths > 0) & (self._keys >> KIND != PRINT)
        return distinct(self._keys[wanted] & LOWER)

    def of(self, keys: U64) -> tuple[I64, I64]:
        """Return what is under keys: the place of a key in ``keys`` and a text, flat."""
        own = np.flatnonzero(among(keys, self._keys))
        places = np.searchsorted(self._keys, keys[own])
        lengths = self._lengths[places]
        starts = np.repeat(self._offsets[places] - np.cumsum(lengths) + lengths, lengths)
        return np.repeat(own, lengths), self._rows[starts + np.arange(len(starts))]

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

    def sampled(self, but: U64) -> tuple[U64, I64, I64]:
        """Return the samples of texts, where fewer than FULL have a key.

        Parameters
        ----------
        but
            Keys that are left out, sorted, their lower 32 bits.

        Returns
        -------
        keys, edges, rows
            The lower 32 bits of keys, of which two may be the same, and the texts under each as
            ``marked`` gives them.
        """
        size = int(np.searchsorted(self._keys, REST << KIND)) // 2  # the same ones of both kinds
        both = self._lengths[:size] + self._lengths[size : 2 * size]
        some = (both < FULL) & ~among(self._keys[:size], but)
        wanted = np.flatnonzero(np.tile(some, 2) & (self._lengths[: 2 * size] > 0))
        keys, lengths = self._keys[wanted], self._lengths[wanted]
        edges = np.concatenate(([0], np.cumsum(lengths)))
        short = np.repeat(keys >> KIND == SHORT, lengths)
        return keys & LOWER, edges, marked(self.of(keys)[1], short)

    def sampled_under(self, keys: U64) -> tuple[I64, I64]:
        """Return the samples under keys of 32 bits, flat: the places of keys, and marked texts."""
        places, rows = zip(*(self.of((kind << KIND) | keys) for kind in OTHERS), strict=True)
        short = np.repeat([kind == SHORT for kind in OTHERS], [len(some) for some in rows])
        return np.concatenate(places), marked(np.concatenate(rows), short)


def marked(rows: I64, short: Flags) -> I64:
    """Return twice the numbers of texts, and 1 more for those whose samples have all of them."""
    return 2 * rows + short


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
