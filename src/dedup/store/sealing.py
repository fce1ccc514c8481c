"""Bytes with a checksum behind them: SQLite has none, and damage would be taken for numbers."""

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
    """Return bytes without their checksum, a view: chunks are many, and large.

    Raises
    ------
    DamagedError
        When they are not those of which it was made.
    """
    found = memoryview(data)[:-size]
    if len(data) < size or xxhash.xxh3_64_digest(found)[:size] != data[-size:]:
        raise DamagedError
    return found
