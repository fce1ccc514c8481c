"""The kept texts that each text of a batch is compared with."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from dedup.index.postings import ALL, PostingLists, fetch
from dedup.index.stores.chunks import ROW, ROWS
from dedup.index.stores.protocol import REST, SAMPLED, SHORT, Store
from dedup.matching.candidates import COMPARED, FULL, Candidates, Keys
from dedup.records import U64, Flags, Ragged, among, distinct


@dataclass(frozen=True, slots=True)
class KeptTexts:
    """Kept texts of an index and of a batch, by their keys.

    The texts of a batch have the numbers from ``first`` on, texts of the index lower ones.

    Invariant: ``candidates`` returns exactly what ``Candidates.of`` returns if all texts of the
    index, and then the inserted texts of the batch, are inserted in order under all their keys. So
    the caps FULL, COMPARED and LISTED bound lists in which both are.

    It does less, because ``Candidates.of(row)`` depends only on the posting lists of the keys by
    which the row is looked up:

    - Other posting lists are not read. Of a list at most FULL rows are read, unless some text is
      looked up by all its keys.
    - A text of the batch is inserted only under keys that another one is looked up by.
    - Candidates among the texts of the index are computed for all texts at once, in arrays. A text
      is looked up again, alone, if a text of the batch was inserted under one of its keys.
    """

    first: int
    lookup: Candidates
    in_index: list[list[int]]  # of each text, its candidates before any text is inserted
    entries: Ragged  # of each text, its keys that another one is looked up by
    probes: Ragged  # of each text, the keys it is looked up by that others are inserted under
    inserted: set[int] = field(default_factory=set)  # keys

    def candidates(self, row: int) -> list[int]:
        """Return the kept texts that a text is compared with."""
        place = row - self.first
        if self.inserted.isdisjoint(self.probes[place].tolist()):
            return self.in_index[place]
        return self.lookup.of(row)

    def insert(self, row: int) -> None:
        """Add a kept text of the batch."""
        self.lookup.insert(row)
        self.inserted.update(self.entries[row - self.first].tolist())


def keys_of_rows(keys: Keys, wanted: Flags) -> Keys:
    """Return the keys of n texts without those of some texts.

    Parameters
    ----------
    wanted
        (n,): texts whose keys stay.
    """
    probes, entries = (
        rows.select(np.repeat(wanted, rows.lengths)) for rows in (keys.probes, keys.entries)
    )
    return replace(keys, probes=probes, entries=entries)


def fetch_postings(keys: Keys, store: Store, *, contained: bool) -> dict[np.uint64, PostingLists]:
    """Read the posting lists of the keys of a batch, all at once.

    Parameters
    ----------
    contained
        Whether texts of the index are looked for that a text contains. They are found by the keys
        of their samples, of which each may be any key of the text.
    """
    wanted = distinct(keys.probes.values)
    own = distinct(keys.entries.values) if contained else wanted
    most = ALL if keys.whole.any() else FULL
    return fetch(store, {SAMPLED: own, SHORT: own, REST: wanted}, most)


def find_kept_texts(
    keys: Keys, entries: Ragged, postings: Iterable[PostingLists], first: int, *, in_batch: bool
) -> KeptTexts:
    """Find the candidates of the texts of a batch among the texts of an index.

    Parameters
    ----------
    keys
        Of the texts of the batch; a text without probes has no candidates.
    entries
        The keys under which each text of the batch is inserted.
    postings
        What ``fetch_postings`` returned.
    first
        The number of the first text of the batch.
    in_batch
        Whether texts of the batch are compared with each other.
    """
    wanted = distinct(keys.probes.values)
    kept = PostingLists.merged(lists.having(wanted) for lists in postings)
    shared = shared_keys(entries, wanted) if in_batch else wanted[:0]
    entries = entries.select(among(entries.values, shared))
    probes = keys.probes.select(among(keys.probes.values, shared))
    one_by_one = keys_of_rows(keys, keys.whole | (probes.lengths > 0)).probes.values
    lists = kept.having(distinct(one_by_one)).by_key()
    lookup = Candidates(replace(keys, entries=entries), kept=lists, first=first)
    in_index = sampled_candidates(keys_of_rows(keys, ~keys.whole), kept)
    for place in np.flatnonzero(keys.whole).tolist():
        in_index[place] = lookup.of(first + place)
    return KeptTexts(first, lookup, in_index, entries, probes)


def sampled_candidates(keys: Keys, kept: PostingLists) -> list[list[int]]:
    """Return what ``Candidates.of`` returns for texts that are looked up by samples of their keys.

    Parameters
    ----------
    keys
        Of the n texts.
    kept
        The kept texts.
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
    texts, others = (both >> ROW).astype(np.int64), both & ROWS
    found = np.flatnonzero((every >= keys.needed[texts]) | (rest >= of_rest[texts]))
    found = found[np.lexsort((others[found], -every[found], -rest[found], texts[found]))]
    ranked: list[list[int]] = [[] for _ in range(len(keys.probes))]
    for text, other in zip(texts[found].tolist(), others[found].tolist(), strict=True):
        ranked[text].append(other)
    return [own[:COMPARED] for own in ranked]


def shared_keys(entries: Ragged, wanted: U64) -> U64:
    """Return those of some keys under which two texts can be inserted, or one twice."""
    values = entries.values[among(entries.values, wanted)]
    keys, counts = np.unique(values, return_counts=True)
    return keys[counts > 1]
