"""Which format a file is in: by how it begins, or by its name."""

import io
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Literal, cast

from dedup.errors import InputError
from dedup.io.compression import compression_of, without_compression, wrapped
from dedup.io.csv import DELIMITERS
from dedup.io.json_content import Name, json_format
from dedup.io.source import Source
from dedup.io.text import STDIN

Format = Literal["text", "jsonl", "json", "csv", "tsv", "parquet", "arrow", "warc"]
HEAD_BYTES = 1 << 16  # of the content that are looked at
FORMATS: dict[Format, tuple[str, tuple[str, ...], bytes]] = {  # title, endings, first bytes
    "text": ("plain text", (".txt", ".md"), b""),
    "jsonl": ("JSON Lines", (".jsonl", ".ndjson", ".jl"), b""),
    "json": ("a JSON array", (), b""),
    "csv": ("CSV", (".csv",), b""),
    "tsv": ("TSV", (".tsv",), b""),
    "parquet": ("Parquet", (".parquet",), b"PAR1"),
    "arrow": ("Arrow", (".arrow", ".feather", ".ipc"), b"ARROW1"),
    "warc": ("WARC", (".warc", ".wet"), b"WARC/"),
}
TITLES = {name: title for name, (title, _, _) in FORMATS.items()}
_NAMED = {ending: name for name, (_, endings, _) in FORMATS.items() for ending in endings}


def format_named(path: Path) -> Format | None:
    """Return the format that a file's name tells, None where it tells none.

    Examples
    --------
    >>> format_named(Path("news.jsonl.gz")), format_named(Path("README"))
    ('jsonl', None)
    """
    return _NAMED.get(without_compression(path).suffix.lower())


def format_of(head: bytes, where: str, *, whole: bool = False, named: Name | None = None) -> Format:
    r"""Return the format of a file whose content begins like this.

    Parameters
    ----------
    where
        What the file is called.
    whole
        Whether there is no more content than this.
    named
        What its name says of its content.

    Raises
    ------
    InputError
        When it is text that begins as CSV, or JSON without records: see ``json_format``.

    Examples
    --------
    >>> heads = b'{"text": "One."}\n{"te', b'[{"text":\n', b"One."
    >>> [format_of(head, "a file") for head in heads]
    ['jsonl', 'json', 'text']
    """
    for name, (_, _, magic) in FORMATS.items():
        if magic and head.startswith(magic):
            return name
    broken: Format = "jsonl" if named == "jsonl" else "text"
    form = json_format(head, where, whole=whole, named=named) or broken
    first = head.partition(b"\n")[0].decode("utf-8-sig", "replace").strip()
    for delimiter in DELIMITERS if form == "text" else "":
        cells = [cell.strip('"') for cell in first.split(delimiter)]
        # Cleaned as prose, CSV would lose rows.
        if len(cells) > 1 and "text" in cells and all(cell.isidentifier() for cell in cells):
            raise InputError(f"{where}: looks like CSV; give --format csv, or --format text")
    return form


def detect(path: Path) -> Format:
    """Return the format of an input: by its content, unless its name says CSV, a table or WARC.

    Raises
    ------
    InputError
        When it cannot be read, is JSON without records, or text that begins as CSV.
    """
    if path == STDIN:
        return _detect_standard_input()
    named = format_named(path)
    if named not in (None, "text", "jsonl") or not path.is_file():
        return named or "text"
    with Source(path) as source:
        head = source.read(HEAD_BYTES)
    says: Name | None = "text" if named == "text" else "jsonl" if named == "jsonl" else None
    if without_compression(path).suffix.lower() == ".json":
        says = "json"
    return format_of(head, str(path), whole=len(head) < HEAD_BYTES, named=says)


def refuse_piped_records(path: Path, data: bytes) -> None:
    """Refuse what was read of a named pipe as text, and is records: these are read twice.

    Raises
    ------
    InputError
        When it is records, or JSON without any.
    """
    if path == STDIN or path.is_file():
        return
    form = format_of(data[:HEAD_BYTES], str(path), whole=len(data) <= HEAD_BYTES)
    if form != "text":
        raise InputError(
            f"{path}: holds {TITLES[form]}, which a pipe cannot give twice; give a file, or "
            "pipe it to standard input"
        )


def _detect_standard_input() -> Format:
    if sys.stdin is None:
        return "text"  # whoever reads it says what is wrong
    head = sys.stdin.buffer.peek(HEAD_BYTES)  # type: ignore[union-attr]
    if compression_of(head) == "none":
        return format_of(head, "standard input")
    # Text is never compressed here, and of records only JSON is piped.
    return json_format(_decompressed(head), "standard input", whole=False) or "jsonl"


def _decompressed(head: bytes) -> bytes:
    """Return the first bytes of what is compressed, as far as they can be told."""
    file = wrapped(cast("BinaryIO", io.BytesIO(head)), compression_of(head), "rb")
    found = b""
    with suppress(Exception):  # the end is missing, which each codec says in its own way
        while len(found) < HEAD_BYTES and (more := file.read(1)):
            found += more
    return found
