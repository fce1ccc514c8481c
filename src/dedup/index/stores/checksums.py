"""Checksums of pages, texts and settings: a database would read damaged bytes as data."""

from collections.abc import Sequence

import xxhash

CHECKSUM_BYTES = 8  # of a page: pages stay whole words of 64 bits


class DamagedError(Exception):
    """Stored bytes are not the bytes that were written; the store adds where they are."""


def with_checksum(data: bytes, size: int = CHECKSUM_BYTES) -> bytes:
    """Return bytes followed by the first ``size`` bytes of their checksum (xxh3, 64 bits).

    Examples
    --------
    >>> bytes(verify_checksum(with_checksum(b"The ferry was late again.", 4), 4))
    b'The ferry was late again.'
    """
    return data + xxhash.xxh3_64_digest(data)[:size]


def verify_checksum(data: bytes, size: int = CHECKSUM_BYTES) -> memoryview:
    """Return bytes without their checksum, as ``verify_checksums`` does."""
    return verify_checksums([data], size)[0]


def verify_checksums(blocks: Sequence[bytes], size: int = CHECKSUM_BYTES) -> list[memoryview]:
    """Return blocks of bytes without their checksums, as views: nothing is copied.

    Raises
    ------
    DamagedError
        When a checksum differs, or a block is not bytes.
    """
    try:
        contents = [memoryview(block)[:-size] for block in blocks]
        checksums = b"".join([block[-size:] for block in blocks])
    except TypeError as error:  # a damaged column may have another type
        raise DamagedError from error
    if b"".join([xxhash.xxh3_64_digest(content)[:size] for content in contents]) != checksums:
        raise DamagedError
    return contents
