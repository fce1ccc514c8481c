"""A line of JSON with another text in one field, and all else as it was."""

import json
import re
from collections.abc import Callable, Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]

import orjson

from dedup.io.json_values import holder_of, loads
from dedup.io.records import RecordError


def with_text(record: bytes, field: str, text: str) -> bytes:
    """Return a line with another text in one field: of its strings, the one that is that field.

    A field that holds no text, as others of the record may, stays as it is.
    """
    line = record.decode("utf-8")
    expected = loads(record)
    holder, name = holder_of(expected, field)
    old = None if holder is None else holder.get(name)
    if holder is None or not isinstance(old, str) or old == text:
        return record
    holder[name] = text
    for start, stop, value in _strings(line):
        if value == old:
            written = _style_of(line[start:stop], value)(text)
            changed = (line[:start] + written + line[stop:]).encode("utf-8")
            read = loads(changed)
            # NaN is not equal to itself.
            if read == expected or json.dumps(read) == json.dumps(expected):
                return changed
    raise RecordError(f"field {field} could not be found again")


def _strings(line: str) -> Iterator[tuple[int, int, str]]:
    """Yield where each string of a line begins and ends, quotes included, and what it says."""
    start = line.find('"')
    while start >= 0:
        value, stop = scanstring(line, start + 1, False)  # noqa: FBT003
        yield start, stop, value
        start = line.find('"', stop)


def _style_of(written: str, value: str) -> Callable[[str], str]:
    """Return what writes a text in the way in which a string was written."""
    for style in _STYLES:
        if style(value) == written:
            return style
    return json.dumps if written.isascii() else _plain


def _plain(text: str) -> str:
    try:
        return orjson.dumps(text).decode()
    except TypeError:  # a lone surrogate has no UTF-8
        return json.dumps(text)


def _slashed(text: str) -> str:
    return json.dumps(text).replace("/", "\\/")


def _upper(text: str) -> str:
    return re.sub(r"(?<=\\u)[0-9a-f]{4}", lambda code: code[0].upper(), json.dumps(text))


_STYLES: tuple[Callable[[str], str], ...] = (
    _plain,
    json.dumps,
    _slashed,
    lambda text: _plain(text).replace("/", "\\/"),
    _upper,
)
