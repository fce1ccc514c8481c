"""Assert that the compiled core equals the specification, row by row and bit for bit."""

import numpy as np

from dedup.arrays.array_types import I64, U8
from dedup.config import Config
from dedup.matching.minhash import permutations, signatures
from dedup.text.hashing import NativeTexts, fingerprint_texts
from dedup.text.shingles import fingerprint_tokens, shingle
from dedup.text.tokens import tokenize


def check_tokens(utf8: U8, offsets: I64, seed: int = 1, threads: int = 2) -> None:
    for characters in (False, True):
        expected = tokenize(utf8, offsets, seed, characters=characters)
        config = Config(unit="char" if characters else "word", seed=seed)
        rows = NativeTexts(utf8, offsets, config)
        tokens = rows.tokenize(threads)
        assert tokens.hashes.offsets.dtype == np.int64
        np.testing.assert_array_equal(tokens.hashes.offsets, expected.hashes.offsets)
        np.testing.assert_array_equal(tokens.hashes.values, expected.hashes.values, strict=True)
        np.testing.assert_array_equal(tokens.weight_thirds, expected.weight_thirds, strict=True)
        counts, found = fingerprint_texts(utf8, offsets, config, threads)
        np.testing.assert_array_equal(counts, expected.hashes.lengths, strict=True)
        np.testing.assert_array_equal(found, fingerprint_tokens(expected.hashes, seed), strict=True)


def check_sketches(  # noqa: PLR0913, PLR0917  the settings of one row of texts
    utf8: U8, offsets: I64, ngram_size: int, seed: int = 1, threads: int = 2, num_perm: int = 40
) -> None:
    texts = NativeTexts(utf8, offsets, Config(ngram_size=ngram_size, seed=seed))
    expected = shingle(tokenize(utf8, offsets, seed).hashes, ngram_size, seed)
    shingles = texts.shingle(threads)
    np.testing.assert_array_equal(shingles.offsets, expected.offsets)
    np.testing.assert_array_equal(shingles.values, expected.values, strict=True)
    np.testing.assert_array_equal(
        texts.signatures(permutations(num_perm, seed), threads),
        signatures(expected, num_perm, seed),
        strict=True,
    )
