"""Repeated runs of the rows of a text: ``runs.find_runs``, compiled, where the first copy stays."""

from typing import NamedTuple

import numpy as np

from dedup.kernels.jit import compiled, unallocating
from dedup.records import I64, U64, Flags

NEAREST, REACH, TWICE, FAR = 8, 4, 2, 64  # as in run_finder, and
CHANGED_COPY, WHOLE_ROWS = 0.65, 5  # as in runs
OFTEN, OFTEN_PART = 50, 4  # as in runs


class Rows(NamedTuple):
    """The rows of a text."""

    groups: I64  # (n,): rows with the same number repeat each other
    words: I64  # (n,)
    shingles: U64  # sorted and unique within a row, flat
    offsets: I64  # (n + 1,)


class _Left(NamedTuple):
    """The rows that are left, neighbours of each other, and room to work on them."""

    numbers: I64  # (n,): of each among all
    before: I64  # (n,): the last row before it in its group, -1 where it is the first
    members: I64  # (n,): rows of a group, by its number
    latest: I64  # (n,): by a group's number
    walked: I64  # (n, 2): where the last run on a diagonal begins and ends
    taken: Flags  # (n,): belongs to a run
    runs: I64  # (n, 3): where the copy and the original begin, and how many rows they have
    stamps: I64  # (n,): the last run in which a group was met, by its number,
    largest: I64  # (n,): and the most words of a row of it there
    stamp: I64  # (1,): of the last run


@compiled
def mark_runs(rows: Rows, least: int, removed: Flags) -> int:
    """Set ``removed`` (n,) for the rows that ``runs.find_runs`` gives; return how many there are.

    Parameters
    ----------
    least
        The fewest words of a row that is removed alone, up to a million.
    """
    count, total = len(rows.groups), 0
    left = _Left(
        np.arange(count),
        np.empty(count, np.int64),
        np.empty(count, np.int64),
        np.empty(count, np.int64),
        np.empty((count, 2), np.int64),
        np.empty(count, np.bool_),
        np.empty((count, 3), np.int64),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.zeros(1, np.int64),
    )
    found = count
    while found:
        _look_at(rows, left, count)
        found = _sweep(rows, left, count, least) or _looping(rows, left, count, least)
        remaining = 0
        for row in range(count):
            if left.taken[row]:
                removed[left.numbers[row]] = True
                total += 1
            else:
                left.numbers[remaining] = left.numbers[row]
                remaining += 1
        count = remaining
    return total


@unallocating
def _look_at(rows: Rows, left: _Left, count: int) -> None:
    for group in range(len(rows.groups)):
        left.members[group], left.latest[group] = 0, -1
    for row in range(count):
        group = rows.groups[left.numbers[row]]
        left.before[row] = left.latest[group]
        left.latest[group] = row
        left.members[group] += 1
        left.walked[row, 0], left.walked[row, 1] = 0, 0
        left.taken[row] = False


@unallocating
def _sweep(rows: Rows, left: _Left, count: int, least: int) -> int:
    found, reached, refused_start, refused_stop = 0, 0, 0, 0
    for row in range(count):
        if left.before[row] < 0 or row < reached:
            continue
        copy, original, length = _longest(rows, left, count, row, reached)
        # A part of a run that was too short is taken for too short as well.
        if copy >= refused_start and copy + length <= refused_stop:
            continue
        if _counts(rows, left, count, copy, original, length, least):
            found = _note(left, found, copy, original, length)
            reached = copy + length
        else:
            refused_start, refused_stop = copy, copy + length
    for run in range(found):
        for row in range(left.runs[run, 0], left.runs[run, 0] + left.runs[run, 2]):
            left.taken[row] = True
    for run in range(found):
        _continue(rows, left, count, run, 1)
        _continue(rows, left, count, run, -1)
    return found


@unallocating
def _looping(rows: Rows, left: _Left, count: int, least: int) -> int:
    """Take the copies of rows that stand more often than a refrain; return how many."""
    found = 0
    for row in range(count):
        number = left.numbers[row]
        often = left.members[rows.groups[number]] >= OFTEN
        if often and left.before[row] >= 0 and OFTEN_PART * rows.words[number] >= least:
            left.taken[row] = True
            found += 1
    return found


@unallocating
def _note(left: _Left, found: int, copy: int, original: int, length: int) -> int:
    left.runs[found, 0], left.runs[found, 1], left.runs[found, 2] = copy, original, length
    return found + 1


