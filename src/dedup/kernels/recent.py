"""The shingles of rows that were compared lately, so that a row met often is not read each time."""

from typing import NamedTuple

import numpy as np

from dedup.kernels import spill
from dedup.kernels.jit import inlined, unallocating
from dedup.records import I64, U64

ROOM = 1 << 21  # shingles: 16 MB
MOST = ROOM >> 6  # of a row that is kept here


class Recent(NamedTuple):
    """Shingles with repetitions, row after row, in a ring: the latest push out the oldest."""

    values: U64  # (ROOM,)
    starts: I64  # (n,): where those of a row were written, counted on and on; -1 for nowhere
    written: I64  # (1,): so many values were ever written


def nothing_recent(rows: int) -> Recent:
    """Return an empty ring."""
    values, starts = spill.empty(ROOM, np.uint64), spill.full(rows, -1, np.int64)
    return Recent(values, starts, np.zeros(1, np.int64))


@inlined
def place_of(starts: I64, written: I64, row: int) -> int:
    """Return where the shingles of a row are in ``values``, or -1."""
    start = starts[row]
    return int(start % ROOM) if start >= 0 and written[0] - start <= ROOM else -1


@unallocating
def note(recent: Recent, row: int, shingles: U64, count: int) -> None:
    """Write the shingles of a row; MOST of them, at most."""
    values, starts, written = recent
    start = written[0]
    if start % ROOM + count > ROOM:  # in one piece
        start += ROOM - start % ROOM
    begin = start % ROOM
    for place in range(count):
        values[begin + place] = shingles[place]
    starts[row], written[0] = start, start + count
