"""Rows told by a fingerprint of their tokens, without a sketch of them."""

import numpy as np

from dedup.arrays.memory import IN_RAM, Memory
from dedup.kernels import reference
from dedup.kernels.chunks import in_chunks
from dedup.kernels.hashing import NativeTexts
from dedup.native import core
from dedup.records import I64, U64


def prints(
    texts: NativeTexts, seed: int, threads: int | None = None, memory: Memory = IN_RAM
) -> tuple[I64, U64]:
    """Return the tokens of each row, (n,), and their fingerprints, (n, 2).

    As ``reference.prints`` does of its tokens.
    """
    work, count = core.print_rows, len(texts.offsets) - 1
    keys, counts = reference.print_keys(seed), memory.empty(count, np.int64)
    found = memory.empty((count, 2), np.uint64)
    in_chunks(
        lambda first, last: work(texts.texts, first, last, keys, counts, found),
        texts.offsets,
        threads,
        memory,
    )
    return counts, found
