"""The second stage: from the posting lists of the keys of a row to its candidates.

The rules are those of ``matching.candidates`` for lookups by sketch or by LSH bands.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from dedup.arrays.array_types import I64
from dedup.cluster.row_positions import row_at
from dedup.config import Config
from dedup.matching.bottom_sketch import bottom_k_of
from dedup.matching.candidates import MAX_CANDIDATES, MAX_POSTINGS
from dedup.matching.lsh import banding


def min_shared_uncapped(config: Config) -> I64:
    """Return how many of the uncapped keys a candidate must share, by their number."""
    if config.measure == "containment":
        return bottom_k_of(config).min_shared_uncapped
    return banding(config.threshold, config.num_perm, config.recall).min_shared_uncapped


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
        ``position`` and ``candidate``, the positions of two rows; ``is_crowded``: whether other
        candidates may follow when other rows are kept. A crowded row without candidates has one
        pair, without a candidate.
    """
    needed_uncapped = min_shared_uncapped(config)
    for batch in batches:
        positions = batch.column("position").to_numpy()
        counts, needed = (batch.column(name).to_numpy() for name in ("key_count", "min_shared"))
        lists = batch.column("lists")
        list_rows = np.repeat(np.arange(len(positions)), _lengths(lists))
        posted = lists.flatten()
        sizes = _lengths(posted)
        is_capped = sizes >= MAX_POSTINGS
        capped = np.bincount(list_rows[is_capped], minlength=len(positions))
        candidates, uncapped_shared, shared, rows = _count_shared(
            np.repeat(list_rows, sizes),
            posted.flatten().to_numpy(),
            np.repeat(~is_capped, sizes),
        )
        is_candidate = shared >= needed[rows]
        least = needed_uncapped[np.maximum(counts - capped, 0)]
        is_candidate |= (capped[rows] > 0) & (uncapped_shared >= least[rows])
        rows, candidates = rows[is_candidate], candidates[is_candidate]
        ranks = -uncapped_shared[is_candidate], -shared[is_candidate]
        order = np.lexsort((row_at(candidates, config), ranks[1], ranks[0], rows))
        rows, candidates = rows[order], candidates[order]
        place = np.arange(len(rows)) - np.searchsorted(rows, rows)
        is_crowded = capped > 0
        is_crowded[rows[place >= MAX_CANDIDATES]] = True
        rows, candidates = rows[place < MAX_CANDIDATES], candidates[place < MAX_CANDIDATES]
        has_none = is_crowded.copy()
        has_none[rows] = False
        without = np.flatnonzero(has_none)
        all_rows = np.concatenate((rows, without))
        columns = {
            "position": positions[all_rows],
            "candidate": pa.concat_arrays(
                [pa.array(candidates, pa.int64()), pa.nulls(len(without), pa.int64())]
            ),
            "is_crowded": is_crowded[all_rows],
        }
        yield pa.RecordBatch.from_pydict(columns)


def _count_shared(rows: I64, candidates: I64, is_uncapped: np.ndarray) -> tuple[I64, I64, I64, I64]:
    """Count how often each pair of a row and a candidate occurs, with and without capped lists.

    Returns
    -------
    candidates, uncapped_shared, shared, rows
        (p,) each, sorted by row and candidate.
    """
    order = np.lexsort((candidates, rows))
    rows, candidates, is_uncapped = rows[order], candidates[order], is_uncapped[order]
    is_first = np.ones(len(rows), np.bool_)
    is_first[1:] = (rows[1:] != rows[:-1]) | (candidates[1:] != candidates[:-1])
    begins = np.flatnonzero(is_first)
    shared = np.diff(np.append(begins, len(rows)))
    totals = np.append(0, np.cumsum(is_uncapped))
    uncapped_shared = totals[np.append(begins, len(rows))[1:]] - totals[begins]
    return candidates[begins], uncapped_shared, shared, rows[begins]


def _lengths(lists: pa.ListArray) -> I64:
    lengths: I64 = np.diff(lists.offsets.to_numpy()).astype(np.int64)
    return lengths