@unallocating
def _longest(rows: Rows, left: _Left, count: int, row: int, floor: int) -> tuple[int, int, int]:
    copy, original, length = row, row, 0
    other, tried = left.before[row], 0
    while other >= 0 and tried < NEAREST:
        distance = row - other
        _walk(rows, left, count, row, distance)
        start = max(left.walked[distance, 0], floor)
        if left.walked[distance, 1] - start >= length:  # of runs as long, the first original
            copy, original, length = start, start - distance, left.walked[distance, 1] - start
        other, tried = left.before[other], tried + 1
    return copy, original, length


@unallocating
def _walk(rows: Rows, left: _Left, count: int, row: int, distance: int) -> None:
    if left.walked[distance, 0] <= row < left.walked[distance, 1]:
        return
    start, stop = row, row + 1
    while _repeats(rows, left, count, start - 1, distance):
        start -= 1
    while _repeats(rows, left, count, stop, distance):
        stop += 1
    left.walked[distance, 0], left.walked[distance, 1] = start, stop


@unallocating
def _repeats(rows: Rows, left: _Left, count: int, row: int, distance: int) -> bool:
    if row < distance or row >= count:
        return False
    numbers = left.numbers
    return bool(rows.groups[numbers[row]] == rows.groups[numbers[row - distance]])


@unallocating
def _counts(
    rows: Rows, left: _Left, count: int, copy: int, original: int, length: int, least: int
) -> bool:
    """Tell whether a run is more than natural repetition."""
    twice = left.members[rows.groups[left.numbers[copy]]] == TWICE
    if length == 1 and twice and copy - original >= FAR:
        return _beside_changed_copy(rows, left, count, copy, original, length, least)
    different, once, weight = 0, True, 0
    left.stamp[0] += 1
    for row in range(copy, copy + length):
        group = rows.groups[left.numbers[row]]
        words = min(rows.words[left.numbers[row]], least)
        if left.stamps[group] != left.stamp[0]:
            left.stamps[group], left.largest[group] = left.stamp[0], 0
            different += 1
            once = once and left.members[group] == 2
        if words > left.largest[group]:
            weight += words**3 - left.largest[group] ** 3
            left.largest[group] = words
        if weight >= least**3:
            return True
    if copy - original >= length and different >= WHOLE_ROWS and 10 * length >= 4 * count:
        return True
    return once and _beside_changed_copy(rows, left, count, copy, original, length, least)


@unallocating
def _beside_changed_copy(
    rows: Rows, left: _Left, count: int, copy: int, original: int, length: int, least: int
) -> bool:
    distance, stop = copy - original, copy + length
    for row in range(max(copy - REACH, distance), min(stop + REACH, count)):
        if copy <= row < stop:
            continue
        one, other = left.numbers[row], left.numbers[row - distance]
        if min(rows.words[one], rows.words[other]) >= least and _overlap(rows, one, other):
            return True
    return False


@unallocating
def _overlap(rows: Rows, one: int, other: int) -> bool:
    """Tell whether one row is a changed copy of another."""
    shingles, offsets = rows.shingles, rows.offsets
    place, end, at, stop = offsets[one], offsets[one + 1], offsets[other], offsets[other + 1]
    smaller, shared = min(end - place, stop - at), 0
    while place < end and at < stop:
        if shingles[place] == shingles[at]:
            shared, place, at = shared + 1, place + 1, at + 1
        elif shingles[place] < shingles[at]:
            place += 1
        else:
            at += 1
    return bool(shared / max(smaller, 1) >= CHANGED_COPY)


@unallocating
def _continue(rows: Rows, left: _Left, count: int, run: int, step: int) -> None:
    """Take the rows that continue the copy of a run onwards (1) or backwards (-1)."""
    copy, original, length = left.runs[run, 0], left.runs[run, 1], left.runs[run, 2]
    distance = copy - original
    end = copy + length - 1 if step > 0 else copy
    row = end + step
    while abs(row - end) <= REACH:
        begin = row
        while _repeats(rows, left, count, row, distance) and not left.taken[row]:
            if length == 1 and left.members[rows.groups[left.numbers[row]]] > TWICE:
                break
            left.taken[row] = True
            row += step
        if row != begin:
            end = row - step
        row += step
