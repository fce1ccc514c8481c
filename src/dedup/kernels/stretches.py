"""Stretches of text that are alike, each in a loop of its own: words of ASCII, letters, signs.

What the scan would do of them character by character, these do with fewer conditions. All are
compiled into the scan.
"""

from dedup.kernels.alphabet import DIRECT, PLACES, Alphabet
from dedup.kernels.jit import inlined
from dedup.kernels.reference import HAS_DIGIT, WORD_BYTES
from dedup.kernels.scalar import U, mix
from dedup.kernels.words import (
    BLOCK_BYTES,
    LOWER,
    beyond_ascii,
    letters_and_digits,
    load_word,
    signs,
    trailing_zeros,
    up_to,
)
from dedup.records import U8, U64
from dedup.text.unicode import IDEOGRAPH, LETTER, MARK, SEPARATOR, WORD

REACH = BLOCK_BYTES + 2 * WORD_BYTES  # bytes that are read to cut a block into words


@inlined
def with_base(base: U, position: U, factor: U, total: U, second: U) -> tuple[U, U]:
    """Add an ASCII character; return the new sum and second word."""
    if position < U(WORD_BYTES):
        return total + (base << (position << U(3))), second
    if position < U(2 * WORD_BYTES):
        return total, second + (base << ((position - U(WORD_BYTES)) << U(3)))
    return total + base * factor, second


@inlined
def join_letters(
    utf8: U8, place: U, stop: U, position: U, total: U, alphabet: Alphabet
) -> tuple[U, U, U]:
    """Add letters of two bytes to a word; return the new place, position and sum."""
    while place < stop and position < U(PLACES):
        lead = utf8[place]
        if lead & 0xE0 != 0xC0:
            break
        code = (U(lead) & U(31)) << U(6) | U(utf8[place + U(1)]) & U(63)
        if alphabet.kind_of[code] != WORD or alphabet.direct_base[code]:
            break
        total += alphabet.direct_sum[code] * alphabet.factors[position]
        position += U(1)
        place += U(2)
    return place, position, total


@inlined
def cut_singles(
    utf8: U8,
    place: U,
    stop: U,
    open_: U,
    count: U,
    total: U,
    sums: U64,
    seconds: U64,
    thirds: U8 | None,
    alphabet: Alphabet,
) -> tuple[U, U, U, U]:
    """Take characters of three bytes that are tokens by themselves, their marks, and signs.

    Returns the new place, whether the last one is open, the new count, and its sum.
    """
    while place < stop:
        lead = utf8[place]
        if lead & 0xF0 != 0xE0:
            break
        code = (U(lead) & U(15)) << U(6) | U(utf8[place + U(1)]) & U(63)
        code = code << U(6) | U(utf8[place + U(2)]) & U(63)
        kind = alphabet.kind_of[code]
        if kind not in (IDEOGRAPH, LETTER, MARK, SEPARATOR):
            break
        term = alphabet.direct_sum[code] if code < U(DIRECT) else mix(code + alphabet.character_key)
        # No condition: where marks and signs stand cannot be guessed.
        sums[count], seconds[count] = total, U(0)
        count += open_ & U(kind != MARK)
        goes_on = open_ & U(kind == MARK)
        open_ = goes_on | U(kind in (IDEOGRAPH, LETTER))
        total = (total & (U(0) - goes_on)) + (term * alphabet.factors[0] & (U(0) - open_))
        if thirds is not None and open_ > goes_on:
            thirds[count] = 2 if kind == IDEOGRAPH else 1
        place += U(3)
    return place, open_, count, total


@inlined
def _weight(utf8: U8, begin: U, length: U) -> int:
    """Return what some ASCII letters and digits weigh as a token."""
    if utf8[begin] < 0x3A:
        return 0
    found = False
    for place in range(begin, begin + length):
        found |= utf8[place] < 0x3A
    return 3 | HAS_DIGIT if found else 3


@inlined
def cut_block(
    utf8: U8,
    place: U,
    limit: U,
    count: U,
    sums: U64,
    seconds: U64,
    thirds: U8 | None,
    factors: U64,
) -> tuple[U, U, bool]:
    """Note the words of a block, of which ``limit`` bytes belong to the row.

    The block begins outside a word, with ASCII. Returns the place behind what was taken, the
    new count, and whether a word begins there that is to be taken character by character: it
    goes on with other characters, or is as long as the block.
    """
    inside, others = letters_and_digits(utf8, place), beyond_ascii(utf8, place)
    if others:
        found = signs(utf8, place) & ~(U(3) << U(62))  # no character is cut
        others &= ~(found | found << U(1) | found << U(2))
    end = min(limit, trailing_zeros(others)) if others else limit
    inside &= up_to(end)
    begins = inside & ~(inside << U(1))
    ends = ~inside & (inside << U(1))
    if end < limit:  # what comes next may belong to the word
        ends &= up_to(end)
    while ends:
        begin = place + trailing_zeros(begins)
        length = place + trailing_zeros(ends) - begin
        begins &= begins - U(1)
        ends &= ends - U(1)
        # Both words always: of so many short ones, a condition would often be guessed wrong.
        total = (load_word(utf8, begin) | LOWER) & up_to(length << U(3))
        second = load_word(utf8, begin + U(WORD_BYTES)) | LOWER
        second &= up_to((max(length, U(WORD_BYTES)) - U(WORD_BYTES)) << U(3))
        for at in range(U(2 * WORD_BYTES), length):
            total += (U(utf8[begin + at]) | U(0x20)) * factors[at]
        sums[count], seconds[count] = total, second
        if thirds is not None:
            thirds[count] = _weight(utf8, begin, length)
        count += U(1)
    if begins == U(0):
        return place + end, count, False
    begin = trailing_zeros(begins)
    return place + begin, count, bool(end < U(BLOCK_BYTES) or begin == U(0))
