"""The numbers of texts, compiled: ``matching.numbers`` says what they are."""

import numpy as np

from dedup.kernels import spill
from dedup.kernels.characters import decoded
from dedup.kernels.chunks import in_chunks
from dedup.kernels.jit import unallocating
from dedup.kernels.rows import Texts
from dedup.kernels.scalar import U, mix
from dedup.matching import numbers as specified
from dedup.records import I64, U8, U64, Flags

ZEROS = np.array(specified.ZEROS, np.int64)
FIRST_ZERO, LAST_DIGIT = specified.ZEROS[1], specified.ZEROS[-1] + 9
FIRST_LEAD = U(0xD9)  # of the first digit beyond ASCII
GROUP_MARKS = np.array(specified.GROUP_MARKS, np.int64)
POINT_MARKS = np.array(specified.POINT_MARKS, np.int64)
MINUS, PLUS = np.array(specified.MINUS, np.int64), np.array(specified.PLUS, np.int64)
PER_CENT, PER_MILLE = np.array(specified.PER_CENT, np.int64), specified.PER_MILLE
CURRENCY = np.array(sorted(specified.CURRENCY), np.int64)
CURRENCY_VALUES = np.array([value for _, value in sorted(specified.CURRENCY.items())], np.int64)
BLANKS, OPENING = np.array(specified.BLANKS, np.int64), np.array(specified.OPENING, np.int64)
GROUP, POINT = specified.GROUP, U(specified.POINT)
DIGIT_START, DIGIT_FACTOR = U(specified.DIGIT_START), U(specified.DIGIT_FACTOR)
SIGN_FACTOR, SHARE_FACTOR = U(specified.SIGN_FACTOR), U(specified.SHARE_FACTOR)
CURRENCY_FACTOR = U(specified.CURRENCY_FACTOR)
Int = int | np.int64
NONE = -1  # no character: before a text, and behind it


def number_prints(texts: Texts, wanted: Flags, threads: int | None = None) -> U64:
    """Return the fingerprints of the numbers of the wanted rows, (n,), 0 for the others.

    As ``matching.numbers.number_prints`` does.
    """
    found = spill.zeros(len(wanted), np.uint64)

    def work(first: int, last: int) -> None:
        _print_numbers(texts, wanted, first, last, found)

    in_chunks(work, texts.offsets, threads)
    return found


@unallocating
def _print_numbers(texts: Texts, wanted: Flags, first: int, last: int, found: U64) -> None:
    for row in range(first, last):
        if not wanted[row]:
            continue
        start, stop = texts.offsets[row], texts.offsets[row + 1]
        begin, end, value = next_number(texts.utf8, start, start, stop)
        total = U(0)
        while begin < stop:
            total = mix(total + value)
            begin, end, value = next_number(texts.utf8, start, end, stop)
        found[row] = total


@unallocating
def next_number(utf8: U8, start: Int, place: Int, stop: Int) -> tuple[Int, Int, U]:
    """Return where the next number begins and ends, and its value.

    Parameters
    ----------
    start, stop
        The bytes of a text.
    place
        Where to look from on; the number begins at ``stop`` if there is none.
    """
    while place < stop:
        byte = utf8[place]
        if byte < 0x80:
            if not 0x30 <= byte <= 0x39:
                place += 1
                continue
        elif byte < FIRST_LEAD:
            place += 1
            continue
        elif _digit(_code(utf8, place, stop)[0]) < 0:
            place = _code(utf8, place, stop)[1]
            continue
        if place > start and _is_name(utf8[place - 1]):
            place = _digits_end(utf8, place, stop)[0]
            continue
        end, value = _parsed(utf8, place, stop)
        return place, end, _marked(utf8, start, place, end, stop, value)
    return stop, stop, U(0)


@unallocating
def same_numbers(texts: Texts, row: int, other: int) -> bool:
    """Tell whether two rows have the same numbers in the same order."""
    utf8, offsets = texts.utf8, texts.offsets
    start, stop = offsets[row], offsets[row + 1]
    other_start, other_stop = offsets[other], offsets[other + 1]
    begin, end, value = next_number(utf8, start, start, stop)
    other_begin, other_end, other_value = next_number(utf8, other_start, other_start, other_stop)
    while begin < stop and other_begin < other_stop and value == other_value:
        begin, end, value = next_number(utf8, start, end, stop)
        other_begin, other_end, other_value = next_number(utf8, other_start, other_end, other_stop)
    return bool(begin == stop and other_begin == other_stop)


@unallocating
def _code(utf8: U8, place: Int, stop: Int) -> tuple[Int, Int]:
    """Return the character at a place, NONE at the end, and where the next one begins."""
    if place >= stop:
        return np.int64(NONE), np.int64(place)
    code, behind = decoded(utf8, U(place))
    return np.int64(code), np.int64(behind)


