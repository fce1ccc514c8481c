"""A text as Arrow lays strings out: one UTF-8 buffer and offsets into it."""

import numpy as np

from dedup.records import I64, U8


def encode(text: str) -> U8:
    """Return the UTF-8 bytes of a text, a lone surrogate as its three bytes.

    Examples
    --------
    >>> encode("né").tolist()
    [110, 195, 169]
    """
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)


def byte_offsets(utf8: U8, characters: I64) -> I64:
    """Turn character offsets of a text into byte offsets of its UTF-8.

    Parameters
    ----------
    utf8
        The whole text.
    characters
        (n,): offsets from 0 to the text's length, in any order.

    Examples
    --------
    >>> byte_offsets(encode("né!"), np.array([0, 2, 3])).tolist()
    [0, 3, 4]
    """
    leading = np.flatnonzero((utf8 & 0xC0) != 0x80)
    if len(leading) == len(utf8):
        return characters
    result: I64 = np.append(leading, len(utf8))[characters]
    return result
