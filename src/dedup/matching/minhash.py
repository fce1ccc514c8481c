"""MinHash signatures (Broder 1997), equal bit for bit to datasketch 2's ``affine32``.

The public functions ``shingles``, ``minhash`` and ``to_datasketch`` are for users who have an index
of their own. ``signatures`` is the specification; ``src/native/signatures.inl`` is the twin.
"""

from typing import TYPE_CHECKING

import numpy as np

from dedup.arrays.array_types import I64, U32, U64, Ragged
from dedup.arrays.columns import prepare_packed
from dedup.arrays.native import has_core
from dedup.config import Config, Unit, check_threads
from dedup.text.hashing import NativeTexts, shingle_texts
from dedup.text.recode import recode

if TYPE_CHECKING:
    from datasketch import LeanMinHash


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
        The number of permutations to apply, the first ones; all when None.

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
    # For an empty row reduceat would return a value of the next row: leave empty rows out.
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


def shingles(
    texts: object,
    *,
    ngram_size: int = 5,
    unit: Unit = "word",
    seed: int = 1,
    threads: int | None = None,
) -> tuple[U64, I64]:
    """Hash the shingles of texts. All similarities of this library compare sets of shingles.

    Parameters
    ----------
    texts
        As for ``deduplicate``.
    ngram_size
        Tokens in a shingle, 5 by default. A text with fewer tokens has one shingle of all of them.
    unit
        What a token is, as in ``Config``; ``"word"`` by default.
    seed
        Seed of the hashes, 0 to 2**32 - 1.
    threads
        Number of threads; all available cores when None.

    Returns
    -------
    values
        (total,) uint64: sorted and unique within a text.
    offsets
        (n + 1,) int64: text i has ``values[offsets[i]:offsets[i + 1]]``.

    Raises
    ------
    TextTypeError, ConfigError
        As for ``deduplicate``.

    Examples
    --------
    >>> values, offsets = shingles(["To be, or not to be.", "", "To be or not to be!"])
    >>> offsets.tolist(), (values[:2] == values[2:]).all().item()
    ([0, 2, 2, 4], True)
    """
    config, threads = Config(ngram_size=ngram_size, unit=unit, seed=seed), check_threads(threads)
    packed, config = prepare_packed(texts, config, threads)
    rows = shingle_texts(packed.utf8, packed.offsets, config, threads)
    return rows.values, rows.offsets


def minhash(  # noqa: PLR0913
    texts: object,
    *,
    num_perm: int = 128,
    seed: int = 1,
    ngram_size: int = 5,
    unit: Unit = "word",
    threads: int | None = None,
) -> U32:
    """Return the MinHash signatures of texts (Broder 1997).

    Row i equals, bit for bit, the ``hashvalues`` of
    ``datasketch.MinHash(num_perm, seed, scheme="affine32")`` over the low 32 bits of the
    shingles of text i.

    Parameters
    ----------
    texts
        As for ``deduplicate``.
    num_perm
        Length of a signature. Its similarity has a standard error of
        ``sqrt(j * (1 - j) / num_perm)`` at Jaccard similarity j.
    seed
        Seed of the token and shingle hashes and of the permutations.
    ngram_size
        Tokens in a shingle.
    unit
        What a token is, as in ``Config``.
    threads
        Number of threads; all available cores when None.

    Returns
    -------
    ndarray of uint32
        (n, num_perm); a text without tokens is all 2**32 - 1.

    Raises
    ------
    TextTypeError, ConfigError
        As for ``deduplicate``.

    Examples
    --------
    >>> first, second = minhash(["the quick brown fox jumps", "The quick brown fox jumps!"])
    >>> (first == second).mean().item()
    1.0
    """
    config = Config(num_perm=num_perm, seed=seed, ngram_size=ngram_size, unit=unit)
    threads = check_threads(threads)
    packed, config = prepare_packed(texts, config, threads)
    if not has_core():
        rows = shingle_texts(packed.utf8, packed.offsets, config)
        return signatures(rows, config.num_perm, config.seed)
    native = NativeTexts(*recode(packed.utf8, packed.offsets, config.unit), config)
    return native.signatures(permutations(config.num_perm, config.seed), threads)


def to_datasketch(  # noqa: PLR0913
    texts: object,
    *,
    num_perm: int = 128,
    seed: int = 1,
    ngram_size: int = 5,
    unit: Unit = "word",
    threads: int | None = None,
) -> "list[LeanMinHash]":
    """Return the MinHash signatures of texts as objects of datasketch.

    A ``datasketch.MinHashLSH``, ``MinHashLSHForest`` or ``MinHashLSHEnsemble`` accepts them, with
    any storage. Make the signatures of queries with this function, too. A sketch that you updated
    with ``datasketch`` itself has other values for the same text, because this library hashes
    shingles differently; datasketch compares only seeds, so it finds nothing and raises no error.

    To use tokens of your own, pass lists of tokens; with ``ngram_size=1`` a text is the set of its
    tokens.

    Parameters
    ----------
    texts, num_perm, seed, ngram_size, unit, threads
        As for ``minhash``.

    Returns
    -------
    list of LeanMinHash
        One for each text.

    Raises
    ------
    TextTypeError, ConfigError
        As for ``deduplicate``.

    Examples
    --------
    >>> from datasketch import MinHashLSH
    >>> index = MinHashLSH(threshold=0.8, num_perm=128)
    >>> for name, sketch in zip("ab", to_datasketch(["one two three", "four five six"])):
    ...     index.insert(name, sketch)
    >>> index.query(to_datasketch(["One, two, three."])[0])
    ['a']

    Tokens of your own:

    >>> one, other = to_datasketch([["C++", "C#"], ["C#", "C++", "C#"]], ngram_size=1)
    >>> one.jaccard(other)
    1.0
    """
    from datasketch import LeanMinHash  # noqa: PLC0415  it is slow to import

    rows = minhash(
        texts, num_perm=num_perm, seed=seed, ngram_size=ngram_size, unit=unit, threads=threads
    )
    return [LeanMinHash(seed=seed, hashvalues=row, scheme="affine32") for row in rows]
