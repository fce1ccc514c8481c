"""The second stage: from the posting lists of the keys of a row to its candidates.

The rules are those of ``matching.candidates`` for lookups by sketch or by LSH bands.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa

from dedup.arrays.array_types import I64, U64, Flags
from dedup.arrays.long_arrays import row_batches
from dedup.arrays.parallel import offsets_of
from dedup.cluster.hashed_rows import keys_of
from dedup.cluster.row_positions import row_at
from dedup.config import Config
from dedup.matching.bottom_sketch import bottom_k_of
from dedup.matching.candidates import MAX_CANDIDATES, MAX_POSTINGS
from dedup.matching.lsh import banding

LISTED_AT_ONCE = 1 << 22  # rows of posting lists that are counted at a time
_UNCAPPED, _RANK_SHIFT = 1, 32


@dataclass(frozen=True, slots=True)
class ListedRows:
    """The posting lists of k keys: the first MAX_POSTINGS kept rows of each, by rank.

    Attributes
    ----------
    positions
        (u,): the positions of all rows in the lists, ascending. The rank of a row is its place.
    keys
        (k,): ascending.
    offsets, ranks
        k lists of ranks, each ascending.
    """

    positions: I64
    keys: U64
    offsets: I64
    ranks: I64

    @classmethod
    def of(cls, posted: pa.Table) -> "ListedRows":
        """Return the lists of kept rows: ``position`` and ``postings``, the keys of each row."""
        [batch] = posted.combine_chunks().to_batches() or [None]
        if batch is None:
            empty = np.empty(0, np.int64)
            return cls(empty, np.empty(0, np.uint64), np.zeros(1, np.int64), empty)
        postings, positions = keys_of(batch, "postings"), batch["position"].to_numpy()
        order = np.argsort(positions)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        entries = postings.values << np.uint64(_RANK_SHIFT)
        entries |= rank[postings.row_numbers()].astype(np.uint64)
        entries.sort()
        keys = entries >> np.uint64(_RANK_SHIFT)
        begins = np.flatnonzero(np.diff(keys, prepend=~np.uint64(0)))
        lengths = np.diff(np.append(begins, len(keys)))
        is_listed = np.arange(len(keys)) - np.repeat(begins, lengths) < MAX_POSTINGS
        ranks = (entries[is_listed] & np.uint64((1 << _RANK_SHIFT) - 1)).astype(np.int64)
        offsets = offsets_of(np.minimum(lengths, MAX_POSTINGS))
        return cls(positions[order], keys[begins], offsets, ranks)


class Broadcast(Protocol):
    """What an engine has sent to all workers."""

    @property
    def value(self) -> ListedRows:
        """The lists."""


def find_in_lists(
    batches: Iterable[pa.RecordBatch], lists: Broadcast, config: Config
) -> Iterator[pa.RecordBatch]:
    """Return the candidates of rows, from posting lists that were broadcast.

    Parameters
    ----------
    batches
        As ``hash_rows`` yields them.

    Yields
    ------
    pyarrow.RecordBatch
        As ``rank_candidates``.
    """
    listed = lists.value
    for batch in batches:
        queries, positions = keys_of(batch, "queries"), batch.column("position").to_numpy()
        places = np.searchsorted(listed.keys, queries.values)
        found = np.append(listed.keys, ~np.uint64(0))[places] == queries.values
        places, list_rows = places[found], queries.row_numbers()[found]
        starts, lengths = listed.offsets[places], np.diff(listed.offsets)[places]
        own_ranks = np.searchsorted(listed.positions, positions)
        last_ranks = listed.ranks[starts + lengths - 1]
        is_capped = (lengths >= MAX_POSTINGS) & (last_ranks < own_ranks[list_rows])
        of_rows = np.bincount(list_rows, lengths, len(positions)).astype(np.int64)
        for first, stop in row_batches(offsets_of(of_rows), LISTED_AT_ONCE, len(positions)):
            chosen = (list_rows >= first) & (list_rows < stop)
            inside = offsets_of(lengths[chosen])
            listed_at = np.arange(inside[-1]) + np.repeat(
                starts[chosen] - inside[:-1], lengths[chosen]
            )
            ranks = listed.ranks[listed_at]
            rows = np.repeat(list_rows[chosen] - first, lengths[chosen])
            is_uncapped = np.repeat(~is_capped[chosen], lengths[chosen])
            is_earlier = ranks < own_ranks[first:stop][rows]
            capped = np.bincount(list_rows[chosen & is_capped] - first, minlength=stop - first)
            counted = _count_shared(rows[is_earlier], ranks[is_earlier], is_uncapped[is_earlier])
            part = batch.slice(first, stop - first)
            yield _ranked(part, capped, *counted, listed.positions, config)


def rank_candidates(batches: Iterable[pa.RecordBatch], config: Config) -> Iterator[pa.RecordBatch]:
    """Return the candidates of rows, MAX_CANDIDATES at most.

    Parameters
    ----------
    batches
        A row each: ``position``, ``key_count`` and ``min_shared`` as ``hash_rows`` yields them, and
        ``lists``: for each query key the positions, before that of the row, of the first
        MAX_POSTINGS kept rows that have the key.

    Yields
    ------
    pyarrow.RecordBatch
        ``position`` and ``candidate``, the positions of two rows; ``is_crowded``: whether the
        candidates depend on which rows are kept. A crowded row without candidates has one
        pair, without a candidate.
    """
    for batch in batches:
        list_sizes = _lengths(batch.column("lists").flatten())
        list_rows = np.repeat(np.arange(len(batch)), _lengths(batch.column("lists")))
        of_rows = np.bincount(list_rows, list_sizes, len(batch)).astype(np.int64)
        for first, stop in row_batches(offsets_of(of_rows), LISTED_AT_ONCE, len(batch)):
            part = batch.slice(first, stop - first)
            lists = part.column("lists").flatten()
            rows = np.repeat(np.arange(len(part)), _lengths(part.column("lists")))
            sizes, listed = _lengths(lists), lists.flatten().to_numpy()
            is_capped = sizes >= MAX_POSTINGS
            capped = np.bincount(rows[is_capped], minlength=len(part))
            positions, ranks = np.unique(listed, return_inverse=True)
            counted = _count_shared(np.repeat(rows, sizes), ranks, np.repeat(~is_capped, sizes))
            yield _ranked(part, capped, *counted, positions, config)


def _count_shared(rows: I64, ranks: I64, is_uncapped: Flags) -> tuple[I64, I64, I64, I64]:
    """Count how often each pair of a row and a rank occurs, with and without capped lists.

    Returns
    -------
    rows, ranks, shared, uncapped_shared
        (p,) each, sorted by row and rank.
    """
    entries = (rows << _RANK_SHIFT | ranks) << _UNCAPPED | is_uncapped
    entries.sort()
    pairs = entries >> _UNCAPPED
    begins = np.flatnonzero(np.diff(pairs, prepend=-1))
    ends = np.append(begins, len(pairs))[1:]
    totals = np.append(0, np.cumsum(entries & 1))
    pairs = pairs[begins]
    uncapped_shared = totals[ends] - totals[begins]
    return pairs >> _RANK_SHIFT, pairs & ((1 << _RANK_SHIFT) - 1), ends - begins, uncapped_shared


def _ranked(  # noqa: PLR0913, PLR0917
    batch: pa.RecordBatch,
    capped: I64,
    rows: I64,
    ranks: I64,
    shared: I64,
    uncapped_shared: I64,
    positions: I64,
    config: Config,
) -> pa.RecordBatch:
    """Return the best candidates of the rows of a batch.

    Parameters
    ----------
    capped
        (n,): the number of capped lists of each row.
    rows, ranks, shared, uncapped_shared
        As ``_count_shared`` returns them.
    positions
        The position of each rank.
    """
    row_positions = batch.column("position").to_numpy()
    counts, needed = (batch.column(name).to_numpy() for name in ("key_count", "min_shared"))
    least = _min_shared_uncapped(config)[np.maximum(counts - capped, 0)]
    is_candidate = shared >= needed[rows]
    is_candidate |= (capped[rows] > 0) & (uncapped_shared >= least[rows])
    rows, candidates = rows[is_candidate], positions[ranks[is_candidate]]
    fewer = -uncapped_shared[is_candidate], -shared[is_candidate]
    order = np.lexsort((row_at(candidates, config), fewer[1], fewer[0], rows))
    rows, candidates = rows[order], candidates[order]
    is_best = np.arange(len(rows)) - np.searchsorted(rows, rows) < MAX_CANDIDATES
    is_crowded = capped > 0
    is_crowded[rows[~is_best]] = True
    rows, candidates = rows[is_best], candidates[is_best]
    without = np.setdiff1d(np.flatnonzero(is_crowded), rows)
    none = pa.nulls(len(without), pa.int64())
    rows = np.concatenate((rows, without))
    columns = {
        "position": row_positions[rows],
        "candidate": pa.concat_arrays([pa.array(candidates, pa.int64()), none]),
        "is_crowded": is_crowded[rows],
    }
    return pa.RecordBatch.from_pydict(columns)


def _min_shared_uncapped(config: Config) -> I64:
    """Return how many of the uncapped keys a candidate must share, by their number."""
    if config.measure == "containment":
        return bottom_k_of(config).min_shared_uncapped
    return banding(config.threshold, config.num_perm, config.recall).min_shared_uncapped


def _lengths(lists: pa.ListArray) -> I64:
    lengths: I64 = np.diff(lists.offsets.to_numpy()).astype(np.int64)
    return lengths
