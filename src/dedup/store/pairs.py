"""Pairs of a key and a row to chunks and back: by numpy where there are few, compiled otherwise.

Here chunks are sealed: of damaged ones the kernels would read, and write, beyond their ends.
"""

import numpy as np

from dedup.backend import use_compiled
from dedup.records import I64, U64, Flags
from dedup.store import chunks as plain
from dedup.store.chunks import ROW, ROWS
from dedup.store.sealing import DamagedError, sealed, unsealed

TASK = "lists of rows"


def packed(pairs: U64, bits: int) -> tuple[I64, list[bytes]]:
    """Return the numbers of the chunks of sorted pairs, and the chunks, sealed.

    Parameters
    ----------
    pairs
        (n,): keys above rows, sorted and unique.
    bits
        The upper bits of a key that are the number of its chunk.
    """
    if not use_compiled(TASK, pairs.nbytes):
        numbers, chunks = plain.pack_all(pairs, bits)
        return numbers, [sealed(chunk) for chunk in chunks]
    from dedup.kernels import packing  # noqa: PLC0415  numba is loaded at need

    numbers, ends, words = packing.pack_run(pairs, bits)
    data, edges = words.tobytes(), (8 * ends).tolist()
    starts = [0, *edges[:-1]]
    return numbers, [sealed(data[start:stop]) for start, stop in zip(starts, edges, strict=True)]


def unpacked(numbers: I64, chunks: list[bytes], bits: int) -> U64:
    """Return the pairs of chunks of one run.

    Raises
    ------
    DamagedError
        When a chunk is damaged.
    """
    bare = [unsealed(chunk) for chunk in chunks]
    if not use_compiled(TASK, sum(map(len, bare))):
        return plain.unpack_all(numbers, bare, bits)
    from dedup.kernels import packing  # noqa: PLC0415  likewise

    firsts = numbers.astype(np.uint64) << np.uint64(32 - bits)
    return packing.unpack_run(*_joined(bare), firsts)


def found(  # noqa: PLR0913
    chunks: list[bytes],
    *,
    firsts: U64,
    lows: I64,
    highs: I64,
    keys: U64,
    floor: int,
    gone: I64,
    most: int,
) -> tuple[I64, I64]:
    """Return what chunks list under keys: places of keys, and rows, as ``finding.find_rows`` does.

    Parameters
    ----------
    firsts
        (c,): the least key of each chunk.
    lows, highs
        (c,): the keys that may be in it, ``keys[low:high]``.
    keys
        (k,): 32 bits each, sorted and unique within the range of a chunk.
    floor, gone
        Rows below, and (g,) sorted rows, are there no more.
    most
        Rows of a key in a chunk, at most: those with the lowest numbers.

    Raises
    ------
    DamagedError
        When a chunk is damaged, or not there.
    """
    bare = [unsealed(chunk) for chunk in chunks]
    if len(bare) != len(firsts):
        raise DamagedError
    if use_compiled(TASK, sum(map(len, bare))):
        from dedup.kernels import finding  # noqa: PLC0415  likewise

        words, starts = _joined(bare)
        return finding.find_rows(words, starts, firsts, lows, highs, keys, floor, gone, most)
    places, rows = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for chunk, first, low, high in zip(bare, firsts.tolist(), lows, highs, strict=True):
        pairs = plain.unpack(chunk, first)
        pairs = pairs[is_live((pairs & ROWS).astype(np.int64), floor, gone)]
        own = keys[low:high] << ROW
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


def _joined(bare: list[memoryview]) -> tuple[U64, I64]:
    """Return chunks end to end, as words, and where each begins."""
    lengths = np.fromiter(map(len, bare), np.int64, len(bare)) // 8
    return np.frombuffer(b"".join(bare), np.uint64), np.cumsum(lengths) - lengths
