"""A Bloom filter of keys that also tells which keys may belong to two rows (Bloom 1970)."""

from dataclasses import dataclass

import numpy as np

from dedup.arrays.array_types import U64, Flags

BITS_PER_KEY = 8
MIN_BITS, MAX_BITS = 1 << 16, 1 << 31
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
    >>> keys = KeyFilter.for_keys(100)
    >>> keys = keys.merged(KeyFilter.of(np.array([5, 5, 7], np.uint64), keys.bits))
    >>> keys.has(np.array([5, 6, 7], np.uint64)).tolist()
    [True, False, True]
    >>> keys.has_twice(np.array([5, 6, 7], np.uint64)).tolist()
    [True, False, False]
    """

    once: np.ndarray
    twice: np.ndarray

    @classmethod
    def for_keys(cls, count: int) -> "KeyFilter":
        """Return an empty filter for so many keys."""
        bits = max(MIN_BITS, min(MAX_BITS, 1 << (BITS_PER_KEY * count - 1).bit_length()))
        return cls(np.zeros(bits // 8, np.uint8), np.zeros(bits // 8, np.uint8))

    @classmethod
    def of(cls, keys: U64, bits: int) -> "KeyFilter":
        """Return a filter of keys; ``bits`` is a power of two."""
        places, counts = np.unique(_places(keys, bits), return_counts=True)
        return cls(_set_bits(places, bits), _set_bits(places[counts > 1], bits))

    @classmethod
    def of_bytes(cls, once: bytes, twice: bytes) -> "KeyFilter":
        """Return the filter that has these bytes."""
        return cls(np.frombuffer(once, np.uint8), np.frombuffer(twice, np.uint8))

    @property
    def bits(self) -> int:
        """The number of bits of each of both filters."""
        return 8 * len(self.once)

    def merged(self, other: "KeyFilter") -> "KeyFilter":
        """Return the filter of the keys of both, which have different rows."""
        twice = self.twice | other.twice | (self.once & other.once)
        return KeyFilter(self.once | other.once, twice)

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


def _set_bits(places: U64, bits: int) -> np.ndarray:
    flags = np.zeros(bits, np.bool_)
    flags[places] = True
    return np.packbits(flags, bitorder="little")


def _get_bits(words: np.ndarray, places: U64) -> Flags:
    found = words[places >> np.uint64(3)] >> (places & np.uint64(7)).astype(np.uint8)
    return (found & 1).astype(np.bool_)
