"""Texts as they lie in a store: compressed, by a dictionary once there are enough of them."""

import sys
from collections.abc import Sequence

from dedup.index.stores.checksums import DamagedError, sealed, unsealed

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ENOUGH = 1000  # texts of which a dictionary is made,
ENOUGH_BYTES = 1 << 20  # and bytes of them, at least
SAMPLED_BYTES = 1 << 11  # of a text that the dictionary is made of
DICTIONARY_BYTES = 1 << 16
PLAIN = b"\0"  # before a text that is not shorter when it is compressed
ALONE = b"\1"  # before one that is compressed without a dictionary,
WITH = b"\2"  # or with it
SEAL = 4  # bytes of a checksum behind each
# A text that a few bytes stand for may be an attack. Those of up to PLAIN_BYTES always fit.
PLAIN_BYTES, RATIO = 1 << 20, 256


class TextCodec:
    """Packs texts, and unpacks them.

    Parameters
    ----------
    dictionary
        What ``train_dictionary`` gave, None where there is none yet.

    Raises
    ------
    DamagedError
        When it is no dictionary.

    Examples
    --------
    >>> texts = TextCodec(None)
    >>> texts.unpack(texts.pack(b"The ferry was late again."))
    b'The ferry was late again.'
    """

    def __init__(self, dictionary: bytes | None) -> None:
        self.has_dictionary = bool(dictionary)
        options: dict[int, int] = {zstd.CompressionParameter.dict_id_flag: 0}
        try:
            self._dictionary = zstd.ZstdDict(dictionary) if dictionary else None
            self._compressor = zstd.ZstdCompressor(options=options, zstd_dict=self._dictionary)
        except (ValueError, zstd.ZstdError) as error:
            raise DamagedError from error

    def pack(self, text: bytes | None) -> bytes | None:
        """Return a text as it is kept."""
        if text is None:
            return None
        packed = self._compressor.compress(text, zstd.ZstdCompressor.FLUSH_FRAME)
        if len(packed) >= len(text) or len(text) > _largest(packed):
            return sealed(PLAIN + text, SEAL)
        return sealed((WITH if self.has_dictionary else ALONE) + packed, SEAL)

    def unpack(self, packed: bytes | None) -> bytes | None:
        """Return a text as it was.

        Raises
        ------
        DamagedError
            When it is not as it was packed, or much larger than its bytes let expect.
        """
        if packed is None:
            return None
        found = bytes(unsealed(packed, SEAL))
        if found[:1] == PLAIN:
            return found[1:]
        dictionary = self._dictionary if self.needs_dictionary(found) else None
        try:
            data = found[1:]
            size: int | None = zstd.get_frame_info(data).decompressed_size
            if size is None or size > _largest(found):
                raise DamagedError
            frame = zstd.ZstdDecompressor(zstd_dict=dictionary)
            text = frame.decompress(data, size)
        except zstd.ZstdError as error:  # of another dictionary
            raise DamagedError from error
        if len(text) != size or frame.unused_data:
            raise DamagedError
        return text

    @staticmethod
    def needs_dictionary(packed: bytes | None) -> bool:
        """Tell whether a text was packed with the dictionary."""
        return packed is not None and packed[:1] == WITH


def _largest(packed: bytes) -> int:
    """Return the most bytes that a text has which these stand for."""
    return max(PLAIN_BYTES, RATIO * len(packed))


def train_dictionary(texts: Sequence[bytes]) -> bytes:
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
