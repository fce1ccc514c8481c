"""Kept texts that another one may contain."""

import numpy as np

from dedup.index.batch import Arrivals
from dedup.index.hits import Hits
from dedup.index.posting_lists import Lists, among
from dedup.index.stores.protocol import SHORT
from dedup.matching.candidates import COMPARED, FULL
from dedup.records import U64, Ragged, distinct

HITS = 5  # keys of the sample of a text that another one has which may contain it


class Contained:
    """Kept texts that another one may contain, by their samples.

    As a text is looked up by its sample among all shingles of those before it, those before it are
    met by theirs among all of its. What FULL or more of them have says nothing; of the others HITS
    must be shared, or one by a text that may have no more.
    """

    def __init__(self, arrivals: Arrivals, lists: Lists, shared: U64, common: Ragged) -> None:
        under = lists.upto(SHORT)
        probes = arrivals.keys.probes
        self._short: list[bool] = arrivals.is_short.tolist()
        self._own = probes.select(among(probes.values, shared))
        keys = distinct(self._own.values)
        counts = np.bincount(np.searchsorted(keys, self._own.values), minlength=len(keys))
        places, rows = lists.sampled_under(keys)
        # What may become full by the texts that come is counted as they come.
        unsure = counts + np.bincount(places, minlength=len(keys)) >= FULL
        self._kept: dict[int, list[int]] = {key: [] for key in keys[unsure].tolist()}
        theirs = unsure[places]
        for key, row in zip(keys[places[theirs]].tolist(), rows[theirs].tolist(), strict=True):
            self._kept[key].append(row)
        self._held = common.select(among(common.values, keys))
        doubts = self._held.select(among(self._held.values, keys[unsure])).lengths
        rare = under.where((under.totals < FULL) & ~among(under.keys, keys[unsure]))
        self._met = Hits.of(arrivals.held, rare, np.maximum(HITS - doubts, 1))

    def of(self, row: int) -> list[int]:
        """Return the kept texts that a text may contain: COMPARED at most."""
        hits = dict(self._met[row])
        for key in self._held[row].tolist():
            listed = self._kept.get(key)
            if listed and len(listed) < FULL:
                for other in listed:
                    hits[other] = hits.get(other, 0) + 1
        found = [
            (-count, other >> 1) for other, count in hits.items() if count >= HITS or other & 1
        ]
        return [other for _, other in sorted(found)[:COMPARED]]

    def insert(self, row: int) -> None:
        """Enter a kept text."""
        marked = 2 * row + self._short[row]
        for key in self._own[row].tolist():
            self._kept.setdefault(key, []).append(marked)
