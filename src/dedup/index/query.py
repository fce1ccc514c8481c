"""Look up texts in a store, within ``store.reading``."""

from operator import itemgetter

import numpy as np

from dedup.config import Config
from dedup.index.batch import READ_AT_ONCE, HashedBatch, batches, shingled_records
from dedup.index.decide import decide
from dedup.index.postings import ALL, PostingLists, fetch
from dedup.index.result import IndexMatches, Neighbor
from dedup.index.stores.protocol import REST, SAMPLED, SHORT, Id
from dedup.index.stores.store import Store
from dedup.matching.similarity import MEASURES
from dedup.records import U64, distinct
from dedup.text.packed import Packed

SLACK = 1e-6  # of a count that is computed from a threshold


def query(store: Store, config: Config, packed: Packed) -> IndexMatches:
    """Return the result that ``add`` would give for each text if it were the next one."""
    parts = []
    for start, stop in batches(packed):
        batch = HashedBatch.of(packed.rows(start, stop), config)
        parts.append(decide(batch, [None] * len(batch), store))
    return IndexMatches.joined(parts)


def neighbors(store: Store, config: Config, packed: Packed, most: int) -> list[list[Neighbor]]:
    """Find the texts that each text repeats, as ``Index.neighbors`` does.

    A text that repeats another one shares ``least`` keys with it or more. All that share as many
    are compared, however many they are.
    """
    batch = HashedBatch.of(packed, config)
    keys, least = batch.keys.probes, batch.keys.needed.tolist()
    if config.measure == "containment":  # all shingles are keys, by their lower 32 bits
        keys = batch.keys.entries
        least = (config.threshold * batch.shingles.lengths).tolist()
    return [
        _neighbors_of(batch.shingles[row], keys[row], least[row], store, config)[:most]
        for row in range(len(batch))
    ]


def _neighbors_of(
    shingles: U64, keys: U64, least: float, store: Store, config: Config
) -> list[Neighbor]:
    """Return the texts that a text repeats, the most similar one first, then the earliest."""
    wanted = distinct(keys)
    least -= len(keys) - len(wanted) + SLACK
    postings = fetch(store, dict.fromkeys((SAMPLED, SHORT, REST), wanted), ALL)
    listed = PostingLists.merged(postings.values()).rows.values
    rows, counts = np.unique(listed, return_counts=True)
    rows = rows[counts >= least]
    found: list[tuple[float, int, Id]] = []
    for start in range(0, len(rows), READ_AT_ONCE):
        some = rows[start : start + READ_AT_ONCE].tolist()
        for row, record, other in shingled_records(store, some, config):
            similarity = MEASURES[config.measure](shingles, other)
            if similarity >= config.threshold:
                found.append((-similarity, row, record.id))
    return [Neighbor(name, -negative) for negative, _, name in sorted(found, key=itemgetter(0, 1))]
