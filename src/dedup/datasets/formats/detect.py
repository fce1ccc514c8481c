"""Which format a file is in: by how it begins, or by its name."""

import json
import re
import sys
from pathlib import Path
from typing import Literal

import orjson

from dedup.datasets.formats.csv_records import DELIMITERS
from dedup.datasets.formats.json_values import is_json
from dedup.datasets.formats.jsonl import ARRAY_OF_OBJECTS, MARK
from dedup.errors import InputError
from dedup.files.compression import compression_of, without_compression
from dedup.files.decoding import STDIN
from dedup.files.source import Source

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
_NAMED_JSON = re.compile(rb'[\[{"]')  # how JSON begins in a file that is named so
_OTHER_JSON = re.compile(rb'\{|\[\s*["\[]')  # how it begins elsewhere: "[1]" may be a footnote
_LETTERS = b"truefalsnNIiy-"  # of a literal that is cut off
_KINDS = {
    b"{": "a JSON object over several lines",
    b"[": "a JSON array of other values",
    b'"': "a JSON string",
}
_REMEDY = (
    "records are objects in one array, or one object a line (JSON Lines): convert it (with jq, "
    "say), or give --format text to clean it as text"
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
    content = head.removeprefix(MARK).lstrip()
    if ARRAY_OF_OBJECTS.match(content) or (not whole and _OPENED_ARRAY.fullmatch(content)):
        return "json"
    if _EMPTY_ARRAY.fullmatch(content):
        return None if named == "text" else "json"
    only_json = _TOKENS.fullmatch(content if whole else content.rstrip(_LETTERS)) is not None
    line, ended, _ = content.partition(b"\n")
    if content.startswith(b"{") and (only_json or named != "text"):
        is_object = is_json(line) if ended or whole else _MEMBER.match(line)
        if is_object:
            return "jsonl"
    if not (_NAMED_JSON if named in ("json", "jsonl") else _OTHER_JSON).match(content):
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
            f"{error.msg}; fix it, or give --format text to clean it as text"
        ) from None
    raise _no_records(content, where)


def _no_records(content: bytes, where: str) -> InputError:
    return InputError(f"{where}: holds {_KINDS[content[:1]]}, and no records; {_REMEDY}")


def format_named(path: Path) -> Format | None:
    """Return the format that a file's name tells, None where it tells none.

    Examples
    --------
    >>> format_named(Path("news.jsonl.gz")), format_named(Path("README"))
    ('jsonl', None)
    """
    return _NAMED.get(without_compression(path).suffix.lower())


def format_of(
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
        # Whoever reads it says that it is closed.
        head = sys.stdin.buffer.peek(HEAD_BYTES) if sys.stdin else b""  # type: ignore[union-attr]
        # Text is never compressed here, and --format names an array.
        compressed = compression_of(head) != "none"
        return "jsonl" if compressed else format_of(head, "standard input")
    named = format_named(path)
    if named not in (None, "text", "jsonl") or not path.is_file():
        return named or "text"
    with Source(path) as source:
        head = source.read(HEAD_BYTES)
    if without_compression(path).suffix.lower() == ".json":
        named = "json"
    return format_of(head, str(path), whole=len(head) < HEAD_BYTES, named=named)


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
        wrong = f"{path}: holds {TITLES[form]}, which a pipe cannot give twice"
        raise InputError(f"{wrong}; give a file, or pipe it to standard input")
