"""A Bloom filter of keys that also tells which keys may belong to two rows (Bloom 1970)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa

from dedup.arrays.array_types import U8, U64, Flags
from dedup.cluster.hashed_rows import keys_of

BITS_PER_KEY = 8
MIN_BITS, MAX_BITS = 1 << 16, 1 << 30  # of 128 MB
FILTER_PARTS = 64  # a task merges a part; a power of two
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # 2**64 divided by the golden ratio


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """Which keys were added, and which were added twice; it may say yes to others.

    Attributes
    ----------
    once, twice
        (m,) uint8: bits, 8 in a byte; 8 * m is a power of two.

    Examples
    --------
    >>> keys = KeyFilter.of(np.array([5, 5, 7], np.uint64), bits_for(100))
    >>> keys.has(np.array([5, 6, 7], np.uint64)).tolist()
    [True, False, True]
    >>> keys.has_twice(np.array([5, 6, 7], np.uint64)).tolist()
    [True, False, False]
    """

    once: U8
    twice: U8

    @classmethod
    def of(cls, keys: U64, bits: int) -> Self:
        """Return the filter of keys; ``bits`` is a power of two."""
        places, counts = np.unique(_places(keys, bits), return_counts=True)
        return cls(_set_bits(places, bits), _set_bits(places[counts > 1], bits))

    @classmethod
    def of_parts(cls, parts: Iterable[tuple[int, bytes, bytes]], bits: int) -> Self:
        """Return the filter of parts, as ``merge_parts`` yields them."""
        size = bits // 8 // FILTER_PARTS
        found = cls(np.zeros(bits // 8, np.uint8), np.zeros(bits // 8, np.uint8))
        for part, once, twice in parts:
            found.once[part * size : (part + 1) * size] = np.frombuffer(once, np.uint8)
            found.twice[part * size : (part + 1) * size] = np.frombuffer(twice, np.uint8)
        return found

    @property
    def bits(self) -> int:
        """The number of bits of each of both filters."""
        return 8 * len(self.once)

    def has(self, keys: U64) -> Flags:
        """Tell which keys may have been added."""
        return _get_bits(self.once, _places(keys, self.bits))

    def has_twice(self, keys: U64) -> Flags:
        """Tell which keys may have been added twice."""
        return _get_bits(self.twice, _places(keys, self.bits))


def _places(keys: U64, bits: int) -> U64:
    shift = np.uint64(64 - (bits.bit_length() - 1))
    places: U64 = (keys * _FACTOR) >> shift
    return places


def _set_bits(places: U64, bits: int) -> U8:
    """Return bits, of which those at some places are set; the places ascend."""
    words = np.zeros(bits // 8, np.uint8)
    at, masks = places >> np.uint64(3), np.uint8(1) << (places & np.uint64(7)).astype(np.uint8)
    begins = np.flatnonzero(np.diff(at, prepend=~np.uint64(0)))
    if len(begins):
        words[at[begins]] = np.bitwise_or.reduceat(masks, begins)
    return words


def _get_bits(words: U8, places: U64) -> Flags:
    found = words[places >> np.uint64(3)] >> (places & np.uint64(7)).astype(np.uint8)
    return (found & 1).astype(np.bool_)


def bits_for(count: int) -> int:
    """Return the bits of a filter of so many keys, a power of two."""
    return max(MIN_BITS, min(MAX_BITS, 1 << max(BITS_PER_KEY * count - 1, 0).bit_length()))


def filter_parts(
    batches: Iterable[pa.RecordBatch], column: str, bits: int
) -> Iterator[pa.RecordBatch]:
    """Cut the filter of a column of keys into parts, as the places of its bits.

    Yields
    ------
    pyarrow.RecordBatch
        ``part``; ``once`` and ``twice``, lists of places in the part.
    """
    places = [_places(keys_of(batch, column).values, bits) for batch in batches]
    if not places:
        return
    found, counts = np.unique(np.concatenate(places), return_counts=True)
    yield pa.RecordBatch.from_pydict(
        {
            "part": pa.array(range(FILTER_PARTS), pa.int32()),
            "once": _cut_places(found, bits),
            "twice": _cut_places(found[counts > 1], bits),
        }
    )


def _cut_places(places: U64, bits: int) -> pa.ListArray:
    size = bits // FILTER_PARTS
    edges = np.searchsorted(places, np.arange(FILTER_PARTS + 1, dtype=np.uint64) * np.uint64(size))
    inside = (places % np.uint64(size)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(edges, pa.int32()), pa.array(inside))


def merge_parts(batches: Iterable[pa.RecordBatch], bits: int) -> Iterator[pa.RecordBatch]:
    """Merge parts of filters, which have different rows.

    Parameters
    ----------
    batches
        As ``filter_parts`` yields them, all of a part.

    Yields
    ------
    pyarrow.RecordBatch
        ``part``, and the bits of it: ``once`` and ``twice`` (binary).
    """
    by_part: dict[int, tuple[list[U64], list[U64]]] = {}
    for batch in batches:
        for place, part in enumerate(batch.column("part").to_pylist()):
            for name, lists in zip(
                ("once", "twice"), by_part.setdefault(part, ([], [])), strict=True
            ):
                lists.append(batch.column(name)[place].values.to_numpy().astype(np.uint64))
    size = bits // FILTER_PARTS
    for part, (all_once, all_twice) in by_part.items():
        places, counts = np.unique(np.concatenate(all_once), return_counts=True)
        both = np.union1d(places[counts > 1], np.concatenate(all_twice))
        words = [[_set_bits(places, size).tobytes()], [_set_bits(both, size).tobytes()]]
        yield pa.RecordBatch.from_arrays(
            [pa.array([part], pa.int32()), *map(pa.array, words)], ["part", "once", "twice"]
        )
