"""Makes the original bytes of a changed record from its new bytes and the removed parts.

The new bytes may differ in more than the removed parts: the escapes of a JSON string, the quotes of
CSV cells, the headers of a WARC record. A patch is a zstd frame whose dictionary has the new bytes
and the removed parts, so it contains only what is in neither: about 40 bytes, if the parts were
just cut out. It depends on no format.
"""

import base64
import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dedup.arrays.packed import to_utf8
from dedup.datasets.formats.json_values import dumps
from dedup.errors import LedgerError

if sys.version_info >= (3, 14) and not TYPE_CHECKING:
    from compression import zstd
else:
    from backports import zstd

LEVEL = 6  # smaller patches than level 3; higher levels take ten times as long for the same size
MIN_WINDOW_BITS, MAX_WINDOW_BITS = 10, 30


def make_patch(original: bytes, written: bytes, parts: Sequence[str], encoding: str) -> str:
    r"""Return the patch from which ``apply_patch`` makes the original bytes of a record.

    Parameters
    ----------
    original, written
        The bytes of the record before and after its parts were removed.
    parts
        The removed parts.
    encoding
        The encoding of the input.

    Examples
    --------
    >>> written, parts = b'{"text": "One.\\n"}', ["\nTwo.", "Three."]
    >>> patch = make_patch(b'{"text": "One.\\n\\nTwo.\\/Three."}', written, parts, "utf-8")
    >>> apply_patch(patch, written, parts, "utf-8")
    b'{"text": "One.\\n\\nTwo.\\/Three."}'
    """
    content = _dictionary_content(written, parts, encoding)
    bits = (len(content) + len(original)).bit_length()
    option = zstd.CompressionParameter
    options: dict[int, int] = {
        option.compression_level: LEVEL,
        option.dict_id_flag: 0,
        option.window_log: max(MIN_WINDOW_BITS, min(bits, MAX_WINDOW_BITS)),
    }
    compressor = zstd.ZstdCompressor(options=options, zstd_dict=_dictionary(content))
    frame = compressor.compress(original, zstd.ZstdCompressor.FLUSH_FRAME)
    return base64.b64encode(frame).decode()


def apply_patch(patch: str, written: bytes, parts: Sequence[str], encoding: str) -> bytes:
    """Return the original bytes of a record.

    Raises
    ------
    LedgerError
        When the patch is damaged or belongs to another record.
    """
    try:
        frame = base64.b64decode(patch, validate=True)
        options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: MAX_WINDOW_BITS}
        dictionary = _dictionary(_dictionary_content(written, parts, encoding))
        return zstd.ZstdDecompressor(zstd_dict=dictionary, options=options).decompress(frame)
    except (zstd.ZstdError, ValueError, EOFError) as error:
        raise LedgerError(f"does not match the files (a patch does not fit: {error})") from error


def _dictionary(content: bytes) -> "tuple[zstd.ZstdDict, int]":
    return zstd.ZstdDict(content, is_raw=True).as_prefix


def _dictionary_content(written: bytes, parts: Sequence[str], encoding: str) -> bytes:
    """Return the dictionary: the new bytes, and the parts in all forms that records may have."""
    return b"".join([written, *(form for part in parts for form in _forms(part, encoding))])


def _forms(part: str, encoding: str) -> Iterator[bytes]:
    """Yield a text as it is in UTF-8, in a JSON string with and without ASCII, and encoded."""
    yield from dict.fromkeys(
        (
            to_utf8(part),
            dumps(part)[1:-1],
            json.dumps(part)[1:-1].encode(),
            part.encode(encoding, "replace"),
        )
    )
