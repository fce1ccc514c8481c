"""Which format a file is in: by its name, or where that says nothing by how it begins."""

import sys
from pathlib import Path
from typing import Literal

import orjson

from dedup.io.compression import compression_of, without_compression
from dedup.io.source import Source
from dedup.io.text import STDIN

Format = Literal["text", "jsonl", "csv", "tsv", "parquet", "arrow", "warc"]
HEAD_BYTES = 1 << 16  # of the content that are looked at

_NAMED: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".jl": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".warc": "warc",
    ".wet": "warc",
    ".txt": "text",
    ".md": "text",
}
_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"WARC/", "warc"),
)


def title_of(form: Format) -> str:
    """Return what a format is called.

    Examples
    --------
    >>> title_of("jsonl"), title_of("csv"), title_of("text")
    ('JSON Lines', 'CSV', 'plain text')
    """
    titles = {"jsonl": "JSON Lines", "parquet": "Parquet", "arrow": "Arrow", "text": "plain text"}
    return titles.get(form, form.upper())


def format_named(path: Path) -> Format | None:
    """Return the format that a file's name tells, None where it tells none.

    Examples
    --------
    >>> format_named(Path("news.jsonl.gz")), format_named(Path("README"))
    ('jsonl', None)
    """
    return _NAMED.get(without_compression(path).suffix.lower())


def format_of(head: bytes, *, whole: bool = False) -> Format:
    r"""Return the format of a file whose content begins like this.

    JSON lines begin with an object on a line of its own; what is nothing else is text.

    Parameters
    ----------
    whole
        Whether there is no more content than this.

    Examples
    --------
    >>> format_of(b'{"text": "One."}\n{"te'), format_of(b'{"text":\n'), format_of(b"One.")
    ('jsonl', 'text', 'text')
    """
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    line, ended, _ = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")
    if not line.startswith(b"{"):
        return "text"
    if not (ended or whole):  # an object too long to see its end
        return "jsonl"
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return "text"
    return "jsonl"


def detect(path: Path) -> Format:
    """Return the format of an input.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    named = None if path == STDIN else format_named(path)
    if named is not None:
        return named
    if path == STDIN:
        if sys.stdin is None:
            return "text"  # whoever reads it says what is wrong
        head = sys.stdin.buffer.peek(HEAD_BYTES)  # type: ignore[union-attr]
        # Text is never compressed here, and of records only lines are piped.
        return format_of(head) if compression_of(head) == "none" else "jsonl"
    if not path.is_file():
        return "text"
    with Source(path) as source:
        head = source.read(HEAD_BYTES)
        return format_of(head, whole=len(head) < HEAD_BYTES)
