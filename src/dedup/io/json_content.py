"""What JSON a file holds: records, one a line or in an array, or something else."""

import json
import re
from collections.abc import Callable
from typing import Literal

import orjson

from dedup.errors import InputError
from dedup.io.jsonl import MARK

JsonFormat = Literal["jsonl", "json"]
Name = Literal["json", "jsonl", "text"]  # what the name of a file says of its content

_CHARACTERS = rb'(?:[^"\\\x00-\x1f]|\\.)*+'
_STRING = b'"' + _CHARACTERS + b'"'
_LITERAL = rb"true|false|null|NaN|-?Infinity|-?[0-9][0-9.eE+-]*+"
# What is nothing but JSON, one value or more, as far as it goes: the last one may be cut off.
_TOKENS = re.compile(
    rb"(?:[ \t\r\n,:{}\[\]]|" + _STRING + rb"|" + _LITERAL + rb')*+(?:"' + _CHARACTERS + rb"\\?)?"
)
_ARRAY_OF_OBJECTS = re.compile(rb'\[\s*\{\s*["}]')
_OPENED_ARRAY = re.compile(rb"\[\s*(?:\{\s*)?")
_EMPTY_ARRAY = re.compile(rb"\[\s*\]\s*")
_PROSE = re.compile(rb"\[\s*(?!" + _LITERAL + rb")[a-zA-Z\x80-\xff]")  # "[Editor's note]"
_ARRAY_OF_NESTED = re.compile(rb'\[\s*["\[]')
_OBJECT = re.compile(rb'\{\s*(?:"|\}|$)')
_MEMBER = re.compile(rb"\{\s*(?:\}|" + _STRING + rb"\s*:)")
_LETTERS = b"truefalsnNIiy-"
_FIRST = json.JSONDecoder().raw_decode  # reads one value, whatever is behind it
_KINDS = {"[": "an array", '"': "a string", "t": "a boolean", "f": "a boolean", "n": "a null"}
_REMEDY = (
    "records are objects in one array, or one object a line (JSON Lines): convert it (with jq, "
    "say), or give --format text to clean it as text"
)


def json_format(
    head: bytes, where: str, *, whole: bool, named: Name | None = None
) -> JsonFormat | None:
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
        What its name says. What is named as text is taken for JSON only if nothing in ``head`` is
        other text. What is named as JSON Lines and is broken is left to their reader.

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
    news: holds a JSON array that begins with a string, and no records
    """
    encoding = json.detect_encoding(head)
    if encoding in ("utf-16", "utf-32"):  # by its mark
        wide = head.decode(encoding, "ignore").encode()
        if json_format(wide, where, whole=False, named=named):
            raise InputError(f"{where}: holds JSON that is not UTF-8; convert it (with iconv, say)")
        return None
    content = head.removeprefix(MARK).lstrip()
    if content.startswith(b"["):
        return _format_of_array(content, where, whole=whole, named=named)
    if content.startswith(b"{"):
        return _format_of_object(content, where, whole=whole, named=named)
    if named == "json" and content.startswith(b'"') and _TOKENS.fullmatch(content):
        raise _no_records(content, where)
    return None


def _format_of_array(
    content: bytes, where: str, *, whole: bool, named: Name | None
) -> JsonFormat | None:
    if _ARRAY_OF_OBJECTS.match(content):
        return "json"
    if named != "text" and _EMPTY_ARRAY.fullmatch(content):
        return "json"
    if not whole and _OPENED_ARRAY.fullmatch(content):
        return "json"  # a pipe gives no more yet
    if named == "jsonl":
        line, _, more = content.partition(b"\n")
        if (more.strip() and _is_json(line)) or (whole and not _is_json(content)):
            return None
        raise _no_records(content, where)
    if named == "json":
        if _PROSE.match(content):
            return None
        if whole:
            _refuse_broken(content, where)
        raise _no_records(content, where)
    if _ARRAY_OF_NESTED.match(content) and (
        _is_json(content) if whole else _is_only_json(content, whole=False)
    ):
        raise _no_records(content, where)
    return None


def _format_of_object(
    content: bytes, where: str, *, whole: bool, named: Name | None
) -> JsonFormat | None:
    line, ended, _ = content.partition(b"\n")
    only_json = _is_only_json(content, whole=whole)
    if _is_json(line) if ended or whole else _MEMBER.match(line):
        return "jsonl" if named != "text" or only_json else None
    if _OBJECT.match(content) and only_json and (not whole or _is_json(content, _FIRST)):
        raise _no_records(content, where)
    if named != "json":
        return None
    if whole and not any(line.startswith(b"{") and _is_json(line) for line in content.splitlines()):
        _refuse_broken(content, where)
    return "jsonl"  # whose reader says what is wrong


def _is_only_json(content: bytes, *, whole: bool) -> bool:
    """Tell whether there is nothing but JSON, be it cut off."""
    if not whole:
        content = content.rstrip(_LETTERS)  # of a literal that is cut off
    return _TOKENS.fullmatch(content) is not None


def _is_json(data: bytes, parse: Callable[[str], object] = json.loads) -> bool:
    try:
        parse(data.decode())
    except (ValueError, RecursionError):
        return False
    return True


def _refuse_broken(content: bytes, where: str) -> None:
    try:
        orjson.loads(content)
    except orjson.JSONDecodeError as error:
        if not _is_json(content):
            raise InputError(
                f"{where}: line {error.lineno:,}, column {error.colno:,}: is not valid JSON: "
                f"{error.msg}; fix it, or give --format text to clean it as text"
            ) from None


def _no_records(content: bytes, where: str) -> InputError:
    start = content[:1].decode()
    inner = content[1:].lstrip()[:1].decode("utf-8", "replace")
    held = "a JSON string"
    if start == "{":
        held = "a JSON object over several lines"
    elif start == "[":
        held = f"a JSON array that begins with {_KINDS.get(inner, 'a number')}"
    return InputError(f"{where}: holds {held}, and no records; {_REMEDY}")
