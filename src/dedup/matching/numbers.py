"""The numbers of a text, with the marks that are a part of their value.

"1,000" and "1000" are one number; "-1.5", "+1.5", "1.5", "15", "1.5%" and "$1.5" are six different
numbers, and "2019-20" is two. Tokens do not have these marks: for the tokenizer, a sign, a point or
a currency only separates words.

This is the specification; ``src/native/numbers.cpp`` is the twin.
"""

import re
import sys
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dedup.arrays.array_types import I64, U8, U64, Flags
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.native import core, has_core, rule_constants
from dedup.arrays.parallel import map_chunks
from dedup.config import Config
from dedup.text.hashing import NativeTexts
from dedup.text.mixing import mix64_int
from dedup.text.recode import recode

if TYPE_CHECKING:
    from dedup import _native

# The zeros of the decimal digits of Unicode 15.1 in the basic plane; each is followed by 1 to 9.
DIGIT_ZEROS = tuple(map(ord, "0٠۰߀०০੦૦୦௦౦೦൦෦๐໐༠၀႐០᠐᥆᧐᪀᪐᭐᮰᱀᱐꘠꣐꤀꧐꧰꩐꯰０"))
DIGIT_VALUES = {zero + value: value for zero in DIGIT_ZEROS for value in range(10)}
GROUP_MARKS = tuple(map(ord, ",'’\u00a0\u202f٬"))  # before three digits: a thousands separator
POINT_MARKS = tuple(map(ord, ".,٫"))  # before any digits
MINUS_SIGNS = tuple(map(ord, "-−–－﹣"))
PLUS_SIGNS = tuple(map(ord, "+＋"))
PER_CENT_SIGNS = tuple(map(ord, "%٪％﹪"))
PER_MILLE_SIGN = ord("‰")
# From the code of each currency sign to its value: a wide sign has the value of the plain one.
CURRENCIES = {ord(sign): ord(sign) for sign in "$¢£¤¥֏؋৲৳฿﷼"}
CURRENCIES |= {code: code for code in range(0x20A0, 0x20D0)}
CURRENCIES |= dict(zip(map(ord, "\ufe69\uff04\uffe0\uffe1\uffe5"), map(ord, "$$¢£¥"), strict=True))
BLANKS = tuple(map(ord, " \t\n\r\u00a0\u3000"))
SIGN_OPENERS = (*BLANKS, *map(ord, "(["))  # behind one of these "-" is a sign, not a dash
DIGITS_PER_GROUP = 3  # between two thousands separators
POINT_VALUE = 10  # a point is hashed like a digit of this value
SIGN_FACTOR, SHARE_FACTOR, CURRENCY_FACTOR, DIGIT_FACTOR = (
    0x9E3779B97F4A7C15,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
    0x00000100000001B3,  # of the hash FNV-1a
)
DIGIT_START = 0xCBF29CE484222325  # of FNV-1a, too
_UINT64_MAX = (1 << 64) - 1


@cache
def number_pattern() -> re.Pattern[str]:
    """Return the pattern of a number; it takes 5 ms to make."""
    digit, not_zero, mark, point = (
        "".join(map(chr, codes))
        for codes in (
            DIGIT_VALUES,
            filter(DIGIT_VALUES.get, DIGIT_VALUES),
            GROUP_MARKS,
            POINT_MARKS,
        )
    )
    group = f"[{digit}]{{{DIGITS_PER_GROUP}}}(?![{digit}])"
    return re.compile(
        rf"""
        (?<![A-Za-z_{digit}])  # behind a letter or digit, digits are a part of a name or number
        (?P<whole>
            # Groups of thousands with one separator; a full stop is one only if it occurs twice.
            [{not_zero}][{digit}]{{,{DIGITS_PER_GROUP - 1}}}
            (?:([{mark}]){group}(?:\2{group})* | (?:[.]{group}){{2,}})
            | [{digit}]+
        )
        (?P<fraction>(?:[{point}][{digit}]+)*)
        """,
        re.VERBOSE,
    )


def numbers_in(text: str) -> list[int]:
    r"""Return the values of the numbers of a text, in order.

    A value is a hash of the digits, the sign, the share (per cent or per mille) and the currency.
    Digits behind an ASCII letter or an underscore are a part of a name (``A320``, ``w12``) and no
    number. The digits of all scripts have their value.

    Examples
    --------
    >>> numbers_in("1,000") == numbers_in("1000") == numbers_in("1\u00a0000") == numbers_in("1’000")
    True
    >>> len({*numbers_in("-1.5; +1.5; 1.5; 15; 1.5%; $1.5")})
    6
    >>> numbers_in("2019-20") == numbers_in("2019, 20"), numbers_in("A320")
    (True, [])
    """
    codes, values = list(map(ord, text)), []
    for match in number_pattern().finditer(text):
        value = DIGIT_START
        for code in map(ord, match["whole"]):
            value = _add_digit(value, DIGIT_VALUES[code]) if code in DIGIT_VALUES else value
        for code in map(ord, match["fraction"]):
            value = _add_digit(value, DIGIT_VALUES.get(code, POINT_VALUE))
        values.append(_with_marks(codes, *match.span(), value))
    return values


