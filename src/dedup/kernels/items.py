"""Items of lists and rows of tables, compiled: ``matching.items`` says what they are."""

import numpy as np

from dedup.kernels.jit import unallocating
from dedup.matching import items as specified
from dedup.records import I64, U8

BULLETS = np.frombuffer(b"".join(specified.BULLETS), np.uint8)
BULLET_ENDS = np.cumsum(np.array([len(bullet) for bullet in specified.BULLETS]))
DASHES = np.frombuffer(b"".join(specified.DASHES), np.uint8)
DASH_ENDS = np.cumsum(np.array([len(dash) for dash in specified.DASHES]))
MOST_DIGITS = specified.MOST_DIGITS
OPENING, SPACE, TAB, BAR = 0x28, 0x20, 0x09, 0x7C
POINT, CLOSING, COLON, BRACKET = 0x2E, 0x29, 0x3A, 0x5D


@unallocating
def is_item(utf8: U8, start: int, stop: int) -> bool:
    """Tell whether the block ``utf8[start:stop]`` is an item of a list or a row of a table."""
    while start < stop and _blank(utf8[start]):
        start += 1
    while start < stop and _blank(utf8[stop - 1]):
        stop -= 1
    for place in range(start, stop):
        if utf8[place] == TAB or utf8[place] == BAR:
            return True
    if _begins(utf8, start, stop, BULLETS, BULLET_ENDS):
        return True
    if start < stop and utf8[start] == OPENING:
        start += 1
    place = start
    while place < min(stop, start + MOST_DIGITS) and 0x30 <= utf8[place] <= 0x39:
        place += 1
    behind = utf8[place] if place < stop else 0
    if place == start:
        second = utf8[start + 1] if start + 1 < stop else 0
        lettered = 0x61 <= behind | 0x20 <= 0x7A and second in (POINT, CLOSING)
        return bool(lettered and start + 2 < stop and utf8[start + 2] == SPACE)
    if behind in (POINT, CLOSING, COLON, BRACKET):
        return bool(place + 1 < stop and utf8[place + 1] == SPACE)
    return bool(behind == SPACE and _begins(utf8, place + 1, stop, DASHES, DASH_ENDS))


@unallocating
def _blank(byte: int) -> bool:
    return byte in (SPACE, TAB, 0x0A, 0x0D)


@unallocating
def _begins(utf8: U8, start: int, stop: int, marks: U8, ends: I64) -> bool:
    """Tell whether there is one of some marks at a place, with a space behind it."""
    begin = 0
    for end in ends:
        size = end - begin
        if start + size < stop and utf8[start + size] == SPACE:
            same = True
            for at in range(size):
                same &= utf8[start + at] == marks[begin + at]
            if same:
                return True
        begin = end
    return False
