"""Which format a file is in: by how it begins, or by its name."""

import json
import re
import sys
from pathlib import Path
from typing import Literal

import orjson

from dedup.datasets.formats.csv_records import DELIMITERS
from dedup.datasets.formats.json_values import is_json
from dedup.datasets.formats.jsonl import ARRAY_OF_OBJECTS, UTF8_BOM
from dedup.errors import InputError
from dedup.files.compression import detect_compression, strip_compression_ending
from dedup.files.decoding import STDIN
from dedup.files.source import Source

Format = Literal["text", "jsonl", "json", "csv", "tsv", "parquet", "arrow", "warc"]
DETECTION_BYTES = 1 << 16  # of the content that are looked at
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
FORMAT_TITLES = {name: title for name, (title, _, _) in FORMATS.items()}
_FORMAT_OF_ENDING = {
    ending: name for name, (_, endings, _) in FORMATS.items() for ending in endings
}

_CHARACTERS = rb'(?:[^"\\\x00-\x1f]|\\.)*+'
_STRING = b'"' + _CHARACTERS + b'"'
_LITERAL = rb"true|false|null|NaN|-?Infinity|-?[0-9][0-9.eE+-]*+"
# JSON, one value or more, of which the last one may be cut off.
_TOKENS = re.compile(
    rb"(?:[ \t\r\n,:{}\[\]]|" + _STRING + rb"|" + _LITERAL + rb')*+(?:"' + _CHARACTERS + rb"\\?)?"
)
_OPENED_ARRAY = re.compile(rb"\[\s*(?:\{\s*)?")
_EMPTY_ARRAY = re.compile(rb"\[\s*\]\s*")
_MEMBER = re.compile(rb"\{\s*(?:\}|" + _STRING + rb"\s*:)")
_JSON_START = re.compile(rb'[\[{"]')  # how JSON begins in a file that is named so
_UNNAMED_JSON_START = re.compile(
    rb'\{|\[\s*["\[]'
)  # how it begins elsewhere: "[1]" may be a footnote
_LITERAL_LETTERS = b"truefalsnNIiy-"  # of a literal that is cut off
_JSON_WITHOUT_RECORDS = {
    b"{": "a JSON object over several lines",
    b"[": "a JSON array of other values",
    b'"': "a JSON string",
}
_REMEDY = (
    "records are objects in one array, or one object a line (JSON Lines): convert it (with jq, "
    'say), or clean it as text with format="text"'
)


def json_format(
    head: bytes, where: str, *, whole: bool, named: Format | None = None
) -> Format | None:
    r"""Return the format of the records in JSON that begins like this, None for other text.

    Parameters
    ----------
    head
        The first bytes.
    where
        What the input is called.
    whole
        Whether there is no more than this.
    named
        What its name says. What is named as text is JSON only if all of ``head`` is. Broken lines
        of JSON are left to their reader.

    Raises
    ------
    InputError
        When it is JSON without records, broken, or in another encoding.

    Examples
    --------
    >>> json_format(b'[{"text": "One."}, {"te', "news", whole=False)
    'json'
    >>> json_format(b'{"text": "One."}\n{"te', "news", whole=False)
    'jsonl'
    >>> json_format(b"[Editor's note]", "news", whole=True)
    >>> try:
    ...     json_format(b'["One."]', "news", whole=True)
    ... except InputError as error:
    ...     print(str(error).partition(";")[0])
    news: holds a JSON array of other values, and no records
    """
    encoding = json.detect_encoding(head)
    if encoding in ("utf-16", "utf-32"):  # by its mark
        wide = head.decode(encoding, "ignore").encode()
        if json_format(wide, where, whole=False, named=named):
            raise InputError(f"{where}: holds JSON that is not UTF-8; convert it (with iconv, say)")
        return None
    content = head.removeprefix(UTF8_BOM).lstrip()
    if ARRAY_OF_OBJECTS.match(content) or (not whole and _OPENED_ARRAY.fullmatch(content)):
        return "json"
    if _EMPTY_ARRAY.fullmatch(content):
        return None if named == "text" else "json"
    only_json = (
        _TOKENS.fullmatch(content if whole else content.rstrip(_LITERAL_LETTERS)) is not None
    )
    line, ended, _ = content.partition(b"\n")
    if content.startswith(b"{") and (only_json or named != "text"):
        is_object = is_json(line) if ended or whole else _MEMBER.match(line)
        if is_object:
            return "jsonl"
    if not (_JSON_START if named in ("json", "jsonl") else _UNNAMED_JSON_START).match(content):
        return None
    if only_json and (not whole or is_json(content, more=True)):
        raise _no_records(content, where)
    return _format_of_broken(content, where, whole=whole) if named == "json" else None


def _format_of_broken(content: bytes, where: str, *, whole: bool) -> Format:
    """Return the format of lines of which one is an object; refuse other JSON that is broken."""
    lines = content.splitlines() if content.startswith(b"{") else []
    if any(line.startswith(b"{") and is_json(line) for line in lines):
        return "jsonl"
    try:
        if whole:
            orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise InputError(
            f"{where}: line {error.lineno:,}, column {error.colno:,}: is not valid JSON: "
            f'{error.msg}; fix it, or clean it as text with format="text"'
        ) from None
    raise _no_records(content, where)


def _no_records(content: bytes, where: str) -> InputError:
    return InputError(
        f"{where}: holds {_JSON_WITHOUT_RECORDS[content[:1]]}, and no records; {_REMEDY}"
    )


def format_from_name(path: Path) -> Format | None:
    """Return the format that a file's name tells, None where it tells none.

    Examples
    --------
    >>> format_from_name(Path("news.jsonl.gz")), format_from_name(Path("README"))
    ('jsonl', None)
    """
    return _FORMAT_OF_ENDING.get(strip_compression_ending(path).suffix.lower())


def format_of_content(
    head: bytes, where: str, *, whole: bool = False, named: Format | None = None
) -> Format:
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
    >>> [format_of_content(head, "a file") for head in heads]
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
            raise InputError(f'{where} looks like CSV; give format="csv", or format="text"')
    return form


def detect_format(path: Path) -> Format:
    """Return the format of an input: by its content, unless its name says CSV, a table or WARC.

    Raises
    ------
    InputError
        When it cannot be read, is JSON without records, or text that begins as CSV.
    """
    if path == STDIN:
        # Whoever reads it says that it is closed.
        head = sys.stdin.buffer.peek(DETECTION_BYTES) if sys.stdin else b""  # type: ignore[union-attr]
        # Text is never compressed here, and --format names an array.
        compressed = detect_compression(head) != "none"
        return "jsonl" if compressed else format_of_content(head, "standard input")
    named = format_from_name(path)
    if named not in (None, "text", "jsonl") or not path.is_file():
        return named or "text"
    with Source(path) as source:
        head = source.read(DETECTION_BYTES)
    if strip_compression_ending(path).suffix.lower() == ".json":
        named = "json"
    return format_of_content(head, str(path), whole=len(head) < DETECTION_BYTES, named=named)


def refuse_piped_records(path: Path, data: bytes) -> None:
    """Refuse what was read of a named pipe as text, and is records: these are read twice.

    Raises
    ------
    InputError
        When it is records, or JSON without any.
    """
    if path == STDIN or path.is_file():
        return
    form = format_of_content(data[:DETECTION_BYTES], str(path), whole=len(data) <= DETECTION_BYTES)
    if form != "text":
        wrong = f"{path}: holds {FORMAT_TITLES[form]}, which a pipe cannot give twice"
        raise InputError(f"{wrong}; give a file, or pipe it to standard input")
