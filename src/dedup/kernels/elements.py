"""A text as words and figures, compiled: ``matching.elements`` says what they are."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from dedup.kernels.jit import compiled, unallocating
from dedup.kernels.numbers import Int, next_number
from dedup.kernels.reference import WEIGHT
from dedup.kernels.rows import Texts, token_rows
from dedup.kernels.scalar import U, mix
from dedup.matching import elements as specified
from dedup.records import I64, U8, U64, Flags

BESIDE, WORD_THIRDS = specified.BESIDE, specified.WORD_THIRDS
FILTER = 1 << 16  # flags, of which one in thirty is set
STAND_IN = np.frombuffer(specified.STAND_IN.encode(), np.uint8)


class Names(NamedTuple):
    """The names of months and weekdays as tokens, and the token that stands for a number."""

    firsts: U64  # (n,): the first token of each name, ascending
    tokens: U64
    offsets: I64  # (n + 1,)
    stand_in: np.uint64
    may_begin: Flags  # (FILTER,): whether a name begins with a token of these lower bits


class Elements(NamedTuple):
    """The words and figures of a text, in order."""

    hashes: U64
    thirds: U8
    is_figure: Flags
    cut: U8  # the text, with the same stand-in for each number


@lru_cache(maxsize=4)
def names_for(seed: int) -> Names:
    """Return the names for a seed."""
    tokens, firsts = specified.name_sequences(seed)
    may_begin = np.zeros(FILTER, np.bool_)
    may_begin[firsts % np.uint64(FILTER)] = True
    return Names(firsts, tokens.values, tokens.offsets, specified.stand_in_hash(seed), may_begin)


@compiled
def elements_of(texts: Texts, row: int, names: Names) -> Elements:
    """Return the elements of a row."""
    start, stop = texts.offsets[row], texts.offsets[row + 1]
    cut = np.empty(len(STAND_IN) * (stop - start) + 1, np.uint8)
    values = np.empty(stop - start, np.uint64)
    size, numbers = _cut(texts.utf8, start, stop, cut, values)
    edges = np.array([0, size])
    pieces = Texts(cut[:size], edges, texts.alphabet, texts.places, False)
    hashes, thirds, _ = token_rows(pieces, 0, 1)
    is_figure = np.zeros(len(hashes), np.bool_)
    number = 0
    for place in range(len(hashes)):
        thirds[place] = thirds[place] & WEIGHT if thirds[place] else WORD_THIRDS
        if hashes[place] == names.stand_in and number < numbers:
            hashes[place] = values[number]
            is_figure[place] = True
            number += 1
    if numbers == 0:
        return Elements(hashes, thirds, is_figure, cut[:size])
    count = _take_names(hashes, thirds, is_figure, names)
    return Elements(hashes[:count], thirds[:count], is_figure[:count], cut[:size])


@unallocating
def _cut(utf8: U8, start: int, stop: int, cut: U8, values: U64) -> tuple[int, int]:
    """Copy a text with something else in the place of its numbers; return its size and theirs."""
    size, number = 0, 0
    place: Int = start
    while place < stop:
        begin, end, value = next_number(utf8, start, place, stop)
        for at in range(place, begin):
            cut[size] = utf8[at]
            size += 1
        if begin < stop:
            for byte in STAND_IN:
                cut[size] = byte
                size += 1
            values[number] = value
            number += 1
        place = end
    return size, number


@unallocating
def _take_names(hashes: U64, thirds: U8, is_figure: Flags, names: Names) -> int:
    """Make an element of each name beside a number, in place; return how many elements are left."""
    count, place, total = 0, 0, len(hashes)
    behind = 0  # the last numbers before a place: bit 0 is right before it
    while place < total:
        length = _name_at(hashes, place, names)
        if length and (behind & 3 or _number_in(is_figure, place + length, total)):
            value = U(0)
            for at in range(place, place + length):
                value = mix(value + hashes[at])
                behind = behind << 1
            hashes[count], thirds[count] = value, WORD_THIRDS
            is_figure[count] = True
            place += length
        else:
            behind = behind << 1 | int(is_figure[place])
            hashes[count], thirds[count] = hashes[place], thirds[place]
            is_figure[count] = is_figure[place]
            place += 1
        behind &= 3
        count += 1
    return count


@unallocating
def _number_in(is_figure: Flags, place: int, total: int) -> bool:
    for at in range(place, min(place + BESIDE, total)):  # noqa: SIM110  a kernel
        if is_figure[at]:
            return True
    return False


@unallocating
def _name_at(hashes: U64, place: int, names: Names) -> int:
    """Return the number of tokens of the longest name that begins at a place, 0 for none."""
    if not names.may_begin[hashes[place] % U(FILTER)]:
        return 0
    row, longest = np.searchsorted(names.firsts, hashes[place]), 0
    while row < len(names.firsts) and names.firsts[row] == hashes[place]:
        start = names.offsets[row]
        length = names.offsets[row + 1] - start
        if length > longest and place + length <= len(hashes):
            same = True
            for at in range(1, length):
                same &= hashes[place + at] == names.tokens[start + at]
            if same:
                longest = length
        row += 1
    return longest
