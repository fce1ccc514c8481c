"""Detect the format of a file from its first bytes and its name."""

import json
import re
import sys
from typing import Literal

import orjson

from dedup.datasets.formats.csv_records import DELIMITERS
from dedup.datasets.formats.json_values import is_json
from dedup.datasets.formats.jsonl import ARRAY_OF_OBJECTS, UTF8_BOM
from dedup.errors import InputError
from dedup.files.compression import detect_compression, strip_compression_ending
from dedup.files.decoding import STDIN
from dedup.files.location import Location
from dedup.files.source import read_head

Format = Literal["text", "jsonl", "json", "csv", "tsv", "parquet", "arrow", "warc"]
DETECTION_BYTES = 1 << 16  # of the content that is inspected
FORMATS: dict[Format, tuple[str, tuple[str, ...], bytes]] = {  # title, endings, first bytes
    "text": ("plain text", (".txt", ".md"), b""),
    "jsonl": ("JSON Lines", (".jsonl", ".ndjson", ".jl"), b""),
    "json": ("a JSON array", (), b""),
    "csv": ("CSV", (".csv",), b""),
    "tsv": ("TSV", (".tsv",), b""),
    "parquet": ("Parquet", (".parquet",), b"PAR1"),
    "arrow": ("Arrow", (".arrow", ".arrows", ".feather", ".ipc"), b"ARROW1"),
    "warc": ("WARC", (".warc", ".wet"), b"WARC/"),
}
FORMAT_TITLES = {name: title for name, (title, _, _) in FORMATS.items()}
_FORMAT_OF_ENDING = {
    ending: name for name, (_, endings, _) in FORMATS.items() for ending in endings
}

_CHARACTERS = rb'(?:[^"\\\x00-\x1f]|\\.)*+'
_STRING = b'"' + _CHARACTERS + b'"'
_LITERAL = rb"true|false|null|NaN|-?Infinity|-?[0-9][0-9.eE+-]*+"
# One or more JSON values; the last one may be cut off.
_TOKENS = re.compile(
    rb"(?:[ \t\r\n,:{}\[\]]|" + _STRING + rb"|" + _LITERAL + rb')*+(?:"' + _CHARACTERS + rb"\\?)?"
)
_OPENED_ARRAY = re.compile(rb"\[\s*(?:\{\s*)?")
_EMPTY_ARRAY = re.compile(rb"\[\s*\]\s*")
_MEMBER = re.compile(rb"\{\s*(?:\}|" + _STRING + rb"\s*:)")
_JSON_START = re.compile(rb'[\[{"]')  # the start of JSON in a file named .json or .jsonl
# In files with other names: "[1]" may be a footnote.
_UNNAMED_JSON_START = re.compile(rb'\{|\[\s*["\[]')
_LITERAL_LETTERS = b"truefalsnNIiy-"  # of a literal that is cut off
_JSON_WITHOUT_RECORDS = {
    b"{": "JSON, but not one object on each line",
    b"[": "a JSON array of other values",
    b'"': "a JSON string",
}
_REMEDY = (
    "records are objects in one array, or one object a line (JSON Lines); convert it (with jq), "
    'or clean it as text with format="text"'
)


def json_format(
    head: bytes, where: str, *, whole: bool, named: Format | None = None
) -> Format | None:
    r"""Return the JSON format of a file from its first bytes; None if it is not JSON.

    Parameters
    ----------
    head
        The first bytes.
    where
        The name of the input for messages.
    whole
        Whether ``head`` is the whole content.
    named
        The format that the file's name tells. A file named as text is JSON only if all of ``head``
        is. Invalid lines of JSON Lines are not an error here: reading them reports them.

    Raises
    ------
    InputError
        When it is JSON without records, invalid JSON, or JSON in another encoding.

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
    news has no records: it is a JSON array of other values
    """
    encoding = json.detect_encoding(head)
    if encoding in ("utf-16", "utf-32"):  # detected by the byte order mark
        wide = head.decode(encoding, "ignore").encode()
        if json_format(wide, where, whole=False, named=named):
            raise InputError(f"{where} is JSON in another encoding than UTF-8; convert it (iconv)")
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
    """Return ``"jsonl"`` if a line is an object; raise an error for other invalid JSON."""
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
    """Return the error for JSON without records."""
    return InputError(
        f"{where} has no records: it is {_JSON_WITHOUT_RECORDS[content[:1]]}; {_REMEDY}"
    )


def format_from_name(path: Location) -> Format | None:
    """Return the format that the ending of a file names; None if it names none.

    Examples
    --------
    >>> from pathlib import Path
    >>> format_from_name(Path("news.jsonl.gz")), format_from_name(Path("README"))
    ('jsonl', None)
    """
    return _FORMAT_OF_ENDING.get(strip_compression_ending(path).suffix.lower())


def format_of_content(
    head: bytes, where: str, *, whole: bool = False, named: Format | None = None
) -> Format:
    r"""Return the format of a file from the first bytes of its content.

    Parameters
    ----------
    where
        The name of the file for messages.
    whole
        Whether ``head`` is the whole content.
    named
        The format that the file's name tells.

    Raises
    ------
    InputError
        When it is text that begins like CSV, or JSON without records (see ``json_format``).

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
        # If CSV were cleaned as text, it would lose rows.
        if len(cells) > 1 and "text" in cells and all(cell.isidentifier() for cell in cells):
            raise InputError(f'{where} looks like CSV; give format="csv", or format="text"')
    return form


def detect_format(path: Location) -> Format:
    """Detect the format of an input: by its name for CSV, tables and WARC, else by its content.

    Raises
    ------
    InputError
        When it cannot be read, is JSON without records, or text that begins like CSV.
    """
    if path == STDIN:
        # If standard input is closed, reading it reports that.
        head = sys.stdin.buffer.peek(DETECTION_BYTES) if sys.stdin else b""  # type: ignore[union-attr]
        # Texts on standard input are not compressed; a compressed array needs format="json".
        compressed = detect_compression(head) != "none"
        return "jsonl" if compressed else format_of_content(head, "standard input")
    named = format_from_name(path)
    if named not in (None, "text", "jsonl") or not path.is_file():
        return named or "text"
    head = read_head(path, DETECTION_BYTES)
    if strip_compression_ending(path).suffix.lower() == ".json":
        named = "json"
    return format_of_content(head, str(path), whole=len(head) < DETECTION_BYTES, named=named)


def fitting_format(path: Location, chosen: Format) -> Format | None:
    """Return the format that a file seems to have, by its content or name; None if as chosen."""
    named = format_from_name(path)
    head = read_head(path, DETECTION_BYTES) if path != STDIN and path.is_file() else b""
    try:
        found = format_of_content(head, "", whole=len(head) < DETECTION_BYTES, named=named)
    except InputError:  # like CSV, or JSON without records
        found = "text"
    fitting = named if found == "text" else found
    return None if fitting == chosen else fitting


def refuse_piped_records(path: Location, data: bytes) -> None:
    """Raise an error if text from a named pipe is records, which have to be read twice.

    Raises
    ------
    InputError
        When it is records, or JSON without records.
    """
    if path == STDIN or path.is_file():
        return
    form = format_of_content(data[:DETECTION_BYTES], str(path), whole=len(data) <= DETECTION_BYTES)
    if form != "text":
        wrong = f"{path} is {FORMAT_TITLES[form]}, which cannot be read from a named pipe"
        raise InputError(f"{wrong}; name a file, or use standard input")
