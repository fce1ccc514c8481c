"""Hashes packed texts: tokens, shingles, signatures and fingerprints, by the core or by numpy.

The specifications are in ``text.tokens``, ``text.shingles`` and ``matching.minhash``.
"""

from collections.abc import Callable
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np

from dedup.arrays.array_types import I64, U8, U32, U64, Ragged, Tokens
from dedup.arrays.long_arrays import distinct_partitions
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.native import core, has_core
from dedup.arrays.parallel import ResultT, concatenate_columns, map_chunks, offsets_of
from dedup.config import Config
from dedup.text.alphabet import alphabet
from dedup.text.mixing import SHINGLE_STREAM, constant_table
from dedup.text.recode import recode
from dedup.text.shingles import fingerprint_keys, fingerprint_tokens, shingle
from dedup.text.tokens import KIND_WEIGHTS, tokenize

if TYPE_CHECKING:
    from dedup import _native

MAX_SORTED_SHINGLES = 1 << 20  # of a row; a core that sorts more would delay Ctrl-C


class NativeTexts:
    """Packed texts in the compiled core, with the settings by which they are hashed.

    Parameters
    ----------
    utf8
        (bytes,): well-formed UTF-8. It must not change while this object lives.
    offsets
        (n + 1,): row i is ``utf8[offsets[i]:offsets[i + 1]]``. Units other than ``"word"`` and
        ``"char"`` need texts that ``recode`` has returned.
    config
        Only ``unit``, ``ngram_size`` and ``seed`` are used.
    source
        Reads single rows; then ``utf8`` is empty. None if all rows are in ``utf8``.
    """

    def __init__(
        self, utf8: U8, offsets: I64, config: Config, source: "_native.RowSource | None" = None
    ) -> None:
        self.offsets = np.ascontiguousarray(offsets, np.int64)
        self._utf8, self._config, self._source = np.ascontiguousarray(utf8), config, source
        self.core_texts = self.with_offsets(self.offsets)

    def with_offsets(self, offsets: I64, memory: Memory = IN_RAM) -> "_native.Texts":
        """Return rows of the same buffer with other offsets, for functions of the core.

        If ``memory`` has the buffer in a file, the core reads the rows that it needs from there.
        """
        seed, characters = self._config.seed, self._config.unit == "char"
        factors = _shingle_factors(seed, self._config.ngram_size)
        alphabet = _native_alphabet(seed)
        utf8, source, file = self._utf8, self._source, memory.file_of(self._utf8)
        if file is not None:
            utf8, source = utf8[:0], core.FileTexts(*file, offsets)
        return core.Texts(utf8, offsets, alphabet, factors, characters, source)

    def map_chunks(
        self,
        function: Callable[..., ResultT],
        threads: int | None,
        *arguments: object,
        memory: Memory = IN_RAM,
    ) -> list[ResultT]:
        """Call ``function(texts, first, last, *arguments)`` of the core on chunks of rows."""
        return map_chunks(
            lambda first, last: function(self.core_texts, first, last, *arguments),
            self.offsets,
            threads,
            memory,
        )

    def tokenize(self, threads: int | None = None) -> Tokens:
        """Return the hash and weight of each token of each row."""
        values, weights, lengths = concatenate_columns(self.map_chunks(core.tokenize, threads))
        return Tokens(Ragged(values, offsets_of(lengths)), weights)

    def shingle(self, threads: int | None = None) -> Ragged:
        """Return the shingles of each row, sorted and distinct."""
        values, lengths = concatenate_columns(map_chunks(self._shingle, self.offsets, threads))
        return Ragged(values, offsets_of(lengths))

    def _shingle(self, first: int, last: int) -> tuple[U64, I64]:
        """Return the shingles of the rows of a chunk, and the number of shingles of each row.

        The core does not sort rows with very many shingles, so that Ctrl-C need not wait for it.
        """
        values, lengths = core.shingle(self.core_texts, first, last, MAX_SORTED_SHINGLES)
        if lengths.max(initial=0) <= MAX_SORTED_SHINGLES:
            return values, lengths
        sorted_parts: list[U64] = []
        for row, shingles in enumerate(Ragged(values, offsets_of(lengths))):
            parts = [shingles]
            if len(shingles) > MAX_SORTED_SHINGLES:
                parts = distinct_partitions(shingles, MAX_SORTED_SHINGLES)
            lengths[row] = sum(map(len, parts))
            sorted_parts += parts
        return np.concatenate(sorted_parts), lengths

    def signatures(self, permutations: tuple[U32, U32], threads: int | None = None) -> U32:
        """Return the MinHash signature of each row, (n, num_perm)."""
        result = np.empty((len(self.offsets) - 1, len(permutations[0])), np.uint32)
        self.map_chunks(core.signatures, threads, *permutations, result)
        return result


@lru_cache(maxsize=8)
def _shingle_factors(seed: int, ngram_size: int) -> U64:
    """Return the factors of the tokens of a shingle, (ngram_size,)."""
    return constant_table(seed, SHINGLE_STREAM, ngram_size)


@lru_cache(maxsize=4)
def _native_alphabet(seed: int) -> "_native.Alphabet":
    return core.Alphabet(SimpleNamespace(**vars(alphabet(seed)), weights=KIND_WEIGHTS))


def tokens_and_shingles(
    utf8: U8, offsets: I64, config: Config, threads: int | None = 1
) -> tuple[Tokens, Ragged]:
    """Return the tokens and the shingles of each row of a packed text.

    Parameters
    ----------
    utf8, offsets
        n rows of UTF-8, as of ``PackedTexts``.
    config
        Only ``unit``, ``ngram_size`` and ``seed`` are used.
    threads
        Number of threads; all available cores when None.

    Examples
    --------
    >>> from dedup.arrays.packed import pack
    >>> packed = pack(["one two three", "two"])
    >>> tokens, shingles = tokens_and_shingles(packed.utf8, packed.offsets, Config(ngram_size=2))
    >>> tokens.hashes.lengths.tolist(), shingles.lengths.tolist()
    ([3, 1], [2, 1])
    """
    utf8, offsets = recode(utf8, offsets, config.unit)
    if has_core():
        texts = NativeTexts(utf8, offsets, config)
        return texts.tokenize(threads), texts.shingle(threads)
    tokens = tokenize(utf8, offsets, config.seed, characters=config.unit == "char")
    return tokens, shingle(tokens.hashes, config.ngram_size, config.seed)


def shingle_texts(utf8: U8, offsets: I64, config: Config, threads: int | None = None) -> Ragged:
    """Return the shingles of each row of a packed text, as ``tokens_and_shingles`` does."""
    if not has_core():
        return tokens_and_shingles(utf8, offsets, config)[1]
    return NativeTexts(*recode(utf8, offsets, config.unit), config).shingle(threads)


def fingerprint_texts(
    utf8: U8, offsets: I64, config: Config, threads: int | None = None, memory: Memory = IN_RAM
) -> tuple[I64, U64]:
    """Return the number of tokens (n,) and the fingerprint (n, 2) of each row of a packed text."""
    if has_core():
        texts, count = NativeTexts(*recode(utf8, offsets, config.unit), config), len(offsets) - 1
        counts = memory.empty(count, np.int64)
        fingerprints = memory.empty((count, 2), np.uint64)
        arguments = fingerprint_keys(config.seed), counts, fingerprints
        texts.map_chunks(core.fingerprint_rows, threads, *arguments, memory=memory)
        return counts, fingerprints
    tokens = tokens_and_shingles(utf8, offsets, config)[0].hashes
    return tokens.lengths, fingerprint_tokens(tokens, config.seed)
