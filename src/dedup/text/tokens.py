"""Tokens of a text in numpy: the specification of ``core.tokenize``.

A token hash is a multilinear sum over the characters of the token (Carter and Wegman 1979; Lemire
and Kaser 2014) with a random factor for each position. So equal parts of different tokens do not
cancel out, whatever the length. The combining marks of a base character share its position, so
their order does not matter: NFC and NFD forms of a text have the same hashes. ASCII characters at
the first sixteen positions are not multiplied but stored as bytes of two 64-bit words: the first
is added to the sum, the second is mixed separately.
"""

from itertools import pairwise

import numpy as np

from dedup.arrays.array_types import I64, U8, U64, Ragged, Tokens
from dedup.arrays.long_arrays import distinct
from dedup.text.mixing import (
    CHARACTER_STREAM,
    POSITION_STREAM,
    TOKEN_STREAM,
    constant_table,
    mix64,
    stream_key,
)
from dedup.text.unicode import DIGIT, IDEOGRAPH, IGNORED, LETTER, MARK, WORD, tables

TOKENIZED_BYTES = 1 << 18  # of text at a time, so that temporary arrays fit in the cache
ASCII = 0x80
WORD_BYTES = 8
# The first character of a token decides its weight, in units of a third of a word. A token that
# begins with a digit is a number and has weight 0. HAS_DIGIT marks other tokens with a digit.
KIND_WEIGHTS = np.zeros(IGNORED + 1, np.uint8)
KIND_WEIGHTS[[WORD, IDEOGRAPH, LETTER]] = 3, 2, 1
WEIGHT_BITS, HAS_DIGIT = 3, 4  # the bits of the weight, and a flag
INSIDE_WORD = 8  # marks a token of one character that is not the first of its word
KIND_DIGIT_FLAGS = np.zeros(IGNORED + 1, np.uint8)
KIND_DIGIT_FLAGS[DIGIT] = HAS_DIGIT
_IS_BASE = np.isin(np.arange(IGNORED + 1), (WORD, DIGIT, IDEOGRAPH, LETTER))
_JOINS = np.isin(np.arange(IGNORED + 1), (WORD, DIGIT))


def tokenize(utf8: U8, offsets: I64, seed: int = 1, *, characters: bool = False) -> Tokens:
    """Return the tokens of each row of a packed text.

    Parameters
    ----------
    utf8
        (bytes,): well-formed UTF-8; a lone surrogate may be encoded as three bytes.
    offsets
        (n + 1,): row i is ``utf8[offsets[i]:offsets[i + 1]]``. An offset never splits a character.
    seed
        Seed of the hashes.
    characters
        Whether each letter and digit is a token. The first one has the weight of its word; the
        others have the flag INSIDE_WORD instead of a weight.

    Returns
    -------
    Tokens
        Of n rows, in the order of the text.

    Examples
    --------
    >>> text = np.frombuffer("Stop! STOP, 停".encode(), np.uint8)
    >>> tokens = tokenize(text, np.array([0, len(text)]))
    >>> len(tokens.hashes[0]), bool(tokens.hashes[0][0] == tokens.hashes[0][1])
    (3, True)
    """
    return placed_tokens(utf8, offsets, seed, characters=characters)[0]


def placed_tokens(
    utf8: U8, offsets: I64, seed: int = 1, *, characters: bool = False
) -> tuple[Tokens, I64]:
    """Return the tokens, and the byte offset (total,) where the first character of each begins.

    Examples
    --------
    >>> text = np.frombuffer("One (½)".encode(), np.uint8)  # ½ becomes 1, a slash and 2
    >>> placed_tokens(text, np.array([0, len(text)]))[1].tolist()
    [0, 5, 5]
    """
    parts = [
        _tokenize_segment(utf8, start, stop, offsets, seed, characters=characters)
        for start, stop in _segments(utf8, offsets)
    ]
    starts, values, weights = map(np.concatenate, zip(*parts, strict=True))
    rows = np.searchsorted(starts, offsets).astype(np.int64)
    return Tokens(Ragged(values, rows), weights), starts


