"""Compressed files as streams of bytes, recognized by their first bytes."""

import sys
from pathlib import Path
from typing import BinaryIO, Literal, cast

from dedup.arrays.tabular import import_optional
from dedup.errors import OutputError

Compression = Literal["none", "gzip", "zstd", "bzip2", "xz", "lz4"]
ZSTD = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"


# The ending of a file, its first bytes, and the class that reads and writes it.
_CODECS: dict[Compression, tuple[str, bytes, str, str]] = {
    "gzip": (".gz", b"\x1f\x8b", "gzip", "GzipFile"),
    "zstd": (".zst", b"\x28\xb5\x2f\xfd", ZSTD, "ZstdFile"),
    "bzip2": (".bz2", b"BZh", "bz2", "BZ2File"),
    "xz": (".xz", b"\xfd7zXZ\0", "lzma", "LZMAFile"),
    "lz4": (".lz4", b"\x04\x22\x4d\x18", "lz4.frame", "LZ4FrameFile"),
}
ENDINGS = {ending: name for name, (ending, *_) in _CODECS.items()}
ENDINGS[".gzip"] = "gzip"
NOT_WRITTEN = (".zip", ".7z", ".rar", ".tar", ".tgz", ".br", ".lzma", ".z")
MAGIC_BYTES = max(len(magic) for _, magic, *_ in _CODECS.values())


def compression_of(head: bytes) -> Compression:
    r"""Return how a file is compressed that begins with these bytes.

    Examples
    --------
    >>> compression_of(b"\x1f\x8b\x08"), compression_of(b"Plain")
    ('gzip', 'none')
    """
    found = (name for name, (_, magic, *_) in _CODECS.items() if head.startswith(magic))
    return next(found, "none")


def compression_named(path: Path) -> Compression:
    """Return how an output of this name is to be compressed.

    Raises
    ------
    OutputError
        When its name promises an archive, or a compression that is not written.

    Examples
    --------
    >>> compression_named(Path("news.jsonl.zst")), compression_named(Path("news.jsonl"))
    ('zstd', 'none')
    """
    if path.suffix.lower() in NOT_WRITTEN:
        known = ", ".join(ENDINGS)
        raise OutputError(f"{path}: {path.suffix} cannot be written; choose one of {known}")
    return ENDINGS.get(path.suffix.lower(), "none")


def without_compression(path: Path) -> Path:
    """Return the path without the ending of its compression.

    Examples
    --------
    >>> without_compression(Path("news.jsonl.gz")).name
    'news.jsonl'
    """
    return path.with_suffix("") if path.suffix.lower() in ENDINGS else path


def endings(path: Path) -> str:
    """Return the ending of the format and of the compression.

    Examples
    --------
    >>> endings(Path("the.news.jsonl.gz")), endings(Path("news.csv"))
    ('.jsonl.gz', '.csv')
    """
    plain = without_compression(path)
    return plain.suffix + path.name.removeprefix(plain.name)


def wrapped(file: BinaryIO, compression: Compression, mode: Literal["rb", "wb"]) -> BinaryIO:
    """Return a file of the bytes that are compressed in another, read or written.

    Raises
    ------
    MissingLibraryError
        When its library is not installed.
    """
    if compression == "none":
        return file
    *_, module, name = _CODECS[compression]
    make = getattr(import_optional(module), name)
    if compression == "gzip":
        # Neither a name nor a time: the same records give the same bytes. Level 6 as the program
        # has it; Python's own 9 takes three times as long.
        return cast("BinaryIO", make("", mode, compresslevel=6, fileobj=file, mtime=0))
    return cast("BinaryIO", make(file, mode))