def _add_digit(value: int, digit: int) -> int:
    return (value ^ digit) * DIGIT_FACTOR & _UINT64_MAX


def _with_marks(codes: list[int], start: int, stop: int, value: int) -> int:
    """Return the value with the marks before and behind the digits."""
    sign, before = _sign_before(codes, start), start - 1
    if before >= 0 and codes[before] in BLANKS:
        before -= 1
    currency = CURRENCIES.get(codes[before], 0) if before >= 0 else 0
    if not currency and sign:
        currency = CURRENCIES.get(codes[start - 2], 0) if start > 1 else 0
    if currency and not sign:
        sign = _sign_before(codes, before)
    after = stop + 1 if stop < len(codes) and codes[stop] in BLANKS else stop
    share = 0
    if after < len(codes):
        share = 1 if codes[after] in PER_CENT_SIGNS else 2 * (codes[after] == PER_MILLE_SIGN)
        if not currency and (after + 1 == len(codes) or codes[after + 1] not in DIGIT_VALUES):
            currency = CURRENCIES.get(codes[after], 0)
    total = value + sign * SIGN_FACTOR + share * SHARE_FACTOR + currency * CURRENCY_FACTOR
    return mix64_int(total)


def _sign_before(codes: list[int], place: int) -> int:
    """Return 1 for a minus right before a place, 2 for a plus, 0 for none."""
    if place < 1 or codes[place - 1] not in (*MINUS_SIGNS, *PLUS_SIGNS):
        return 0
    if place > 1 and codes[place - 2] not in SIGN_OPENERS and codes[place - 2] not in CURRENCIES:
        return 0
    return 1 if codes[place - 1] in MINUS_SIGNS else 2


def number_fingerprints(utf8: U8, offsets: I64) -> U64:
    """Return a fingerprint of the numbers of each row of a packed text, (n,); 0 if it has none.

    Two rows are exact copies if their tokens and these fingerprints are equal.

    Examples
    --------
    >>> utf8 = np.frombuffer(b"Up 1.5 pctUp -1.5 pctUp pct", np.uint8)
    >>> first, second, third = number_fingerprints(utf8, np.array([0, 10, 21, 27])).tolist()
    >>> first != second, third
    (True, 0)
    """
    spans, data = pairwise(offsets.tolist()), utf8.data
    texts = (str(data[start:stop], "utf-8", "surrogatepass") for start, stop in spans)
    return np.array([hash_sequence(numbers_in(text)) for text in texts], np.uint64)


def hash_sequence(values: list[int]) -> int:
    """Return a hash of the values of numbers, or of the tokens of a name, in order; 0 for none."""
    total = 0
    for value in values:
        total = mix64_int(total + value)
    return total


def exact_copy_numbers(utf8: U8, offsets: I64, config: Config) -> U64 | None:
    """Return the fingerprints of the numbers of rows, (n,), if they distinguish exact copies.

    Otherwise, with ``numeric_variants="remove"``, return None.
    """
    if config.numeric_variants == "remove":
        return None
    utf8, offsets = recode(utf8, offsets, config.unit)
    if not has_core():
        return number_fingerprints(utf8, offsets)
    return native_number_fingerprints(NativeTexts(utf8, offsets, config))


def native_number_fingerprints(
    texts: NativeTexts,
    wanted: Flags | None = None,
    threads: int | None = 1,
    memory: Memory = IN_RAM,
) -> U64:
    """Return what ``number_fingerprints`` does, with the compiled core.

    Parameters
    ----------
    wanted
        (n,): the rows to read; all other rows have 0. All when None.
    """
    count = len(texts.offsets) - 1
    fingerprints = memory.zeros(count, np.uint64)
    flags = np.ones(count, np.bool_) if wanted is None else wanted

    def work(first: int, last: int) -> None:
        core.number_fingerprints(texts.core_texts, number_marks(), flags, first, last, fingerprints)

    map_chunks(work, texts.offsets, threads, memory)
    return fingerprints


@lru_cache(maxsize=1)
def number_marks() -> "_native.NumberMarks":
    """Return the digits and marks of this module for functions of the core."""
    codes, values = list(CURRENCIES), list(CURRENCIES.values())
    module = sys.modules[__name__]
    return core.NumberMarks(rule_constants(module, currency_codes=codes, currency_values=values))
