"""UTF-8 to token sums in one pass: the innermost loop of the compiled kernels."""

import numpy as np

from dedup.kernels.alphabet import BASIC, DIRECT, PLACES, SEQUENCE, SEVERAL, Alphabet
from dedup.kernels.jit import compiled, inlined
from dedup.records import I64, U8, U64
from dedup.text.unicode import DIGIT, IDEOGRAPH, LETTER, MARK, SEPARATOR, WORD

# Unsigned throughout: signed indices would be checked for counting from the end.
U = np.uint64
WEIGHT = 2  # a word weighs 3, a digit 4, which outweighs the word it stands in
NONE, JOINED, SINGLE = range(3)  # which token is open: none, a word, a character by itself


@inlined
def mix(value: U) -> U:
    """Mix as ``mixing.mix64`` does."""
    first: U = (value ^ (value >> U(30))) * U(0xBF58476D1CE4E5B9)
    second: U = (first ^ (first >> U(27))) * U(0x94D049BB133111EB)
    return second ^ second >> U(31)


@inlined
def _factor(factors: U64, position_key: U, position: U) -> U:
    if position < U(PLACES):
        known: U = factors[position]
        return known
    return mix(position_key + position * U(0x9E3779B97F4A7C15)) | U(1)


@inlined
def _feed(
    kind: np.uint8,
    term: U,
    state: int,
    position: U,
    total: U,
    count: U,
    sums: U64,
    thirds: U8 | None,
    factors: U64,
    position_key: U,
) -> tuple[int, U, U, U]:
    """Take one folded character; return the new state, position, total and count."""
    if kind in (IDEOGRAPH, LETTER):
        sums[count] = total
        count += U(state != NONE)
        if thirds is not None:
            thirds[count] = 2 if kind == IDEOGRAPH else 1
        return SINGLE, U(1), term * factors[0], count
    if kind in (WORD, DIGIT):
        if state == SINGLE:
            sums[count] = total
            count, total, position = count + U(1), U(0), U(0)
        if thirds is not None:
            seen = thirds[count] if position else 0
            thirds[count] = max(seen, kind + WEIGHT)
        total += term * _factor(factors, position_key, position)
        return JOINED, position + U(1), total, count
    if kind == SEPARATOR:
        sums[count] = total
        return NONE, U(0), U(0), count + U(state != NONE)
    if kind == MARK and state != NONE:
        total += term * _factor(factors, position_key, position - U(1))
    return state, position, total, count


@compiled
def scan(  # noqa: C901, PLR0912, PLR0915  one loop: a call a character would cost more than its work
    utf8: U8,
    offsets: I64,
    first: int,
    last: int,
    alphabet: Alphabet,
    sums: U64,
    ends: I64,
    thirds: U8 | None,
) -> None:
    """Write the unmixed hash of each token of rows ``first`` to ``last``, flat.

    Parameters
    ----------
    utf8, offsets
        Well-formed UTF-8 of n rows.
    sums
        Room for one token a byte of these rows, and one more.
    ends
        (last - first + 1,): where each row's tokens begin, and the last ends.
    thirds
        Like ``sums``, for what each token weighs; or None.
    """
    # Taken out once: numba counts a reference each time it takes an array out of a tuple.
    (joins, direct_sum, kind_of, factors, page_of, kinds, page_sequence) = alphabet[:7]
    (sequence_sum, sequence_kind, sequence_offsets, sequence_codes) = alphabet[7:11]
    character_key, position_key = alphabet.character_key, alphabet.position_key
    count, total, position, state = U(0), U(0), U(0), NONE
    place = U(offsets[first])
    ends[0] = 0
    for row in range(first, last):
        stop = U(offsets[row + 1])
        while place < stop:
            lead = utf8[place]
            if lead < 128 and position < U(PLACES):
                if state == SINGLE:
                    sums[count] = total
                    count, total, position = count + U(1), U(0), U(0)
                    state = NONE
                # ASCII without a branch: `open_` is all ones inside a word.
                open_ = U(0) - U(state)
                edge = min(stop, place + U(PLACES) - position)
                while place < edge:
                    byte = utf8[place]
                    if byte >= 128:
                        break
                    inside = joins[byte]
                    if thirds is not None:
                        seen = thirds[count] if open_ else 0
                        thirds[count] = max(seen, kind_of[byte] + WEIGHT) if inside else seen
                    total += direct_sum[byte] * factors[position]
                    sums[count] = total
                    count += open_ & ~inside & U(1)
                    total &= inside
                    position = (position + U(1)) & inside
                    open_ = inside
                    place += U(1)
                state = JOINED if open_ else NONE
                continue
            if lead < 128:
                code = U(lead)
                place += U(1)
            elif lead < 0xE0:
                code = (U(lead) & U(31)) << U(6) | U(utf8[place + U(1)]) & U(63)
                place += U(2)
            elif lead < 0xF0:
                code = (U(lead) & U(15)) << U(6) | U(utf8[place + U(1)]) & U(63)
                code = code << U(6) | U(utf8[place + U(2)]) & U(63)
                place += U(3)
            else:
                code = (U(lead) & U(7)) << U(6) | U(utf8[place + U(1)]) & U(63)
                code = code << U(6) | U(utf8[place + U(2)]) & U(63)
                code = code << U(6) | U(utf8[place + U(3)]) & U(63)
                place += U(4)
            if code < U(DIRECT):
                kind, term = kind_of[code], direct_sum[code]
            else:
                term = mix(code + character_key)
                if code < U(BASIC):
                    kind = kind_of[code]
                else:
                    at = U(page_of[code >> U(7)]) << U(7) | code & U(127)
                    kind = np.uint8(SEQUENCE) if page_sequence[at] else kinds[at]
            sequence = U(0)
            if kind >= SEVERAL:
                at = U(page_of[code >> U(7)]) << U(7) | code & U(127)
                sequence = U(page_sequence[at]) - U(1)
                kind, term = sequence_kind[sequence], sequence_sum[sequence]
            if kind != SEVERAL:
                state, position, total, count = _feed(
                    kind, term, state, position, total, count, sums, thirds, factors, position_key
                )
                continue
            part = U(sequence_offsets[sequence])
            while part < U(sequence_offsets[sequence + U(1)]):
                code = U(sequence_codes[part])
                at = U(page_of[code >> U(7)]) << U(7) | code & U(127)
                term = mix(code + character_key)
                state, position, total, count = _feed(
                    kinds[at],
                    term,
                    state,
                    position,
                    total,
                    count,
                    sums,
                    thirds,
                    factors,
                    position_key,
                )
                part += U(1)
        sums[count] = total
        count += U(state != NONE)
        total, position, state = U(0), U(0), NONE
        ends[row - first + 1] = np.int64(count)
