"""The numbers of a text, with the marks that are a part of their value.

"1,000" and "1000" are one number; "-1.5", "+1.5", "1.5", "15", "1.5%" and "$1.5" are six, and
"2019-20" is two. Tokens do not tell: to them a sign, a point or a currency only parts words.

This is the specification; ``src/native/numbers.cpp`` is the twin.
"""

import re
import sys
from functools import lru_cache
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

# The zeros of the decimal digits of Unicode 15.1 in the basic plane; nine more follow each.
ZEROS = tuple(map(ord, "0٠۰߀०০੦૦୦௦౦೦൦෦๐໐༠၀႐០᠐᥆᧐᪀᪐᭐᮰᱀᱐꘠꣐꤀꧐꧰꩐꯰０"))
VALUES = {zero + value: value for zero in ZEROS for value in range(10)}
GROUP_MARKS = tuple(map(ord, ",'’\u00a0\u202f٬"))  # before three digits: a thousand
POINT_MARKS = tuple(map(ord, ".,٫"))  # before any digits
MINUS = tuple(map(ord, "-−–－﹣"))
PLUS = tuple(map(ord, "+＋"))
PER_CENT = tuple(map(ord, "%٪％﹪"))
PER_MILLE = ord("‰")
# Currency signs, the wide ones as the plain ones that they stand for.
CURRENCY = {ord(sign): ord(sign) for sign in "$¢£¤¥֏؋৲৳฿﷼"}
CURRENCY |= {code: code for code in range(0x20A0, 0x20D0)}
CURRENCY |= dict(zip(map(ord, "\ufe69\uff04\uffe0\uffe1\uffe5"), map(ord, "$$¢£¥"), strict=True))
BLANKS = tuple(map(ord, " \t\n\r\u00a0\u3000"))
OPENING = (*BLANKS, *map(ord, "(["))  # a sign behind one of these is a sign, not a dash
GROUP = 3  # digits between two marks
POINT = 10  # among the values of digits
SIGN_FACTOR, SHARE_FACTOR, CURRENCY_FACTOR, DIGIT_FACTOR = (
    0x9E3779B97F4A7C15,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
    0x00000100000001B3,  # of the hash FNV-1a
)
DIGIT_START = 0xCBF29CE484222325  # likewise
_WORD = (1 << 64) - 1
_DIGIT, _NOT_ZERO, _MARK, _POINT = (
    "".join(map(chr, codes))
    for codes in (VALUES, filter(VALUES.get, VALUES), GROUP_MARKS, POINT_MARKS)
)
_GROUP = f"[{_DIGIT}]{{{GROUP}}}(?![{_DIGIT}])"
NUMBER = re.compile(
    rf"""
    (?<![A-Za-z_{_DIGIT}])  # what stands behind a letter or digit is a part of a name or number
    (?P<whole>
        # Thousands, parted by one mark throughout; a full stop parts them where there are two.
        [{_NOT_ZERO}][{_DIGIT}]{{,{GROUP - 1}}}
        (?:([{_MARK}]){_GROUP}(?:\2{_GROUP})* | (?:[.]{_GROUP}){{2,}})
        | [{_DIGIT}]+
    )
    (?P<rest>(?:[{_POINT}][{_DIGIT}]+)*)
    """,
    re.VERBOSE,
)


def numbers_in(text: str) -> list[int]:
    r"""Return the values of the numbers of a text, in order.

    A value is a hash of the digits, the sign, the share (per cent or mille) and the currency.
    A run of digits behind a Latin letter of ASCII or an underscore is a part of a name (``A320``,
    ``w12``) and no number. Digits of all scripts have their value.

    Examples
    --------
    >>> numbers_in("1,000") == numbers_in("1000") == numbers_in("1\u00a0000") == numbers_in("1’000")
    True
    >>> len({*numbers_in("-1.5; +1.5; 1.5; 15; 1.5%; $1.5")})
    6
    >>> numbers_in("2019-20") == numbers_in("2019, 20"), numbers_in("A320")
    (True, [])
    """
    codes, found = list(map(ord, text)), []
    for match in NUMBER.finditer(text):
        value = DIGIT_START
        for code in map(ord, match["whole"]):
            value = _step(value, VALUES[code]) if code in VALUES else value
        for code in map(ord, match["rest"]):
            value = _step(value, VALUES.get(code, POINT))
        found.append(_marked(codes, *match.span(), value))
    return found


