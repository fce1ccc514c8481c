"""Token and shingle hashes of whole rows, a piece of the buffer at a time.

A piece is some rows that together fit in the cache; what the loops below make of it is flat,
over the edges of the rows, so that each loop is long and the compiler makes vectors of it.
"""

from typing import NamedTuple

import numpy as np

from dedup.kernels.alphabet import Alphabet
from dedup.kernels.jit import compiled, inlined, unallocating
from dedup.kernels.room import trimmed, with_room
from dedup.kernels.scalar import U, mix, token_hash
from dedup.kernels.scan import scan
from dedup.kernels.scan_characters import scan_characters
from dedup.records import I64, U8, U64

PIECE_BYTES = 1 << 14
PIECE_ROWS = 1 << 12


class Texts(NamedTuple):
    """The rows, and what their shingles are made with."""

    utf8: U8
    offsets: I64  # (n + 1,)
    alphabet: Alphabet
    places: U64  # (ngram_size,)
    characters: bool  # whether each is a token


class Scratch(NamedTuple):
    """Where a piece is worked on; row r of it has tokens ``ends[r]:ends[r + 1]``."""

    tokens: U64  # hashes
    shingles: U64  # one at each place where it begins
    ends: I64


@compiled
def scratch_for(texts: Texts, first: int, last: int) -> Scratch:
    """Return room for any piece of these rows."""
    offsets = texts.offsets
    longest = 0
    for row in range(first, last):
        longest = max(longest, offsets[row + 1] - offsets[row])
    size = max(longest, PIECE_BYTES) + PIECE_ROWS + 1  # a row has a token more than bytes at most
    return Scratch(
        np.empty(size, np.uint64), np.empty(size, np.uint64), np.empty(PIECE_ROWS + 1, np.int64)
    )


@inlined
def _scan(
    texts: Texts,
    first: int,
    last: int,
    sums: U64,
    seconds: U64,
    ends: I64,
    thirds: U8 | None,
) -> None:
    utf8, offsets, alphabet, _, characters = texts
    if characters:
        scan_characters(utf8, offsets, first, last, alphabet, sums, seconds, ends, thirds)
    else:
        scan(utf8, offsets, first, last, alphabet, sums, seconds, ends, thirds)


@inlined
def hash_tokens(texts: Texts, first: int, last: int, tokens: U64, seconds: U64, ends: I64) -> int:
    """Hash the tokens of rows, for which there is room as for ``scan``; return how many."""
    _scan(texts, first, last, tokens, seconds, ends, None)
    count, token_key = ends[last - first], texts.alphabet.token_key
    for token in range(count):
        tokens[token] = token_hash(tokens[token], seconds[token], token_key)
    return int(count)


@unallocating
def hash_piece(texts: Texts, first: int, last: int, scratch: Scratch) -> int:
    """Hash the tokens and shingles of as many rows as fit; return the row behind them.

    Row r, counted from ``first``, has ``shingles_in`` of its tokens as shingles, from
    ``scratch.shingles[ends[r]]`` on, in the order of the text and with repetitions.
    """
    offsets, places = texts.offsets, texts.places
    tokens, shingles, ends = scratch
    ngram_size = len(places)
    until = first + 1
    start = offsets[first]
    while until < last and until - first < PIECE_ROWS and offsets[until + 1] - start <= PIECE_BYTES:
        until += 1
    count = hash_tokens(texts, first, until, tokens, shingles, ends)
    factor = places[0]
    for token in range(count):
        shingles[token] = tokens[token] * factor
    for place in range(1, ngram_size):
        factor = places[place]
        for token in range(count - place):
            shingles[token] += tokens[token + place] * factor
    for row in range(until - first):
        begin, end = ends[row], ends[row + 1]
        if 0 < end - begin < ngram_size:
            total = U(0)
            for place in range(end - begin):
                total += tokens[begin + place] * places[place]
            shingles[begin] = total
    for token in range(count):
        shingles[token] = mix(shingles[token])
    return until


@unallocating
def shingles_in(tokens: int, ngram_size: int) -> int:
    """Return how many shingles begin in a row of so many tokens, repetitions counted."""
    return max(tokens - ngram_size + 1, 1) if tokens > 0 else 0


@compiled
def token_rows(texts: Texts, first: int, last: int) -> tuple[U64, U8, I64]:
    """Return the token hashes of rows, flat, what each weighs, and how many each row has."""
    offsets, alphabet = texts.offsets, texts.alphabet
    size = offsets[last] - offsets[first] + last - first + 1  # as in scratch_for
    tokens, seconds = np.empty(size, np.uint64), np.empty(size, np.uint64)
    thirds, ends = np.empty(size, np.uint8), np.empty(last - first + 1, np.int64)
    _scan(texts, first, last, tokens, seconds, ends, thirds)
    count, token_key = ends[last - first], alphabet.token_key
    for token in range(count):
        tokens[token] = token_hash(tokens[token], seconds[token], token_key)
    return tokens[:count].copy(), thirds[:count].copy(), np.diff(ends)


@compiled
def shingle_rows(texts: Texts, first: int, last: int) -> tuple[U64, I64]:
    """Return the shingles of rows as sorted sets, flat, and how many each row has."""
    scratch = scratch_for(texts, first, last)
    values, size = np.empty(1 << 16, np.uint64), 0
    lengths = np.zeros(last - first, np.int64)
    begin = first
    while first < last:
        until = hash_piece(texts, first, last, scratch)
        for row in range(until - first):
            start = scratch.ends[row]
            count = shingles_in(scratch.ends[row + 1] - start, len(texts.places))
            if count == 0:
                continue
            ordered = np.sort(scratch.shingles[start : start + count])
            values = with_room(values, size, count)
            before = size
            for place in range(count):
                if place == 0 or ordered[place] != ordered[place - 1]:
                    values[size] = ordered[place]
                    size += 1
            lengths[first + row - begin] = size - before
        first = until
    return trimmed(values, size), lengths
