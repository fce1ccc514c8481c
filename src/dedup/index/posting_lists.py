"""Posting lists in arrays: the rows that have each key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from dedup.arrays.array_types import I64, U64, Ragged
from dedup.arrays.long_arrays import distinct, isin_sorted
from dedup.index.stores.postings import KIND_SHIFT, ROW_BITS, ROW_MASK
from dedup.index.stores.store import Store

ALL_ROWS = 1 << 62  # a limit for posting lists that are read in full


@dataclass(frozen=True, slots=True)
class PostingLists:
    """The posting lists of k keys.

    Attributes
    ----------
    keys
        (k,): sorted and unique, below ``2 ** 32``.
    rows
        k lists of rows, each ascending and not empty.
    """

    keys: U64
    rows: Ragged

    @classmethod
    def of_postings(cls, keys: U64, rows: U64) -> "PostingLists":
        """Build the lists from postings, a key and a row each, in any order; some may be equal.

        Examples
        --------
        >>> keys, rows = np.array([7, 5, 5, 7], np.uint64), np.array([0, 4, 1, 0], np.uint64)
        >>> PostingLists.of_postings(keys, rows).as_dict()
        {5: [1, 4], 7: [0]}
        """
        postings = distinct((keys << ROW_BITS) | rows)
        posting_keys = postings >> ROW_BITS
        begins = np.flatnonzero(np.diff(posting_keys, prepend=~np.uint64(0)))
        offsets = np.append(begins, len(postings))
        return cls(posting_keys[begins], Ragged(postings & ROW_MASK, offsets))

    @classmethod
    def of_rows(cls, rows: I64, keys: Ragged) -> "PostingLists":
        """Build the lists from n rows, (n,), and the keys of each."""
        return cls.of_postings(keys.values, rows[keys.row_numbers()].astype(np.uint64))

    @classmethod
    def merged(cls, parts: Iterable["PostingLists"]) -> "PostingLists":
        """Merge lists: a key has the rows that it has in any of the parts."""
        keys, rows = zip(*(part.postings() for part in parts), strict=True)
        return cls.of_postings(np.concatenate(keys), np.concatenate(rows))

    def postings(self) -> tuple[U64, U64]:
        """Return the key and the row of each posting, sorted by both."""
        return np.repeat(self.keys, self.rows.lengths), self.rows.values

    def select(self, keys: U64) -> "PostingLists":
        """Return the lists of ``keys``, which are sorted and unique."""
        positions = np.flatnonzero(isin_sorted(self.keys, keys))
        return PostingLists(self.keys[positions], self.rows.take(positions))

    def rows_before(self, keys: U64, rows: U64, limit: int) -> Ragged:
        """Return for each of m queries the rows of a key that are below a row.

        Parameters
        ----------
        keys, rows
            (m,): the key and the row of each query, in any order; some may be equal.
        limit
            Only the first ``limit`` rows of each list count.

        Examples
        --------
        >>> keys, rows = np.array([7, 5, 5, 7], np.uint64), np.array([0, 4, 1, 3], np.uint64)
        >>> lists = PostingLists.of_postings(keys, rows).rows_before(keys, rows, 64)
        >>> [earlier_rows.tolist() for earlier_rows in lists]
        [[], [1], [], [0]]
        """
        positions = np.searchsorted(self.keys, keys)
        has_list = np.append(self.keys, ~np.uint64(0))[positions] == keys
        lists = self.rows.truncated(limit)
        empty_last = Ragged(lists.values, np.append(lists.offsets, lists.offsets[-1:]))
        lists = empty_last.take(np.where(has_list, positions, len(self.keys)))
        return lists.filter_values(lists.values < np.repeat(rows, lists.lengths))

    def as_dict(self) -> dict[int, list[int]]:
        """Return the rows of each key."""
        return dict(zip(self.keys.tolist(), map(np.ndarray.tolist, self.rows), strict=True))


def read_posting_lists(
    store: Store, keys_by_kind: Mapping[np.uint64, U64], limit: int
) -> dict[np.uint64, PostingLists]:
    """Read the posting lists of several kinds of keys by one call of ``Store.posting_lists``.

    Parameters
    ----------
    keys_by_kind
        The keys of each kind, sorted and unique; kinds ascend.
    limit
        The most rows of a list: the lowest ones.
    """
    keys = np.concatenate([(kind << KIND_SHIFT) | keys for kind, keys in keys_by_kind.items()])
    empty = Ragged(keys, np.zeros(1, np.int64))
    all_lists = store.posting_lists(keys, limit) if len(keys) else empty
    by_kind, start = {}, 0
    for kind, kind_keys in keys_by_kind.items():
        lists = all_lists.slice_rows(start, start + len(kind_keys))
        positions = np.flatnonzero(lists.lengths)
        by_kind[kind] = PostingLists(kind_keys[positions], lists.take(positions))
        start += len(kind_keys)
    return by_kind
