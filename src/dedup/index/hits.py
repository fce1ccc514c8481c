"""Texts of an index that have keys in common with those that come."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from dedup.index.posting_lists import Under
from dedup.native import core, has_core
from dedup.records import I64, Ragged


class Hits:
    """Which of them have enough keys in common with each."""

    def __init__(self, offsets: I64, others: I64, counts: I64) -> None:
        self._offsets, self._others, self._counts = offsets, others, counts

    @classmethod
    def of(cls, keys: Ragged, under: Under, least: I64) -> "Hits":
        """Count the keys of each text under which others are.

        Parameters
        ----------
        least
            (n,): how many keys each must have in common with others; one with those that are
            marked.
        """
        if has_core():
            lengths, *found = core.texts_met(
                keys.values, keys.offsets, under.keys, under.edges, under.rows, least
            )
            return cls(np.concatenate(([0], np.cumsum(lengths))), *found)
        lists: dict[int, list[int]] = {}
        bounds = pairwise(under.edges.tolist())
        for key, (start, stop) in zip(under.keys.tolist(), bounds, strict=True):
            lists.setdefault(key, []).extend(under.rows[start:stop].tolist())
        pairs: list[tuple[int, int]] = []
        ends = [0]
        for own, enough in zip(keys, least.tolist(), strict=True):
            hits = Counter(other for key in own.tolist() for other in lists.get(key, ()))
            pairs += sorted((one, hit) for one, hit in hits.items() if hit >= enough or one & 1)
            ends.append(len(pairs))
        others, counts = np.array(pairs, np.int64).reshape(-1, 2).T
        return cls(np.array(ends), others, counts)

    def filled(self) -> list[int]:
        """Return the texts of which there are any."""
        found: list[int] = np.flatnonzero(np.diff(self._offsets)).tolist()
        return found

    def __getitem__(self, row: int) -> Iterator[tuple[int, int]]:
        """Yield those of one text, as they are marked, and how many keys they have in common."""
        own = slice(*self._offsets[row : row + 2].tolist())
        return zip(self._others[own].tolist(), self._counts[own].tolist(), strict=True)
