"""Texts as they lie in a store: compressed, with a dictionary once there are enough to make one of."""

import sys
from collections.abc import Sequence

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 3
ENOUGH = 1000  # texts of which a dictionary is made,
ENOUGH_BYTES = 1 << 20  # and bytes of them, at least
SAMPLED_BYTES = 1 << 12  # of a text that the dictionary is made of
DICTIONARY_BYTES = 1 << 16
PLAIN = b"\0"  # before a text that is not shorter when it is compressed
PACKED = b"\1"


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
        self.has_dictionary = dictionary is not None
        known = None if dictionary is None else zstd.ZstdDict(dictionary)
        options = {
            zstd.CompressionParameter.compression_level: LEVEL,
            zstd.CompressionParameter.dict_id_flag: 0,
        }
        self._dictionary = known
        self._compressor = zstd.ZstdCompressor(options=options, zstd_dict=known)
        self._plain = zstd.ZstdCompressor(options=options)

    def pack(self, text: bytes) -> bytes:
        """Return a text as it is kept."""
        packed = self._compressor.compress(text, zstd.ZstdCompressor.FLUSH_FRAME)
        if len(packed) >= len(text):
            return PLAIN + text
        return (b"\2" if self.has_dictionary else PACKED) + packed

    def unpack(self, packed: bytes) -> bytes:
        """Return a text as it was."""
        if packed[:1] == PLAIN:
            return packed[1:]
        dictionary = self._dictionary if packed[:1] == b"\2" else None
        return zstd.decompress(packed[1:], zstd_dict=dictionary)


def dictionary_of(texts: Sequence[bytes]) -> bytes | None:
    """Return a dictionary for texts like these, None where they are too few to make one of."""
    samples = [text[:SAMPLED_BYTES] for text in texts if text]
    if len(samples) < ENOUGH or sum(map(len, samples)) < ENOUGH_BYTES:
        return None
    try:
        return zstd.train_dict(samples[: ENOUGH * 2], DICTIONARY_BYTES).dict_content
    except zstd.ZstdError:  # they have too little in common
        return None
