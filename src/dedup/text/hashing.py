"""Tokens, shingles, signatures and fingerprints of rows: by the compiled core, or by numpy.

``reference`` has the specification of tokens, shingles and fingerprints, ``matching.minhash`` that
of signatures.
"""

from collections.abc import Callable
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from dedup.arrays.array_types import I64, U8, U32, U64, Ragged, Tokens
from dedup.arrays.long_arrays import distinct_partitions
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.native import core, has_core
from dedup.arrays.parallel import concatenate_columns, map_chunks, offsets_of
from dedup.config import Config
from dedup.text.alphabet import alphabet
from dedup.text.mixing import SHINGLE_STREAM, constant_table
from dedup.text.recode import recode
from dedup.text.shingles import fingerprint_keys, fingerprint_tokens, shingle
from dedup.text.tokens import WEIGHTS, tokenize

if TYPE_CHECKING:
    from dedup import _native

Result = TypeVar("Result")
MAX_SORTED_SHINGLES = 1 << 20  # shingles of a row


class NativeTexts:
    """Rows of packed UTF-8 as the compiled core takes them.

    Parameters
    ----------
    utf8
        Well-formed; it must not change as long as this lives.
    offsets
        (n + 1,): row i is ``utf8[offsets[i]:offsets[i + 1]]``. Where the unit asks for it, rows are
        recoded before.
    config
        The unit, ``ngram_size`` and the seed count.
    source
        Strings of which the core writes each row into ``utf8`` once it needs it.
    """

    def __init__(
        self, utf8: U8, offsets: I64, config: Config, source: "_native.Strings | None" = None
    ) -> None:
        self.offsets = np.ascontiguousarray(offsets, np.int64)
        self._utf8, self._config, self._source = np.ascontiguousarray(utf8), config, source
        self.texts = self.cut_at(self.offsets)  # the rows, as the core holds them

    def cut_at(self, offsets: I64) -> "_native.Texts":
        """Return other rows of the same text, as the core holds them."""
        seed, characters = self._config.seed, self._config.unit == "char"
        places = _places(seed, self._config.ngram_size)
        alphabet = _native_alphabet(seed)
        return core.Texts(self._utf8, offsets, alphabet, places, characters, self._source)

    def map_chunks(
        self,
        function: Callable[..., Result],
        threads: int | None,
        *arguments: object,
        memory: Memory = IN_RAM,
    ) -> list[Result]:
        """Call a function of the core with the texts, first and last row, and other arguments."""
        return map_chunks(
            lambda first, last: function(self.texts, first, last, *arguments),
            self.offsets,
            threads,
            memory,
        )

    def tokenize(self, threads: int | None = None) -> Tokens:
        """Hash and weigh the tokens of each row."""
        values, thirds, lengths = concatenate_columns(self.map_chunks(core.token_rows, threads))
        return Tokens(Ragged(values, offsets_of(lengths)), thirds)

    def shingle(self, threads: int | None = None) -> Ragged:
        """Hash the shingles of each row, sorted and unique."""
        values, lengths = concatenate_columns(map_chunks(self._shingle, self.offsets, threads))
        return Ragged(values, offsets_of(lengths))

    def _shingle(self, first: int, last: int) -> tuple[U64, I64]:
        """Return the shingles of some rows, and how many each row has."""
        values, lengths = core.shingle_rows(self.texts, first, last, MAX_SORTED_SHINGLES)
        if lengths.max(initial=0) <= MAX_SORTED_SHINGLES:
            return values, lengths
        pieces: list[U64] = []
        for row, own in enumerate(Ragged(values, offsets_of(lengths))):
            some = (
                [own]
                if len(own) <= MAX_SORTED_SHINGLES
                else distinct_partitions(own, MAX_SORTED_SHINGLES)
            )
            lengths[row] = sum(map(len, some))
            pieces += some
        return np.concatenate(pieces), lengths

    def signatures(self, permutations: tuple[U32, U32], threads: int | None = None) -> U32:
        """Return the MinHash signature of each row, (n, num_perm)."""
        result = np.empty((len(self.offsets) - 1, len(permutations[0])), np.uint32)
        self.map_chunks(core.signatures, threads, *permutations, result)
        return result


@lru_cache(maxsize=8)
def _places(seed: int, ngram_size: int) -> U64:
    """Return the factors of the tokens of a shingle, (ngram_size,)."""
    return constant_table(seed, SHINGLE_STREAM, ngram_size)


@lru_cache(maxsize=4)
def _native_alphabet(seed: int) -> "_native.Alphabet":
    return core.Alphabet(SimpleNamespace(**vars(alphabet(seed)), weights=WEIGHTS))


def tokens_and_shingles(
    utf8: U8, offsets: I64, config: Config, threads: int | None = 1
) -> tuple[Tokens, Ragged]:
    """Hash the tokens and shingles of the rows of a packed text."""
    utf8, offsets = recode(utf8, offsets, config.unit)
    if has_core():
        texts = NativeTexts(utf8, offsets, config)
        return texts.tokenize(threads), texts.shingle(threads)
    tokens = tokenize(utf8, offsets, config.seed, characters=config.unit == "char")
    return tokens, shingle(tokens.hashes, config.ngram_size, config.seed)


def shingle_texts(utf8: U8, offsets: I64, config: Config, threads: int | None = None) -> Ragged:
    """Hash the shingles of the rows of a packed text, sorted and unique."""
    if not has_core():
        return tokens_and_shingles(utf8, offsets, config)[1]
    return NativeTexts(*recode(utf8, offsets, config.unit), config).shingle(threads)


def fingerprint_texts(
    utf8: U8, offsets: I64, config: Config, threads: int | None = None, memory: Memory = IN_RAM
) -> tuple[I64, U64]:
    """Return the tokens of each row of a packed text, (n,), and their fingerprints, (n, 2)."""
    if has_core():
        texts, count = NativeTexts(*recode(utf8, offsets, config.unit), config), len(offsets) - 1
        counts, found = memory.empty(count, np.int64), memory.empty((count, 2), np.uint64)
        arguments = fingerprint_keys(config.seed), counts, found
        texts.map_chunks(core.print_rows, threads, *arguments, memory=memory)
        return counts, found
    tokens = tokens_and_shingles(utf8, offsets, config)[0].hashes
    return tokens.lengths, fingerprint_tokens(tokens, config.seed)
