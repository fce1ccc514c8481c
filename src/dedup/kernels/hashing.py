"""Tokens, shingles and signatures of rows: by the compiled core, or by numpy where it is missing.

``reference.tokenize`` and ``reference.shingle`` are the specification of the first two,
``minhash.signatures`` that of the third.
"""

from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np

from dedup.config import Config
from dedup.kernels import reference
from dedup.kernels.alphabet import alphabet
from dedup.kernels.chunks import in_chunks, joined, offsets_of
from dedup.kernels.mixing import constant_table
from dedup.kernels.reference import PLACES, WEIGHTS
from dedup.native import core, has_core, say_that_it_is_slow
from dedup.records import I64, U8, U32, Ragged, Tokens
from dedup.text.recode import recode

LARGE = 1 << 21  # bytes for which numpy takes seconds

if TYPE_CHECKING:
    from dedup import _native


class NativeTexts:
    """Rows of packed UTF-8 as the compiled core takes them.

    Parameters
    ----------
    utf8
        Well-formed; it must not change as long as this lives.
    offsets
        (n + 1,): row i is ``utf8[offsets[i]:offsets[i + 1]]``.
    ngram_size, seed, characters
        As in ``reference``.
    """

    def __init__(
        self, utf8: U8, offsets: I64, ngram_size: int, seed: int, *, characters: bool
    ) -> None:
        self.offsets = np.ascontiguousarray(offsets, np.int64)
        self._utf8, self._alphabet = np.ascontiguousarray(utf8), _native_alphabet(seed)
        self._places, self._characters = constant_table(seed, PLACES, ngram_size), characters
        self.texts = self.cut_at(self.offsets)  # the rows, as the core holds them

    def cut_at(self, offsets: I64) -> "_native.Texts":
        """Return other rows of the same text, as the core holds them."""
        return core.Texts(self._utf8, offsets, self._alphabet, self._places, self._characters)

    def tokenize(self, threads: int | None = None) -> Tokens:
        """Hash and weigh the tokens of each row."""
        parts = in_chunks(
            lambda first, last: core.token_rows(self.texts, first, last),
            self.offsets,
            threads,
        )
        values, thirds, lengths = joined(parts)
        return Tokens(Ragged(values, offsets_of(lengths)), thirds)

    def shingle(self, threads: int | None = None) -> Ragged:
        """Hash the shingles of each row, sorted and unique."""
        parts = in_chunks(
            lambda first, last: core.shingle_rows(self.texts, first, last),
            self.offsets,
            threads,
        )
        values, lengths = joined(parts)
        return Ragged(values, offsets_of(lengths))

    def signatures(self, permutations: tuple[U32, U32], threads: int | None = None) -> U32:
        """Return the MinHash signature of each row, (n, num_perm)."""
        result = np.empty((len(self.offsets) - 1, len(permutations[0])), np.uint32)
        in_chunks(
            lambda first, last: core.signatures(self.texts, first, last, *permutations, result),
            self.offsets,
            threads,
        )
        return result


@lru_cache(maxsize=4)
def _native_alphabet(seed: int) -> "_native.Alphabet":
    return core.Alphabet(SimpleNamespace(**alphabet(seed)._asdict(), weights=WEIGHTS))


def native_texts(utf8: U8, offsets: I64, config: Config) -> NativeTexts:
    """Return rows, recoded before where their unit asks for it, as the compiled core takes them."""
    characters = config.unit == "char"
    return NativeTexts(utf8, offsets, config.ngram_size, config.seed, characters=characters)


def hashed(
    utf8: U8, offsets: I64, config: Config, threads: int | None = 1
) -> tuple[Tokens, Ragged]:
    """Hash the tokens and shingles of the rows of a packed text."""
    utf8, offsets = recode(utf8, offsets, config.unit)
    if has_core():
        texts = native_texts(utf8, offsets, config)
        return texts.tokenize(threads), texts.shingle(threads)
    if offsets[-1] - offsets[0] >= LARGE:
        say_that_it_is_slow()
    tokens = reference.tokenize(utf8, offsets, config.seed, characters=config.unit == "char")
    return tokens, reference.shingle(tokens.hashes, config.ngram_size, config.seed)


def shingled(utf8: U8, offsets: I64, config: Config, threads: int | None = None) -> Ragged:
    """Hash the shingles of the rows of a packed text, sorted and unique."""
    if not has_core():
        return hashed(utf8, offsets, config)[1]
    return native_texts(*recode(utf8, offsets, config.unit), config).shingle(threads)
