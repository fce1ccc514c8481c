"""How pairs of a key and a row lie on the disk: sorted, in chunks, in as few bits as they need.

A chunk has the pairs of a range of 32-bit keys, of which all begin alike. It is little-endian words
of 64 bits, so that chunks can lie end to end:

- how many pairs there are (32 bits), and the least row (32);
- in the next word the bits of what is left of a key in its bucket (8 bits), the bits of a row above
  the least one (8), and the binary logarithm of the number of buckets (8);
- how many pairs there are before each SAMPLED-th bucket: 16 bits each, or 32 where there are 65,536
  pairs or more;
- of each bucket a bit that is set for every pair in it, and then one that is not;
- the pairs: of each the row less the least one, and above it what is left of the key.

There are about as many buckets as pairs, so a key takes two bits and what is left of it (Fano 1971,
Elias 1974), and is found by a walk over some words. This is the specification, and what small
inputs use; ``kernels.packing`` does the same where there is much.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dedup.records import I64, U8, U64

SAMPLED = 64  # buckets between two places that are written down
WIDE = 1 << 16  # pairs of a chunk in which such a place takes 32 bits
ROW = np.uint64(32)  # bits of a row: a pair is its key above it
ROWS = np.uint64((1 << 32) - 1)


@dataclass(frozen=True, slots=True)
class Shape:
    """How the pairs of a chunk lie."""

    count: int
    base: int  # the least row
    shift: int  # bits of a key within its bucket
    width: int  # bits of a row above the least one
    log: int  # binary logarithm of the number of buckets

    @classmethod
    def of(cls, pairs: U64, span: int) -> "Shape":
        """Return how pairs of keys of ``span`` bits are to lie."""
        rows = pairs & ROWS
        base = int(rows.min())
        log = min((len(pairs) - 1).bit_length(), span)
        return cls(len(pairs), base, span - log, (int(rows.max()) - base).bit_length(), log)

    @classmethod
    def read(cls, words: U64) -> "Shape":
        """Return how the pairs of a chunk lie, from its first words."""
        shift, width, log = (int(words[1]) >> bits & 0xFF for bits in (0, 8, 16))
        return cls(int(words[0]) & 0xFFFFFFFF, int(words[0]) >> 32, shift, width, log)

    @property
    def head(self) -> U64:
        """The first words."""
        return np.array(
            [self.count | self.base << 32, self.shift | self.width << 8 | self.log << 16], "<u8"
        )

    @property
    def edges(self) -> tuple[int, int, int]:
        """The words where the places, the bits of the buckets and the pairs begin."""
        places = (1 << self.log) // SAMPLED + 1
        flags = 2 + _words(places * (32 if self.count >= WIDE else 16))
        return 2, flags, flags + _words(self.count + (1 << self.log))


def pack(pairs: U64, span: int) -> bytes:
    """Return the chunk of some pairs.

    Parameters
    ----------
    pairs
        (n,), n > 0: sorted; each a key, of which only the lower ``span`` bits matter, above a row.
    span
        Bits by which keys of the chunk differ, 0 to 32.

    Examples
    --------
    >>> pairs = np.array([3 << 32 | 7, 5 << 32 | 6], np.uint64)
    >>> unpack(pack(pairs, 3), 0).tolist() == pairs.tolist()
    True
    """
    shape = Shape.of(pairs, span)
    keys = (pairs >> ROW) & np.uint64((1 << span) - 1)
    buckets = (keys >> np.uint64(shape.shift)).astype(np.int64)
    size = np.dtype("<u4" if shape.count >= WIDE else "<u2")
    places = np.searchsorted(buckets, np.arange(0, (1 << shape.log) + 1, SAMPLED))
    flags = np.zeros(shape.count + (1 << shape.log), np.uint8)
    flags[buckets + np.arange(shape.count)] = 1
    low = keys & np.uint64((1 << shape.shift) - 1)
    values = low << np.uint64(shape.width) | ((pairs & ROWS) - np.uint64(shape.base))
    bits = np.arange(shape.shift + shape.width, dtype=np.uint64)
    parts = (
        shape.head.tobytes(),
        places.astype(size).tobytes(),
        _packed(flags),
        _packed(((values[:, None] >> bits) & np.uint64(1)).astype(np.uint8).reshape(-1)),
    )
    return b"".join(part.ljust(-(-len(part) // 8) * 8, b"\0") for part in parts)


def unpack(chunk: bytes | memoryview, first: int) -> U64:
    """Return the pairs of a chunk.

    Parameters
    ----------
    first
        The least key of its range.
    """
    words = np.frombuffer(chunk, "<u8")
    shape = Shape.read(words)
    _, flags, end = shape.edges
    places = np.flatnonzero(_unpacked(words[flags:end], shape.count + (1 << shape.log)))
    buckets = (places - np.arange(shape.count)).astype(np.uint64)
    bits = shape.shift + shape.width
    lies = _unpacked(words[end:], shape.count * bits)
    values = np.zeros(shape.count, np.uint64)
    for bit in range(bits):
        values |= lies[bit::bits].astype(np.uint64) << np.uint64(bit)
    low, rows = values >> np.uint64(shape.width), values & np.uint64((1 << shape.width) - 1)
    keys = np.uint64(first) + (buckets << np.uint64(shape.shift)) + low
    return keys << ROW | (rows + np.uint64(shape.base))


def _words(bits: int) -> int:
    return -(-bits // 64)


def _packed(flags: U8) -> bytes:
    return np.packbits(flags, bitorder="little").tobytes()


def _unpacked(words: U64, count: int) -> U8:
    return np.unpackbits(words.view(np.uint8), bitorder="little", count=count)


def pack_all(pairs: U64, bits: int) -> tuple[I64, list[bytes]]:
    """Return the numbers of the chunks of sorted pairs, the upper bits of a key, and the chunks."""
    numbers = ((pairs >> ROW) >> np.uint64(32 - bits)).astype(np.int64)
    starts = np.flatnonzero(np.concatenate(([True], numbers[1:] != numbers[:-1])))
    edges = [*starts.tolist(), len(pairs)]
    chunks = [pack(pairs[start:stop], 32 - bits) for start, stop in pairwise(edges)]
    return numbers[starts], chunks


def unpack_all(numbers: I64, chunks: Sequence[bytes | memoryview], bits: int) -> U64:
    """Return the pairs of chunks of one run, in their order."""
    parts = [
        unpack(chunk, number << (32 - bits))
        for number, chunk in zip(numbers.tolist(), chunks, strict=True)
    ]
    return np.concatenate([np.empty(0, np.uint64), *parts])
