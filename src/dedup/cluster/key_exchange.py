"""The second stage: rows that ask for a key meet the rows that post it.

Keys are cut into parts by their hash. A task gets all queries and postings of some parts, and
returns for each query key of a row the first MAX_POSTINGS earlier rows that post it. These lists
are cut into parts by row, for ``ranked_candidates``. The engine moves binary columns, and never
looks at a single key.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dedup.arrays.array_types import I64, U64, expand_ranges
from dedup.arrays.long_arrays import row_batches
from dedup.arrays.parallel import offsets_of
from dedup.cluster.key_columns import KEY, binary_of, keys_of, numbers_of
from dedup.matching.candidates import KEY_SHIFT, MAX_POSTINGS

LISTED_AT_ONCE = 1 << 21  # rows of posting lists in a batch
NEED_SHIFT = 16  # of the number of query keys of a row, above the number that must be shared
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # 2**64 divided by the golden ratio
INT64, UINT32, UINT8 = (np.dtype(name) for name in ("<i8", "<u4", "u1"))


def cut_queries(
    batches: Iterable[pa.RecordBatch], parts: int, frequent: U64
) -> Iterator[pa.RecordBatch]:
    """Cut the query keys of rows into parts.

    Parameters
    ----------
    batches
        ``position``, ``key_count``, ``min_shared``, ``queries``.
    frequent
        Keys, ascending, that so many rows have that one task could not look them all up.

    Yields
    ------
    pyarrow.RecordBatch
        ``part``, ``is_query``; ``keys``, ``rows`` (their positions) and ``needs`` (binary).
    """
    for batch in batches:
        keys, positions = keys_of(batch, "queries"), batch.column("position").to_numpy()
        counts, shared = (batch.column(name).to_numpy() for name in ("key_count", "min_shared"))
        needs = (counts << NEED_SHIFT | shared).astype(UINT32)
        numbers = keys.row_numbers()
        rows = positions[numbers]
        place = _hashed(keys.values, parts)
        is_frequent = _are_in(frequent, keys.values)
        spread = _hashed(rows[is_frequent].view(np.uint64), parts)
        place[is_frequent] = (place[is_frequent] + spread) % parts
        yield _cut(place, parts, keys.values, rows, needs[numbers])


def cut_postings(
    batches: Iterable[pa.RecordBatch], parts: int, frequent: U64
) -> Iterator[pa.RecordBatch]:
    """Cut the posting keys of rows into parts; those of frequent keys go to all parts.

    Parameters
    ----------
    batches
        ``position``, ``postings``.

    Yields
    ------
    pyarrow.RecordBatch
        As ``cut_queries``; ``needs`` is empty.
    """
    for batch in batches:
        keys, positions = keys_of(batch, "postings"), batch.column("position").to_numpy()
        rows, values = positions[keys.row_numbers()], keys.values
        is_frequent = _are_in(frequent, values)
        if is_frequent.any():  # only the first of these count
            lists = PostedKeys.of(values[is_frequent], rows[is_frequent])
            first_keys, first_rows = lists.first_of_each()
            every = np.arange(parts).repeat(len(first_keys))
            rare = ~is_frequent
            place = np.concatenate((_hashed(values[rare], parts), every))
            values = np.concatenate((values[rare], np.tile(first_keys, parts)))
            rows = np.concatenate((rows[rare], np.tile(first_rows, parts)))
        else:
            place = _hashed(values, parts)
        yield _cut(place, parts, values, rows, None)


def _cut(place: I64, parts: int, keys: U64, rows: I64, needs: I64 | None) -> pa.RecordBatch:
    order = np.argsort(place, kind="stable")
    edges = offsets_of(np.bincount(place, minlength=parts))
    empty = np.zeros(parts + 1, np.int64)
    columns = {
        "part": pa.array(range(parts), pa.int32()),
        "is_query": pa.array([needs is not None] * parts),
        "keys": binary_of(keys[order].astype(KEY), edges),
        "rows": binary_of(rows[order], edges),
        "needs": binary_of(np.empty(0, UINT32), empty)
        if needs is None
        else binary_of(needs[order], edges),
    }
    return pa.RecordBatch.from_pydict(columns).filter(pa.array(np.diff(edges) > 0))


@dataclass(frozen=True, slots=True)
class PostedKeys:
    """The posting lists of keys.

    Attributes
    ----------
    positions
        (u,): the positions of all rows in the lists, ascending. The rank of a row is its place.
    entries
        (p,): keys, with the rank of a row in the lower 32 bits, ascending and unique.
    """

    positions: I64
    entries: U64

    @classmethod
    def of(cls, keys: U64, rows: I64) -> "PostedKeys":
        """Return the lists of keys and the positions of the rows that post them, (p,) each."""
        positions, ranks = np.unique(rows, return_inverse=True)
        entries = keys.astype(np.uint64) << KEY_SHIFT | ranks.astype(np.uint64)
        entries.sort()
        return cls(positions, entries[np.diff(entries, prepend=~entries[:1]) != 0])

    def find(self, keys: U64, rows: I64) -> tuple[I64, I64, I64]:
        """Find the earlier rows in the lists of keys, MAX_POSTINGS at most.

        Returns
        -------
        order, starts, sizes
            (m,) each: the queries in the order of their keys, since a sorted search is fast; the
            first entry of each, and how many earlier rows there are. If they are MAX_POSTINGS, the
            list is capped.

        Parameters
        ----------
        keys, rows
            (m,): a key, and the position before which rows count.
        """
        distinct, numbers = np.unique(rows, return_inverse=True)
        own_ranks = np.searchsorted(self.positions, distinct)[numbers].astype(np.uint64)
        wanted = keys.astype(np.uint64) << KEY_SHIFT | own_ranks
        order = np.argsort(wanted)
        wanted = wanted[order]
        ends = np.searchsorted(self.entries, wanted)
        starts = np.searchsorted(self.entries, wanted >> KEY_SHIFT << KEY_SHIFT)
        return order, starts, np.minimum(ends - starts, MAX_POSTINGS)

    def rows_at(self, places: I64) -> I64:
        """Return the positions of entries."""
        return self.positions[self.entries[places] & np.uint64((1 << 32) - 1)]

    def first_of_each(self) -> tuple[U64, I64]:
        """Return the first MAX_POSTINGS entries of each list, as keys and positions."""
        keys = self.entries >> KEY_SHIFT
        places = np.arange(len(keys))
        begins = np.searchsorted(keys, keys)
        first = np.flatnonzero(places - begins < MAX_POSTINGS)
        return keys[first], self.rows_at(first)


def find_lists(batches: Iterable[pa.RecordBatch], row_parts: int) -> Iterator[pa.RecordBatch]:
    """Return the rows in the posting lists of query keys, cut into parts by row.

    Parameters
    ----------
    batches
        As ``cut_queries`` and ``cut_postings`` yield them: all of some parts.

    Yields
    ------
    pyarrow.RecordBatch
        ``part``, and binary columns. For each key whose list is not capped: ``rows``, ``needs``,
        ``sizes`` (of its list), ``listed`` (the positions in it). For each key whose list is
        capped: ``capped_rows``, ``capped_needs`` and ``capped_keys``; its list is there once for
        a part: ``list_keys`` and ``lists``.
    """
    posted: list[pa.RecordBatch] = []
    asked: list[pa.RecordBatch] = []
    for batch in batches:
        is_query = batch.column("is_query")
        asked.append(batch.filter(is_query))
        posted.append(batch.filter(pa.array(~is_query.to_numpy(zero_copy_only=False))))
    lists = PostedKeys.of(_joined(posted, "keys", KEY), _joined(posted, "rows", INT64))
    for batch in asked:
        keys, rows, needs = (
            _joined([batch], name, dtype)
            for name, dtype in (("keys", KEY), ("rows", INT64), ("needs", UINT32))
        )
        order, starts, sizes = lists.find(keys, rows)
        keys, rows, needs = keys[order], rows[order], needs[order]
        place = _hashed(rows.view(np.uint64), row_parts)
        is_capped = sizes == MAX_POSTINGS
        order = np.argsort(place, kind="stable")
        short = order[(sizes[order] > 0) & ~is_capped[order]]
        for first, stop in row_batches(
            offsets_of(sizes[short]), LISTED_AT_ONCE, max(len(short), 1)
        ):
            yield _uncapped(lists, place, rows, needs, starts, sizes, short[first:stop], row_parts)
        yield _capped(lists, place, keys, rows, needs, starts, order[is_capped[order]], row_parts)


def _uncapped(  # noqa: PLR0913, PLR0917
    lists: PostedKeys,
    place: I64,
    rows: I64,
    needs: U64,
    starts: I64,
    sizes: I64,
    chosen: I64,
    parts: int,
) -> pa.RecordBatch:
    edges = offsets_of(np.bincount(place[chosen], minlength=parts))
    inside = offsets_of(sizes[chosen])
    entries = expand_ranges(starts[chosen], sizes[chosen])
    return _found(
        parts,
        rows=binary_of(rows[chosen], edges),
        needs=binary_of(needs[chosen], edges),
        sizes=binary_of(sizes[chosen].astype(UINT8), edges),
        listed=binary_of(lists.rows_at(entries), inside[edges]),
    )


def _capped(  # noqa: PLR0913, PLR0917
    lists: PostedKeys,
    place: I64,
    keys: U64,
    rows: I64,
    needs: U64,
    starts: I64,
    chosen: I64,
    parts: int,
) -> pa.RecordBatch:
    edges = offsets_of(np.bincount(place[chosen], minlength=parts))
    parts_and_keys = place[chosen] << 32 | keys[chosen].astype(np.int64)
    distinct, first = np.unique(parts_and_keys, return_index=True)
    list_edges = np.searchsorted(distinct >> 32, np.arange(parts + 1))
    entries = starts[chosen][first][:, None] + np.arange(MAX_POSTINGS)
    return _found(
        parts,
        capped_rows=binary_of(rows[chosen], edges),
        capped_needs=binary_of(needs[chosen], edges),
        capped_keys=binary_of(keys[chosen].astype(KEY), edges),
        list_keys=binary_of((distinct & ((1 << 32) - 1)).astype(KEY), list_edges),
        lists=binary_of(lists.rows_at(entries.reshape(-1)), list_edges * MAX_POSTINGS),
    )


FOUND_COLUMNS = {
    "rows": INT64,
    "needs": UINT32,
    "sizes": UINT8,
    "listed": INT64,
    "capped_rows": INT64,
    "capped_needs": UINT32,
    "capped_keys": KEY,
    "list_keys": KEY,
    "lists": INT64,
}


def _found(parts: int, **columns: pa.BinaryArray) -> pa.RecordBatch:
    """Return columns with those that are missing, empty; parts without anything are left out."""
    empty = binary_of(np.empty(0, UINT8), np.zeros(parts + 1, np.int64))
    every = {name: columns.get(name, empty) for name in FOUND_COLUMNS}
    batch = pa.RecordBatch.from_pydict({"part": pa.array(range(parts), pa.int32()), **every})
    used = np.zeros(parts, np.bool_)
    for name in ("rows", "capped_rows"):
        used |= np.diff(numbers_of(batch.column(name), UINT8)[1]) > 0
    return batch.filter(pa.array(used))


def joined_columns(batches: Iterable[pa.RecordBatch]) -> dict[str, np.ndarray]:
    """Return the columns that ``find_lists`` yields, joined over all parts."""
    held = [*batches]
    return {name: _joined(held, name, dtype) for name, dtype in FOUND_COLUMNS.items()}


def _joined(batches: list[pa.RecordBatch], name: str, dtype: np.dtype) -> np.ndarray:
    columns = [numbers_of(batch.column(name), dtype)[0] for batch in batches]
    return np.concatenate([np.empty(0, dtype), *columns])


def _hashed(values: U64, parts: int) -> I64:
    """Return the part of each value."""
    return ((values.astype(np.uint64) * _FACTOR >> np.uint64(33)) % np.uint64(parts)).astype(
        np.int64
    )


def _are_in(keys: U64, values: U64) -> np.ndarray:
    """Tell which values are among keys, which ascend."""
    if not len(keys):
        return np.zeros(len(values), np.bool_)
    places = np.minimum(np.searchsorted(keys, values), len(keys) - 1)
    return keys[places] == values
