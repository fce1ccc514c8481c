"""The 64-bit mixer and the seeded constants from which all hashes are made."""

import numpy as np

from dedup.arrays.array_types import U64

# Each use of seeded constants has its own stream; ``matching.lsh`` uses streams 3 and 4.
CHARACTER_STREAM, POSITION_STREAM, SHINGLE_STREAM = range(3)
FINGERPRINT_STREAM, TOKEN_STREAM = 5, 6
GOLDEN_GAMMA = 0x9E3779B97F4A7C15
_MASK_64 = (1 << 64) - 1


def mix64(values: U64) -> U64:
    """Mix 64-bit values, a bijection: the finalizer of SplitMix64 (Steele et al. 2014).

    Parameters
    ----------
    values
        An array of any shape; it is not changed.

    Examples
    --------
    >>> hex(int(mix64(np.array([0x9E3779B97F4A7C15], np.uint64))[0]))
    '0xe220a8397b1dcdaf'
    """
    mixed = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def mix64_int(value: int) -> int:
    """Return ``mix64`` of the low 64 bits of one number."""
    return int(mix64(np.array([value & _MASK_64], np.uint64))[0])


def constant_table(seed: int, stream: int, count: int) -> U64:
    """Return the first ``count`` constants of a stream, (count,), all odd.

    Constant i depends only on the seed, the stream and i, so callers may ask for as many constants
    as they need.
    """
    first = np.uint64(stream_key(seed, stream))
    indices = np.arange(count, dtype=np.uint64)
    return mix64(first + indices * np.uint64(GOLDEN_GAMMA)) | np.uint64(1)


def stream_key(seed: int, stream: int) -> int:
    """Return the 64-bit key of one stream."""
    return mix64_int(mix64_int(seed * GOLDEN_GAMMA + stream))
