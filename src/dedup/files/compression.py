"""Compressed files as streams of bytes: detected by their first bytes, written by their name."""

import sys
from typing import BinaryIO, Literal, cast

from dedup.arrays.tabular import import_optional
from dedup.errors import OutputError
from dedup.files.location import Location

Compression = Literal["none", "gzip", "zstd", "bzip2", "xz", "lz4"]
ZSTD = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"


# For each compression: file ending, first bytes, and the module and class that read and write it.
_CODECS: dict[Compression, tuple[str, bytes, str, str]] = {
    "gzip": (".gz", b"\x1f\x8b", "gzip", "GzipFile"),
    "zstd": (".zst", b"\x28\xb5\x2f\xfd", ZSTD, "ZstdFile"),
    "bzip2": (".bz2", b"BZh", "bz2", "BZ2File"),
    "xz": (".xz", b"\xfd7zXZ\0", "lzma", "LZMAFile"),
    "lz4": (".lz4", b"\x04\x22\x4d\x18", "lz4.frame", "LZ4FrameFile"),
}
COMPRESSION_ENDINGS = {ending: name for name, (ending, *_) in _CODECS.items()}
COMPRESSION_ENDINGS[".gzip"] = "gzip"
UNWRITABLE_ENDINGS = (".zip", ".7z", ".rar", ".tar", ".tgz", ".br", ".lzma", ".z")
MAGIC_BYTES = max(len(magic) for _, magic, *_ in _CODECS.values())


def detect_compression(head: bytes) -> Compression:
    r"""Return the compression of a file from its first bytes.

    Examples
    --------
    >>> detect_compression(b"\x1f\x8b\x08"), detect_compression(b"Plain")
    ('gzip', 'none')
    """
    found = (name for name, (_, magic, *_) in _CODECS.items() if head.startswith(magic))
    return next(found, "none")


def compression_from_name(path: Location) -> Compression:
    """Return the compression that the name of an output asks for.

    Raises
    ------
    OutputError
        When the name has the ending of an archive, or of a compression that cannot be written.

    Examples
    --------
    >>> from pathlib import Path
    >>> compression_from_name(Path("news.jsonl.zst")), compression_from_name(Path("news.jsonl"))
    ('zstd', 'none')
    """
    if path.suffix.lower() in UNWRITABLE_ENDINGS:
        endings = ", ".join(COMPRESSION_ENDINGS)
        raise OutputError(f"{path}: {path.suffix} cannot be written; choose one of {endings}")
    return COMPRESSION_ENDINGS.get(path.suffix.lower(), "none")


def strip_compression_ending(path: Location) -> Location:
    """Return a path without the ending of its compression.

    Examples
    --------
    >>> from pathlib import Path
    >>> strip_compression_ending(Path("news.jsonl.gz")).name
    'news.jsonl'
    """
    return path.with_suffix("") if path.suffix.lower() in COMPRESSION_ENDINGS else path


def format_endings(path: Location) -> str:
    """Return the endings of the format and of the compression.

    Examples
    --------
    >>> from pathlib import Path
    >>> format_endings(Path("the.news.jsonl.gz")), format_endings(Path("news.csv"))
    ('.jsonl.gz', '.csv')
    """
    plain = strip_compression_ending(path)
    return plain.suffix + path.name.removeprefix(plain.name)


def open_compressed(
    file: BinaryIO, compression: Compression, mode: Literal["rb", "wb"]
) -> BinaryIO:
    """Return a file object that decompresses or compresses another one.

    Raises
    ------
    MissingLibraryError
        When the library of the compression is not installed.
    """
    if compression == "none":
        return file
    *_, module, name = _CODECS[compression]
    make = getattr(import_optional(module), name)
    if compression == "gzip":
        # Without name and time the same records give the same bytes. Level 6 is the default of
        # gzip; level 9, the default of Python, takes three times as long.
        return cast("BinaryIO", make("", mode, compresslevel=6, fileobj=file, mtime=0))
    return cast("BinaryIO", make(file, mode))
