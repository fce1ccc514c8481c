"""The kept texts that each text of a batch is compared with, and those that it may contain.

A text is looked up by its sample among all keys of the texts before it. So the texts before it that
it contains, its older versions, are found by their samples among all its keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from dedup.index.batch import HashedBatch
from dedup.index.postings import ALL, PostingLists, fetch
from dedup.index.stores.chunks import ROW, ROWS
from dedup.index.stores.protocol import REST, SAMPLED, SHORT
from dedup.index.stores.store import Store
from dedup.matching.candidates import COMPARED, FULL, Candidates, Keys
from dedup.records import I64, U64, Flags, Ragged, among, distinct

SHARED = 5  # keys of the sample of a text that a text has which may contain it


@dataclass(frozen=True, slots=True)
class KeptTexts:
    """Kept texts of an index and of a batch, by their keys.

    The texts of a batch have the numbers from ``first`` on, texts of the index lower ones.

    Invariant: the methods return exactly what they would if all texts of the index, and then the
    inserted texts of the batch, were inserted in order under all their keys, and a text were looked
    up in these posting lists alone: ``candidates`` what ``Candidates.of`` returns then, with the
    caps FULL, COMPARED and LISTED on lists that have texts of both.

    It does less, because ``Candidates.of(row)`` depends only on the posting lists of the keys by
    which the row is looked up:

    - Other posting lists are not read. Of a list at most FULL rows are read, unless some text is
      looked up by all its keys.
    - A text of the batch is inserted only under keys that another one is looked up by.
    - Candidates among the texts of the index are found for all texts at once, in arrays. A text is
      looked up again, alone, if a text of the batch was inserted under one of its keys.
    """

    batch: HashedBatch
    first: int
    postings: Mapping[np.uint64, PostingLists]  # of the index, for each kind of key
    in_index: list[list[int]]  # the candidates of each text before any text is inserted
    again: Candidates  # finds candidates of one text
    entries: Ragged  # of each text, its keys that another one is looked up by
    probes: Ragged  # of each text, the keys it is looked up by that another one is inserted under
    inserted: list[int] = field(default_factory=list)
    inserted_keys: set[int] = field(default_factory=set)

    def candidates(self, row: int) -> list[int]:
        """Return the kept texts that a text is compared with."""
        place = row - self.first
        if self.inserted_keys.isdisjoint(self.probes[place].tolist()):
            return self.in_index[place]
        return self.again.of(row)

    def insert(self, row: int) -> None:
        """Add a kept text of the batch; texts are added in order."""
        self.inserted.append(row)
        self.again.insert(row)
        self.inserted_keys.update(self.entries[row - self.first].tolist())

    def older_versions(self, wanted: Flags) -> dict[int, list[int]]:
        """Return the kept texts before each text that it may contain, COMPARED at most.

        Keys that the samples of FULL or more texts before a text have say nothing of it. Of the
        other keys SHARED must be shared, or one by a text whose sample has all its keys. By Jaccard
        no text contains another.

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
        rows = np.array(self.inserted, np.int64)
        samples = postings_of(rows, keys.probes.take(rows - first))
        known = PostingLists.merged([self.postings[SAMPLED], self.postings[SHORT], samples])
        rows = np.flatnonzero(wanted)
        asked = postings_of(first + rows, keys.entries.take(rows)).having(known.keys)
        entered, texts = asked.pairs()
        lists = known.find(entered)
        texts = np.repeat(texts, lists.lengths)
        is_earlier = lists.values < texts
        counts = np.bincount(lists.row_numbers()[is_earlier], minlength=len(lists))
        counted = is_earlier & np.repeat(counts < FULL, lists.lengths)
        pairs, shared = np.unique((texts << ROW | lists.values)[counted], return_counts=True)
        short = first + np.flatnonzero(self.batch.is_short)
        short = np.union1d(self.postings[SHORT].rows.values, short.astype(np.uint64))
        enough = (shared >= SHARED) | among(pairs & ROWS, short)
        return ranked(pairs[enough], shared[enough])


