"""A Bloom filter of keys that also tells which keys may belong to two rows (Bloom 1970)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa

from dedup.arrays.array_types import I64, U64, Flags
from dedup.cluster.key_columns import binary_of, keys_of, numbers_of

KEYS_PER_WORD = 4  # of 64 bits, at most, as long as MAX_WORDS suffice
MIN_WORDS, MAX_WORDS = 1 << 10, 1 << 24  # of 128 MB
KEYS_AT_ONCE = 1 << 14  # their hashes fit in the cache
FILTER_PARTS = 64  # a task makes some of them; a power of two
FREQUENT = 1 << 18  # rows with a key
# Keys that a filter of one factor lets through by chance, a filter of the other one does not.
ASKED_FACTOR, POSTED_FACTOR = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """Which keys were added, and which were added twice; it may say yes to a few others.

    A key has two bits in one word (a blocked Bloom filter: Putze, Sanders and Singler 2007).

    Attributes
    ----------
    once, twice
        (m,): words; m is a power of two.
    frequent
        The keys that FREQUENT rows have, ascending.
    factor
        Odd: it hashes the keys.

    Examples
    --------
    >>> keys = KeyFilter.of(np.array([5, 5, 7], np.uint64), ASKED_FACTOR)
    >>> keys.has(np.array([5, 6, 7], np.uint64)).tolist()
    [True, False, True]
    >>> keys.has_twice(np.array([5, 6, 7], np.uint64)).tolist()
    [True, False, False]
    """

    once: U64
    twice: U64
    frequent: U64
    factor: int

    @classmethod
    def of(cls, keys: U64, factor: int) -> Self:
        """Return the filter of keys."""
        hashes, counts = _hashes_of(keys, factor)
        columns = [pa.array([0]), pa.array([hashes.tobytes()]), pa.array([counts.tobytes()])]
        batch = pa.RecordBatch.from_arrays(columns, ["part", "hashes", "counts"])
        words = words_for(len(keys))
        filled = fill_parts([batch], words, factor, parts=1)
        return cls.of_parts(
            map(tuple, map(dict.values, pa.Table.from_batches(filled).to_pylist())), words, factor
        )

    @classmethod
    def of_parts(
        cls, parts: Iterable[tuple[int, bytes, bytes, bytes]], words: int, factor: int
    ) -> Self:
        """Return the filter of parts, as ``fill_parts`` yields them."""
        once, twice, every = np.zeros(words, np.uint64), np.zeros(words, np.uint64), [b""]
        for start, *columns, frequent in parts:
            for filled, column in zip((once, twice), columns, strict=True):
                part = np.frombuffer(column, np.uint64)
                filled[start : start + len(part)] = part
            every.append(frequent)
        return cls(once, twice, np.sort(np.frombuffer(b"".join(every), np.uint64)), factor)

    def has(self, keys: U64) -> Flags:
        """Tell which keys may have been added."""
        return self._are_set(self.once, keys)

    def has_twice(self, keys: U64) -> Flags:
        """Tell which keys may have been added twice."""
        return self._are_set(self.twice, keys)

    def _are_set(self, words: U64, keys: U64) -> Flags:
        flags = np.empty(len(keys), np.bool_)
        for start in range(0, len(keys), KEYS_AT_ONCE):
            part = slice(start, start + KEYS_AT_ONCE)
            places, bits = _places(keys[part] * np.uint64(self.factor), len(words))
            np.equal(words[places] & bits, bits, out=flags[part])
        return flags


def words_for(count: int) -> int:
    """Return the words of a filter of so many keys, a power of two."""
    wanted = 1 << max(-(-count // KEYS_PER_WORD) - 1, 0).bit_length()
    return max(MIN_WORDS, min(MAX_WORDS, wanted))


def _places(hashes: U64, words: int) -> tuple[U64, U64]:
    """Return the word of each hash, by its upper bits, and its bits there, by those below."""
    shift = 64 - _bits_of(words)
    first, second = hashes >> np.uint64(shift - 6), hashes >> np.uint64(shift - 12)
    one, low = np.uint64(1), np.uint64(63)
    return hashes >> np.uint64(shift), (one << (first & low)) | (one << (second & low))


def _set_bits(hashes: U64, words: int, start: int, count: int) -> U64:
    """Return the ``count`` words from ``start`` on, with the bits of hashes, which ascend."""
    filled = np.zeros(count, np.uint64)
    places, bits = _places(hashes, words)
    begins = np.flatnonzero(np.diff(places, prepend=~places[:1]))
    if len(begins):
        filled[places[begins] - np.uint64(start)] = np.bitwise_or.reduceat(bits, begins)
    return filled


def cut_keys(
    batches: Iterable[pa.RecordBatch], column: str, factor: int
) -> Iterator[pa.RecordBatch]:
    """Cut the hashes of a column of keys into the parts of a filter.

    Yields
    ------
    pyarrow.RecordBatch
        ``part``, ``hashes``, ascending, and ``counts`` (binary): how often each occurs.
    """
    edges = np.arange(1, FILTER_PARTS, dtype=np.uint64) << np.uint64(64 - _bits_of(FILTER_PARTS))
    for batch in batches:
        hashes, counts = _hashes_of(keys_of(batch, column).values, factor)
        cuts = np.concatenate(([0], np.searchsorted(hashes, edges), [len(hashes)]))
        columns = binary_of(hashes, cuts), binary_of(counts, cuts)
        yield pa.RecordBatch.from_arrays(
            [pa.array(range(FILTER_PARTS), pa.int32()), *columns], ["part", "hashes", "counts"]
        )


def fill_parts(
    batches: Iterable[pa.RecordBatch], words: int, factor: int, parts: int = FILTER_PARTS
) -> Iterator[pa.RecordBatch]:
    """Make parts of a filter.

    Parameters
    ----------
    batches
        As ``cut_keys`` yields them, all of a part.
    words
        Of the whole filter.

    Yields
    ------
    pyarrow.RecordBatch
        ``start``, the number of the first word of the part; its words, ``once`` and ``twice``
        (binary); ``frequent``: keys.
    """
    by_part: dict[int, list[tuple[U64, I64]]] = {}
    for batch in batches:
        hashes, edges = numbers_of(batch.column("hashes"), np.dtype(np.uint64))
        counts, _ = numbers_of(batch.column("counts"), np.dtype(np.int64))
        numbers = batch.column("part").to_pylist()
        for part, first, stop in zip(numbers, edges[:-1], edges[1:], strict=True):
            by_part.setdefault(part, []).append((hashes[first:stop], counts[first:stop]))
    size = words // parts
    for part, columns_of_part in by_part.items():
        hashes, counts = (np.concatenate(column) for column in zip(*columns_of_part, strict=True))
        order = np.argsort(hashes)
        hashes, counts = hashes[order], counts[order]
        begins = np.flatnonzero(np.diff(hashes, prepend=~hashes[:1]))
        hashes = hashes[begins]
        counts = np.add.reduceat(counts, begins) if len(begins) else counts
        frequent = hashes[counts >= FREQUENT] * np.uint64(pow(factor, -1, 1 << 64))
        filled = [
            _set_bits(chosen, words, part * size, size) for chosen in (hashes, hashes[counts > 1])
        ]
        columns = [pa.array([part * size], pa.int32())]
        columns += [pa.array([column.tobytes()]) for column in (*filled, frequent)]
        yield pa.RecordBatch.from_arrays(columns, ["start", "once", "twice", "frequent"])


def _hashes_of(keys: U64, factor: int) -> tuple[U64, I64]:
    """Return the hashes of keys, ascending, and how often each occurs."""
    hashes = keys * np.uint64(factor)
    hashes.sort()
    begins = np.flatnonzero(np.diff(hashes, prepend=~hashes[:1]))
    return hashes[begins], np.diff(np.append(begins, len(hashes)))


def _bits_of(power: int) -> int:
    return power.bit_length() - 1
