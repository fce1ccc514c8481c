"""Locality-sensitive hashing (LSH) of MinHash signatures: bands chosen by recall, and their keys.

LSH finds candidates by Jaccard similarity. A signature is cut into bands of several values. Two
rows with an equal band are candidates (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets,
ch. 3). If a band has only one value, ``banding`` may require several equal bands.
"""

from functools import lru_cache
from itertools import accumulate
from math import ceil, comb, log, log1p
from typing import NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, U32, U64, Ragged
from dedup.arrays.memory import Memory
from dedup.arrays.native import core
from dedup.arrays.parallel import map_chunks, map_parallel
from dedup.arrays.stored_arrays import ArrayStore, StoredArray
from dedup.config import Config
from dedup.errors import ConfigError
from dedup.matching.exact_copies import ExactCopies
from dedup.matching.minhash import permutations
from dedup.matching.shared_keys import OrderedKeys, RowKeys, SharedKeys, new_filter, number_keys
from dedup.text.hashing import NativeTexts
from dedup.text.mixing import constant_table, mix64
from dedup.text.shingles import fingerprint_keys

VECTOR_LANES = 16  # 32-bit lanes of the widest registers
LARGEST_NUM_PERM = 1e18  # in a message, where no num_perm is enough
MAX_SINGLE_VALUES = 256  # bands of one value
BAND_STREAM = 3  # of the seeded constants, after those of ``text.mixing``


def collision_probability(similarity: float, bands: int, rows: int) -> float:
    """Return the probability that two rows of this Jaccard similarity share a band.

    It is ``1 - (1 - similarity**rows)**bands`` (Leskovec et al., section 3.4.2).

    Examples
    --------
    >>> round(collision_probability(0.8, bands=14, rows=8), 3)
    0.924
    """
    return float(1 - (1 - similarity**rows) ** bands)


