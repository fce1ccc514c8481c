"""How pairs of a key and a row lie on the disk: sorted, in chunks of as many bits a pair as it takes.

A chunk has the pairs of a range of 32-bit keys, of which all begin alike. It is little-endian words
of 64 bits, so that chunks can lie end to end:

- how many pairs there are (32 bits), and the least row (32);
- in the next word the bits of what is left of a key in its bucket (8 bits), the bits of a row above the least
  one (8), and the binary logarithm of the number of buckets (8);
- where each bucket begins, and where the last one ends: 16 bits each, or 32 where there are 65,536 pairs or
  more;
- the pairs: of each the row, and above it the key.

A bucket has some 16 pairs, so one is found without unpacking the others. This is the specification, and what
small inputs use; ``kernels.packing`` does the same where there is much.
"""

from typing import NamedTuple

import numpy as np

from dedup.records import I64, U64

IN_BUCKET = 16  # pairs, about
WIDE = 1 << 16  # pairs of a chunk in which places take 32 bits
ROW = np.uint64(32)  # bits of a row: a pair is its key above it
ROWS = np.uint64((1 << 32) - 1)


class Shape(NamedTuple):
    """How the pairs of a chunk lie."""

    count: int
    base: int  # the least row
    shift: int  # bits of a key within its bucket
    width: int  # bits of a row above the least one
    buckets: int  # binary logarithm of their number

    @property
    def words(self) -> tuple[int, int]:
        """The words before the places of the buckets, and those before the pairs."""
        places = (1 << self.buckets) + 1
        size = 32 if self.count >= WIDE else 16
        return 2, 2 + -(-places * size // 64)


def shape_of(pairs: U64, span: int) -> Shape:
    """Return how pairs of keys of ``span`` bits are to lie."""
    rows = pairs & ROWS
    base = int(rows.min())
    width = (int(rows.max()) - base).bit_length()
    buckets = min(max(len(pairs) // IN_BUCKET, 1).bit_length() - 1, span)
    return Shape(len(pairs), base, span - buckets, width, buckets)


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
    shape = shape_of(pairs, span)
    keys = (pairs >> ROW) & np.uint64((1 << span) - 1)
    starts = np.arange((1 << shape.buckets) + 1, dtype=np.uint64) << np.uint64(shape.shift)
    places = np.searchsorted(keys, starts)
    low = keys & np.uint64((1 << shape.shift) - 1)
    values = low << np.uint64(shape.width) | ((pairs & ROWS) - np.uint64(shape.base))
    head = np.array(
        [shape.count | shape.base << 32, shape.shift | shape.width << 8 | shape.buckets << 16],
        "<u8",
    )
    size = np.dtype("<u4" if shape.count >= WIDE else "<u2")
    bits = np.arange(shape.shift + shape.width, dtype=np.uint64)
    flags = ((values[:, None] >> bits) & np.uint64(1)).astype(np.uint8)
    packed = np.packbits(flags.reshape(-1), bitorder="little")
    parts = (head.tobytes(), places.astype(size).tobytes(), packed.tobytes())
    return b"".join(part.ljust(-(-len(part) // 8) * 8, b"\0") for part in parts)


def unpack(chunk: bytes, first: int) -> U64:
    """Return the pairs of a chunk.

    Parameters
    ----------
    first
        The least key of its range.
    """
    words = np.frombuffer(chunk, "<u8")
    count, base = int(words[0]) & 0xFFFFFFFF, int(words[0]) >> 32
    shift, width, buckets = (int(words[1]) >> bits & 0xFF for bits in (0, 8, 16))
    shape = Shape(count, base, shift, width, buckets)
    begin, end = shape.words
    size = np.dtype("<u4" if count >= WIDE else "<u2")
    places = np.frombuffer(words[begin:end].tobytes(), size)[: (1 << buckets) + 1]
    bucket = np.repeat(np.arange(1 << buckets, dtype=np.uint64), np.diff(places.astype(np.int64)))
    bits = shift + width
    flags = np.unpackbits(words[end:].view(np.uint8), bitorder="little", count=count * bits)
    values = np.zeros(count, np.uint64)
    for bit in range(bits):
        values |= flags[bit::bits].astype(np.uint64) << np.uint64(bit)
    low, rows = values >> np.uint64(width), values & np.uint64((1 << width) - 1)
    keys = np.uint64(first) + (bucket << np.uint64(shift)) + low
    return keys << ROW | (rows + np.uint64(base))


def pack_all(pairs: U64, bits: int) -> tuple[I64, list[bytes]]:
    """Return the numbers of the chunks of sorted pairs, by the upper ``bits`` bits, and the chunks."""
    numbers = (
        (pairs >> np.uint64(64 - bits)).astype(np.int64) if bits else np.zeros(len(pairs), np.int64)
    )
    starts = np.flatnonzero(np.concatenate(([True], numbers[1:] != numbers[:-1])))
    edges = [*starts.tolist(), len(pairs)]
    chunks = [
        pack(pairs[start:stop], 32 - bits) for start, stop in zip(edges, edges[1:], strict=False)
    ]
    return numbers[starts], chunks


def unpack_all(numbers: I64, chunks: list[bytes], bits: int) -> U64:
    """Return the pairs of chunks of one run, in their order."""
    parts = [
        unpack(chunk, number << (32 - bits))
        for number, chunk in zip(numbers.tolist(), chunks, strict=True)
    ]
    return np.concatenate([np.empty(0, np.uint64), *parts])
