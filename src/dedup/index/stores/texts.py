"""Texts as they lie in a store: compressed, by a dictionary once there are enough of them."""

import sys
from collections.abc import Sequence

from dedup.index.stores.sealing import DamagedError, sealed, unsealed

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 3
ENOUGH = 1000  # texts of which a dictionary is made,
ENOUGH_BYTES = 1 << 20  # and bytes of them, at least
SAMPLED_BYTES = 1 << 11  # of a text that the dictionary is made of
DICTIONARY_BYTES = 1 << 16
PLAIN = b"\0"  # before a text that is not shorter when it is compressed
ALONE = b"\1"  # before one that is compressed without a dictionary,
WITH = b"\2"  # or with it
SEAL = 4  # bytes of a checksum behind each


class Texts:
    """Packs texts, and unpacks them.

    Parameters
    ----------
    dictionary
        What ``dictionary_of`` gave, None where there is none yet.

    Examples
    --------
    >>> texts = Texts(None)
    >>> texts.unpack(texts.pack(b"The ferry was late again."))
    b'The ferry was late again.'
    """

    def __init__(self, dictionary: bytes | None) -> None:
        self.has_dictionary = bool(dictionary)
        self._dictionary = zstd.ZstdDict(dictionary) if dictionary else None
        options: dict[int, int] = {
            zstd.CompressionParameter.compression_level: LEVEL,
            zstd.CompressionParameter.dict_id_flag: 0,
        }
        self._compressor = zstd.ZstdCompressor(options=options, zstd_dict=self._dictionary)

    def pack(self, text: bytes | None) -> bytes | None:
        """Return a text as it is kept."""
        if text is None:
            return None
        packed = self._compressor.compress(text, zstd.ZstdCompressor.FLUSH_FRAME)
        if len(packed) >= len(text):
            return sealed(PLAIN + text, SEAL)
        return sealed((WITH if self.has_dictionary else ALONE) + packed, SEAL)

    def unpack(self, packed: bytes | None) -> bytes | None:
        """Return a text as it was.

        Raises
        ------
        DamagedError
            When it is not as it was packed.
        """
        if packed is None:
            return None
        found = bytes(unsealed(packed, SEAL))
        if found[:1] == PLAIN:
            return found[1:]
        dictionary = self._dictionary if self.needs_dictionary(found) else None
        try:
            return zstd.decompress(found[1:], zstd_dict=dictionary)
        except zstd.ZstdError as error:  # of another dictionary
            raise DamagedError from error

    @staticmethod
    def needs_dictionary(packed: bytes | None) -> bool:
        """Tell whether a text was packed with the dictionary."""
        return packed is not None and packed[:1] == WITH


def dictionary_of(texts: Sequence[bytes]) -> bytes:
    """Return a dictionary for texts like these, empty where they have too little in common.

    Parameters
    ----------
    texts
        ENOUGH of them or more.
    """
    samples = [text[:SAMPLED_BYTES] for text in texts if text]
    if sum(map(len, samples)) < ENOUGH_BYTES:
        return b""
    try:
        return zstd.train_dict(samples, DICTIONARY_BYTES).dict_content
    except zstd.ZstdError:
        return b""
