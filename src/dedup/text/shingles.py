"""Shingles and fingerprints of tokens in numpy: the specification of ``core.shingle``."""

import numpy as np

from dedup.arrays.array_types import I64, U64, Ragged
from dedup.text.mixing import FINGERPRINT_STREAM, SHINGLE_STREAM, constant_table, mix64

FINGERPRINT_STRIDE = 64  # tokens in one sum of a fingerprint


def shingle_counts(tokens: I64, ngram_size: int) -> I64:
    """Return the number of shingles of rows with so many tokens, repetitions included, (n,)."""
    return np.where(tokens > 0, np.maximum(tokens - ngram_size + 1, 1), 0)


def shingle(tokens: Ragged, ngram_size: int = 5, seed: int = 1) -> Ragged:
    """Return the set of shingles of each row: hashes of ``ngram_size`` consecutive tokens.

    Parameters
    ----------
    tokens
        Token hashes of n rows.
    ngram_size
        Number of tokens in a shingle. A row with fewer tokens has one shingle of all its tokens; a
        row without tokens has none.
    seed
        Seed of the hashes.

    Returns
    -------
    Ragged
        n rows of shingle hashes, sorted and distinct within a row.

    Examples
    --------
    >>> tokens = Ragged(np.array([1, 2, 1, 2, 1, 7], np.uint64), np.array([0, 5, 6, 6]))
    >>> shingle(tokens, ngram_size=2).lengths.tolist()
    [2, 1, 0]
    """
    counts = shingle_counts(tokens.lengths, ngram_size)
    offsets = np.concatenate(([0], np.cumsum(counts)))
    row = np.repeat(np.arange(len(tokens)), counts)
    first = np.arange(offsets[-1]) + (tokens.offsets[:-1] - offsets[:-1])[row]
    stop = tokens.offsets[1:][row]
    values = np.pad(tokens.values, (0, ngram_size))
    sums = np.zeros(len(first), np.uint64)
    for place, factor in enumerate(constant_table(seed, SHINGLE_STREAM, ngram_size)):
        at = first + place
        sums += np.where(at < stop, values[at], 0) * factor
    hashes = mix64(sums)
    order = np.lexsort((hashes, row))
    hashes = hashes[order]
    is_first = np.ones(len(hashes), np.bool_)
    is_first[1:] = (hashes[1:] != hashes[:-1]) | (row[1:] != row[:-1])
    return Ragged(hashes, offsets).filter_values(is_first)


def fingerprint_keys(seed: int) -> U64:
    """Return the factors of both halves of a fingerprint, (2, FINGERPRINT_STRIDE + 1)."""
    return constant_table(seed, FINGERPRINT_STREAM, 2 * FINGERPRINT_STRIDE + 2).reshape(2, -1)


def fingerprint_tokens(tokens: Ragged, seed: int = 1) -> U64:
    """Return a 128-bit fingerprint of the tokens of each row, (n, 2).

    Rows with equal tokens in the same order have equal fingerprints. Each half adds up one mixed
    multilinear sum for every ``FINGERPRINT_STRIDE`` tokens.

    Examples
    --------
    >>> rows = Ragged(np.array([7, 8, 7, 8, 7], np.uint64), np.array([0, 2, 4, 5]))
    >>> first, second, third = fingerprint_tokens(rows).tolist()
    >>> first == second, first == third
    (True, False)
    """
    lengths = tokens.lengths
    position = np.arange(len(tokens.values)) - np.repeat(tokens.offsets[:-1], lengths)
    starts = np.flatnonzero(position % FINGERPRINT_STRIDE == 0)  # of the strides
    sums = np.repeat(lengths.astype(np.uint64)[:, None], 2, axis=1)
    if not len(starts):
        return mix64(sums)
    rows = tokens.row_numbers()[starts]
    for half, factors in enumerate(fingerprint_keys(seed)):
        products = tokens.values * factors[position % FINGERPRINT_STRIDE]
        position_hash = mix64(factors[FINGERPRINT_STRIDE] + position[starts].astype(np.uint64))
        stride_hashes = mix64(np.add.reduceat(products, starts) + position_hash)
        np.add.at(sums[:, half], rows, stride_hashes)
    return mix64(sums)
