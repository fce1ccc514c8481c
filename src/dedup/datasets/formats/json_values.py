"""JSON objects: read, written, and changed in one field with all other bytes unchanged.

orjson reads and writes them. ``unusual_json.py`` reads what orjson cannot, and the module ``json``
writes it.
"""

import json
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

import orjson

from dedup.datasets.formats.record_format import RecordError, decoding_error
from dedup.datasets.formats.unusual_json import UNREAD_VALUE, read_json

JsonObject = dict[str, Any]
JSON_WHITESPACE = b" \t\n\r"  # white space in JSON
ELEMENT_SEPARATOR = JSON_WHITESPACE + b","  # the bytes before an element of an array


def loads(line: bytes) -> JsonObject:
    """Read an object as orjson does, or else as ``read_json`` does: with NaN, for example.

    Raises
    ------
    RecordError
        When it is not JSON, or not an object.
    """
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as strict:
        try:
            record = read_json(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            wrong = decoding_error(error, "UTF-8")
            raise RecordError(f"{wrong}, which JSON must be; convert the file") from None
        except ValueError:
            reason = f"{strict.msg} (character {strict.pos + 1:,} of the record)"
            raise RecordError(f"is not JSON: {reason}", strict.lineno - 1) from None
    if not isinstance(record, dict):
        raise RecordError(f"must be a JSON object, got {type(record).__name__}")
    return record


def is_json(data: bytes, *, more: bool = False) -> bool:
    """Tell whether bytes are one JSON value; with ``more`` other bytes may follow it."""
    try:
        text = data.decode()
        json.JSONDecoder().raw_decode(text) if more else read_json(text)
    except (ValueError, RecursionError):
        return False
    return True


def dumps(
    value: object, *, indented: bool = False, default: Callable[[object], object] | None = None
) -> bytes:
    """Write a value as orjson does, or else as Python does: lone surrogates, large numbers.

    ``default`` returns a value of JSON for any that JSON lacks.
    """
    try:
        return orjson.dumps(
            value, default=default, option=orjson.OPT_INDENT_2 if indented else None
        )
    except TypeError:
        indent, colon = (2, ": ") if indented else (None, ":")
        separators = (",", colon)
        return json.dumps(value, default=default, indent=indent, separators=separators).encode()


def as_string(value: object) -> str:
    """Return a value of a Parquet file that JSON lacks as a string; bytes in hexadecimal digits."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (Decimal, date, time, timedelta)):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def value_at(record: JsonObject, field: str) -> Any:  # noqa: ANN401
    """Return the value of a field, or None; ``a.b`` may be one name or a nested field.

    Raises
    ------
    RecordError
        When it was not read because of its many levels.

    Examples
    --------
    >>> value_at({"a": {"b": 1}}, "a.b"), value_at({"a.b": 2}, "a.b"), value_at({}, "a.b")
    (1, 2, None)
    """
    parent, name = parent_of(record, field)
    value = parent.get(name)
    if value is UNREAD_VALUE:
        raise RecordError(
            f"field {field!r} belongs to {UNREAD_VALUE}, which cannot be read; move it out"
        )
    return value


def parent_of(record: JsonObject, field: str) -> tuple[JsonObject, str]:
    """Return the object that has a field, and the name of the field in it; {} if none has it."""
    if field in record or "." not in field:
        return record, field
    first, _, rest = field.partition(".")
    inner = record.get(first)
    if inner is UNREAD_VALUE:
        return {rest: UNREAD_VALUE}, rest
    return parent_of(inner, rest) if isinstance(inner, dict) else ({}, rest)


def split_separator(record: bytes) -> tuple[bytes, bytes]:
    """Split a record into the separator before its element, and the element.

    Examples
    --------
    >>> split_separator(b', {"a": 1}'), split_separator(b"{}")
    ((b', ', b'{"a": 1}'), (b'', b'{}'))
    """
    element = record.lstrip(ELEMENT_SEPARATOR)
    return record[: len(record) - len(element)], element


def with_string(record: bytes, field: str, text: str) -> bytes:
    """Return a record with another text in one field, and all other bytes unchanged.

    The strings of the record are replaced in turn until parsing gives the expected object. A field
    whose value is not a string is not changed.
    """
    line = record.decode("utf-8")
    expected = loads(record)
    parent, name = parent_of(expected, field)
    old = parent.get(name)
    if not isinstance(old, str) or old == text:
        return record
    parent[name] = text
    for start, stop, value in _strings(line):
        if value == old:
            ascii_only = line[start:stop].isascii()
            new = json.dumps(text) if ascii_only else dumps(text).decode()
            changed = (line[:start] + new + line[stop:]).encode("utf-8")
            read = loads(changed)
            # NaN is not equal to itself.
            if read == expected or repr(read) == repr(expected):
                return changed
    raise RecordError(f"field {field!r} could not be changed; please report this")


def _strings(line: str) -> Iterator[tuple[int, int, str]]:
    """Yield the start and stop of each string of a line, with its quotes, and its value."""
    start = line.find('"')
    while start >= 0:
        value, stop = scanstring(line, start + 1, False)  # noqa: FBT003
        yield start, stop, value
        start = line.find('"', stop)
