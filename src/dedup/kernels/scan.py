"""UTF-8 to token sums in one pass: the innermost loop of the compiled kernels."""

import numpy as np

from dedup.kernels.alphabet import PLACES, SEVERAL, Alphabet
from dedup.kernels.characters import decoded, factor_of, meaning, meaning_of_part
from dedup.kernels.jit import unallocating
from dedup.kernels.reference import HAS_DIGIT, WEIGHTS
from dedup.kernels.scalar import U
from dedup.kernels.stretches import REACH, cut_block, cut_singles, join_letters, with_base
from dedup.kernels.words import BLOCK_BYTES
from dedup.records import I64, U8, U64
from dedup.text.unicode import DIGIT, IGNORED, MARK, SEPARATOR, WORD

NONE, JOINED, SINGLE = range(3)  # which token is open: none, a word, a character by itself


@unallocating
def scan(  # noqa: C901, PLR0912, PLR0915  one loop: a call a character would cost more than its work
    utf8: U8,
    offsets: I64,
    first: int,
    last: int,
    alphabet: Alphabet,
    sums: U64,
    seconds: U64,
    ends: I64,
    thirds: U8 | None,
) -> None:
    """Write each token of rows ``first`` to ``last`` as a sum and a second word, flat.

    Parameters
    ----------
    utf8, offsets
        Well-formed UTF-8 of n rows.
    sums, seconds
        Room for one token a byte of these rows, and one more.
    ends
        (last - first + 1,): where each row's tokens begin, and the last ends.
    thirds
        Like ``sums``, for what each token weighs; or None.
    """
    kind_of, factors = alphabet.kind_of, alphabet.factors
    size, weights = U(len(utf8)), WEIGHTS
    count, total, second, position, state = U(0), U(0), U(0), U(0), NONE
    place = U(offsets[first])
    ends[0] = 0
    for row in range(first, last):
        stop = U(offsets[row + 1])
        while place < stop:
            lead = utf8[place]
            if lead < 128 and position < U(PLACES):
                if state == SINGLE:
                    sums[count], seconds[count] = total, second
                    count, total, position, state = count + U(1), U(0), U(0), NONE
                if state == NONE and place + U(REACH) <= size:
                    limit = min(stop - place, U(BLOCK_BYTES))
                    place, count, single = cut_block(
                        utf8, place, limit, count, sums, seconds, thirds, factors
                    )
                    if not single:
                        continue
                edge = min(stop, place + U(PLACES) - position)
                while place < edge:
                    byte = utf8[place]
                    if byte >= 128:
                        break
                    place += U(1)
                    kind = kind_of[byte]
                    if kind == SEPARATOR:
                        sums[count], seconds[count] = total, second
                        count += U(state)
                        total, second, position, state = U(0), U(0), U(0), NONE
                        while place < edge and utf8[place] == 0x20:
                            place += U(1)
                        break
                    if thirds is not None:
                        if position == U(0):
                            thirds[count] = weights[kind]
                        elif kind == DIGIT and thirds[count]:
                            thirds[count] |= HAS_DIGIT
                    base = U(alphabet.direct_base[byte])
                    total, second = with_base(base, position, factors[position], total, second)
                    position += U(1)
                    state = JOINED
                continue
            before = place
            if state != JOINED and lead >= 0xE0:
                open_ = U(state == SINGLE)
                place, open_, count, total = cut_singles(
                    utf8, place, stop, open_, count, total, sums, seconds, thirds, alphabet
                )
                position, state = open_, SINGLE if open_ else NONE
            elif state != SINGLE and lead >= 128:
                seen = position
                place, position, total = join_letters(utf8, place, stop, position, total, alphabet)
                if place != before:
                    state = JOINED
                    if thirds is not None and not seen:
                        thirds[count] = weights[WORD]
            if place != before:
                continue
            code, place = decoded(utf8, place)
            kind, base, term, part, until = meaning(code, alphabet)
            several = kind == SEVERAL
            while part < until:
                if several:
                    kind, base, term = meaning_of_part(part, alphabet)
                part += U(1)
                if kind == IGNORED or (kind == MARK and state == NONE):
                    continue
                # What is open is closed by all but marks, and characters of the same word.
                joins = kind in (WORD, DIGIT)
                if kind != MARK and not (joins and state == JOINED):
                    sums[count], seconds[count] = total, second
                    count += U(state != NONE)
                    total, second, position, state = U(0), U(0), U(0), NONE
                    if kind == SEPARATOR:
                        continue
                at = position - U(kind == MARK)
                factor = factor_of(at, alphabet)
                total += term * factor
                if kind == MARK:
                    continue
                if base:
                    total, second = with_base(base, at, factor, total, second)
                if thirds is not None:
                    if position == U(0):
                        thirds[count] = weights[kind]
                    elif kind == DIGIT and thirds[count]:
                        thirds[count] |= HAS_DIGIT
                position += U(1)
                state = JOINED if joins else SINGLE
        sums[count], seconds[count] = total, second
        count += U(state != NONE)
        total, second, position, state = U(0), U(0), U(0), NONE
        ends[row - first + 1] = np.int64(count)
