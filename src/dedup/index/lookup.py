"""How an index finds candidates: the kept texts that may be similar to a new text.

1. The store has a posting list for each key of 32 bits: the rows of the kept texts that have it,
   deleted texts left out. The keys of a text are its shingles by containment, its LSH bands by
   Jaccard. Sketch keys have posting lists of their own (``stores.postings``).
2. A text is looked up by its *query keys*: the keys of its bottom-k sketch by containment, all its
   bands by Jaccard. By containment, a text of up to 256 shingles of letters (``unit="char"``) has
   an exhaustive lookup: its query keys are all its shingles.
3. ``look_up_batch`` merges the lists of all kinds of keys, and adds the texts of the batch as if
   all were kept. It does not look up exact copies of indexed texts, which ``decide`` has found.
4. ``rank_candidates`` counts shared keys by the rules of ``matching.candidates`` (decision note 20:
   enough keys, capped posting lists). ``CandidateLookup`` does exhaustive lookups.
5. ``BatchLookup.candidates`` leaves out texts that were not kept. It looks a text up again if its
   candidates depend on which texts are kept. ``decide`` verifies the best by exact similarity.

``older_versions`` finds earlier, shorter texts. ``decide.neighbors`` has a lookup of its own.
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

MIN_SHARED_SKETCH_KEYS = 5  # of the sketch of an older version, unless it is short


@dataclass(frozen=True, slots=True)
class BatchLookup:
    """The candidates of the texts of a batch, in the index and in the batch.

    A text of the batch has a *place*, its position in the batch, and the row ``first_row + place``,
    above the rows of the index.

    Invariant: ``candidates(row)`` returns exactly what ``CandidateLookup.find(row)`` would return
    if all texts of the index, and then the texts of the batch that ``insert`` was called for, were
    inserted in order under all their posting keys. This class does less work:

    - For candidates it reads only the posting lists of query keys, as ``find`` does. It reads the
      first MAX_POSTINGS rows of a list. If any text of the batch needs an exhaustive lookup, it
      reads all lists in full.
    - ``rank_candidates`` counts the shared keys of all texts at once, as if each text of the batch
      were kept, and ``candidates`` leaves out those that are not kept. The result is the same,
      unless a posting list is capped only because of texts of the batch.
    - In that case the candidates depend on which texts of the batch are kept. ``CandidateLookup``
      finds them when the text is decided.
    - ``CandidateLookup`` also does exhaustive lookups: in the index at once, and again when the
      text is decided if another text of the batch has one of its keys.
    """

    batch: HashedBatch
    first_row: int
    index_lists: Mapping[np.uint64, PostingLists]  # posting lists of the index, by kind of key
    # For each text its candidates, the best first: rows of the index and, unless the lookup is
    # exhaustive, of the batch, as if all its texts were kept.
    provisional_candidates: list[list[int]]
    single_lookup: CandidateLookup  # looks up one text; has the kept texts of the batch
    depends_on_batch: Flags  # (n,): which texts ``candidates`` looks up again
    kept_rows: set[int] = field(default_factory=set)  # of the batch

    def index_candidates(self) -> Iterator[int]:
        """Yield the candidates of each text in the index; a row may be yielded several times."""
        for rows in self.provisional_candidates:
            yield from islice((row for row in rows if row < self.first_row), MAX_CANDIDATES)

    def candidates(self, row: int) -> list[int]:
        """Return the candidates with which a text is compared, at most MAX_CANDIDATES, best first.

        Texts of the batch are candidates once they are inserted.
        """
        place = row - self.first_row
        if self.depends_on_batch[place]:
            return self.single_lookup.find(row)
        kept = (
            candidate
            for candidate in self.provisional_candidates[place]
            if candidate < self.first_row or candidate in self.kept_rows
        )
        return [*islice(kept, MAX_CANDIDATES)]

    def insert(self, row: int) -> None:
        """Make a kept text of the batch a candidate of later texts; texts are inserted in order."""
        self.kept_rows.add(row)
        self.single_lookup.insert(row)

    def older_versions(self, wanted: Flags) -> dict[int, list[int]]:
        """Return the earlier kept rows that each text may contain, at most MAX_CANDIDATES.

        A text must have MIN_SHARED_SKETCH_KEYS keys of the sketch of an older version, or one key
        if the older version is short (``HashedBatch.is_short``). A key does not count if it is in
        the sketches of MAX_POSTINGS earlier texts. By Jaccard there are no older versions.

        Parameters
        ----------
        wanted
            (n,): which texts of the batch to look up.

        Returns
        -------
        dict of int to list of int
            The row of each text that may have older versions, and their rows, sorted by the number
            of shared keys, the most first.
        """
        if not self.batch.min_sketch_size:
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
        versions = rank_pairs(pairs[is_enough], shared[is_enough])
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
    sketch_keys = distinct(posting_keys.values) if batch.min_sketch_size else query_keys
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
    ranked, depends_on_batch = rank_candidates(
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
    provisional_candidates = [ranked.get(place, []) for place in range(len(batch))]
    for place in np.flatnonzero(keys.is_exhaustive).tolist():
        provisional_candidates[place] = single_lookup.find(first_row + place)
    return BatchLookup(
        batch, first_row, index_lists, provisional_candidates, single_lookup, depends_on_batch
    )


def rank_candidates(
    keys: SketchKeys, lists: PostingLists, first_row: int
) -> tuple[dict[int, list[int]], Flags]:
    """Find the candidates of texts by the keys of their sketches or by their LSH bands.

    The rules are those of ``CandidateLookup`` for a lookup that is not exhaustive.

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
        By the place of each text that has candidates: their rows, the best first. There may be more
        than MAX_CANDIDATES, since texts that are not kept are left out later.
    depends_on_batch
        (n,) bool: which texts have a query key whose posting list is capped with the texts of the
        batch, but not without them.
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
    ranked = rank_pairs(pairs[is_candidate], shared_uncapped[is_candidate], shared[is_candidate])
    return ranked, depends_on_batch


def rank_pairs(pairs: U64, *shared: I64) -> dict[int, list[int]]:
    """Return for each text its candidates, the best first.

    Parameters
    ----------
    pairs
        (p,): sorted and unique. The upper 32 bits have the place or row of a text, the lower 32
        bits the row of its candidate.
    shared
        (p,) each: counts of shared keys. Candidates are sorted by the first count, the highest
        first. The next counts break ties; then the lowest row comes first.

    Examples
    --------
    >>> pairs = np.array([7 << 32 | 2, 7 << 32 | 3, 8 << 32 | 2], np.uint64)
    >>> rank_pairs(pairs, np.array([5, 6, 9]))
    {7: [3, 2], 8: [2]}
    """
    order = np.lexsort((pairs, *(-counts for counts in reversed(shared)), pairs >> ROW_BITS))
    texts, rows = (pairs[order] >> ROW_BITS).tolist(), (pairs[order] & ROW_MASK).tolist()
    ranked: dict[int, list[int]] = {}
    for text, row in zip(texts, rows, strict=True):
        ranked.setdefault(text, []).append(row)
    return ranked


def select_queries(keys: SketchKeys, wanted: Flags) -> SketchKeys:
    """Return keys of n texts without the query keys of texts that are not ``wanted``, (n,)."""
    is_wanted = np.repeat(wanted, keys.query_keys.lengths)
    return replace(keys, query_keys=keys.query_keys.filter_values(is_wanted))
