"""Tokens of a text: the specification in numpy that the compiled core must equal.

Tokens are hashed by a multilinear sum over their characters (Carter and Wegman 1979;
Lemire and Kaser 2014) with a random factor a position, so that equal parts of different
tokens cannot cancel whatever the length, and so that the combining marks of one base,
which share its position, may come in any order: NFC and NFD give the same hash. ASCII among
the first sixteen characters stands for itself, in two 64-bit words of a byte a character: one
is a part of the sum, the other is mixed by itself.
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

PIECE_BYTES = 1 << 18  # scratch arrays of a piece stay in the cache
ASCII = 0x80
WORD_BYTES = 8
# A token weighs what its first character does, in thirds of a word: one that begins with a digit is
# a number and weighs nothing. HAS_DIGIT marks one that begins otherwise and has a digit further on.
WEIGHTS = np.zeros(IGNORED + 1, np.uint8)
WEIGHTS[[WORD, IDEOGRAPH, LETTER]] = 3, 2, 1
WEIGHT, HAS_DIGIT = 3, 4  # the bits of a weight, and the flag beside them
INSIDE = 8  # of a character that is a token, and not the first of its word
DIGITS = np.zeros(IGNORED + 1, np.uint8)
DIGITS[DIGIT] = HAS_DIGIT
_IS_BASE = np.isin(np.arange(IGNORED + 1), (WORD, DIGIT, IDEOGRAPH, LETTER))
_JOINS = np.isin(np.arange(IGNORED + 1), (WORD, DIGIT))


def tokenize(utf8: U8, offsets: I64, seed: int = 1, *, characters: bool = False) -> Tokens:
    """Hash the tokens of each row of a packed text.

    Parameters
    ----------
    utf8
        (bytes,): well-formed UTF-8; lone surrogates may stand as their three bytes.
    offsets
        (n + 1,): row i is ``utf8[offsets[i]:offsets[i + 1]]``; none cuts a character.
    seed
        Seed of the hashes.
    characters
        Whether each letter and digit is a token. The first one of a word weighs what the word
        does, the others nothing: they are INSIDE.

    Returns
    -------
    Tokens
        n rows; hashes in the order of the text.

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
    """Do as ``tokenize``; return also the byte at which the character begins that begins a token.

    Examples
    --------
    >>> text = np.frombuffer("One (½)".encode(), np.uint8)  # 1, a stroke and 2
    >>> placed_tokens(text, np.array([0, len(text)]))[1].tolist()
    [0, 5, 5]
    """
    parts = [
        _tokenize_piece(utf8, start, stop, offsets, seed, characters=characters)
        for start, stop in _pieces(utf8, offsets)
    ]
    starts, values, weights = map(np.concatenate, zip(*parts, strict=True))
    rows = np.searchsorted(starts, offsets).astype(np.int64)
    return Tokens(Ragged(values, rows), weights), starts


def _pieces(utf8: U8, offsets: I64) -> list[tuple[int, int]]:
    """Cut the buffer after white space, where no token is cut, about PIECE_BYTES apart."""
    start, end = int(offsets[0]), int(offsets[-1])
    body = utf8[start:end]
    behind = start + 1 + np.flatnonzero((body == 0x20) | (body == 0x0A))  # of blanks
    places = np.searchsorted(behind, np.arange(start + PIECE_BYTES, end, PIECE_BYTES))
    cuts = distinct(behind[places[places < len(behind)]]).tolist()
    return [*pairwise([start, *cuts, end])]


def _tokenize_piece(
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

    if characters:  # as many tokens of one character as it has bytes: a ligature is 18 letters
        bases = np.cumsum(np.concatenate(([0], _IS_BASE[kinds])))[:-1]
        before = bases - bases[np.searchsorted(source, source)]
        sizes = np.diff(np.append(byte_of, stop - start))
        few = before < sizes[source]
        folded, source, kinds = folded[few], source[few], kinds[few]

    # The row of each character, counted from the first row of the piece.
    inner = offsets[np.searchsorted(offsets, start, "right") : np.searchsorted(offsets, stop)]
    row = np.searchsorted(inner - start, byte_of, "right")[source]

    # A mark belongs to the character before it; `carrier` finds that among the unmarked.
    unmarked = np.flatnonzero(kinds != MARK)
    base_kinds, base_row = kinds[unmarked], row[unmarked]
    is_base, joins = _IS_BASE[base_kinds], _JOINS[base_kinds]
    begins = is_base.copy()
    begins[1:] &= ~(joins[1:] & joins[:-1] & (base_row[1:] == base_row[:-1]))
    words = unmarked[begins]
    if characters:
        begins = is_base
    firsts = np.flatnonzero(begins)
    if not len(firsts):
        return np.zeros(0, np.int64), np.zeros(0, np.uint64), np.zeros(0, np.uint8)
    bases_before = np.cumsum(is_base)
    token = np.maximum(np.cumsum(begins) - 1, 0)
    position = bases_before - bases_before[firsts][token]

    carrier = np.cumsum(kinds != MARK) - 1
    counted = (carrier >= 0) & is_base[carrier] & (base_row[carrier] == row)
    place = position[carrier]
    written = counted & (folded < ASCII) & (place < 2 * WORD_BYTES)
    letters = np.where(written, folded, 0).astype(np.uint64) << (place % WORD_BYTES * 8).astype(
        np.uint64
    )
    factors = constant_table(seed, POSITION_STREAM, int(position.max()) + 1)
    mixed = mix64(folded.astype(np.uint64) + np.uint64(stream_key(seed, CHARACTER_STREAM)))
    values = np.where(folded < ASCII, folded, mixed) * factors[place]
    sums = np.where(counted & ~written, values, np.where(place < WORD_BYTES, letters, 0))
    heads = unmarked[firsts]
    second = np.add.reduceat(np.where(place < WORD_BYTES, 0, letters), heads)
    hashes = mix64(
        np.add.reduceat(sums, heads) + mix64(second + np.uint64(stream_key(seed, TOKEN_STREAM)))
    )
    weights = np.full(len(heads), INSIDE, np.uint8)
    of_words = WEIGHTS[kinds[words]]
    digits = np.bitwise_or.reduceat(DIGITS[kinds], words)
    weights[np.searchsorted(heads, words)] = np.where(of_words > 0, of_words | digits, 0)
    return byte_of[source[heads]] + start, hashes, weights
