"""Bytes with a checksum behind them: SQLite has none, and damage would be taken for numbers."""

from collections.abc import Sequence

import xxhash

SEAL = 8  # bytes: chunks stay whole words


class DamagedError(Exception):
    """What lies in a store is not what was written; the store says where."""


def sealed(data: bytes, size: int = SEAL) -> bytes:
    """Return bytes with their checksum, of so many bytes, behind them.

    Examples
    --------
    >>> bytes(unsealed(sealed(b"The ferry was late again.", 4), 4))
    b'The ferry was late again.'
    """
    return data + xxhash.xxh3_64_digest(data)[:size]


def unsealed(data: bytes, size: int = SEAL) -> memoryview:
    """Return bytes without their checksum; errors are those of ``all_unsealed``."""
    return all_unsealed([data], size)[0]


def all_unsealed(data: Sequence[bytes], size: int = SEAL) -> list[memoryview]:
    """Return bytes without their checksums, as views: chunks are many, and large.

    Raises
    ------
    DamagedError
        When any of them is not that of which it was made.
    """
    try:
        found = [memoryview(one)[:-size] for one in data]
        seals = b"".join([one[-size:] for one in data])
    except TypeError as error:  # no bytes at all
        raise DamagedError from error
    if b"".join([xxhash.xxh3_64_digest(one)[:size] for one in found]) != seals:
        raise DamagedError
    return found
