"""Pairs of a key and a row to chunks and back, by the compiled core where it is there.

They are packed with their seals, and unpacked without.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dedup.arrays.array_types import I64, U32, U64, Flags
from dedup.arrays.long_arrays import isin_sorted
from dedup.arrays.native import core, has_core
from dedup.index.stores import pages as plain
from dedup.index.stores.checksums import DamagedError, sealed
from dedup.index.stores.pages import ROW, ROWS


@dataclass(frozen=True, slots=True)
class LiveRows:
    """Which rows are still there; chunks may list others until they are merged."""

    floor: int  # rows below are not there
    gone: I64  # (g,): sorted; nor are these

    def among(self, rows: U64) -> Flags:
        """Tell which rows are still there, (n,) bool."""
        signed = rows.astype(np.int64)
        live: Flags = (signed >= self.floor) & ~isin_sorted(signed, self.gone)
        return live


def packed(pairs: U64, room: int) -> tuple[U64, list[bytes]]:
    """Return the first key of each chunk of sorted pairs, and the chunks, sealed.

    Parameters
    ----------
    pairs
        (n,), n > 0: keys above rows, sorted and unique.
    room
        Words of a chunk, at most.
    """
    if has_core():
        ends, words = core.pack_pairs(pairs, room, plain.MOST, plain.SAMPLED)
        data, edges = words.tobytes(), [0, *(8 * ends).tolist()]
        chunks = [data[start:stop] for start, stop in pairwise(edges)]
    else:
        chunks = plain.pack_all(pairs, room)
    firsts = np.array([int.from_bytes(chunk[:4], "little") for chunk in chunks], np.uint64)
    return firsts, [sealed(chunk) for chunk in chunks]


def unpacked(bare: Sequence[memoryview]) -> U64:
    """Return the pairs of chunks, in their order.

    Raises
    ------
    DamagedError
        When one is damaged.
    """
    if not has_core():
        return np.concatenate([np.empty(0, np.uint64), *map(plain.unpack, bare)])
    with _damage():
        return core.unpack_pairs(*_joined(bare), plain.SAMPLED)


def found(  # noqa: PLR0913, PLR0917  as the core has them
    bare: Sequence[memoryview], lows: I64, highs: I64, keys: U32, live: LiveRows, most: int
) -> tuple[I64, I64]:
    """Return what chunks list under keys: places of keys, and rows.

    Parameters
    ----------
    bare
        c chunks, unsealed.
    lows, highs
        (c,): the keys that may be in it, ``keys[low:high]``.
    keys
        (k,): sorted and unique.
    live
        Other rows are left out.
    most
        Rows of a key in a chunk, at most: those with the lowest numbers.

    Raises
    ------
    DamagedError
        When one is damaged.
    """
    if has_core():
        with _damage():
            words, edges = _joined(bare)
            asked = lows, highs, keys, live.floor, live.gone, most
            return core.find_rows(words, edges, plain.SAMPLED, *asked)
    places, rows = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for chunk, low, high in zip(bare, lows, highs, strict=True):
        pairs = plain.unpack(chunk)
        pairs = pairs[live.among(pairs & ROWS)]
        own = keys[low:high].astype(np.uint64) << ROW
        begin = np.searchsorted(pairs, own)
        counts = np.minimum(np.searchsorted(pairs, own | ROWS, "right") - begin, most)
        starts = np.repeat(begin - np.cumsum(counts) + counts, counts)
        places.append(np.repeat(np.arange(low, high), counts))
        rows.append((pairs[starts + np.arange(len(starts))] & ROWS).astype(np.int64))
    return np.concatenate(places), np.concatenate(rows)


def _joined(bare: Sequence[memoryview]) -> tuple[U64, I64]:
    """Return chunks end to end, as words, and their edges; the core looks at two words more."""
    edges = np.cumsum([0, *map(len, bare)], dtype=np.int64)
    if (edges % 8).any():
        raise DamagedError
    return np.frombuffer(b"".join((*bare, bytes(16))), np.uint64), edges // 8


@contextmanager
def _damage() -> Iterator[None]:
    """Raise what the core says of a damaged chunk as the store does."""
    try:
        yield
    except core.DamagedError as error:
        raise DamagedError from error
