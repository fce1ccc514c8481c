"""Kept texts that another one may contain."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from dedup.arrivals import Arrivals, distinct
from dedup.backend import use_compiled
from dedup.candidates import COMPARED, FULL
from dedup.lists import Lists, among
from dedup.records import I64, U64, Ragged

HITS = 5  # keys of the sample of a text that another one has which may contain it


class Contained:
    """Kept texts that another one may contain, by their samples.

    As a text is looked up by its sample among all shingles of those before it, those before it are
    met by theirs among all of its. What FULL or more of them have says nothing; of the others HITS
    must be shared, or one by a text that may have no more.
    """

    def __init__(self, arrivals: Arrivals, lists: Lists, shared: U64, common: Ragged) -> None:
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
        self._met = _met(arrivals.held, lists, keys[unsure], np.maximum(HITS - doubts, 1))

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


class _Met:
    """Texts of the index that others may contain, as ``kernels.containing`` finds them."""

    def __init__(self, offsets: I64, others: I64, counts: I64) -> None:
        self._offsets, self._others, self._counts = offsets, others, counts

    def __getitem__(self, row: int) -> Iterator[tuple[int, int]]:
        """Yield those that one may contain, and how many keys they have in common."""
        own = slice(*self._offsets[row : row + 2].tolist())
        return zip(self._others[own].tolist(), self._counts[own].tolist(), strict=True)


def _met(held: Ragged, lists: Lists, but: U64, least: I64) -> _Met:
    """Find the texts of the index of which others have enough keys."""
    keys, edges, listed = lists.sampled(but)
    if use_compiled("texts contained", held.values.nbytes):
        from dedup.kernels.containing import contained_texts  # noqa: PLC0415  at need

        lengths, *found = contained_texts(held.values, held.offsets, keys, edges, listed, least)
        return _Met(np.concatenate(([0], np.cumsum(lengths))), *found)
    under: dict[int, list[int]] = {}
    bounds = edges.tolist()
    for key, (start, stop) in zip(keys.tolist(), pairwise(bounds), strict=True):
        under.setdefault(key, []).extend(listed[start:stop].tolist())
    pairs: list[tuple[int, int]] = []
    ends = [0]
    for own, enough in zip(held, least.tolist(), strict=True):
        hits = Counter(other for key in own.tolist() for other in under.get(key, ()))
        pairs += sorted((one, hit) for one, hit in hits.items() if hit >= enough or one & 1)
        ends.append(len(pairs))
    others, counts = np.array(pairs, np.int64).reshape(-1, 2).T
    return _Met(np.array(ends), others, counts)
