"""Posting lists: which texts of the index have a key."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from dedup.index.stores.protocol import KIND, Store
from dedup.records import I64, U64, among, distinct

LOWER = np.uint64((1 << 32) - 1)
AT_ONCE = 1 << 20  # keys that are looked up


@dataclass(frozen=True, slots=True)
class PostingLists:
    """Pairs of a key and a text that has it.

    Attributes
    ----------
    keys
        (p,): ascending, their kinds above 32 bits.
    rows
        (p,): numbers of texts of the index.
    """

    keys: U64
    rows: I64

    @classmethod
    def fetch(
        cls, store: Store, keys: Sequence[tuple[np.uint64, U64]], most: int, base: int = 0
    ) -> Self:
        """Read posting lists from a store.

        Parameters
        ----------
        keys
            The keys of each kind, sorted and unique; kinds ascend.
        most
            Rows of a list: the lowest ones.
        base
            Subtracted from the numbers of rows.
        """
        found = [(np.empty(0, np.uint64), np.empty(0, np.int64))]
        for asked in _some_at_once(keys):
            listed = store.listed(asked, most)
            rows = listed.values.astype(np.int64) - base
            found.append((np.repeat(asked, listed.lengths), rows))
        return cls(*map(np.concatenate, zip(*found, strict=True)))

    def of_kinds(self, first: np.uint64, last: np.uint64) -> "PostingLists":
        """Return the lists of some kinds."""
        bounds = np.array([first, last + np.uint64(1)]) << KIND
        start, stop = np.searchsorted(self.keys, bounds).tolist()
        return PostingLists(self.keys[start:stop], self.rows[start:stop])

    def having(self, keys: U64) -> "PostingLists":
        """Return the lists of keys, sorted and without kinds."""
        wanted = among(self.keys & LOWER, keys)
        return PostingLists(self.keys[wanted], self.rows[wanted])

    def merged(self) -> "PostingLists":
        """Merge the lists of keys that differ in their kinds alone: each row once, ascending."""
        least = self.rows.min(initial=0)
        pairs = distinct((self.keys & LOWER) << KIND | (self.rows - least).astype(np.uint64))
        return PostingLists(pairs >> KIND, (pairs & LOWER).astype(np.int64) + least)

    def by_key(self) -> dict[int, list[int]]:
        """Return the rows of each key."""
        starts = np.flatnonzero(np.diff(self.keys, prepend=~np.uint64(0)))
        edges, rows = [*starts.tolist(), len(self.keys)], self.rows.tolist()
        return {
            key: rows[start:stop]
            for key, start, stop in zip(self.keys[starts].tolist(), edges, edges[1:], strict=False)
        }


def _some_at_once(keys: Sequence[tuple[np.uint64, U64]]) -> Iterator[U64]:
    """Yield keys with their kinds in order: all of them, or some of a kind where they are many."""
    if sum(len(some) for _, some in keys) <= AT_ONCE:
        yield np.concatenate([(kind << KIND) | some for kind, some in keys])
        return
    for kind, some in keys:
        for start in range(0, len(some), AT_ONCE):
            yield (kind << KIND) | some[start : start + AT_ONCE]
