"""The kept texts that each text of a batch is compared with, and those that it may contain.

A text is looked up by its sample among all keys of the texts before it. So the texts before it that
it contains, its older versions, are found by their samples among all its keys.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from dedup.arrays.array_types import I64, U64, Flags, Ragged
from dedup.arrays.long_arrays import distinct, isin_sorted
from dedup.index.batch import HashedBatch
from dedup.index.stores.postings import (
    KIND_OTHER,
    KIND_SHIFT,
    KIND_SHORT_SKETCH,
    KIND_SKETCH,
    ROW_BITS,
    ROW_MASK,
)
from dedup.index.stores.store import Store
from dedup.matching.candidates import MAX_CANDIDATES, MAX_POSTINGS, CandidateLookup, SketchKeys

ALL = 1 << 62  # rows of a list
SHARED = 5  # keys of the sample of a text that a text has which may contain it


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
        pairs = distinct((keys << ROW_BITS) | rows)
        listed = pairs >> ROW_BITS
        begins = np.flatnonzero(np.diff(listed, prepend=~np.uint64(0)))
        return cls(listed[begins], Ragged(pairs & ROW_MASK, np.append(begins, len(pairs))))

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
        places = np.flatnonzero(isin_sorted(self.keys, keys))
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
        lists = self.rows.truncated(most)
        lists = Ragged(lists.values, np.append(lists.offsets, lists.offsets[-1:]))
        lists = lists.take(np.where(known, places, len(self.keys)))
        return lists.filter_values(lists.values < np.repeat(texts, lists.lengths))

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
    asked = np.concatenate([(kind << KIND_SHIFT) | own for kind, own in keys.items()])
    listed = (
        store.posting_lists(asked, most) if len(asked) else Ragged(asked, np.zeros(1, np.int64))
    )
    found, start = {}, 0
    for kind, own in keys.items():
        lists = listed.slice_rows(start, start + len(own))
        places = np.flatnonzero(lists.lengths)
        found[kind] = PostingLists(own[places], lists.take(places))
        start += len(own)
    return found


@dataclass(frozen=True, slots=True)
class KeptTexts:
    """Kept texts of an index and of a batch, by their keys.

    The texts of a batch have the numbers from ``first`` on, texts of the index lower ones.

    Invariant: the methods return exactly what they would if all texts of the index, and then the
    inserted texts of the batch, were inserted in order under all their keys, and a text were looked
    up in these posting lists alone: ``candidates`` what ``CandidateLookup.find`` returns then, with
    the caps MAX_POSTINGS, MAX_CANDIDATES and MAX_EXHAUSTIVE_POSTINGS on lists that have texts of
    both.

    It does less, because ``CandidateLookup.find(row)`` depends only on the posting lists of the
    keys by which the row is looked up:

    - Other posting lists are not read. Of a list at most MAX_POSTINGS rows are read, unless some
      text is looked up by all its keys.
    - Candidates are found for all texts at once, in arrays, as if each text of the batch were kept.
      Those that are not kept are left out. That is exact, as whether two texts share enough keys
      depends on these two alone, unless a posting list has MAX_POSTINGS texts only with those of
      the batch.
    - A text with such a list is looked up again, alone, and so is a text that is looked up by all
      its keys, if a text before it has one of these.
    """

    batch: HashedBatch
    first: int
    postings: Mapping[np.uint64, PostingLists]  # of the index, for each kind of key
    possible: list[list[int]]  # the candidates of each text if all are kept, the best first
    again: CandidateLookup  # finds the candidates of one text
    is_again: Flags  # (n,): which texts are looked up again
    inserted: set[int] = field(default_factory=set)

    def in_index(self) -> Iterator[int]:
        """Yield the texts of the index that texts are compared with."""
        for possible in self.possible:
            yield from islice((row for row in possible if row < self.first), MAX_CANDIDATES)

    def candidates(self, row: int) -> list[int]:
        """Return the kept texts that a text is compared with."""
        if self.is_again[row - self.first]:
            return self.again.find(row)
        possible = self.possible[row - self.first]
        return [one for one in possible if one < self.first or one in self.inserted][
            :MAX_CANDIDATES
        ]

    def insert(self, row: int) -> None:
        """Add a kept text of the batch; texts are added in order."""
        self.inserted.add(row)
        self.again.insert(row)

    def older_versions(self, wanted: Flags) -> dict[int, list[int]]:
        """Return the kept texts before each text that it may contain, MAX_CANDIDATES at most.

        Keys that the samples of MAX_POSTINGS or more texts before a text have say nothing of it. Of
        the other keys SHARED must be shared, or one by a text whose sample has all its keys. By
        Jaccard no text contains another.

        Parameters
        ----------
        wanted
            (n,): for which texts of the batch older versions are looked for.

        Returns
        -------
        dict of int to list of int
            By number the texts that have older versions: those that share most keys first.
        """
        if not self.batch.sample_size:
            return {}
        keys, first = self.batch.keys, self.first
        inserted = np.array(sorted(self.inserted), np.int64)
        samples = PostingLists.of_rows(inserted, keys.query_keys.take(inserted - first))
        known = PostingLists.merged(
            [self.postings[KIND_SKETCH], self.postings[KIND_SHORT_SKETCH], samples]
        )
        rows = np.flatnonzero(wanted)
        entries = keys.posting_keys.take(rows)
        entries = entries.filter_values(isin_sorted(entries.values, known.keys))
        entered, texts = PostingLists.of_rows(first + rows, entries).pairs()
        lists = known.before(entered, texts, MAX_POSTINGS)
        counted = np.repeat(lists.lengths < MAX_POSTINGS, lists.lengths)
        pairs = np.repeat(texts << ROW_BITS, lists.lengths) | lists.values
        pairs, shared = np.unique(pairs[counted], return_counts=True)
        short = (first + np.flatnonzero(self.batch.is_short)).astype(np.uint64)
        short = np.union1d(self.postings[KIND_SHORT_SKETCH].rows.values, short)
        enough = (shared >= SHARED) | isin_sorted(pairs & ROW_MASK, short)
        versions = ranked(pairs[enough], shared[enough])
        return {row: others[:MAX_CANDIDATES] for row, others in versions.items()}


def find_kept_texts(batch: HashedBatch, wanted: Flags, store: Store, first: int) -> KeptTexts:
    """Look up the texts of a batch in an index and among themselves.

    Parameters
    ----------
    wanted
        (n,): which texts of the batch are looked up.
    first
        The number of the first text of the batch.
    """
    keys, entries = keys_of_rows(batch.keys, wanted), batch.keys.posting_keys
    probe_keys = distinct(keys.query_keys.values)
    entry_keys = distinct(entries.values) if batch.sample_size else probe_keys
    most = ALL if keys.is_exhaustive.any() else MAX_POSTINGS
    postings = fetch(
        store,
        {KIND_SKETCH: entry_keys, KIND_SHORT_SKETCH: entry_keys, KIND_OTHER: probe_keys},
        most,
    )
    in_index = PostingLists.merged(lists.having(probe_keys) for lists in postings.values())
    entries = entries.filter_values(isin_sorted(entries.values, probe_keys))
    in_batch = PostingLists.of_rows(first + np.arange(len(batch)), entries)
    sampled = keys_of_rows(keys, ~keys.is_exhaustive)
    found, is_again = sampled_candidates(sampled, PostingLists.merged([in_index, in_batch]), first)
    shared = in_batch.keys[in_batch.rows.lengths > 1]
    probed = keys.query_keys.row_numbers()[isin_sorted(keys.query_keys.values, shared)]
    is_again[probed[keys.is_exhaustive[probed]]] = True
    alone = distinct(keys_of_rows(keys, is_again | keys.is_exhaustive).query_keys.values)
    again = CandidateLookup(
        replace(keys, posting_keys=entries.filter_values(isin_sorted(entries.values, alone))),
        postings=in_index.having(alone).by_key(),
        first=first,
    )
    possible = [found.get(place, []) for place in range(len(batch))]
    for place in np.flatnonzero(keys.is_exhaustive).tolist():
        possible[place] = again.find(first + place)
    return KeptTexts(batch, first, postings, possible, again, is_again)


def sampled_candidates(
    keys: SketchKeys, kept: PostingLists, first: int
) -> tuple[dict[int, list[int]], Flags]:
    """Return what ``CandidateLookup.find`` returns for texts that are looked up by sketches.

    Parameters
    ----------
    keys
        Of the n texts; no probes where a text is not looked up.
    kept
        The texts of the index, and those of the batch, as if all were kept.
    first
        The number of the first text of the batch.

    Returns
    -------
    dict of int to list of int
        The candidates of each text, by its place, if it has any; more than MAX_CANDIDATES, maybe.
    is_filled
        (n,): texts with a posting list that the batch may fill. Their candidates depend on which
        texts are kept.
    """
    rows = keys.query_keys.row_numbers()
    lists = kept.before(keys.query_keys.values, (first + rows).astype(np.uint64), MAX_POSTINGS)
    is_full = lists.filter_values(lists.values < first).lengths >= MAX_POSTINGS
    is_filled = np.zeros(len(keys.query_keys), np.bool_)
    is_filled[rows[(lists.lengths >= MAX_POSTINGS) & ~is_full]] = True
    full = np.bincount(rows[is_full], minlength=len(keys.query_keys))
    uncapped = keys.query_keys.lengths - full
    of_rest = np.where(full > 0, keys.min_shared_uncapped[uncapped], keys.min_shared)
    pairs = (np.repeat(rows, lists.lengths).astype(np.uint64) << ROW_BITS) | lists.values
    both, every = np.unique(pairs, return_counts=True)
    rarer, counts = np.unique(pairs[~np.repeat(is_full, lists.lengths)], return_counts=True)
    rest = np.zeros(len(both), np.int64)
    rest[np.searchsorted(both, rarer)] = counts
    texts = (both >> ROW_BITS).astype(np.int64)
    found = (every >= keys.min_shared[texts]) | (rest >= of_rest[texts])
    return ranked(both[found], rest[found], every[found]), is_filled


def ranked(pairs: U64, *counts: I64) -> dict[int, list[int]]:
    """Return the other texts of each text, the best first.

    Parameters
    ----------
    pairs
        (p,): a text above another one; sorted and unique.
    counts
        (p,) each: what they share. The first counts most; of equal texts the lowest comes first.

    Examples
    --------
    >>> pairs = np.array([7 << 32 | 2, 7 << 32 | 3, 8 << 32 | 2], np.uint64)
    >>> ranked(pairs, np.array([5, 6, 9]))
    {7: [3, 2], 8: [2]}
    """
    order = np.lexsort((pairs, *(-some for some in reversed(counts)), pairs >> ROW_BITS))
    texts, others = (pairs[order] >> ROW_BITS).tolist(), (pairs[order] & ROW_MASK).tolist()
    found: dict[int, list[int]] = {}
    for text, other in zip(texts, others, strict=True):
        found.setdefault(text, []).append(other)
    return found


def keys_of_rows(keys: SketchKeys, wanted: Flags) -> SketchKeys:
    """Return the keys of n texts without the probes of texts that are not wanted, (n,)."""
    flags = np.repeat(wanted, keys.query_keys.lengths)
    return replace(keys, query_keys=keys.query_keys.filter_values(flags))
