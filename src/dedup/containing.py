"""Kept texts that another one may contain."""

from collections import Counter
from itertools import pairwise

import numpy as np

from dedup.arrivals import Arrivals, distinct
from dedup.backend import use_compiled
from dedup.candidates import COMPARED, FULL
from dedup.lists import LOWER, Lists, among
from dedup.records import I64, U64, Ragged
from dedup.store.protocol import KIND, SAMPLED, SHORT

HITS = 5  # keys of the sample of a text that another one has which may contain it


class Contained:
    """Kept texts that another one may contain, by their samples.

    As a text is looked up by its sample among all shingles of those before it, those before it are
    met by theirs among all of its. What FULL or more of them have says nothing; of the others HITS
    must be shared, or one by a text that may have no more.
    """

    def __init__(self, arrivals: Arrivals, lists: Lists, shared: U64) -> None:
        held = arrivals.held
        own = arrivals.keys.probes.select(among(arrivals.keys.probes.values, shared))
        kinds = np.where(np.repeat(arrivals.is_short, own.lengths), SHORT, SAMPLED)
        self._own = Ragged((kinds << KIND) | own.values, own.offsets)
        keys, counts = np.unique(self._own.values, return_counts=True)
        # What may become full by the texts that come is counted as they come.
        unsure = keys[counts + lists.lengths(keys) >= FULL]
        self._kept: dict[int, list[int]] = {key: [] for key in unsure.tolist()}
        for place, row in zip(*(column.tolist() for column in lists.of(unsure)), strict=True):
            self._kept[int(unsure[place])].append(row)
        self._held = held.select(among(held.values, distinct(keys & LOWER)))
        doubts = held.select(among(held.values, distinct(unsure & LOWER))).lengths
        self._met = _met(held, lists, unsure, np.maximum(HITS - doubts, 1))

    def of(self, row: int) -> list[int]:
        """Return the kept texts that a text may contain: COMPARED at most."""
        hits, short = Counter[int](), set[int]()
        for key in self._held[row].tolist():
            for kind in (int(SAMPLED), int(SHORT)):
                listed = self._kept.get(key | kind << 32, ())
                if len(listed) < FULL:
                    hits.update(listed)
                    short.update(listed if kind else ())
        for other, count in zip(*(column.tolist() for column in self._met[row]), strict=True):
            hits[other >> 1] += count
            if other & 1:
                short.add(other >> 1)
        found = [other for other, count in hits.items() if count >= HITS or other in short]
        return sorted(found, key=lambda other: (-hits[other], other))[:COMPARED]

    def insert(self, row: int) -> None:
        """Enter a kept text."""
        for key in self._own[row].tolist():
            self._kept.setdefault(key, []).append(row)


class _Met:
    """Texts of the index that others may contain: twice their numbers, and 1 more for short ones."""

    def __init__(self, offsets: I64, others: I64, counts: I64) -> None:
        self._offsets, self._others, self._counts = offsets, others, counts

    def __getitem__(self, row: int) -> tuple[I64, I64]:
        """Return those that one may contain, and how many keys they have in common."""
        own = slice(*self._offsets[row : row + 2].tolist())
        return self._others[own], self._counts[own]


def _met(held: Ragged, lists: Lists, but: U64, least: I64) -> _Met:
    """Find the texts of the index of which others have enough keys."""
    keys, edges, rows, short = lists.sampled(but)
    listed = 2 * rows + np.repeat(short, np.diff(edges))
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
