"""Posting lists: which texts of an index have a key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from dedup.index.stores.chunks import ROW, ROWS
from dedup.index.stores.protocol import KIND
from dedup.index.stores.store import Store
from dedup.records import I64, U64, Ragged, among, distinct

ALL = 1 << 62  # rows of a list


@dataclass(frozen=True, slots=True)
class PostingLists:
    """The texts that have each of some keys.

    Attributes
    ----------
    keys
        (k,): sorted and unique, below 2 ** 32.
    rows
        k lists of numbers of texts, each ascending.
    """

    keys: U64
    rows: Ragged

    @classmethod
    def of(cls, keys: U64, rows: U64) -> "PostingLists":
        """Return the lists of pairs of a key and a text, in any order and with repetitions.

        Examples
        --------
        >>> keys, rows = np.array([7, 5, 5, 7], np.uint64), np.array([0, 4, 1, 0], np.uint64)
        >>> PostingLists.of(keys, rows).by_key()
        {5: [1, 4], 7: [0]}
        """
        pairs = distinct((keys << ROW) | rows)
        listed = pairs >> ROW
        begins = np.flatnonzero(np.diff(listed, prepend=~np.uint64(0)))
        return cls(listed[begins], Ragged(pairs & ROWS, np.append(begins, len(pairs))))

    @classmethod
    def of_rows(cls, numbers: I64, keys: Ragged) -> "PostingLists":
        """Return the lists of n texts by their numbers, (n,), and the keys of each."""
        return cls.of(keys.values, numbers[keys.row_numbers()].astype(np.uint64))

    @classmethod
    def merged(cls, parts: Iterable["PostingLists"]) -> "PostingLists":
        """Merge lists: each has the rows that it has in any part."""
        keys, rows = zip(*(part.pairs() for part in parts), strict=True)
        return cls.of(np.concatenate(keys), np.concatenate(rows))

    def pairs(self) -> tuple[U64, U64]:
        """Return the key and the number of each entry of the lists, sorted by both."""
        return np.repeat(self.keys, self.rows.lengths), self.rows.values

    def having(self, keys: U64) -> "PostingLists":
        """Return the lists of some keys, which are sorted and unique."""
        places = np.flatnonzero(among(self.keys, keys))
        return PostingLists(self.keys[places], self.rows.take(places))

    def before(self, keys: U64, texts: U64, most: int) -> Ragged:
        """Return which of the first rows under each key, ``most`` of them, are before a text.

        Parameters
        ----------
        keys, texts
            (m,): keys, in any order and with repetitions, and the number of a text for each.

        Examples
        --------
        >>> keys, rows = np.array([7, 5, 5, 7], np.uint64), np.array([0, 4, 1, 3], np.uint64)
        >>> lists = PostingLists.of(keys, rows).before(keys, rows, 64)
        >>> [own.tolist() for own in lists]
        [[], [1], [], [0]]
        """
        places = np.searchsorted(self.keys, keys)
        known = np.append(self.keys, ~np.uint64(0))[places] == keys
        lists = self.rows.begins(np.full(len(self.rows), most))
        lists = Ragged(lists.values, np.append(lists.offsets, lists.offsets[-1:]))
        lists = lists.take(np.where(known, places, len(self.keys)))
        return lists.select(lists.values < np.repeat(texts, lists.lengths))

    def by_key(self) -> dict[int, list[int]]:
        """Return the rows of each key."""
        return dict(zip(self.keys.tolist(), map(np.ndarray.tolist, self.rows), strict=True))


def fetch(store: Store, keys: Mapping[np.uint64, U64], most: int) -> dict[np.uint64, PostingLists]:
    """Read posting lists of several kinds from a store.

    Parameters
    ----------
    keys
        The keys of each kind, sorted and unique; kinds ascend.
    most
        Rows of a list: the lowest ones.
    """
    listed = store.listed(
        np.concatenate([(kind << KIND) | own for kind, own in keys.items()]), most
    )
    found, start = {}, 0
    for kind, own in keys.items():
        lists = listed.part(start, start + len(own))
        places = np.flatnonzero(lists.lengths)
        found[kind] = PostingLists(own[places], lists.take(places))
        start += len(own)
    return found
