"""Rows of a buffer laid end to end in another order."""

from dedup.kernels.jit import unallocating
from dedup.records import I64, U8


@unallocating
def gather(utf8: U8, begins: I64, offsets: I64, gathered: U8) -> None:
    """Write rows into a buffer.

    Parameters
    ----------
    begins
        (m,): where each row begins in ``utf8``, which is read-only.
    offsets
        (m + 1,): where each begins and ends in ``gathered``.
    """
    for row in range(len(begins)):
        start, begin = offsets[row], begins[row]
        for place in range(offsets[row + 1] - start):
            gathered[start + place] = utf8[begin + place]
