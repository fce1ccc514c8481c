"""Compresses the texts of an index, with a dictionary once the index has enough texts."""

import sys
from collections.abc import Sequence

from dedup.index.stores.checksums import DamagedError, verify_checksum, with_checksum

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DICTIONARY_TEXTS = 1000  # a dictionary is trained on the first texts of an index,
MIN_TRAINING_BYTES = 1 << 20  # if they have enough bytes,
TRAINING_BYTES_PER_TEXT = 1 << 11  # on the beginning of each
DICTIONARY_BYTES = 1 << 16
UNCOMPRESSED = b"\0"  # the first byte of a text that compression would not shorten,
COMPRESSED = b"\1"  # of a text that was compressed without a dictionary,
COMPRESSED_WITH_DICTIONARY = b"\2"  # and with it
TEXT_CHECKSUM_BYTES = 4
# A few bytes may expand to gigabytes (an attack), so larger texts must compress less.
MAX_UNCHECKED_TEXT_BYTES, MAX_COMPRESSION_RATIO = 1 << 20, 256


class TextCodec:
    """Compresses and decompresses texts.

    Parameters
    ----------
    dictionary
        A result of ``train_dictionary``; None before there is one.

    Raises
    ------
    DamagedError
        When it is not a dictionary.

    Examples
    --------
    >>> codec = TextCodec(None)
    >>> codec.decompress(codec.compress(b"The ferry was late again."))
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

    def compress(self, text: bytes | None) -> bytes | None:
        """Return a text compressed, with a checksum; None for None."""
        if text is None:
            return None
        frame = self._compressor.compress(text, zstd.ZstdCompressor.FLUSH_FRAME)
        if len(frame) >= len(text) or len(text) > _max_text_bytes(frame):
            return with_checksum(UNCOMPRESSED + text, TEXT_CHECKSUM_BYTES)
        prefix = COMPRESSED_WITH_DICTIONARY if self.has_dictionary else COMPRESSED
        return with_checksum(prefix + frame, TEXT_CHECKSUM_BYTES)

    def decompress(self, stored: bytes | None) -> bytes | None:
        """Return a text that ``compress`` returned.

        Raises
        ------
        DamagedError
            When it is damaged, or expands to far more bytes than texts do.
        """
        if stored is None:
            return None
        content = bytes(verify_checksum(stored, TEXT_CHECKSUM_BYTES))
        prefix, frame = content[:1], content[1:]
        if prefix == UNCOMPRESSED:
            return frame
        dictionary = self._dictionary if self.needs_dictionary(content) else None
        try:
            size: int | None = zstd.get_frame_info(frame).decompressed_size
            if size is None or size > _max_text_bytes(content):
                raise DamagedError
            decompressor = zstd.ZstdDecompressor(zstd_dict=dictionary)
            text = decompressor.decompress(frame, size)
        except zstd.ZstdError as error:  # as of another dictionary
            raise DamagedError from error
        if len(text) != size or decompressor.unused_data:
            raise DamagedError
        return text

    @staticmethod
    def needs_dictionary(stored: bytes | None) -> bool:
        """Return whether a text was compressed with a dictionary."""
        return stored is not None and stored[:1] == COMPRESSED_WITH_DICTIONARY


def _max_text_bytes(compressed: bytes) -> int:
    """Return the most bytes to which compressed bytes may expand."""
    return max(MAX_UNCHECKED_TEXT_BYTES, MAX_COMPRESSION_RATIO * len(compressed))


def train_dictionary(texts: Sequence[bytes]) -> bytes:
    """Return a dictionary for texts like these; empty if they are too few or too different."""
    samples = [text[:TRAINING_BYTES_PER_TEXT] for text in texts if text]
    if sum(map(len, samples)) < MIN_TRAINING_BYTES:
        return b""
    try:
        return zstd.train_dict(samples, DICTIONARY_BYTES).dict_content
    except zstd.ZstdError:
        return b""
