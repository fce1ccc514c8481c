"""What an index and its store agree on: ids, keys and records."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Id = str | int

# What a key is is said above its 32 bits.
KIND = np.uint64(32)
SAMPLED = np.uint64(0)  # a shingle in the sample of a row,
SHORT = np.uint64(1)  # of a row that is so short that its sample has all,
REST = np.uint64(2)  # or one that is in none; and the bands of a signature
PRINT = np.uint64(3)  # the fingerprint of all tokens
KINDS = (SAMPLED, SHORT, REST, PRINT)

SkipRecord = Callable[[int, object], None]  # a row, and its id as far as it can be read


@dataclass(frozen=True, slots=True)
class Record:
    """A text that is kept."""

    id: Id
    text: bytes | None  # UTF-8, a lone surrogate as its three bytes; None where none was given
    added: int  # seconds since 1970
