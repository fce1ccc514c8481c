"""MinHash signatures (Broder 1997), equal bit for bit to datasketch 2's ``affine32``."""

import numpy as np

from dedup.arrays.array_types import U32, Ragged


def permutations(num_perm: int, seed: int) -> tuple[U32, U32]:
    """Return the odd factors and the shifts of datasketch's ``affine32``, (num_perm,) each."""
    generator = np.random.RandomState(seed)
    factors = generator.randint(0, 1 << 31, num_perm, dtype=np.uint32) * np.uint32(2)
    return factors + np.uint32(1), generator.randint(0, 1 << 32, num_perm, dtype=np.uint32)


def signatures(
    shingles: Ragged, num_perm: int = 128, seed: int = 1, columns: int | None = None
) -> U32:
    """Return the MinHash signature of each row.

    The low 32 bits of a shingle hash are mixed by MurmurHash3's finalizer, then permuted
    by ``a * h + b mod 2**32`` with ``a`` odd, as ``datasketch.MinHash(num_perm, seed,
    scheme="affine32")`` does.

    Parameters
    ----------
    shingles
        n rows of 64-bit hashes.
    num_perm
        Number of permutations.
    seed
        Seed of the permutations, 0 to 2**32 - 1.
    columns
        How many of the permutations to apply, the first ones; all when None.

    Returns
    -------
    ndarray of uint32
        (n, columns); a row without shingles is all 2**32 - 1.

    Examples
    --------
    >>> rows = Ragged(np.array([3, 5, 8], np.uint64), np.array([0, 3, 3]))
    >>> signatures(rows, num_perm=2).shape
    (2, 2)
    """
    factors, shifts = permutations(num_perm, seed)
    columns = num_perm if columns is None else columns
    result = np.full((len(shingles), columns), 0xFFFFFFFF, np.uint32)
    # reduceat gives a neighbour's value for an empty segment: leave those rows out.
    filled = np.flatnonzero(shingles.lengths)
    if len(filled):
        hashes = shingles.values.astype(np.uint32)
        hashes = (hashes ^ (hashes >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        hashes = (hashes ^ (hashes >> np.uint32(13))) * np.uint32(0xC2B2AE35)
        hashes ^= hashes >> np.uint32(16)
        starts = shingles.offsets[filled]
        for column in range(columns):
            permuted = hashes * factors[column] + shifts[column]
            result[filled, column] = np.minimum.reduceat(permuted, starts)
    return result