@unallocating
def _code_before(utf8: U8, start: Int, place: Int) -> tuple[Int, Int]:
    """Return the character before a place, NONE at the start, and where it begins."""
    if place <= start:
        return np.int64(NONE), np.int64(place)
    begin = place - 1
    while begin > start and utf8[begin] & 0xC0 == 0x80:
        begin -= 1
    return np.int64(decoded(utf8, U(begin))[0]), np.int64(begin)


@unallocating
def _is_in(code: Int, codes: I64) -> bool:
    for other in codes:  # noqa: SIM110  a kernel
        if int(other) == code:
            return True
    return False


@unallocating
def _digit(code: Int) -> Int:
    if code < 0x80:
        return code - 0x30 if 0x30 <= code <= 0x39 else -1
    if not FIRST_ZERO <= code <= LAST_DIGIT:
        return -1
    place = np.searchsorted(ZEROS, code, "right") - 1
    value = code - ZEROS[place]
    return value if value < 10 else -1


@unallocating
def _is_name(byte: Int) -> bool:
    return bool(byte == 0x5F or (byte < 0x80 and 0x61 <= byte | 0x20 <= 0x7A))


@unallocating
def _digits_end(utf8: U8, place: Int, stop: Int) -> tuple[Int, Int]:
    """Return the end of the digits at a place, and how many there are."""
    count = 0
    while place < stop:
        code, behind = _code(utf8, place, stop)
        if _digit(code) < 0:
            break
        place, count = behind, count + 1
    return place, count


@unallocating
def _group_end(utf8: U8, place: Int, stop: Int) -> Int:
    """Return the end of the three digits at a place, 0 where there are more or fewer."""
    end, count = _digits_end(utf8, place, stop)
    return end if count == GROUP else 0


@unallocating
def _hashed(value: U, utf8: U8, place: Int, stop: Int) -> U:
    while place < stop:
        code, place = _code(utf8, place, stop)
        value = (value ^ U(_digit(code))) * DIGIT_FACTOR
    return value


@unallocating
def _parsed(utf8: U8, start: Int, stop: Int) -> tuple[Int, U]:
    end, count = _digits_end(utf8, start, stop)
    value = _hashed(DIGIT_START, utf8, start, end)
    grouped = count <= GROUP and _digit(_code(utf8, start, stop)[0]) != 0
    mark: Int = 0
    while end < stop:
        code, behind = _code(utf8, end, stop)
        following: Int = 0
        if grouped and mark in (0, code) and _is_in(code, GROUP_MARKS):
            following = _group_end(utf8, behind, stop)
        if not following and grouped and code == 0x2E:
            following = _point_group_end(utf8, behind, stop, mark)
        if following:
            mark = code
        elif _is_in(code, POINT_MARKS) and _digits_end(utf8, behind, stop)[1] > 0:
            grouped, following = False, _digits_end(utf8, behind, stop)[0]
            value = (value ^ POINT) * DIGIT_FACTOR
        else:
            break
        value = _hashed(value, utf8, behind, following)
        end = following
    return end, value


@unallocating
def _point_group_end(utf8: U8, place: Int, stop: Int, mark: Int) -> Int:
    """Return the end of three digits behind a full stop that parts thousands, else 0."""
    end = _group_end(utf8, place, stop)
    if end == 0 or mark == 0x2E:
        return end
    if mark != 0 or end >= stop or utf8[end] != 0x2E:
        return 0
    return end if _group_end(utf8, end + 1, stop) else 0


@unallocating
def _marked(utf8: U8, start: Int, begin: Int, end: Int, stop: Int, value: U) -> U:
    sign = _sign(utf8, start, begin)
    code, before = _code_before(utf8, start, begin)
    first_begin = before
    if _is_in(code, BLANKS):
        code, before = _code_before(utf8, start, before)
    currency = _currency(code)
    if currency and not sign:
        sign = _sign(utf8, start, before)
    elif not currency and sign:
        currency = _currency(_code_before(utf8, start, first_begin)[0])
    after, behind = _code(utf8, end, stop)
    if _is_in(after, BLANKS):
        after, behind = _code(utf8, behind, stop)
    share = 1 if _is_in(after, PER_CENT) else 2 * (after == PER_MILLE)
    if not currency and _digit(_code(utf8, behind, stop)[0]) < 0:
        currency = _currency(after)
    value += U(sign) * SIGN_FACTOR + U(share) * SHARE_FACTOR + U(currency) * CURRENCY_FACTOR
    return mix(value)


@unallocating
def _sign(utf8: U8, start: Int, place: Int) -> Int:
    code, begin = _code_before(utf8, start, place)
    minus = _is_in(code, MINUS)
    if not minus and not _is_in(code, PLUS):
        return 0
    before = _code_before(utf8, start, begin)[0]
    if before != NONE and not _is_in(before, OPENING) and not _currency(before):
        return 0
    return 1 if minus else 2


@unallocating
def _currency(code: Int) -> Int:
    for place in range(len(CURRENCY)):
        if CURRENCY[place] == code:
            return np.int64(CURRENCY_VALUES[place])
    return 0
