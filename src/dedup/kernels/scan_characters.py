"""UTF-8 to token sums where each letter and digit is a token: for noisy and for short texts."""

from dedup.kernels.alphabet import SEVERAL, Alphabet
from dedup.kernels.characters import decoded, meaning, meaning_of_part
from dedup.kernels.jit import unallocating
from dedup.kernels.reference import HAS_DIGIT, INSIDE, WEIGHTS
from dedup.kernels.scalar import U
from dedup.records import I64, U8, U64
from dedup.text.unicode import DIGIT, IGNORED, MARK, SEPARATOR, WORD


@unallocating
def scan_characters(  # noqa: C901  one loop, as scan
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
    """Do as ``scan``; the first character of a word weighs what the word does.

    A character is hashed as a word of that one letter is.
    """
    factor, weights = alphabet.factors[0], WEIGHTS
    count, place = U(0), U(offsets[first])
    ends[0] = 0
    for row in range(first, last):
        stop = U(offsets[row + 1])
        carries, joined = False, False  # whether a mark belongs to the last one; inside a word
        word = U(0)  # where its first character is
        while place < stop:
            begin = place
            code, place = decoded(utf8, place)
            kind, base, term, part, until = meaning(code, alphabet)
            several, limit = kind == SEVERAL, count + place - begin
            while part < until and count < limit:
                if several:
                    kind, base, term = meaning_of_part(part, alphabet)
                part += U(1)
                if kind == IGNORED:
                    continue
                if kind == MARK:
                    if carries:
                        sums[count - U(1)] += term * factor
                    continue
                joins = kind in (WORD, DIGIT)
                word, carries = word if joins and joined else count, kind != SEPARATOR
                joined = joins
                if not carries:
                    continue
                sums[count], seconds[count] = base + term * factor, U(0)
                if thirds is not None:
                    thirds[count] = weights[kind] if word == count else INSIDE
                    if kind == DIGIT and thirds[word]:
                        thirds[word] |= HAS_DIGIT
                count += U(1)
        ends[row - first + 1] = count
