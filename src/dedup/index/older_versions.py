"""Kept texts that a new text may contain: earlier, shorter versions of it.

A text is looked up by its sample among all keys of the texts before it, and so the texts before it
that it contains are found by their samples among all its keys.
"""

from collections.abc import Mapping

import numpy as np

from dedup.index.batch import HashedBatch
from dedup.index.postings import PostingLists
from dedup.index.stores.chunks import ROW, ROWS
from dedup.index.stores.protocol import SAMPLED, SHORT
from dedup.matching.candidates import COMPARED, FULL
from dedup.records import I64, Flags, Ragged, among

SHARED = 5  # keys of the sample of a text that a text has which may contain it


def older_versions(
    batch: HashedBatch,
    first: int,
    postings: Mapping[np.uint64, PostingLists],
    kept: Flags,
    wanted: Flags,
) -> dict[int, list[int]]:
    """Return the kept texts before each text of a batch that it may contain, COMPARED at most.

    Keys that the samples of FULL or more texts before a text have say nothing of it. Of the other
    keys SHARED must be shared, or one by a text whose sample has all its keys.

    Parameters
    ----------
    batch
        n texts, which have the numbers from ``first`` on.
    postings
        Which texts of the index have a key of the batch in their samples: SAMPLED and SHORT.
    kept
        (n,): which texts of the batch are kept.
    wanted
        (n,): for which texts of the batch older versions are looked for.

    Returns
    -------
    dict of int to list of int
        By number the texts that have older versions: those that share most keys first.
    """
    keys, rows = batch.keys, np.flatnonzero(kept)
    samples = _postings(first + rows, keys.probes.take(rows))
    known = PostingLists.merged([postings[SAMPLED], postings[SHORT], samples])
    rows = np.flatnonzero(wanted)
    entered, texts = _postings(first + rows, keys.entries.take(rows)).having(known.keys).pairs()
    lists = known.find(entered)
    texts = np.repeat(texts, lists.lengths)
    is_earlier = lists.values < texts
    counts = np.bincount(lists.row_numbers()[is_earlier], minlength=len(lists))
    counted = is_earlier & np.repeat(counts < FULL, lists.lengths)
    pairs, shared = np.unique((texts << ROW | lists.values)[counted], return_counts=True)
    texts, others = pairs >> ROW, pairs & ROWS
    short = np.union1d(postings[SHORT].rows.values, first + np.flatnonzero(batch.is_short))
    enough = np.flatnonzero((shared >= SHARED) | among(others, short.astype(np.uint64)))
    enough = enough[np.lexsort((others[enough], -shared[enough], texts[enough]))]
    ranked: dict[int, list[int]] = {}
    for text, other in zip(texts[enough].tolist(), others[enough].tolist(), strict=True):
        ranked.setdefault(text, []).append(other)
    return {text: own[:COMPARED] for text, own in ranked.items()}


def _postings(numbers: I64, keys: Ragged) -> PostingLists:
    """Return which of some texts have which keys."""
    return PostingLists.of(keys.values, numbers[keys.row_numbers()].astype(np.uint64))
