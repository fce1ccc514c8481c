"""How an index finds candidates: the kept texts with which a new text is compared.

1. A text has keys of 32 bits: by containment its shingles, by Jaccard its LSH bands.
2. The index is an inverted index: for each key it stores a posting list, the rows of the kept
   texts that have the key.
3. A text is looked up by its *query keys*: by containment the keys of its bottom-k sketch, by
   Jaccard its bands.
4. ``look_up_batch`` reads the posting lists of all query keys of a batch in one query.
5. A key has a posting list of the texts with the key in their sketch, and one of the other
   texts; here the two are merged, since a text may lie anywhere in a longer one.
6. Texts of a batch may repeat each other, so the posting lists also get the texts of the batch,
   as if each were kept; ``BatchLookup.candidates`` leaves out those that were not.
7. ``find_by_sketch`` counts the query keys that each text shares with each earlier text: a
   candidate shares at least ``min_shared``.
8. Long posting lists are capped: their first MAX_POSTINGS rows count, and where lists of a text
   are capped, a row that shares ``min_shared_uncapped`` of the other keys is a candidate, too.
9. The MAX_CANDIDATES rows that share the most keys are candidates; ``decide`` reads their texts
   and verifies each by its exact similarity.
10. ``BatchLookup.older_versions`` goes the other way: it finds earlier, shorter texts that a text
    may contain, by the posting lists of their sketch keys.

The rules of 7 to 9 are those of ``matching.candidates``; decision note 20 explains the caps.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from dedup.arrays.array_types import I64, U64, Flags
from dedup.arrays.long_arrays import distinct, isin_sorted
from dedup.index.batch import HashedBatch
from dedup.index.posting_lists import ALL_ROWS, PostingLists, read_posting_lists
from dedup.index.stores.postings import (
    KIND_OTHER,
    KIND_SHORT_SKETCH,
    KIND_SKETCH,
    ROW_BITS,
    ROW_MASK,
)
from dedup.index.stores.store import Store
from dedup.matching.candidates import MAX_CANDIDATES, MAX_POSTINGS, CandidateLookup, SketchKeys

MIN_SHARED_SKETCH_KEYS = 5  # of an older version: the keys of its sketch that a text shares


@dataclass(frozen=True, slots=True)
class BatchLookup:
    """The candidates of the texts of a batch, in the index and in the batch.

    The texts of the batch have the rows from ``first_row`` on, above those of the index.

    Invariant: ``candidates`` returns exactly what ``CandidateLookup.find`` would return if all
    texts of the index, and then the inserted texts of the batch, were inserted in order under all
    their posting keys. This class does less work, since the result of ``find(row)`` depends only
    on the posting lists of the query keys of the row:

    - Other posting lists are not read. Of a list the first MAX_POSTINGS rows are read, unless a
      text is looked up by all its keys.
    - Candidates of all texts are found at once, in arrays, as if each text of the batch were kept,
      and those that are not kept are left out. That is exact, since whether two texts share enough
      keys depends on these two texts only, except where texts of the batch cap a posting list.
    - Where they do, the candidates depend on which texts of the batch are kept. Such a text is
      looked up again by ``CandidateLookup`` when it is decided. So is a text that is looked up by
      all its keys, if another text of the batch has one of them.
    """

    batch: HashedBatch
    first_row: int
    index_lists: Mapping[np.uint64, PostingLists]  # posting lists of the index, by kind of key
    possible: list[list[int]]  # for each text its candidates if all texts are kept, the best first
    single_lookup: CandidateLookup  # finds the candidates of one text
    depends_on_batch: Flags  # (n,): which texts are looked up again
    kept_rows: set[int] = field(default_factory=set)  # of the batch

    def index_candidates(self) -> Iterator[int]:
        """Yield the rows of the index that are candidates, once for each text."""
        for rows in self.possible:
            yield from islice((row for row in rows if row < self.first_row), MAX_CANDIDATES)

    def candidates(self, row: int) -> list[int]:
        """Return the kept rows with which a text is compared, the best first."""
        place = row - self.first_row
        if self.depends_on_batch[place]:
            return self.single_lookup.find(row)
        kept = (
            candidate
            for candidate in self.possible[place]
            if candidate < self.first_row or candidate in self.kept_rows
        )
        return [*islice(kept, MAX_CANDIDATES)]

    def insert(self, row: int) -> None:
        """Add a kept text of the batch; texts are added in order."""
        self.kept_rows.add(row)
        self.single_lookup.insert(row)

    def older_versions(self, wanted: Flags) -> dict[int, list[int]]:
        """Return the earlier kept rows that each text may contain, at most MAX_CANDIDATES.

        A text has to share MIN_SHARED_SKETCH_KEYS keys with the sketch of an older version, or one
        key if the older version is so short that its sketch has all its keys. A key does not count
        where the sketches of MAX_POSTINGS earlier texts have it. By Jaccard no text contains
        another.

        Parameters
        ----------
        wanted
            (n,): which texts of the batch to look up.

        Returns
        -------
        dict of int to list of int
            The rows of the texts that have older versions, and these: those that share the most
            keys first.
        """
        if not self.batch.sketch_size:
            return {}
        keys, first_row = self.batch.keys, self.first_row
        kept_rows = np.array(sorted(self.kept_rows), np.int64)
        batch_lists = PostingLists.of_rows(kept_rows, keys.query_keys.take(kept_rows - first_row))
        sketch_lists = PostingLists.merged(
            [self.index_lists[KIND_SKETCH], self.index_lists[KIND_SHORT_SKETCH], batch_lists]
        )
        places = np.flatnonzero(wanted)
        text_keys = keys.posting_keys.take(places)
        text_keys = text_keys.filter_values(isin_sorted(text_keys.values, sketch_lists.keys))
        query_keys, rows = PostingLists.of_rows(first_row + places, text_keys).postings()
        lists = sketch_lists.rows_before(query_keys, rows, MAX_POSTINGS)
        is_uncapped = np.repeat(lists.lengths < MAX_POSTINGS, lists.lengths)
        pairs = np.repeat(rows << ROW_BITS, lists.lengths) | lists.values
        pairs, shared = np.unique(pairs[is_uncapped], return_counts=True)
        short_rows = (first_row + np.flatnonzero(self.batch.is_short)).astype(np.uint64)
        short_rows = np.union1d(self.index_lists[KIND_SHORT_SKETCH].rows.values, short_rows)
        is_short = isin_sorted(pairs & ROW_MASK, short_rows)
        is_enough = (shared >= MIN_SHARED_SKETCH_KEYS) | is_short
        versions = rank_rows(pairs[is_enough], shared[is_enough])
        return {row: older_rows[:MAX_CANDIDATES] for row, older_rows in versions.items()}


def look_up_batch(batch: HashedBatch, wanted: Flags, store: Store, first_row: int) -> BatchLookup:
    """Find the candidates of the texts of a batch, in an index and among themselves.

    Parameters
    ----------
    wanted
        (n,): which texts of the batch to look up.
    first_row
        The row of the first text of the batch.
    """
    keys, posting_keys = select_queries(batch.keys, wanted), batch.keys.posting_keys
    query_keys = distinct(keys.query_keys.values)
    # ``older_versions`` looks up all keys of the batch among the sketch keys of the index.
    sketch_keys = distinct(posting_keys.values) if batch.sketch_size else query_keys
    keys_by_kind = {
        KIND_SKETCH: sketch_keys,
        KIND_SHORT_SKETCH: sketch_keys,
        KIND_OTHER: query_keys,
    }
    limit = ALL_ROWS if keys.is_exhaustive.any() else MAX_POSTINGS
    index_lists = read_posting_lists(store, keys_by_kind, limit)
    in_index = PostingLists.merged(lists.select(query_keys) for lists in index_lists.values())
    posting_keys = posting_keys.filter_values(isin_sorted(posting_keys.values, query_keys))
    in_batch = PostingLists.of_rows(first_row + np.arange(len(batch)), posting_keys)
    ranked, depends_on_batch = find_by_sketch(
        select_queries(keys, ~keys.is_exhaustive),
        PostingLists.merged([in_index, in_batch]),
        first_row,
    )
    shared_keys = in_batch.keys[in_batch.rows.lengths > 1]
    is_shared = isin_sorted(keys.query_keys.values, shared_keys)
    places = keys.query_keys.row_numbers()[is_shared]
    depends_on_batch[places[keys.is_exhaustive[places]]] = True
    looked_up_singly = select_queries(keys, depends_on_batch | keys.is_exhaustive)
    single_keys = distinct(looked_up_singly.query_keys.values)
    is_single_key = isin_sorted(posting_keys.values, single_keys)
    single_lookup = CandidateLookup(
        replace(keys, posting_keys=posting_keys.filter_values(is_single_key)),
        postings=in_index.select(single_keys).as_dict(),
        first=first_row,
    )
    possible = [ranked.get(place, []) for place in range(len(batch))]
    for place in np.flatnonzero(keys.is_exhaustive).tolist():
        possible[place] = single_lookup.find(first_row + place)
    return BatchLookup(batch, first_row, index_lists, possible, single_lookup, depends_on_batch)


def find_by_sketch(
    keys: SketchKeys, lists: PostingLists, first_row: int
) -> tuple[dict[int, list[int]], Flags]:
    """Count the query keys that texts share with earlier texts, and rank those that share enough.

    Parameters
    ----------
    keys
        The keys of n texts; a text without query keys is not looked up.
    lists
        The posting lists of the index and of the batch, as if all its texts were kept.
    first_row
        The row of the first text of the batch.

    Returns
    -------
    ranked
        For each text that has candidates, by its place in the batch, their rows, the best first;
        there may be more than MAX_CANDIDATES.
    depends_on_batch
        (n,) bool: texts with a posting list that reaches MAX_POSTINGS only with texts of the batch.
    """
    places, count = keys.query_keys.row_numbers(), len(keys.query_keys)
    rows = (first_row + places).astype(np.uint64)
    earlier = lists.rows_before(keys.query_keys.values, rows, MAX_POSTINGS)
    is_capped = earlier.filter_values(earlier.values < first_row).lengths >= MAX_POSTINGS
    depends_on_batch = np.zeros(count, np.bool_)
    depends_on_batch[places[(earlier.lengths >= MAX_POSTINGS) & ~is_capped]] = True
    capped_keys = np.bincount(places[is_capped], minlength=count)
    uncapped_keys = keys.query_keys.lengths - capped_keys
    min_shared_uncapped = keys.min_shared_uncapped[uncapped_keys]
    min_shared_uncapped = np.where(capped_keys > 0, min_shared_uncapped, keys.min_shared)
    all_pairs = (np.repeat(places, earlier.lengths).astype(np.uint64) << ROW_BITS) | earlier.values
    pairs, shared = np.unique(all_pairs, return_counts=True)
    uncapped_pairs, counts = np.unique(
        all_pairs[~np.repeat(is_capped, earlier.lengths)], return_counts=True
    )
    shared_uncapped = np.zeros(len(pairs), np.int64)
    shared_uncapped[np.searchsorted(pairs, uncapped_pairs)] = counts
    pair_places = (pairs >> ROW_BITS).astype(np.int64)
    is_candidate = shared >= keys.min_shared[pair_places]
    is_candidate |= shared_uncapped >= min_shared_uncapped[pair_places]
    ranked = rank_rows(pairs[is_candidate], shared_uncapped[is_candidate], shared[is_candidate])
    return ranked, depends_on_batch


def rank_rows(pairs: U64, *shared: I64) -> dict[int, list[int]]:
    """Return for each text its candidates, the best first.

    Parameters
    ----------
    pairs
        (p,): a text above the row of a candidate; sorted and unique.
    shared
        (p,) each: counts of shared keys. The first count decides, the next ones break ties; of
        equal candidates the lowest row comes first.

    Examples
    --------
    >>> pairs = np.array([7 << 32 | 2, 7 << 32 | 3, 8 << 32 | 2], np.uint64)
    >>> rank_rows(pairs, np.array([5, 6, 9]))
    {7: [3, 2], 8: [2]}
    """
    order = np.lexsort((pairs, *(-counts for counts in reversed(shared)), pairs >> ROW_BITS))
    texts, rows = (pairs[order] >> ROW_BITS).tolist(), (pairs[order] & ROW_MASK).tolist()
    ranked: dict[int, list[int]] = {}
    for text, row in zip(texts, rows, strict=True):
        ranked.setdefault(text, []).append(row)
    return ranked


def select_queries(keys: SketchKeys, wanted: Flags) -> SketchKeys:
    """Return the keys of n texts, without the query keys of texts that are not wanted, (n,)."""
    is_wanted = np.repeat(wanted, keys.query_keys.lengths)
    return replace(keys, query_keys=keys.query_keys.filter_values(is_wanted))
