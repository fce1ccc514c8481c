"""The records of an index: a text with its id and the time at which it was added."""

from collections.abc import Callable
from dataclasses import dataclass

Id = str | int
SkipRecord = Callable[[int, object], None]  # called with a damaged row, and its id if readable


@dataclass(frozen=True, slots=True)
class IndexRecord:
    """A kept text, as an index stores it."""

    id: Id
    text: bytes | None  # UTF-8, a lone surrogate as its three bytes; None if the text was None
    added: int  # seconds since 1970


_DECODERS: dict[bytes, Callable[[bytes], Id | bytes]] = {
    b"i": int,
    b"s": lambda data: data.decode("utf-8", "surrogatepass"),
    b"b": bytes,
}


def value_bytes(value: Id | bytes) -> bytes:
    """Encode an id or bytes, with the type first: different values have different bytes.

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
    """Decode what ``value_bytes`` encoded; other bytes are returned unchanged.

    Examples
    --------
    >>> [value_of(data) for data in (b"i7", b"s7", b"b7", b"7")]
    [7, '7', b'7', b'7']
    """
    try:
        return _DECODERS[data[:1]](data[1:])
    except (KeyError, ValueError):
        return data
