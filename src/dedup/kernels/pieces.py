"""Rows in pieces, each of which can be cut into tokens by itself: tokens read anywhere, at once."""

from typing import NamedTuple

import numpy as np

from dedup.kernels.alphabet import Alphabet
from dedup.kernels.characters import decoded, meaning
from dedup.kernels.jit import compiled, inlined, unallocating
from dedup.kernels.rows import Texts, hash_tokens
from dedup.kernels.scalar import U
from dedup.records import I64, U8, U64
from dedup.text.unicode import DIGIT, IDEOGRAPH, LETTER, SEPARATOR, WORD

LEAST_BYTES = 1 << 8  # of a piece that is not the last of its row
SLACK = 4  # by which one may be shorter, so as not to cut a character


class Loaded(NamedTuple):
    """Some tokens that lie in a row, read again."""

    tokens: U64  # hashes
    seconds: U64  # as the scan has it
    ends: I64
    bounds: I64  # (2,): the first token, and the one behind the last


@inlined
def begins_token(utf8: U8, place: U, alphabet: Alphabet, characters: bool) -> bool:
    """Tell whether no token goes on into the character at a place."""
    kind = meaning(decoded(utf8, place)[0], alphabet)[0]
    return kind in (SEPARATOR, IDEOGRAPH, LETTER) or (characters and kind in (WORD, DIGIT))


@compiled
def cut_rows(texts: Texts, first: int, last: int) -> tuple[I64, I64]:
    """Cut rows into pieces.

    Returns
    -------
    begins
        (p,): where each piece begins in the buffer; it ends where the next one begins.
    counts
        (last - first,): how many pieces each row has, none if it is empty.
    """
    size = texts.offsets[last] - texts.offsets[first]
    begins = np.empty(size // (LEAST_BYTES - SLACK) + last - first, np.int64)
    counts = np.empty(last - first, np.int64)
    taken = _cut(texts, first, last, begins, counts)
    return begins[:taken].copy(), counts


@unallocating
def _cut(texts: Texts, first: int, last: int, begins: I64, counts: I64) -> int:
    utf8, offsets, alphabet, _, characters = texts
    taken = 0
    for row in range(first, last):
        before, place, stop = taken, U(offsets[row]), U(offsets[row + 1])
        while place < stop:
            begins[taken] = place
            taken += 1
            if stop - place <= U(LEAST_BYTES):
                break
            place += U(LEAST_BYTES)
            while utf8[place] & 0xC0 == 0x80:
                place -= U(1)
            while place < stop and not begins_token(utf8, place, alphabet, characters):
                place = decoded(utf8, place)[1]
        counts[row - first] = taken - before
    return taken


@unallocating
def piece_of(firsts: I64, token: int) -> int:
    """Return the piece that a token is in.

    Parameters
    ----------
    firsts
        (p + 1,): the first token of each piece.
    """
    low, high = 0, len(firsts) - 1  # the last whose first token is not behind it
    while high - low > 1:
        middle = (low + high) >> 1
        if firsts[middle] <= token:
            low = middle
        else:
            high = middle
    return low


@compiled
def nothing_loaded() -> Loaded:
    """Return room for tokens, in which there are none."""
    return Loaded(
        np.empty(1, np.uint64), np.empty(1, np.uint64), np.empty(1, np.int64), np.zeros(2, np.int64)
    )


@compiled
def loaded(pieces: Texts, firsts: I64, token: int, until: int, before: Loaded) -> Loaded:
    """Read the pieces that have some tokens, unless they were read before."""
    if before.bounds[0] <= token and until <= before.bounds[1]:
        return before
    tokens, seconds, ends, bounds = before
    piece = piece_of(firsts, token)
    last = piece + 1
    while firsts[last] < until:
        last += 1
    size = pieces.offsets[last] - pieces.offsets[piece] + 1
    if len(tokens) < size:
        tokens, seconds = np.empty(2 * size, np.uint64), np.empty(2 * size, np.uint64)
    if len(ends) < last - piece + 1:
        ends = np.empty(2 * (last - piece + 1), np.int64)
    _read(pieces, piece, last, tokens, seconds, ends)
    bounds[0], bounds[1] = firsts[piece], firsts[last]
    return Loaded(tokens, seconds, ends, bounds)


@unallocating
def _read(pieces: Texts, first: int, last: int, tokens: U64, seconds: U64, ends: I64) -> None:
    hash_tokens(pieces, first, last, tokens, seconds, ends)
