"""Locality-sensitive hashing of signatures: bands chosen by recall, and their keys.

See Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, ch. 3.
"""

from bisect import bisect_left
from math import ceil, log, log1p

import numpy as np

from dedup.errors import ConfigError
from dedup.kernels.mixing import constant_table, mix64
from dedup.records import U32, U64, Ragged

MOST = 1e18  # a num_perm that nobody has
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
        counts = range(1, num_perm // rows + 1)
        if collision_probability(threshold, counts[-1], rows) >= recall:
            fewest = bisect_left(
                counts, recall, key=lambda bands: collision_probability(threshold, bands, rows)
            )
            return counts[fewest], rows
    needed = ceil(min(log(1 - recall) / log1p(-threshold), MOST))
    raise ConfigError(
        f"num_perm must be at least {needed} for recall {recall} at threshold {threshold}, "
        f"got {num_perm}"
    )


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
