"""Values as bytes, and bytes with a checksum: SQLite has none, and would read damage as numbers."""

from collections.abc import Callable, Sequence

import xxhash

from dedup.index.stores.records import Id

SEAL = 8  # bytes: chunks stay whole words


LOADERS: dict[bytes, Callable[[bytes], Id | bytes]] = {
    b"i": int,
    b"s": lambda data: data.decode("utf-8", "surrogatepass"),
    b"b": bytes,
}


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


def value_bytes(value: Id | bytes) -> bytes:
    """Return a value as bytes, no two the same.

    Examples
    --------
    >>> value_bytes(7), value_bytes("7"), value_bytes(b"7")
    (b'i7', b's7', b'b7')
    """
    if isinstance(value, int):
        return b"i%d" % value
    if isinstance(value, str):
        return b"s" + value.encode("utf-8", "surrogatepass")
    return b"b" + value


def value_of(data: bytes) -> Id | bytes:
    """Return the value that some bytes are, the bytes where they are none.

    Examples
    --------
    >>> [value_of(data) for data in (b"i7", b"s7", b"b7", b"7")]
    [7, '7', b'7', b'7']
    """
    try:
        return LOADERS[data[:1]](data[1:])
    except (KeyError, ValueError):
        return data
