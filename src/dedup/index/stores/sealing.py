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


def all_unsealed(data: Sequence[bytes]) -> list[memoryview]:
    """Do as ``unsealed`` for many at once: what is done for each is done by fewer steps.

    Raises
    ------
    DamagedError
        When any of them is not that of which it was made.
    """
    try:
        found = [memoryview(one)[:-SEAL] for one in data]
        seals = b"".join([one[-SEAL:] for one in data])
    except TypeError as error:  # no bytes at all
        raise DamagedError from error
    if b"".join(map(xxhash.xxh3_64_digest, found)) != seals:
        raise DamagedError
    return found