def _segments(utf8: U8, offsets: I64) -> list[tuple[int, int]]:
    """Cut the buffer after white space, which no token contains, every TOKENIZED_BYTES or so."""
    start, end = int(offsets[0]), int(offsets[-1])
    body = utf8[start:end]
    after_space = start + 1 + np.flatnonzero((body == 0x20) | (body == 0x0A))
    targets = np.arange(start + TOKENIZED_BYTES, end, TOKENIZED_BYTES)
    places = np.searchsorted(after_space, targets)
    cuts = distinct(after_space[places[places < len(after_space)]]).tolist()
    return [*pairwise([start, *cuts, end])]


def _tokenize_segment(
    utf8: U8, start: int, stop: int, offsets: I64, seed: int, *, characters: bool
) -> tuple[I64, U64, U8]:
    """Return the byte offset, hash and weight of each token of ``utf8[start:stop]``."""
    text = utf8[start:stop].tobytes().decode("utf-8", "surrogatepass")
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    byte_of = np.flatnonzero((utf8[start:stop] & 0xC0) != 0x80)  # where each code point begins
    folded, source = tables().fold(codes)
    kinds = tables().kinds_of(folded)
    shown = kinds != IGNORED
    folded, source, kinds = folded[shown], source[shown], kinds[shown]

    # A character gives at most one token per byte of its own: one ligature folds to 18 letters.
    if characters:
        bases = np.cumsum(np.concatenate(([0], _IS_BASE[kinds])))[:-1]
        before = bases - bases[np.searchsorted(source, source)]
        sizes = np.diff(np.append(byte_of, stop - start))
        fits = before < sizes[source]
        folded, source, kinds = folded[fits], source[fits], kinds[fits]

    # The row of each character, counted from the first row of the segment.
    inner = offsets[np.searchsorted(offsets, start, "right") : np.searchsorted(offsets, stop)]
    row = np.searchsorted(inner - start, byte_of, "right")[source]

    # Arrays of the characters that are no marks: where words and tokens begin, and the position of
    # each character in its token.
    unmarked = np.flatnonzero(kinds != MARK)
    is_base, joins = _IS_BASE[kinds[unmarked]], _JOINS[kinds[unmarked]]
    base_row = row[unmarked]
    begins = is_base.copy()
    begins[1:] &= ~(joins[1:] & joins[:-1] & (base_row[1:] == base_row[:-1]))
    word_starts = unmarked[begins]
    if characters:
        begins = is_base
    firsts = np.flatnonzero(begins)
    if not len(firsts):
        return np.zeros(0, np.int64), np.zeros(0, np.uint64), np.zeros(0, np.uint8)
    bases_before = np.cumsum(is_base)
    token = np.maximum(np.cumsum(begins) - 1, 0)
    base_position = bases_before - bases_before[firsts][token]

    # Arrays of all characters. A mark belongs to its carrier, the last character before it that is
    # no mark, and shares its position. Marks on signs belong to no token.
    carrier = np.cumsum(kinds != MARK) - 1
    belongs = (carrier >= 0) & is_base[carrier] & (base_row[carrier] == row)
    position = base_position[carrier]
    is_stored = belongs & (folded < ASCII) & (position < 2 * WORD_BYTES)
    shifts = (position % WORD_BYTES * 8).astype(np.uint64)
    stored = np.where(is_stored, folded, 0).astype(np.uint64) << shifts
    factors = constant_table(seed, POSITION_STREAM, int(base_position.max()) + 1)
    mixed = mix64(folded.astype(np.uint64) + np.uint64(stream_key(seed, CHARACTER_STREAM)))
    products = np.where(folded < ASCII, folded, mixed) * factors[position]
    in_first = np.where(position < WORD_BYTES, stored, 0)
    in_second = np.where(position < WORD_BYTES, 0, stored)

    # Arrays of the tokens.
    starts = unmarked[firsts]
    first = np.add.reduceat(np.where(belongs & ~is_stored, products, in_first), starts)
    second = np.add.reduceat(in_second, starts)
    hashes = mix64(first + mix64(second + np.uint64(stream_key(seed, TOKEN_STREAM))))
    weights = np.full(len(starts), INSIDE_WORD, np.uint8)
    word_weights = KIND_WEIGHTS[kinds[word_starts]]
    digit_flags = np.bitwise_or.reduceat(KIND_DIGIT_FLAGS[kinds], word_starts)
    in_tokens = np.searchsorted(starts, word_starts)
    weights[in_tokens] = np.where(word_weights > 0, word_weights | digit_flags, 0)
    return byte_of[source[starts]] + start, hashes, weights
