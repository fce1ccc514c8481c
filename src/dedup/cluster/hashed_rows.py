"""The first stage: texts become positions, fingerprints and keys."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from dedup.arrays.array_types import I64, U64, Flags, Ragged
from dedup.arrays.columns import pack_column
from dedup.arrays.long_arrays import row_batches
from dedup.arrays.native import has_core
from dedup.arrays.packed import PackedTexts
from dedup.cluster.key_columns import as_binary, keys_of
from dedup.cluster.key_filter import KeyFilter
from dedup.cluster.row_positions import positions_of
from dedup.config import Config
from dedup.errors import MissingLibraryError
from dedup.matching.candidates import KEY_SHIFT
from dedup.matching.sketched_texts import SketchedTexts

HASHED_BYTES_AT_ONCE, HASHED_ROWS_AT_ONCE = 1 << 24, 1 << 13  # of text


def hash_rows(
    batches: Iterable[pa.RecordBatch], config: Config, *, by_core: bool
) -> Iterator[pa.RecordBatch]:
    """Hash texts. A text without tokens is left out: it is kept.

    Parameters
    ----------
    batches
        Columns ``dedup_row`` (int64) and ``text``.
    by_core
        Whether the driver has the compiled core. Its fingerprints differ from those of numpy.

    Yields
    ------
    pyarrow.RecordBatch
        ``position``; ``high`` and ``low``, the fingerprint, equal for exact copies; ``queries``,
        the keys by which the row is looked up; ``key_count``, the number of these; ``min_shared``,
        how many of them a candidate must share, and ``fewest``, how many it must share if some of
        the keys are capped.

    Raises
    ------
    MissingLibraryError
        If only one of the driver and this worker has the core.
    """
    if by_core != has_core():
        raise MissingLibraryError(
            "the compiled core of dedup must be on the driver and on all workers, or on none: "
            "build the package in the same way everywhere, or set DEDUP_NATIVE=0 everywhere"
        )
    for found, positions, has_tokens in _sketched(batches, config):
        fingerprints = found.fingerprints[has_tokens].view(np.int64)
        columns = {
            "position": positions[has_tokens],
            "high": fingerprints[:, 0],
            "low": fingerprints[:, 1],
            "key_count": found.keys.query_keys.lengths[has_tokens],
            "min_shared": found.keys.min_shared[has_tokens],
            "fewest": found.keys.fewest_shared[has_tokens],
            "queries": as_binary(found.keys.query_keys.take(has_tokens)),
        }
        yield pa.RecordBatch.from_pydict(columns)


def post_rows(
    batches: Iterable[pa.RecordBatch], asked: KeyFilter, config: Config
) -> Iterator[pa.RecordBatch]:
    """Return the keys under which texts are found by containment: those that other rows ask for.

    Parameters
    ----------
    batches
        As for ``hash_rows``.
    asked
        The query keys of all rows.

    Yields
    ------
    pyarrow.RecordBatch
        ``position`` and ``postings``, the keys; rows without any are left out.
    """
    for found, positions, _ in _sketched(batches, config):
        keys = found.keys.posting_keys
        keys = keys.filter_values(asked.has(keys.values))
        # A sketch has the smallest keys of its row.
        is_own = keys.values <= _largest(found.keys.query_keys)[keys.row_numbers()]
        yield _posted(positions, _kept_postings(keys, is_own, asked))


def post_queries(batches: Iterable[pa.RecordBatch], asked: KeyFilter) -> Iterator[pa.RecordBatch]:
    """Return the keys under which texts are found by Jaccard similarity.

    They are the query keys that another row has, too.

    Parameters
    ----------
    batches
        As ``hash_rows`` yields them.

    Yields
    ------
    pyarrow.RecordBatch
        As ``post_rows``.
    """
    for batch in batches:
        keys = keys_of(batch, "queries")
        every = np.ones(len(keys.values), np.bool_)
        yield _posted(batch.column("position").to_numpy(), _kept_postings(keys, every, asked))


def keep_posted_queries(
    batches: Iterable[pa.RecordBatch], posted: KeyFilter
) -> Iterator[pa.RecordBatch]:
    """Leave out the query keys that no row posts, and rows that cannot share enough keys.

    Parameters
    ----------
    batches
        As ``hash_rows`` yields them.
    posted
        The postings of all rows.
    """
    for batch in batches:
        keys = keys_of(batch, "queries")
        keys = keys.filter_values(posted.has(keys.values))
        place = batch.schema.get_field_index("queries")
        batch = batch.set_column(place, "queries", as_binary(keys))  # noqa: PLW2901
        yield batch.filter(pa.array(keys.lengths >= batch.column("fewest").to_numpy()))


def keep_asked_postings(
    batches: Iterable[pa.RecordBatch], asked: KeyFilter
) -> Iterator[pa.RecordBatch]:
    """Leave out the postings that no row asks for, of a few rows that are looked up.

    Parameters
    ----------
    batches
        ``position`` and ``postings``.
    """
    for batch in batches:
        keys = keys_of(batch, "postings")
        keys = keys.filter_values(asked.has(keys.values))
        yield _posted(batch.column("position").to_numpy(), keys)


def _sketched(
    batches: Iterable[pa.RecordBatch], config: Config
) -> Iterator[tuple[SketchedTexts, I64, I64]]:
    """Yield sketches of texts, their positions, and which of them have tokens."""
    for batch in batches:
        packed, rows = pack_column(batch.column("text")), batch.column("dedup_row").to_numpy()
        for start, stop in row_batches(packed.offsets, HASHED_BYTES_AT_ONCE, HASHED_ROWS_AT_ONCE):
            part: PackedTexts = packed.slice_rows(start, stop)
            found = SketchedTexts.of(part.utf8, part.offsets, config)
            positions = positions_of(rows[start:stop], found.counts, config)
            yield found, positions, np.flatnonzero(found.counts)


def _kept_postings(keys: Ragged, is_own: Flags, asked: KeyFilter) -> Ragged:
    """Return the keys that another row asks for, each once in a row.

    A row asks for its own query keys. Such a key stays only if another row asks for it. Then the
    other row posts it, too: so a key that is posted at all is posted by a row other than the one
    that asks.

    Parameters
    ----------
    keys
        That some row asks for.
    is_own
        (total,): whether the row itself asks for a key.
    """
    is_kept = ~is_own
    is_kept[is_own] = asked.has_twice(keys.values[is_own])
    keys = keys.filter_values(is_kept)
    with_rows = _with_rows(keys)
    with_rows.sort(kind="stable")
    is_new = np.diff(with_rows, prepend=~np.uint64(0)) != 0
    sorted_keys = Ragged(with_rows & np.uint64(0xFFFFFFFF), keys.offsets)
    return sorted_keys.filter_values(is_new)


def _largest(keys: Ragged) -> U64:
    """Return the largest key of each row, (n,); 0 for rows without any."""
    largest = np.zeros(len(keys), np.uint64)
    with_keys = np.flatnonzero(keys.lengths)
    if len(with_keys):
        largest[with_keys] = np.maximum.reduceat(keys.values, keys.offsets[with_keys])
    return largest


def _posted(positions: I64, keys: Ragged) -> pa.RecordBatch:
    with_keys = np.flatnonzero(keys.lengths)
    columns = [pa.array(positions[with_keys]), as_binary(keys.take(with_keys))]
    return pa.RecordBatch.from_arrays(columns, ["position", "postings"])


def _with_rows(keys: Ragged) -> U64:
    """Return keys of 32 bits with the numbers of their rows in the upper bits."""
    with_rows: U64 = (keys.row_numbers().astype(np.uint64) << KEY_SHIFT) | keys.values
    return with_rows
