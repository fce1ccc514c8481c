"""Rows told by a fingerprint of their tokens, without a sketch of them."""

import numpy as np

from dedup.kernels import reference, spill
from dedup.kernels.chunks import in_chunks
from dedup.kernels.describe import Description, describe
from dedup.kernels.jit import compiled
from dedup.kernels.rows import Texts, hash_piece, scratch_for
from dedup.records import I64, U64


def prints(texts: Texts, seed: int, threads: int | None = None) -> tuple[I64, U64]:
    """Return the tokens of each row, (n,), and their fingerprints, (n, 2).

    As ``reference.prints`` does of its tokens.
    """
    count = len(texts.offsets) - 1
    keys, counts = reference.print_keys(seed), spill.empty(count, np.int64)
    found = spill.empty((count, 2), np.uint64)

    def work(first: int, last: int) -> None:
        part = slice(first, last)
        _print(texts, first, last, Description(keys, counts[part], found[part]))

    in_chunks(work, texts.offsets, threads)
    return counts, found


@compiled
def _print(texts: Texts, first: int, last: int, description: Description) -> None:
    """Describe some rows; the description begins with the first of them."""
    scratch = scratch_for(texts, first, last)
    begin, (keys, counts, found) = first, description
    while first < last:
        until = hash_piece(texts, first, last, scratch)
        part = Description(keys, counts[first - begin :], found[first - begin :])
        describe(scratch, 0, until - first, part)
        first = until
