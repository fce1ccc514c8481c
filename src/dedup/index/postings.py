"""Posting lists: which texts of an index have a key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dedup.index.stores.chunks import ROW, ROWS
from dedup.index.stores.protocol import KEYS, KIND, Store
from dedup.records import I64, U64, among, distinct

ALL = 1 << 62  # rows of a list
AT_ONCE = 1 << 20  # keys that are looked up


@dataclass(frozen=True, slots=True)
class PostingLists:
    """Pairs of a key and a text that has it, sorted and unique.

    Attributes
    ----------
    keys
        (p,): below 2 ** 32, ascending.
    rows
        (p,): numbers of texts, ascending under each key.
    """

    keys: U64
    rows: I64

    @classmethod
    def of(cls, keys: U64, rows: I64) -> "PostingLists":
        """Return the lists of pairs in any order, with repetitions."""
        pairs = distinct((keys << ROW) | rows.astype(np.uint64))
        return cls(pairs >> ROW, (pairs & ROWS).astype(np.int64))

    @classmethod
    def merged(cls, parts: Sequence["PostingLists"]) -> "PostingLists":
        """Merge lists: each has the rows that it has in any part.

        Examples
        --------
        >>> part = PostingLists(np.array([5, 7], np.uint64), np.array([1, 0]))
        >>> other = PostingLists(np.array([5, 5], np.uint64), np.array([0, 1]))
        >>> PostingLists.merged([part, other]).by_key()
        {5: [0, 1], 7: [0]}
        """
        keys, rows = zip(*((part.keys, part.rows) for part in parts), strict=True)
        return cls.of(np.concatenate(keys), np.concatenate(rows))

    @property
    def pairs(self) -> U64:
        """The pairs as numbers that ascend, (p,): a key above a row."""
        return (self.keys << ROW) | self.rows.astype(np.uint64)

    def having(self, keys: U64) -> "PostingLists":
        """Return the lists of some keys, which are sorted and unique."""
        wanted = among(self.keys, keys)
        return PostingLists(self.keys[wanted], self.rows[wanted])

    def by_key(self) -> dict[int, list[int]]:
        """Return the rows of each key."""
        starts = np.flatnonzero(np.diff(self.keys, prepend=~np.uint64(0)))
        edges, rows = [*starts.tolist(), len(self.keys)], self.rows.tolist()
        return {
            key: rows[start:stop]
            for key, start, stop in zip(self.keys[starts].tolist(), edges, edges[1:], strict=False)
        }


def fetch(store: Store, keys: Mapping[np.uint64, U64], most: int) -> dict[np.uint64, PostingLists]:
    """Read posting lists of several kinds from a store.

    Parameters
    ----------
    keys
        The keys of each kind, sorted and unique; kinds ascend.
    most
        Rows of a list: the lowest ones.
    """
    asked = np.concatenate([(kind << KIND) | own for kind, own in keys.items()])
    found = [(np.empty(0, np.uint64), np.empty(0, np.int64))]
    for start in range(0, len(asked), AT_ONCE):
        own = asked[start : start + AT_ONCE]
        listed = store.listed(own, most)
        found.append((np.repeat(own, listed.lengths), listed.values.astype(np.int64)))
    every, rows = map(np.concatenate, zip(*found, strict=True))
    edges = np.searchsorted(every >> KIND, [*keys, ~np.uint64(0)]).tolist()
    return {
        kind: PostingLists(every[start:stop] & KEYS, rows[start:stop])
        for kind, start, stop in zip(keys, edges, edges[1:], strict=False)
    }
