"""Texts, numbers and bytes as bytes, from which each is told again."""

from collections.abc import Callable

from dedup.index.stores.protocol import Id
from dedup.index.stores.sealing import DamagedError

LOADERS: dict[bytes, Callable[[bytes], Id | bytes]] = {
    b"i": int,
    b"s": lambda data: data.decode("utf-8", "surrogatepass"),
    b"b": bytes,
}


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
    """Return the value that some bytes are.

    Raises
    ------
    DamagedError
        When they are none.

    Examples
    --------
    >>> [value_of(data) for data in (b"i7", b"s7", b"b7")]
    [7, '7', b'7']
    """
    try:
        return LOADERS[data[:1]](data[1:])
    except (KeyError, ValueError) as error:
        raise DamagedError from error
