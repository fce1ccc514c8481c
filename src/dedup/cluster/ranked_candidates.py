"""The third stage: from the posting lists of the keys of a row to its candidates.

The rules are those of ``matching.candidates`` for lookups by sketch or by LSH bands.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from dedup.arrays.array_types import I64, Flags, expand_ranges
from dedup.arrays.long_arrays import row_batches
from dedup.arrays.parallel import offsets_of
from dedup.cluster.key_exchange import NEED_SHIFT, joined_columns
from dedup.cluster.row_positions import row_at
from dedup.config import Config
from dedup.matching.bottom_sketch import bottom_k_of
from dedup.matching.candidates import MAX_CANDIDATES, MAX_POSTINGS
from dedup.matching.lsh import banding

COUNTED_AT_ONCE = 1 << 22  # rows of posting lists
_CODE_SHIFT = 32


class _Pairs(NamedTuple):
    """Pairs of a row and a rank, each once, sorted; how many lists of the row have the rank."""

    rows: I64
    ranks: I64
    counts: I64

    @classmethod
    def of(cls, rows: I64, ranks: I64) -> "_Pairs":
        """Count pairs that may repeat."""
        entries = rows << _CODE_SHIFT | ranks
        entries.sort()
        begins = np.flatnonzero(np.diff(entries, prepend=-1))
        counts = np.diff(np.append(begins, len(entries)))
        pairs = entries[begins]
        return cls(pairs >> _CODE_SHIFT, pairs & ((1 << _CODE_SHIFT) - 1), counts)

    @property
    def codes(self) -> I64:
        """A number for each pair, ascending."""
        codes: I64 = self.rows << _CODE_SHIFT | self.ranks
        return codes

    def select(self, wanted: Flags) -> "_Pairs":
        """Return some pairs."""
        return _Pairs(self.rows[wanted], self.ranks[wanted], self.counts[wanted])


class _Rows(NamedTuple):
    """n rows, and how many keys a candidate shares with each."""

    positions: I64
    capped: I64  # the number of capped lists
    needed: I64
    needed_uncapped: I64  # or so many of the uncapped keys

    @classmethod
    def of(cls, positions: I64, needs: I64, capped: I64, config: Config) -> "_Rows":
        """Return rows; ``needs`` has the number of query keys, and how many must be shared."""
        needed = needs & ((1 << NEED_SHIFT) - 1)
        uncapped = np.maximum((needs >> NEED_SHIFT) - capped, 0)
        if config.measure == "containment":
            of_uncapped = bottom_k_of(config).min_shared_uncapped
        else:
            bands = banding(config.threshold, config.num_perm, config.recall)
            of_uncapped = bands.min_shared_uncapped
        return cls(positions, capped, needed, np.where(capped > 0, of_uncapped[uncapped], needed))

    @property
    def fewest(self) -> I64:
        """How many of its uncapped keys a candidate shares at least; 0 or less if none suffice."""
        return np.minimum(self.needed_uncapped, self.needed - self.capped)


def rank_candidates(batches: Iterable[pa.RecordBatch], config: Config) -> Iterator[pa.RecordBatch]:
    """Return the candidates of rows, MAX_CANDIDATES at most.

    Parameters
    ----------
    batches
        As ``key_exchange.find_lists`` yields them: all of some parts.

    Yields
    ------
    pyarrow.RecordBatch
        ``position`` of a row; ``candidates``, positions; ``is_crowded``: whether the candidates
        depend on which rows are kept. Rows without candidates are there if they are crowded.
    """
    found = joined_columns(batches)
    positions = np.unique(np.concatenate((found["rows"], found["capped_rows"])))
    if not len(positions):
        return
    every = np.concatenate((found["listed"], found["lists"]))
    ranked, ranks = np.unique(every, return_inverse=True)
    listed_ranks, list_ranks = np.split(ranks, [len(found["listed"])])
    numbers = np.searchsorted(positions, found["rows"])
    capped_numbers = np.searchsorted(positions, found["capped_rows"])
    needs = np.empty(len(positions), np.int64)
    needs[numbers], needs[capped_numbers] = found["needs"], found["capped_needs"]
    lists = _CappedLists.of(found, capped_numbers, list_ranks, len(positions))
    rows = _Rows.of(positions, needs, np.diff(lists.offsets), config)
    by_row = np.argsort(numbers, kind="stable")
    edges = np.searchsorted(numbers[by_row], np.arange(len(positions) + 1))
    sizes = found["sizes"].astype(np.int64)
    starts = offsets_of(sizes)[:-1]
    of_rows = np.bincount(numbers, sizes, len(positions)).astype(np.int64)
    of_rows += np.where(rows.fewest <= 0, rows.capped * MAX_POSTINGS, 0)
    for first, stop in row_batches(offsets_of(of_rows), COUNTED_AT_ONCE, len(positions)):
        chosen = by_row[edges[first] : edges[stop]]
        places = expand_ranges(starts[chosen], sizes[chosen])
        uncapped = _Pairs.of(np.repeat(numbers[chosen], sizes[chosen]), listed_ranks[places])
        pairs, shared = _with_capped(uncapped, rows.fewest, lists, first, stop)
        yield _ranked(first, stop, rows, pairs, shared, ranked, config)


def _with_capped(
    uncapped: _Pairs, fewest: I64, lists: "_CappedLists", first: int, stop: int
) -> tuple[_Pairs, I64]:
    """Return the pairs that may suffice, with the shared uncapped keys, and with all keys.

    A row of capped lists that shares no uncapped key may suffice if ``fewest`` is 0: then the
    capped lists are counted whole. Otherwise they are searched for the few pairs that are left.
    """
    few = uncapped.select(uncapped.counts >= np.maximum(fewest[uncapped.rows], 1))
    few = few.select(fewest[few.rows] > 0)
    whole = uncapped.select(fewest[uncapped.rows] <= 0)
    listed = _Pairs.of(*lists.all_of(np.arange(first, stop)[fewest[first:stop] <= 0]))
    codes, places = np.unique(np.concatenate((whole.codes, listed.codes)), return_inverse=True)
    none, counts = np.zeros(len(listed.rows)), np.concatenate((whole.counts, listed.counts))
    of_uncapped = np.bincount(places, np.concatenate((whole.counts, none)), len(codes))
    of_all = np.bincount(places, counts, len(codes)).astype(np.int64)
    rows, ranks = codes >> _CODE_SHIFT, codes & ((1 << _CODE_SHIFT) - 1)
    more = _Pairs(rows, ranks, of_uncapped.astype(np.int64))
    shared = few.counts + lists.count_in(few.rows, few.ranks)
    pairs = _Pairs(*map(np.concatenate, zip(few, more, strict=True)))
    return pairs, np.concatenate((shared, of_all))


class _CappedLists(NamedTuple):
    """The capped lists of n rows."""

    offsets: I64  # (n + 1,): of the capped lists of each row
    lists: I64  # the number of each list
    ranks: I64  # (k, MAX_POSTINGS): of the rows in each list
    entries: I64  # the same with the number of the list above each rank, ascending

    @classmethod
    def of(
        cls, found: dict[str, np.ndarray], rows: I64, list_ranks: I64, count: int
    ) -> "_CappedLists":
        """Return the capped lists; a list may come from several tasks."""
        keys, first = np.unique(found["list_keys"], return_index=True)
        ranks = list_ranks.reshape(-1, MAX_POSTINGS)[first]
        entries = (np.arange(len(keys))[:, None] << _CODE_SHIFT | ranks).reshape(-1)
        order = np.argsort(rows, kind="stable")
        lists = np.searchsorted(keys, found["capped_keys"][order])
        offsets = np.searchsorted(rows[order], np.arange(count + 1))
        return cls(offsets, lists, ranks, np.sort(entries))

    def all_of(self, rows: I64) -> tuple[I64, I64]:
        """Return the pairs of rows and the ranks in their capped lists; a pair may repeat."""
        numbers, lists = self._expand(rows)
        return np.repeat(rows[numbers], MAX_POSTINGS), self.ranks[lists].reshape(-1)

    def count_in(self, rows: I64, ranks: I64) -> I64:
        """Return how many capped lists of a row have a rank, for pairs of both."""
        numbers, lists = self._expand(rows)
        wanted = lists << _CODE_SHIFT | ranks[numbers]
        places = np.minimum(np.searchsorted(self.entries, wanted), len(self.entries) - 1)
        has_rank = self.entries[places] == wanted if len(self.entries) else wanted < 0
        return np.bincount(numbers, has_rank, len(rows)).astype(np.int64)

    def _expand(self, rows: I64) -> tuple[I64, I64]:
        """Return for each capped list of each row the place of the row, and the list."""
        lengths = self.offsets[rows + 1] - self.offsets[rows]
        places = expand_ranges(self.offsets[rows], lengths)
        return np.repeat(np.arange(len(rows)), lengths), self.lists[places]


def _ranked(  # noqa: PLR0913, PLR0917
    first: int,
    stop: int,
    row_needs: _Rows,
    pairs: _Pairs,
    shared: I64,
    ranked: I64,
    config: Config,
) -> pa.RecordBatch:
    """Return the best candidates of the rows from ``first`` to ``stop``."""
    suffices = (shared >= row_needs.needed[pairs.rows]) | (
        pairs.counts >= row_needs.needed_uncapped[pairs.rows]
    )
    rows, ranks, uncapped = pairs.select(suffices)
    candidates = ranked[ranks]
    order = np.lexsort((row_at(candidates, config), -shared[suffices], -uncapped, rows))
    rows, candidates = rows[order] - first, candidates[order]
    is_best = np.arange(len(rows)) - np.searchsorted(rows, rows) < MAX_CANDIDATES
    is_crowded = row_needs.capped[first:stop] > 0
    is_crowded[rows[~is_best]] = True
    rows, candidates = rows[is_best], candidates[is_best]
    edges = np.searchsorted(rows, np.arange(stop - first + 1)).astype(np.int32)
    columns = {
        "position": row_needs.positions[first:stop],
        "candidates": pa.ListArray.from_arrays(pa.array(edges), pa.array(candidates)),
        "is_crowded": is_crowded,
    }
    wanted = pa.array(is_crowded | (np.diff(edges) > 0))
    return pa.RecordBatch.from_pydict(columns).filter(wanted)
