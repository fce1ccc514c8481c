"""What every sketch notes about a row: how many tokens it has, and a fingerprint of them."""

from typing import NamedTuple

from dedup.kernels.jit import unallocating
from dedup.kernels.reference import STRIDE
from dedup.kernels.rows import Scratch
from dedup.kernels.scalar import U, mix
from dedup.records import I64, U64


class Description(NamedTuple):
    """What every sketch notes about n rows."""

    keys: U64  # (2, STRIDE + 1): of the two halves of a fingerprint
    counts: I64  # (n,): tokens
    prints: U64  # (n, 2)


@unallocating
def describe(scratch: Scratch, first: int, until: int, description: Description) -> None:
    """Note the tokens and the fingerprints of the rows of a piece.

    Fingerprints are those of ``reference.prints``.
    """
    keys, counts, prints = description
    some, others = keys[0], keys[1]
    tokens, ends = scratch.tokens, scratch.ends
    for row in range(first, until):
        start, stop = ends[row - first], ends[row - first + 1]
        one = other = U(stop - start)
        for begin in range(start, stop, STRIDE):
            one_sum = other_sum = U(0)
            for place in range(min(STRIDE, stop - begin)):
                one_sum += tokens[begin + place] * some[place]
                other_sum += tokens[begin + place] * others[place]
            at = U(begin - start)
            one += mix(one_sum + mix(some[STRIDE] + at))
            other += mix(other_sum + mix(others[STRIDE] + at))
        counts[row] = stop - start
        prints[row, 0], prints[row, 1] = mix(one), mix(other)
