"""Locality-sensitive hashing of signatures: bands chosen by recall, and their keys.

See Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, ch. 3.
"""

from functools import lru_cache
from itertools import accumulate
from math import ceil, comb, log, log1p
from typing import Any, NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, U32, U64, Ragged
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.native import core
from dedup.arrays.parallel import concatenate_columns, map_chunks, map_parallel, offsets_of
from dedup.config import Config
from dedup.errors import ConfigError
from dedup.matching.exact_copies import ExactCopies
from dedup.matching.minhash import permutations
from dedup.matching.shared_keys import Sketches, Taken, new_filter, number, stored
from dedup.text.hashing import NativeTexts
from dedup.text.mixing import constant_table, mix64
from dedup.text.shingles import fingerprint_keys

VECTOR = 16  # 32-bit lanes of the widest registers
INFINITE = 1e18  # a num_perm that nobody has
MOST = 256  # values that are looked up one by one
BANDS = 3  # stream of seeded constants, after those of the kernels


def collision_probability(similarity: float, bands: int, rows: int) -> float:
    """Return the chance that two rows of this Jaccard similarity share a band.

    Examples
    --------
    >>> round(collision_probability(0.8, bands=14, rows=8), 3)
    0.924
    """
    return float(1 - (1 - similarity**rows) ** bands)


def choose_bands(threshold: float, num_perm: int, recall: float) -> tuple[int, int]:
    """Return the largest ``rows``, then the fewest ``bands``, that reach ``recall``.

    Raises
    ------
    ConfigError
        When even single-row bands miss more than that within ``num_perm``.

    Examples
    --------
    >>> choose_bands(0.8, num_perm=128, recall=0.999)
    (18, 5)
    """
    for rows in range(num_perm, 0, -1):
        for bands in range(1, num_perm // rows + 1):
            if collision_probability(threshold, bands, rows) >= recall:
                return bands, rows
    needed = ceil(min(log(1 - recall) / log1p(-threshold), INFINITE))
    raise ConfigError.of(
        "num_perm",
        f"must be at least {needed} for recall {recall} at threshold {threshold}, got {num_perm}",
    )


class Banding(NamedTuple):
    """How signatures are looked up."""

    bands: int
    rows: int
    of_rest: I64  # (bands + 1,): how many of so many bands a candidate must share


@lru_cache(maxsize=64)
def banding(threshold: float, num_perm: int, recall: float) -> Banding:
    """Return the bands of ``choose_bands``; where these have one row, all values count, up to MOST.

    One value in common with another row has any row then. But a pair at the threshold has a
    binomial number of them in common, and must have as many as it has with probability ``recall``.

    Raises
    ------
    ConfigError
        As ``choose_bands``.

    Examples
    --------
    >>> banding(0.8, 128, 0.999).of_rest.tolist() == 19 * [1]
    True
    >>> low = banding(0.12, 256, 0.999)
    >>> low.bands, low.of_rest[[256, 64]].tolist()
    (256, [16, 1])
    """
    bands, rows = choose_bands(threshold, num_perm, recall)
    if rows > 1:
        return Banding(bands, rows, np.ones(bands + 1, np.int64))
    bands = max(bands, min(num_perm, MOST))
    counts = range(1, bands + 1)
    shared = [1, *(enough(binomial(count, threshold), 1 - recall) for count in counts)]
    return Banding(bands, 1, np.array(shared))


def enough(chances: list[float], miss: float) -> int:
    """Return the most that are shared but for a chance of ``miss``, and 1 at least.

    Parameters
    ----------
    chances
        That 0, 1, ... are.
    """
    for shared, missed in enumerate(accumulate(chances)):
        if missed > miss:
            return max(shared, 1)
    return len(chances) - 1


def binomial(count: int, share: float) -> list[float]:
    """Return the chances that 0 to ``count`` are shared, of each of which the chance is ``share``.

    Examples
    --------
    >>> binomial(2, 0.5)
    [0.25, 0.5, 0.25]
    """
    return [
        comb(count, shared) * share**shared * (1 - share) ** (count - shared)
        for shared in range(count + 1)
    ]


def band_constants(bands: int, rows: int, seed: int) -> tuple[U64, U64]:
    """Return a factor for each value of a signature, (bands * rows,), and a shift a band."""
    table = constant_table(seed, BANDS, bands * rows + bands)
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
        n rows of ``bands`` keys; keys of different bands never mean the same.

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


class BandSample(NamedTuple):
    """Some rows for Jaccard."""

    counts: I64
    prints: U64
    keys: U32  # (bands, n)


class BandSampler:
    """Samples rows for Jaccard: a sketch has the keys of bands that more than one row has."""

    def __init__(self, config: Config) -> None:
        bands, rows, self._of_rest = banding(config.threshold, config.num_perm, config.recall)
        used = bands * rows
        factors, shifts = permutations(config.num_perm, config.seed)
        # Whole vectors: the columns that no band uses are thrown away.
        padding = 0, -used % VECTOR
        self._permutations = np.pad(factors[:used], padding), np.pad(shifts[:used], padding)
        self._bands = band_constants(bands, rows, config.seed)
        self._print_keys = fingerprint_keys(config.seed)

    def sample(
        self, texts: NativeTexts, first: int, last: int, memory: Memory = IN_RAM
    ) -> BandSample:
        """Sample some rows."""
        counts, prints, keys = core.sketch_bands(
            texts.core_texts, first, last, self._print_keys, *self._permutations, *self._bands
        )
        keys = keys.reshape(len(self._bands[1]), last - first)
        columns: Any = (counts, prints.reshape(-1, 2), keys)
        return BandSample(*map(memory.store, columns))

    def share_keys(
        self, samples: list[BandSample], copies: ExactCopies, threads: int | None, memory: Memory
    ) -> Sketches:
        """Leave the keys that rows share, from all samples, which are used up."""
        counts, order, leader, leads = copies
        count, bands = len(counts), len(self._bands[1])
        keys = memory.empty((bands, count), np.uint32)
        shared = memory.empty(keys.shape, np.bool_)

        def note(band: int) -> None:
            np.concatenate([sample.keys[band] for sample in samples], out=keys[band])
            core.share_band(keys[band], leads, new_filter(count, memory), shared[band])

        map_parallel(note, bands, threads, memory)
        samples.clear()

        def gather(first: int, last: int) -> tuple[U32, I64]:
            return stored(core.shared_keys(keys, shared, counts, first, last), memory)

        edges = np.arange(count + 1) * bands * keys.itemsize
        shared_by, lengths = concatenate_columns(map_chunks(gather, edges, threads, memory), memory)
        edges, every = offsets_of(lengths, memory), np.ones(count, np.bool_)
        asked, entered = (Taken.of(shared_by, edges, order, every, memory) for _ in range(2))
        numbered = number(asked, entered, threads, memory)
        found, needed = np.full(count, bands), np.full(count, self._of_rest[bands])
        return Sketches(counts, order, leader, *numbered, found, needed, self._of_rest, whole=0)
