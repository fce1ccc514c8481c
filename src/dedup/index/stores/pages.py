"""How pairs of a key and a row lie on the disk: sorted, in chunks, in as few bits as they need.

Sorted pairs are cut into chunks of as many as fill a page. A chunk is little-endian words of 64
bits, so that chunks can lie end to end:

- the first key (32 bits), and the least row (32);
- how many pairs there are (16), how many buckets (16), the bits of a key within its bucket (8), and
  those of a row above the least one (8);
- how many pairs there are before each SAMPLED-th bucket: 16 bits each;
- of each bucket a bit that is set for every pair in it, and then one that is not;
- the pairs: of each the row less the least one, and above it what is left of the key.

The bucket of a key is its distance from the first one, without the bits that are left. There are as
many buckets as pairs, or up to twice as many, so a key takes two bits or three and what is left of
it (Fano 1971, Elias 1974), and is found by a walk over some words. This is the specification, and
``src/native/packing.cpp`` and ``finding.cpp`` do the same.

A file may come from a stranger, and anyone can make a checksum: no chunk is read before it is known
that its head fits its length, that each pair has its bit and each bucket its end, and that the
places are theirs.
"""

from struct import Struct
from typing import NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, U8, U64
from dedup.index.stores.checksums import DamagedError

SAMPLED = 64  # buckets between two places that are written down
MOST = 1 << 15  # pairs that a chunk may have; fewer fill a page
ROOM = 1018  # words: with a checksum they fill a page of SQLite, and none runs over onto another
ROW = np.uint64(32)  # bits of a row: a pair is its key above it
ROWS = np.uint64((1 << 32) - 1)
HEAD = Struct("<IIHHBBxx")  # of a chunk: a ``Shape``
LAST = (1 << 32) - 1  # of all keys, and of all rows


class Shape(NamedTuple):
    """How the pairs of a chunk lie: what its head says, in this order."""

    first: int  # key
    base: int  # the least row
    size: int  # in pairs
    buckets: int
    shift: int  # bits of a key within its bucket
    width: int  # bits of a row above the least one

    @classmethod
    def of(cls, pairs: U64, base: int, width: int) -> "Shape":
        """Return how pairs are to lie, of which no row is below ``base``."""
        first, count = int(pairs[0] >> ROW), len(pairs)
        span = int(pairs[-1] >> ROW) - first
        shift = max((span // count).bit_length() - 1, 0)
        return cls(first, base, count, (span >> shift) + 1, shift, width)

    @property
    def edges(self) -> tuple[int, int, int]:
        """The words where the bits of the buckets and the pairs begin, and where these end."""
        flags = 2 + _words(16 * (self.buckets // SAMPLED + 1))
        begin = flags + _words(self.size + self.buckets)
        return flags, begin, begin + _words(self.size * (self.shift + self.width))


def pack(pairs: U64, base: int, width: int) -> bytes:
    """Return the chunk of some pairs.

    Parameters
    ----------
    pairs
        (n,), n > 0: sorted; each a key above a row.
    base, width
        No row is below ``base``, and all take so many bits above it.

    Examples
    --------
    >>> pairs = np.array([3 << 32 | 7, 5 << 32 | 6], np.uint64)
    >>> unpack(pack(pairs, 6, 1)).tolist() == pairs.tolist()
    True
    """
    shape = Shape.of(pairs, base, width)
    keys = (pairs >> ROW) - np.uint64(shape.first)
    buckets = (keys >> np.uint64(shape.shift)).astype(np.int64)
    places = np.searchsorted(buckets, np.arange(0, shape.buckets + 1, SAMPLED))
    flags = np.zeros(shape.size + shape.buckets, np.uint8)
    flags[buckets + np.arange(shape.size)] = 1
    low = keys & np.uint64((1 << shape.shift) - 1)
    values = low << np.uint64(width) | ((pairs & ROWS) - np.uint64(base))
    bits = np.arange(shape.shift + width, dtype=np.uint64)
    parts = (
        HEAD.pack(*shape),
        places.astype("<u2").tobytes(),
        _packed(flags),
        _packed(((values[:, None] >> bits) & np.uint64(1)).astype(np.uint8).reshape(-1)),
    )
    return b"".join(part.ljust(-(-len(part) // 8) * 8, b"\0") for part in parts)


def unpack(chunk: bytes | memoryview) -> U64:
    """Return the pairs of a chunk.

    Raises
    ------
    DamagedError
        When it is none that ``pack`` writes.
    """
    if len(chunk) < 16 or len(chunk) % 8:
        raise DamagedError
    words = np.frombuffer(chunk, "<u8")
    shape = Shape(*HEAD.unpack_from(chunk))
    if not shape.size or shape.shift > 31 or shape.width > 32 or shape.edges[-1] != len(words):
        raise DamagedError
    buckets = _buckets(words, shape).astype(np.uint64)
    bits = shape.shift + shape.width
    lies = _unpacked(words[shape.edges[1] :], shape.size * bits).reshape(shape.size, bits)
    values = (lies.astype(np.uint64) << np.arange(bits, dtype=np.uint64)).sum(1, dtype=np.uint64)
    low = values >> np.uint64(shape.width)
    rows = (values & np.uint64((1 << shape.width) - 1)) + np.uint64(shape.base)
    keys = np.uint64(shape.first) + (buckets << np.uint64(shape.shift)) + low
    pairs: U64 = keys << ROW | rows
    if max(keys.max(), rows.max()) > LAST or (pairs[1:] < pairs[:-1]).any():
        raise DamagedError
    return pairs


def _buckets(words: U64, shape: Shape) -> I64:
    """Return the bucket of each pair of a chunk."""
    flags, begin, _ = shape.edges
    places = np.flatnonzero(_unpacked(words[flags:begin]))
    if len(places) != shape.size or places[-1] >= shape.size + shape.buckets - 1:
        raise DamagedError
    buckets: I64 = places - np.arange(shape.size)
    before = np.searchsorted(buckets, np.arange(0, shape.buckets + 1, SAMPLED))
    if (words[2:flags].view("<u2")[: len(before)] != before).any():
        raise DamagedError
    return buckets


def pack_all(pairs: U64, room: int) -> list[bytes]:
    """Return the chunks of sorted pairs, each of so many words at most."""
    rows = pairs & ROWS
    base = int(rows.min())
    width = (int(rows.max()) - base).bit_length()
    chunks, start = [], 0
    while start < len(pairs):
        low, high = 1, min(len(pairs) - start, MOST)
        while low < high:  # as many pairs as have room, by bisection
            middle = (low + high + 1) // 2
            shape = Shape.of(pairs[start : start + middle], base, width)
            low, high = (middle, high) if shape.edges[-1] <= room else (low, middle - 1)
        chunks.append(pack(pairs[start : start + low], base, width))
        start += low
    return chunks


def _words(bits: int) -> int:
    return -(-bits // 64)


def _packed(flags: U8) -> bytes:
    return np.packbits(flags, bitorder="little").tobytes()


def _unpacked(words: U64, count: int | None = None) -> U8:
    return np.unpackbits(words.view(np.uint8), bitorder="little", count=count)
