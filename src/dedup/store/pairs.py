"""Pairs of a key and a row to chunks and back: by numpy where there are few, compiled otherwise.

They are packed with their seals, and unpacked without: of damaged ones, whose seals are not theirs,
the kernels would read and write beyond the ends.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from dedup.backend import use_compiled
from dedup.records import I64, U32, U64, Flags
from dedup.store import chunks as plain
from dedup.store.chunks import ROW, ROWS
from dedup.store.sealing import sealed

TASK = "lists of rows"


def packed(pairs: U64) -> tuple[U64, list[bytes]]:
    """Return the first key of each chunk of sorted pairs, and the chunks, sealed.

    Parameters
    ----------
    pairs
        (n,), n > 0: keys above rows, sorted and unique.
    """
    if use_compiled(TASK, pairs.nbytes):
        from dedup.kernels import packing  # noqa: PLC0415  numba is loaded at need

        ends, words = packing.pack_run(pairs, plain.ROOM)
        data, edges = words.tobytes(), [0, *(8 * ends).tolist()]
        chunks = [data[start:stop] for start, stop in pairwise(edges)]
    else:
        chunks = plain.pack_all(pairs, plain.ROOM)
    firsts = np.array([plain.first_key(chunk) for chunk in chunks], np.uint64)
    return firsts, [sealed(chunk) for chunk in chunks]


def unpacked(bare: Sequence[memoryview]) -> U64:
    """Return the pairs of chunks, in their order."""
    if not use_compiled(TASK, sum(map(len, bare))):
        return plain.unpack_all(bare)
    from dedup.kernels import packing  # noqa: PLC0415  likewise

    return packing.unpack_run(*_joined(bare))


def found(  # noqa: PLR0913
    bare: Sequence[memoryview],
    *,
    lows: I64,
    highs: I64,
    keys: U32,
    floor: int,
    gone: I64,
    most: int,
    compiled: bool,
) -> tuple[I64, I64]:
    """Return what chunks list under keys: places of keys, and rows, as ``finding.find_rows`` does.

    Parameters
    ----------
    bare
        c chunks, unsealed.
    lows, highs
        (c,): the keys that may be in it, ``keys[low:high]``.
    keys
        (k,): sorted and unique.
    floor, gone
        Rows below, and (g,) sorted rows, are there no more.
    most
        Rows of a key in a chunk, at most: those with the lowest numbers.
    compiled
        Whether by the kernels, which are worth to be loaded for all chunks there are.
    """
    if compiled:
        from dedup.kernels import finding  # noqa: PLC0415  likewise

        words, starts = _joined(bare)
        return finding.find_rows(words, starts, lows, highs, keys, floor, gone, most)
    places, rows = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for chunk, low, high in zip(bare, lows, highs, strict=True):
        pairs = plain.unpack(chunk)
        pairs = pairs[is_live((pairs & ROWS).astype(np.int64), floor, gone)]
        own = keys[low:high].astype(np.uint64) << ROW
        begin = np.searchsorted(pairs, own)
        counts = np.minimum(np.searchsorted(pairs, own | ROWS, "right") - begin, most)
        starts = np.repeat(begin - np.cumsum(counts) + counts, counts)
        places.append(np.repeat(np.arange(low, high), counts))
        rows.append((pairs[starts + np.arange(len(starts))] & ROWS).astype(np.int64))
    return np.concatenate(places), np.concatenate(rows)


def is_live(rows: I64, floor: int, gone: I64) -> Flags:
    """Tell which rows are still there, (n,) bool."""
    live = rows >= floor
    if len(gone):
        live &= gone[np.minimum(np.searchsorted(gone, rows), len(gone) - 1)] != rows
    return live


def _joined(bare: Sequence[memoryview]) -> tuple[U64, I64]:
    """Return chunks end to end, as words, and where each begins; kernels look at one word more."""
    lengths = np.fromiter(map(len, bare), np.int64, len(bare)) // 8
    return np.frombuffer(b"".join((*bare, bytes(8))), np.uint64), np.cumsum(lengths) - lengths