def _step(value: int, digit: int) -> int:
    return (value ^ digit) * DIGIT_FACTOR & _WORD


def _marked(codes: list[int], start: int, stop: int, value: int) -> int:
    """Return the value with the marks before and behind the digits."""
    sign, before = _sign(codes, start), start - 1
    if before >= 0 and codes[before] in BLANKS:
        before -= 1
    currency = CURRENCY.get(codes[before], 0) if before >= 0 else 0
    if not currency and sign:
        currency = CURRENCY.get(codes[start - 2], 0) if start > 1 else 0
    if currency and not sign:
        sign = _sign(codes, before)
    after = stop + 1 if stop < len(codes) and codes[stop] in BLANKS else stop
    share = 0
    if after < len(codes):
        share = 1 if codes[after] in PER_CENT else 2 * (codes[after] == PER_MILLE)
        if not currency and (after + 1 == len(codes) or codes[after + 1] not in VALUES):
            currency = CURRENCY.get(codes[after], 0)
    total = value + sign * SIGN_FACTOR + share * SHARE_FACTOR + currency * CURRENCY_FACTOR
    return mix64_int(total)


def _sign(codes: list[int], place: int) -> int:
    """Return 1 for a minus right before a place, 2 for a plus, 0 for none."""
    if place < 1 or codes[place - 1] not in (*MINUS, *PLUS):
        return 0
    if place > 1 and codes[place - 2] not in OPENING and codes[place - 2] not in CURRENCY:
        return 0
    return 1 if codes[place - 1] in MINUS else 2


def number_fingerprints(utf8: U8, offsets: I64) -> U64:
    """Return a fingerprint of the numbers of each row of a packed text, (n,), 0 for none.

    Two rows are exact copies if they have the same tokens and the same of these.

    Examples
    --------
    >>> utf8 = np.frombuffer(b"Up 1.5 pctUp -1.5 pctUp pct", np.uint8)
    >>> first, second, third = number_fingerprints(utf8, np.array([0, 10, 21, 27])).tolist()
    >>> first != second, third
    (True, 0)
    """
    spans, data = pairwise(offsets.tolist()), utf8.data
    texts = (str(data[start:stop], "utf-8", "surrogatepass") for start, stop in spans)
    return np.array([folded(numbers_in(text)) for text in texts], np.uint64)


def folded(values: list[int]) -> int:
    """Return a hash of the values of numbers, or of the tokens of a name, in order; 0 for none."""
    total = 0
    for value in values:
        total = mix64_int(total + value)
    return total


def native_number_fingerprints(
    texts: NativeTexts,
    wanted: Flags | None = None,
    threads: int | None = 1,
    memory: Memory = IN_RAM,
) -> U64:
    """Return the fingerprints of the numbers of rows, as ``number_fingerprints`` does.

    Parameters
    ----------
    wanted
        (n,): which rows; the others have 0. All when None.
    """
    signs, count = number_signs(), len(texts.offsets) - 1
    found = memory.zeros(count, np.uint64)
    flags = np.ones(count, np.bool_) if wanted is None else wanted

    def work(first: int, last: int) -> None:
        core.number_prints(texts.core_texts, signs, flags, first, last, found)

    map_chunks(work, texts.offsets, threads, memory)
    return found


def exact_copy_numbers(utf8: U8, offsets: I64, config: Config) -> U64 | None:
    """Return the fingerprints of the numbers of rows; None where other numbers are exact copies."""
    if config.numeric_variants == "remove":
        return None
    utf8, offsets = recode(utf8, offsets, config.unit)
    if not has_core():
        return number_fingerprints(utf8, offsets)
    return native_number_fingerprints(NativeTexts(utf8, offsets, config))


@lru_cache(maxsize=1)
def number_signs() -> "_native.NumberSigns":
    """Return the digits and marks of this module for functions of the core."""
    signs, values = list(CURRENCY), list(CURRENCY.values())
    return core.NumberSigns(
        rule_constants(sys.modules[__name__], currency_signs=signs, currency_values=values)
    )