def choose_bands(threshold: float, num_perm: int, recall: float) -> tuple[int, int]:
    """Return the most ``rows`` in a band, then the fewest ``bands``, that reach ``recall``.

    Raises
    ------
    ConfigError
        When even bands of one row do not reach ``recall`` with ``num_perm`` values.

    Examples
    --------
    >>> choose_bands(0.8, num_perm=128, recall=0.999)
    (18, 5)
    """
    for rows in range(num_perm, 0, -1):
        for bands in range(1, num_perm // rows + 1):
            if collision_probability(threshold, bands, rows) >= recall:
                return bands, rows
    needed = ceil(min(log(1 - recall) / log1p(-threshold), LARGEST_NUM_PERM))
    raise ConfigError.of(
        "num_perm",
        f"must be at least {needed} for recall {recall} at threshold {threshold}, got {num_perm}",
    )


class Banding(NamedTuple):
    """How signatures are cut into bands, and how many of these a candidate must share.

    Attributes
    ----------
    bands
        The number of bands of a signature.
    rows
        The number of values in a band.
    min_shared_uncapped
        (bands + 1,): if u of the bands of a row have uncapped posting lists, a candidate must share
        ``min_shared_uncapped[u]`` of these bands.
    """

    bands: int
    rows: int
    min_shared_uncapped: I64


@lru_cache(maxsize=64)
def banding(threshold: float, num_perm: int, recall: float) -> Banding:
    """Return the bands of ``choose_bands``, and how many of them must be shared.

    One shared band is enough if bands have several values. Bands of one value are shared by chance.
    Then up to MAX_SINGLE_VALUES bands are used, and a candidate must share as many as a pair at the
    threshold shares with probability ``recall``: their number is binomial.

    Raises
    ------
    ConfigError
        As ``choose_bands``.

    Examples
    --------
    >>> banding(0.8, 128, 0.999).min_shared_uncapped.tolist() == 19 * [1]
    True
    >>> low = banding(0.12, 256, 0.999)
    >>> low.bands, low.min_shared_uncapped[[256, 64]].tolist()
    (256, [16, 1])
    """
    bands, rows = choose_bands(threshold, num_perm, recall)
    if rows > 1:
        return Banding(bands, rows, np.ones(bands + 1, np.int64))
    bands = max(bands, min(num_perm, MAX_SINGLE_VALUES))
    counts = range(1, bands + 1)
    shared = [1, *(lower_quantile(binomial(count, threshold), 1 - recall) for count in counts)]
    return Banding(bands, 1, np.array(shared))


def lower_quantile(probabilities: list[float], miss: float) -> int:
    """Return the highest count c with ``P(X < c) <= miss``, at least 1.

    Parameters
    ----------
    probabilities
        Of the counts 0, 1, ...

    Examples
    --------
    >>> lower_quantile([0.25, 0.5, 0.25], 0.3), lower_quantile([0.25, 0.5, 0.25], 0.8)
    (1, 2)
    """
    for shared, missed in enumerate(accumulate(probabilities)):
        if missed > miss:
            return max(shared, 1)
    return len(probabilities) - 1


def binomial(count: int, probability: float) -> list[float]:
    """Return the probabilities that 0 to ``count`` keys are shared.

    Each is shared with the same ``probability``, whether the remaining ones are or not.

    Examples
    --------
    >>> binomial(2, 0.5)
    [0.25, 0.5, 0.25]
    """
    return [
        comb(count, shared) * probability**shared * (1 - probability) ** (count - shared)
        for shared in range(count + 1)
    ]


def band_constants(bands: int, rows: int, seed: int) -> tuple[U64, U64]:
    """Return a factor for each value of a signature, (bands * rows,), and a shift for each band."""
    table = constant_table(seed, BAND_STREAM, bands * rows + bands)
    return table[: bands * rows], table[bands * rows :]


def band_keys(signatures: U32, bands: int, rows: int, seed: int = 1) -> Ragged:
    """Hash each band of each signature to one 64-bit key.

    Parameters
    ----------
    signatures
        (n, num_perm), num_perm >= bands * rows.

    Returns
    -------
    Ragged
        n rows of ``bands`` keys. Equal values in different bands have different keys.

    Examples
    --------
    >>> band_keys(np.zeros((2, 6), np.uint32), bands=3, rows=2).lengths.tolist()
    [3, 3]
    """
    count = len(signatures)
    used = signatures[:, : bands * rows].astype(np.uint64).reshape(count, bands, rows)
    factors, shifts = band_constants(bands, rows, seed)
    keys = mix64((used * factors.reshape(bands, rows)).sum(2, np.uint64) + shifts)
    return Ragged(keys.reshape(-1), np.arange(count + 1, dtype=np.int64) * bands)


class BandSketches(NamedTuple):
    """The sketches of a batch of rows. A key is the upper half of the hash of a band."""

    counts: StoredArray[I64]  # (n,): tokens
    fingerprints: StoredArray[U64]  # (n, 2): of the tokens
    keys: StoredArray[U32]  # (bands, n)


class BandSketcher:
    """Sketches rows for Jaccard similarity, with the compiled core.

    A row is looked up by the keys of its bands, and inserted under the same keys.
    ``keep_shared_keys`` drops each key that no other row has.
    """

    def __init__(self, config: Config) -> None:
        bands, rows, self._uncapped = banding(config.threshold, config.num_perm, config.recall)
        used = bands * rows
        factors, shifts = permutations(config.num_perm, config.seed)
        # The core works on whole vectors. No band uses the columns of the padding.
        padding = 0, -used % VECTOR_LANES
        self._permutations = np.pad(factors[:used], padding), np.pad(shifts[:used], padding)
        self._bands = band_constants(bands, rows, config.seed)
        self._fingerprint_keys = fingerprint_keys(config.seed)

    def sketch(self, texts: NativeTexts, first: int, last: int, store: ArrayStore) -> BandSketches:
        """Sketch the rows from ``first`` to ``last``; set the results aside."""
        counts, fingerprints, keys = core.sketch_bands(
            texts.core_texts, first, last, self._fingerprint_keys, *self._permutations, *self._bands
        )
        keys = keys.reshape(len(self._bands[1]), last - first)
        columns = store.add(counts), store.add(fingerprints.reshape(-1, 2)), store.add(keys)
        return BandSketches(*columns)

    def keep_shared_keys(
        self, batches: list[BandSketches], copies: ExactCopies, threads: int | None, memory: Memory
    ) -> SharedKeys:
        """Return the keys that rows share; ``batches`` is emptied."""
        counts, order, representative, _ = copies
        shared = self._shared(batches, copies, threads, memory)
        queries = OrderedKeys.of(shared, order, memory=memory)
        postings = OrderedKeys(memory.empty(len(queries.keys), np.uint32), queries.offsets)
        postings.keys[:] = queries.keys
        numbered = number_keys(queries, postings, threads, memory)
        count, bands = len(counts), len(self._bands[1])
        sizes, needed = np.full(count, bands), np.full(count, self._uncapped[bands])
        return SharedKeys(
            counts,
            order,
            representative,
            *numbered,
            sizes,
            needed,
            self._uncapped,
            exhaustive_tokens=0,
        )

    def _shared(
        self, batches: list[BandSketches], copies: ExactCopies, threads: int | None, memory: Memory
    ) -> list[RowKeys]:
        """Return the keys that two representatives have; ``batches`` is emptied."""
        count, bands = len(copies.counts), len(self._bands[1])
        keys, first = memory.empty((bands, count), np.uint32), 0
        for batch in batches:
            last = first + batch.keys.shape[1]
            keys[:, first:last] = batch.keys.take()
            first = last
            memory.trim()
        batches.clear()
        is_shared = memory.empty(keys.shape, np.bool_)

        def find_shared(band: int) -> None:
            key_filter = new_filter(count, memory)
            marked = key_filter, is_shared[band]
            core.mark_shared_keys(keys[band], copies.is_representative, *marked)

        map_parallel(find_shared, bands, threads, memory)
        store = memory.new_store()

        def keep_shared(first: int, last: int) -> RowKeys:
            found = core.keep_shared_keys(keys, is_shared, copies.counts, first, last)
            return RowKeys(store.add(found[0]), memory.adopt(found[1]))

        edges = np.arange(count + 1) * bands * keys.itemsize
        return map_chunks(keep_shared, edges, threads, memory)
