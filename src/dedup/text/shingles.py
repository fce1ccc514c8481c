"""Shingles and fingerprints of tokens: the specification in numpy of the compiled core."""

import numpy as np

from dedup.arrays.array_types import I64, U64, Ragged
from dedup.text.mixing import FINGERPRINT_STREAM, SHINGLE_STREAM, constant_table, mix64

STRIDE = 64  # tokens in one sum of a fingerprint


def shingle_counts(tokens: I64, ngram_size: int) -> I64:
    """Return how many shingles rows of so many tokens have, repetitions counted, (n,)."""
    return np.where(tokens > 0, np.maximum(tokens - ngram_size + 1, 1), 0)


def shingle(tokens: Ragged, ngram_size: int = 5, seed: int = 1) -> Ragged:
    """Hash every ``ngram_size`` tokens in a row, as a set.

    Parameters
    ----------
    tokens
        Token hashes, n rows.
    ngram_size
        Tokens in a shingle. A row with fewer has one shingle of all its tokens; a row
        with none has none.
    seed
        Seed of the hashes.

    Returns
    -------
    Ragged
        n rows of shingle hashes, sorted and unique within a row.

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
    fresh = np.ones(len(hashes), np.bool_)
    fresh[1:] = (hashes[1:] != hashes[:-1]) | (row[1:] != row[:-1])
    return Ragged(hashes, offsets).filter_values(fresh)


def fingerprint_keys(seed: int) -> U64:
    """Return the factors of both halves of a fingerprint, (2, STRIDE + 1)."""
    return constant_table(seed, FINGERPRINT_STREAM, 2 * STRIDE + 2).reshape(2, -1)


def fingerprint_tokens(tokens: Ragged, seed: int = 1) -> U64:
    """Return a fingerprint of 128 bits of the tokens of each row, (n, 2).

    A half of it is a multilinear sum for each stretch of ``STRIDE`` tokens, the sums mixed and
    added.

    Examples
    --------
    >>> rows = Ragged(np.array([7, 8, 7, 8, 7], np.uint64), np.array([0, 2, 4, 5]))
    >>> first, second, third = fingerprint_tokens(rows).tolist()
    >>> first == second, first == third
    (True, False)
    """
    lengths = tokens.lengths
    at = np.arange(len(tokens.values)) - np.repeat(tokens.offsets[:-1], lengths)
    stretches = np.flatnonzero(at % STRIDE == 0)
    sums = np.repeat(lengths.astype(np.uint64)[:, None], 2, axis=1)
    if not len(stretches):
        return mix64(sums)
    owners = tokens.row_numbers()[stretches]
    for half, factors in enumerate(fingerprint_keys(seed)):
        terms = np.add.reduceat(tokens.values * factors[at % STRIDE], stretches)
        mixed = mix64(terms + mix64(factors[STRIDE] + at[stretches].astype(np.uint64)))
        np.add.at(sums[:, half], owners, mixed)
    return mix64(sums)
