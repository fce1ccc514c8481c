"""Pages of an index: sorted postings, compressed so that a page fills a page of the database.

A page is words of 64 bits, little-endian, so pages may lie end to end. It has four parts:

- a header of 16 bytes: the fields of ``PageHeader`` in ``HEADER_FORMAT``;
- skip offsets, 16 bits each: the number of postings before every ``SKIP_BUCKETS``-th bucket;
- bucket bits: for each bucket a 1 per posting, then a 0;
- values: for each posting the row above ``min_row``, and over it the low bits of the key.

The bucket of a key is its distance from the first key, without the low bits. A page has one to two
buckets per posting, so a key takes two or three bits and its low bits, and a search reads a few
words (Elias-Fano coding: Fano 1971, Elias 1974). This module is the specification;
its twin is in ``src/native/page*.cpp``.

An index file may come from a stranger, and anybody can compute a checksum. So nothing is read
before the page is checked: the header must fit the length of the page, the bucket bits must have
one 1 per posting and end with a 0, and the skip offsets must agree with them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from struct import Struct
from typing import NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, U8, U32, U64
from dedup.arrays.native import core, has_core
from dedup.index.stores.checksums import DamagedError, with_checksum
from dedup.index.stores.postings import MAX_KEY, MAX_ROW, ROW_BITS, ROW_MASK, LiveRows

SKIP_BUCKETS = 64  # buckets between two skip offsets
MAX_PAGE_POSTINGS = 1 << 15  # more than fit in ``PAGE_WORDS``, at two bits or more each
PAGE_WORDS = 1018  # words of a full page: with its checksum it fills a page of SQLite
HEADER_FORMAT = Struct("<IIHHBBxx")  # the fields of ``PageHeader``
MAX_LOW_BITS, MAX_ROW_BITS = 31, 32


class PageHeader(NamedTuple):
    """How the postings of a page are stored."""

    first_key: int
    min_row: int
    postings: int  # number of postings
    buckets: int  # number of buckets
    low_bits: int  # bits of a key within its bucket
    row_bits: int  # bits of a row above ``min_row``

    @classmethod
    def of(cls, postings: U64, min_row: int, row_bits: int) -> "PageHeader":
        """Return the header of the page of some postings."""
        first_key, count = int(postings[0] >> ROW_BITS), len(postings)
        key_range = int(postings[-1] >> ROW_BITS) - first_key
        low_bits = max((key_range // count).bit_length() - 1, 0)
        buckets = (key_range >> low_bits) + 1
        return cls(first_key, min_row, count, buckets, low_bits, row_bits)

    @property
    def part_ends(self) -> tuple[int, int, int]:
        """The words where the skip offsets, the bucket bits and the values end."""
        skips_end = 2 + _words(16 * (self.buckets // SKIP_BUCKETS + 1))
        buckets_end = skips_end + _words(self.postings + self.buckets)
        values_end = buckets_end + _words(self.postings * (self.low_bits + self.row_bits))
        return skips_end, buckets_end, values_end


def encode_page(postings: U64, min_row: int, row_bits: int) -> bytes:
    """Return the page of some postings.

    Parameters
    ----------
    postings
        (n,), n > 0: sorted.
    min_row, row_bits
        No row is below ``min_row``; ``row - min_row`` fits in ``row_bits`` bits.

    Examples
    --------
    >>> postings = np.array([3 << 32 | 7, 5 << 32 | 6], np.uint64)
    >>> decode_page(encode_page(postings, 6, 1)).tolist() == postings.tolist()
    True
    """
    header = PageHeader.of(postings, min_row, row_bits)
    distances = (postings >> ROW_BITS) - np.uint64(header.first_key)
    buckets = (distances >> np.uint64(header.low_bits)).astype(np.int64)
    skips = np.searchsorted(buckets, np.arange(0, header.buckets + 1, SKIP_BUCKETS))
    bucket_bits = np.zeros(header.postings + header.buckets, np.uint8)
    bucket_bits[buckets + np.arange(header.postings)] = 1
    low = distances & np.uint64((1 << header.low_bits) - 1)
    values = low << np.uint64(row_bits) | ((postings & ROW_MASK) - np.uint64(min_row))
    shifts = np.arange(header.low_bits + row_bits, dtype=np.uint64)
    parts = (
        HEADER_FORMAT.pack(*header),
        skips.astype("<u2").tobytes(),
        _bits_to_bytes(bucket_bits),
        _bits_to_bytes(((values[:, None] >> shifts) & np.uint64(1)).astype(np.uint8).reshape(-1)),
    )
    return b"".join(part.ljust(-(-len(part) // 8) * 8, b"\0") for part in parts)


def decode_page(page: bytes | memoryview) -> U64:
    """Return the postings of a page.

    Raises
    ------
    DamagedError
        When ``encode_page`` does not write such a page.
    """
    if len(page) < HEADER_FORMAT.size or len(page) % 8:
        raise DamagedError
    words = np.frombuffer(page, "<u8")
    header = PageHeader(*HEADER_FORMAT.unpack_from(page))
    if not header.postings or header.low_bits > MAX_LOW_BITS or header.row_bits > MAX_ROW_BITS:
        raise DamagedError
    if header.part_ends[-1] != len(words):
        raise DamagedError
    buckets = _buckets(words, header).astype(np.uint64)
    value_bits = header.low_bits + header.row_bits
    bits = _bits_of(words[header.part_ends[1] :], header.postings * value_bits)
    bits = bits.reshape(header.postings, value_bits).astype(np.uint64)
    values = (bits << np.arange(value_bits, dtype=np.uint64)).sum(1, dtype=np.uint64)
    low = values >> np.uint64(header.row_bits)
    rows = (values & np.uint64((1 << header.row_bits) - 1)) + np.uint64(header.min_row)
    keys = np.uint64(header.first_key) + (buckets << np.uint64(header.low_bits)) + low
    postings: U64 = keys << ROW_BITS | rows
    if keys.max() > MAX_KEY or rows.max() > MAX_ROW or (postings[1:] < postings[:-1]).any():
        raise DamagedError
    return postings


def _buckets(words: U64, header: PageHeader) -> I64:
    """Return the bucket of each posting of a page; check the bucket bits and skip offsets."""
    skips_end, buckets_end, _ = header.part_ends
    ones = np.flatnonzero(_bits_of(words[skips_end:buckets_end]))
    if len(ones) != header.postings or ones[-1] >= header.postings + header.buckets - 1:
        raise DamagedError
    buckets: I64 = ones - np.arange(header.postings)
    skips = np.searchsorted(buckets, np.arange(0, header.buckets + 1, SKIP_BUCKETS))
    if (words[2:skips_end].view("<u2")[: len(skips)] != skips).any():
        raise DamagedError
    return buckets


def _encode_pages(postings: U64, max_words: int) -> list[bytes]:
    """Return the pages of sorted postings, without checksums: each with as many as fit."""
    rows = postings & ROW_MASK
    min_row = int(rows.min())
    row_bits = (int(rows.max()) - min_row).bit_length()
    pages, start = [], 0
    while start < len(postings):
        low, high = 1, min(len(postings) - start, MAX_PAGE_POSTINGS)
        while low < high:  # bisection
            middle = (low + high + 1) // 2
            header = PageHeader.of(postings[start : start + middle], min_row, row_bits)
            fits = header.part_ends[-1] <= max_words
            low, high = (middle, high) if fits else (low, middle - 1)
        pages.append(encode_page(postings[start : start + low], min_row, row_bits))
        start += low
    return pages


def encode_pages(postings: U64, max_words: int) -> tuple[U64, list[bytes]]:
    """Return the pages of postings, with checksums, and the first key of each page.

    Parameters
    ----------
    postings
        (n,), n > 0: sorted and unique.
    max_words
        The most words of a page, unless one posting takes more.
    """
    if has_core():
        ends, words = core.encode_pages(postings, max_words, MAX_PAGE_POSTINGS, SKIP_BUCKETS)
        data, edges = words.tobytes(), [0, *(8 * ends).tolist()]
        pages = [data[start:stop] for start, stop in pairwise(edges)]
    else:
        pages = _encode_pages(postings, max_words)
    first_keys = np.array([int.from_bytes(page[:4], "little") for page in pages], np.uint64)
    return first_keys, [with_checksum(page) for page in pages]


def decode_pages(pages: Sequence[memoryview]) -> U64:
    """Return the postings of pages without checksums, in their order.

    Raises
    ------
    DamagedError
        When a page is damaged.
    """
    if not has_core():
        return np.concatenate([np.empty(0, np.uint64), *map(decode_page, pages)])
    with _native_damage():
        return core.decode_pages(*_joined(pages), SKIP_BUCKETS)


def find_rows(  # noqa: PLR0913, PLR0917  the arguments of the core
    pages: Sequence[memoryview], lows: I64, highs: I64, keys: U32, live: LiveRows, limit: int
) -> tuple[I64, I64]:
    """Look up keys in pages.

    Parameters
    ----------
    pages
        p pages, without checksums.
    lows, highs
        (p,): page i is searched for ``keys[lows[i]:highs[i]]``.
    keys
        (k,): sorted and unique.
    live
        Rows that are not live are left out.
    limit
        The most rows of a key from one page: the lowest ones.

    Returns
    -------
    key_numbers, rows
        (r,) each: the position in ``keys`` and the row of each posting that was found, in the
        order of the pages.

    Raises
    ------
    DamagedError
        When a page is damaged.
    """
    if has_core():
        with _native_damage():
            words, edges = _joined(pages)
            query = lows, highs, keys, live.min_live_row, live.deleted, limit
            return core.find_rows(words, edges, SKIP_BUCKETS, *query)
    key_numbers, rows = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for page, low, high in zip(pages, lows, highs, strict=True):
        postings = decode_page(page)
        postings = postings[live.contains(postings & ROW_MASK)]
        page_keys = keys[low:high].astype(np.uint64) << ROW_BITS
        begins = np.searchsorted(postings, page_keys)
        ends = np.searchsorted(postings, page_keys | ROW_MASK, "right")
        counts = np.minimum(ends - begins, limit)
        positions = np.repeat(begins - np.cumsum(counts) + counts, counts)
        positions += np.arange(len(positions))
        key_numbers.append(np.repeat(np.arange(low, high), counts))
        rows.append((postings[positions] & ROW_MASK).astype(np.int64))
    return np.concatenate(key_numbers), np.concatenate(rows)


def _joined(pages: Sequence[memoryview]) -> tuple[U64, I64]:
    """Return pages end to end, as words, and their edges; the core may read two words more."""
    edges = np.cumsum([0, *map(len, pages)], dtype=np.int64)
    if (edges % 8).any():
        raise DamagedError
    return np.frombuffer(b"".join((*pages, bytes(16))), np.uint64), edges // 8


@contextmanager
def _native_damage() -> Iterator[None]:
    """Raise the core's error of a damaged page as the store's."""
    try:
        yield
    except core.DamagedError as error:
        raise DamagedError from error


def _words(bits: int) -> int:
    return -(-bits // 64)


def _bits_to_bytes(bits: U8) -> bytes:
    return np.packbits(bits, bitorder="little").tobytes()


def _bits_of(words: U64, count: int | None = None) -> U8:
    return np.unpackbits(words.view(np.uint8), bitorder="little", count=count)