def find_kept_texts(batch: HashedBatch, wanted: Flags, store: Store, first: int) -> KeptTexts:
    """Look up the texts of a batch in an index.

    Parameters
    ----------
    wanted
        (n,): which texts of the batch are looked up.
    first
        The number of the first text of the batch.
    """
    keys, entries = keys_of_rows(batch.keys, wanted), batch.keys.entries
    probe_keys = distinct(keys.probes.values)
    postings = fetch_postings(keys, probe_keys, store, contained=batch.sample_size > 0)
    kept = PostingLists.merged(lists.having(probe_keys) for lists in postings.values())
    shared = shared_keys(entries, probe_keys)
    entries = entries.select(among(entries.values, shared))
    probes = keys.probes.select(among(keys.probes.values, shared))
    one_by_one = keys_of_rows(keys, keys.whole | (probes.lengths > 0)).probes.values
    lists = kept.having(distinct(one_by_one)).by_key()
    again = Candidates(replace(keys, entries=entries), kept=lists, first=first)
    found = sampled_candidates(keys_of_rows(keys, ~keys.whole), kept)
    in_index = [found.get(place, []) for place in range(len(batch))]
    for place in np.flatnonzero(keys.whole).tolist():
        in_index[place] = again.of(first + place)
    return KeptTexts(batch, first, postings, in_index, again, entries, probes)


def fetch_postings(
    keys: Keys, probe_keys: U64, store: Store, *, contained: bool
) -> dict[np.uint64, PostingLists]:
    """Read the posting lists of the keys of a batch, all at once.

    Parameters
    ----------
    probe_keys
        Those that texts are looked up by, sorted and unique.
    contained
        Whether texts of the index are looked for that a text contains, by any of its keys.
    """
    entry_keys = distinct(keys.entries.values) if contained else probe_keys
    most = ALL if keys.whole.any() else FULL
    return fetch(store, {SAMPLED: entry_keys, SHORT: entry_keys, REST: probe_keys}, most)


def sampled_candidates(keys: Keys, kept: PostingLists) -> dict[int, list[int]]:
    """Return what ``Candidates.of`` returns for texts that are looked up by samples of their keys.

    Parameters
    ----------
    keys
        Of the n texts; no probes where a text is not looked up.
    kept
        The kept texts.

    Returns
    -------
    dict of int to list of int
        The candidates of each text, by its place, if it has any.
    """
    lists, rows = kept.find(keys.probes.values), keys.probes.row_numbers()
    is_full = lists.lengths >= FULL
    full = np.bincount(rows[is_full], minlength=len(keys.probes))
    of_rest = np.where(full > 0, keys.of_rest[keys.probes.lengths - full], keys.needed)
    lists = lists.begins(np.full(len(lists), FULL))
    pairs = (np.repeat(rows, lists.lengths).astype(np.uint64) << ROW) | lists.values
    both, every = np.unique(pairs, return_counts=True)
    rarer, counts = np.unique(pairs[~np.repeat(is_full, lists.lengths)], return_counts=True)
    rest = np.zeros(len(both), np.int64)
    rest[np.searchsorted(both, rarer)] = counts
    texts = (both >> ROW).astype(np.int64)
    found = (every >= keys.needed[texts]) | (rest >= of_rest[texts])
    return ranked(both[found], rest[found], every[found])


def ranked(pairs: U64, *counts: I64) -> dict[int, list[int]]:
    """Return the best COMPARED texts for each text.

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
    order = np.lexsort((pairs, *(-some for some in reversed(counts)), pairs >> ROW))
    texts, others = (pairs[order] >> ROW).tolist(), (pairs[order] & ROWS).tolist()
    found: dict[int, list[int]] = {}
    for text, other in zip(texts, others, strict=True):
        found.setdefault(text, []).append(other)
    return {text: best[:COMPARED] for text, best in found.items()}


def keys_of_rows(keys: Keys, wanted: Flags) -> Keys:
    """Return the keys of n texts without the keys of texts that are not wanted, (n,)."""
    probes, entries = (
        rows.select(np.repeat(wanted, rows.lengths)) for rows in (keys.probes, keys.entries)
    )
    return replace(keys, probes=probes, entries=entries)


def shared_keys(entries: Ragged, wanted: U64) -> U64:
    """Return those of some keys under which two texts can be inserted, or one twice."""
    values = entries.values[among(entries.values, wanted)]
    keys, counts = np.unique(values, return_counts=True)
    return keys[counts > 1]


def postings_of(numbers: I64, keys: Ragged) -> PostingLists:
    """Return which of some texts have which keys."""
    return PostingLists.of(keys.values, numbers[keys.row_numbers()].astype(np.uint64))
