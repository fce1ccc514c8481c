"""A character of UTF-8, and what it adds to a token: the general case of the scan."""

import numpy as np

from dedup.kernels.alphabet import BASIC, DIRECT, PLACES, SEQUENCE, SEVERAL, Alphabet
from dedup.kernels.jit import inlined
from dedup.kernels.reference import ASCII
from dedup.kernels.scalar import U, mix
from dedup.records import U8
from dedup.text.unicode import PAGE_BITS


@inlined
def decoded(utf8: U8, place: U) -> tuple[U, U]:
    """Return the code point at a place of well-formed UTF-8, and the place behind it."""
    lead = U(utf8[place])
    if lead < U(0x80):
        return lead, place + U(1)
    second = U(utf8[place + U(1)]) & U(63)
    if lead < U(0xE0):
        return (lead & U(31)) << U(6) | second, place + U(2)
    third = second << U(6) | U(utf8[place + U(2)]) & U(63)
    if lead < U(0xF0):
        return (lead & U(15)) << U(12) | third, place + U(3)
    return (lead & U(7)) << U(18) | third << U(6) | U(utf8[place + U(3)]) & U(63), place + U(4)


@inlined
def _in_page(code: U, alphabet: Alphabet) -> U:
    low = code & U((1 << PAGE_BITS) - 1)
    return U(alphabet.page_of[code >> U(PAGE_BITS)]) << U(PAGE_BITS) | low


@inlined
def meaning(code: U, alphabet: Alphabet) -> tuple[np.uint8, U, U, U, U]:
    """Return the kind of a code point, its base and its term, and its parts, from one to another.

    The base is what it adds if that is ASCII, the term what else. One that is SEVERAL has the
    ``sequence_codes`` as its parts, any other is its only part.
    """
    at, sequence = _in_page(code, alphabet), U(0)
    if code < U(DIRECT):
        kind, base = alphabet.kind_of[code], U(alphabet.direct_base[code])
        term = alphabet.direct_sum[code]
    else:
        kind, base, term = alphabet.kinds[at], U(0), mix(code + alphabet.character_key)
        if code < U(BASIC):
            kind = alphabet.kind_of[code]
        elif alphabet.sequence[at]:
            kind = np.uint8(SEQUENCE)
    if kind >= SEVERAL:
        sequence = U(alphabet.sequence[at]) - U(1)
        kind, base = alphabet.sequence_kind[sequence], U(alphabet.sequence_base[sequence])
        term = alphabet.sequence_sum[sequence]
    first = U(alphabet.sequence_offsets[sequence])
    if kind == SEVERAL:
        return kind, base, term, first, U(alphabet.sequence_offsets[sequence + U(1)])
    return kind, base, term, first, first + U(1)


@inlined
def meaning_of_part(part: U, alphabet: Alphabet) -> tuple[np.uint8, U, U]:
    """Return the same of a folded code point, the kind of which is none of a sequence."""
    code = U(alphabet.sequence_codes[part])
    kind = alphabet.kinds[_in_page(code, alphabet)]
    if code < U(ASCII):
        return kind, code, U(0)
    return kind, U(0), mix(code + alphabet.character_key)


@inlined
def factor_of(position: U, alphabet: Alphabet) -> U:
    """Return what a character at a position of its token is multiplied by."""
    if position < U(PLACES):
        return U(alphabet.factors[position])
    return mix(alphabet.position_key + position * U(0x9E3779B97F4A7C15)) | U(1)
