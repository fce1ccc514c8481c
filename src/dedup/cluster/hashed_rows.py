"""The first stage: texts become positions, fingerprints and keys."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from dedup.arrays.array_types import I64, U64, Ragged
from dedup.arrays.columns import pack_column
from dedup.arrays.long_arrays import row_batches
from dedup.arrays.packed import PackedTexts
from dedup.cluster.key_filter import KeyFilter
from dedup.cluster.row_positions import positions_of
from dedup.config import Config
from dedup.index.batch import HashedBatch
from dedup.matching.candidates import KEY_SHIFT

HASHED_BYTES_AT_ONCE, HASHED_ROWS_AT_ONCE = 1 << 24, 1 << 13  # of text
KEY_LISTS = pa.list_(pa.int32())


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
        ``key_count`` and ``min_shared``, the number of query keys and how many of them a candidate
        shares; ``queries`` and ``postings``, the keys.
    """
    for batch in batches:
        packed, rows = pack_column(batch.column("text")), batch.column("dedup_row").to_numpy()
        for start, stop in row_batches(packed.offsets, HASHED_BYTES_AT_ONCE, HASHED_ROWS_AT_ONCE):
            yield _hash(packed.slice_rows(start, stop), rows[start:stop], config)


def _hash(packed: PackedTexts, rows: I64, config: Config) -> pa.RecordBatch:
    hashed = HashedBatch.of(packed, config)
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
    """Return rows of sorted keys with each key once."""
    is_new = np.ones(len(keys.values), np.bool_)
    is_new[1:] = keys.values[1:] != keys.values[:-1]
    is_new[keys.offsets[:-1][keys.lengths > 0]] = True
    return keys.filter_values(is_new)


def keep_asked_keys(
    batches: Iterable[pa.RecordBatch], asked: KeyFilter
) -> Iterator[pa.RecordBatch]:
    """Leave out the posting keys that no other row asks for.

    The posting of a row for a query key of its own stays only if another row asks for the key, and
    that row posts it, too. So what is posted at all is posted by another row than the one that
    asks.

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
    batches: Iterable[pa.RecordBatch], column: str, kept: KeyFilter
) -> Iterator[pa.RecordBatch]:
    """Leave out the keys of a column that are not in a filter, and rows without any left."""
    for batch in batches:
        keys = keys_of(batch, column)
        keys = keys.filter_values(kept.has(keys.values))
        place = batch.schema.get_field_index(column)
        yield batch.set_column(place, column, as_lists(keys)).filter(pa.array(keys.lengths > 0))


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
