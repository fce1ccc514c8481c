"""The first stage: texts become positions, fingerprints and keys."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedup.arrays.array_types import I64, U64, Ragged
from dedup.arrays.columns import pack_column
from dedup.arrays.long_arrays import row_batches
from dedup.arrays.packed import PackedTexts
from dedup.cluster.row_positions import positions_of
from dedup.config import Config
from dedup.index.batch import HashedBatch
from dedup.matching.candidates import KEY_SHIFT

if TYPE_CHECKING:
    from dedup.cluster.key_filter import KeyFilter

HASHED_BYTES_AT_ONCE, HASHED_ROWS_AT_ONCE = 1 << 24, 1 << 13  # of text


def hash_rows(batches: Iterable[pa.RecordBatch], config: Config) -> Iterator[pa.RecordBatch]:
    """Hash texts. A text without tokens is left out: it is kept.

    Parameters
    ----------
    batches
        Columns ``dedup_row`` (int64) and ``text``.

    Yields
    ------
    pyarrow.RecordBatch
        ``position``; ``high`` and ``low``, the fingerprint, equal for exact copies;
        ``queries`` and ``postings``, the keys; ``key_count``, the number of query keys, and
        ``min_shared``, how many of them a candidate must share.
    """
    for batch in batches:
        packed, rows = pack_column(batch.column("text")), batch.column("dedup_row").to_numpy()
        for start, stop in row_batches(packed.offsets, HASHED_BYTES_AT_ONCE, HASHED_ROWS_AT_ONCE):
            yield _hash(packed.slice_rows(start, stop), rows[start:stop], config)


def _hash(packed: PackedTexts, rows: I64, config: Config) -> pa.RecordBatch:
    hashed = HashedBatch.of(packed, config, threads=1)  # the engine runs a task on each core
    has_tokens, keys = np.flatnonzero(hashed.lengths), hashed.keys
    halves = np.frombuffer(b"".join(hashed.fingerprints), np.int64).reshape(-1, 2)[has_tokens]
    columns = {
        "position": positions_of(rows, hashed.lengths, config)[has_tokens],
        "high": halves[:, 0],
        "low": halves[:, 1],
        "key_count": keys.query_keys.lengths[has_tokens],
        "min_shared": keys.min_shared[has_tokens],
        "queries": as_lists(keys.query_keys.take(has_tokens)),
        "postings": as_lists(_without_repeats(keys.posting_keys.take(has_tokens))),
    }
    return pa.RecordBatch.from_pydict(columns)


def _without_repeats(keys: Ragged) -> Ragged:
    """Return rows of keys with each key once, sorted."""
    with_rows = _with_rows(keys)
    with_rows.sort(kind="stable")  # by containment they are sorted
    is_new = np.diff(with_rows, prepend=~np.uint64(0)) != 0
    sorted_keys = Ragged(with_rows & np.uint64(0xFFFFFFFF), keys.offsets)
    return sorted_keys.filter_values(is_new)


def keep_asked_keys(
    batches: Iterable[pa.RecordBatch], asked: "KeyFilter"
) -> Iterator[pa.RecordBatch]:
    """Leave out the posting keys that no other row asks for.

    A posting of a query key of the row itself stays only if another row asks for that key. Then
    the other row posts it, too: so a key that is posted at all is posted by a row other than the
    one that asks.

    Parameters
    ----------
    batches
        As ``hash_rows`` yields them.
    asked
        Of the query keys of all rows.
    """
    for batch in batches:
        postings, queries = keys_of(batch, "postings"), keys_of(batch, "queries")
        postings = postings.filter_values(asked.has(postings.values))
        # Each row asks for its own query keys: such a key needs another row that asks for it.
        is_own = np.isin(_with_rows(postings), _with_rows(queries))
        kept = as_lists(postings.filter_values(~is_own | asked.has_twice(postings.values)))
        yield batch.set_column(batch.schema.get_field_index("postings"), "postings", kept)


def keep_keys(
    batches: Iterable[pa.RecordBatch], column: str, kept: "KeyFilter"
) -> Iterator[pa.RecordBatch]:
    """Leave out the keys of a column that are not in a filter."""
    for batch in batches:
        keys = keys_of(batch, column)
        keys = keys.filter_values(kept.has(keys.values))
        place = batch.schema.get_field_index(column)
        yield batch.set_column(place, column, as_lists(keys))


def _with_rows(keys: Ragged) -> U64:
    """Return keys of 32 bits with the numbers of their rows in the upper bits."""
    with_rows: U64 = (keys.row_numbers().astype(np.uint64) << KEY_SHIFT) | keys.values
    return with_rows


def as_lists(keys: Ragged) -> pa.ListArray:
    """Return rows of keys of 32 bits as an Arrow column."""
    values = keys.values.astype(np.uint32).view(np.int32)
    return pa.ListArray.from_arrays(pa.array(keys.offsets, pa.int32()), pa.array(values))


def keys_of(batch: pa.RecordBatch, name: str) -> Ragged:
    """Return a column of keys as rows of keys."""
    column = batch.column(name)
    first, last = column.offsets[0].as_py(), column.offsets[-1].as_py()
    values = column.values.slice(first, last - first).to_numpy()
    offsets = column.offsets.to_numpy().astype(np.int64) - first
    return Ragged(values.view(np.uint32).astype(np.uint64), offsets)
