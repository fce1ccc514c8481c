"""The hot path in numba, on all cores: bit for bit what the reference gives."""

import numpy as np

from dedup.kernels import rows, signature
from dedup.kernels.alphabet import alphabet
from dedup.kernels.chunks import in_chunks, joined, offsets_of
from dedup.kernels.mixing import constant_table
from dedup.kernels.reference import PLACES
from dedup.kernels.rows import Texts
from dedup.records import I64, U8, U32, Ragged, Tokens


def texts_of(
    utf8: U8, offsets: I64, ngram_size: int = 5, seed: int = 1, *, characters: bool = False
) -> Texts:
    """Return rows of well-formed UTF-8 with what their shingles are made with."""
    # Kernels are compiled for the types they are called with: all rows are read-only.
    utf8, offsets = np.ascontiguousarray(utf8).view(), np.ascontiguousarray(offsets).view()
    utf8.flags.writeable = offsets.flags.writeable = False
    places = constant_table(seed, PLACES, ngram_size)
    return Texts(utf8, offsets, alphabet(seed), places, characters)


def tokenize(texts: Texts, threads: int | None = None) -> Tokens:
    """Hash the tokens of each row, as ``reference.tokenize`` does."""
    parts = in_chunks(
        lambda first, last: rows.token_rows(texts, first, last), texts.offsets, threads
    )
    values, thirds, lengths = joined(parts)
    return Tokens(Ragged(values, offsets_of(lengths)), thirds)


def shingle(texts: Texts, threads: int | None = None) -> Ragged:
    """Hash the shingles of each row, as ``reference.shingle`` does of its tokens."""
    parts = in_chunks(
        lambda first, last: rows.shingle_rows(texts, first, last), texts.offsets, threads
    )
    values, lengths = joined(parts)
    return Ragged(values, offsets_of(lengths))


def signatures(texts: Texts, permutations: tuple[U32, U32], threads: int | None = None) -> U32:
    """Return the MinHash signatures of rows, as ``minhash.signatures`` does of their shingles."""
    result = np.empty((len(texts.offsets) - 1, len(permutations[0])), np.uint32)

    def work(first: int, last: int) -> None:
        signature.signatures(texts, first, last, *permutations, result)

    in_chunks(work, texts.offsets, threads)
    return result
