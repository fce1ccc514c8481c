"""64-bit arithmetic of the compiled kernels.

Unsigned throughout: signed indices would be checked for counting from the end.
"""

import numpy as np

from dedup.kernels.jit import inlined

U = np.uint64


@inlined
def mix(value: U) -> U:
    """Mix as ``mixing.mix64`` does."""
    first: U = (value ^ (value >> U(30))) * U(0xBF58476D1CE4E5B9)
    second: U = (first ^ (first >> U(27))) * U(0x94D049BB133111EB)
    return second ^ second >> U(31)


@inlined
def token_hash(total: U, second: U, token_key: U) -> U:
    """Mix what the scan writes of a token."""
    return mix(total + mix(second + token_key))


@inlined
def spread(key: np.uint32) -> np.uint32:
    """Mix a key by Fibonacci hashing, since those of the smallest hashes are small."""
    return np.uint32(key * np.uint32(0x9E3779B1))
