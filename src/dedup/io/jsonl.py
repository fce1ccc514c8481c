"""JSON lines: one object a line, read by orjson, and written again as the bytes they were."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

import numpy as np
import orjson

from dedup.errors import InputError
from dedup.io.records import (
    BATCH_BYTES,
    BadRecord,
    Batch,
    Fields,
    RecordError,
    listed,
    rank_in,
    text_in,
)
from dedup.io.source import Source

Record = dict[str, Any]
MARK = b"\xef\xbb\xbf"  # at the beginning of a file, of UTF-8


class JsonLines:
    """Reads JSON lines, and changes single fields of them.

    Parameters
    ----------
    fields
        Which are wanted.
    """

    apart = False

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._simple = all("." not in name for name in fields.texts)

    def batches(self, source: Source) -> Iterator[Batch]:
        """Yield all records of an input.

        Raises
        ------
        InputError
            When none of the first records has the text.
        """
        number, offset = 1, 0
        for chunk in whole_lines(source):
            head = MARK if offset == 0 and chunk.startswith(MARK) else b""
            lines = chunk[len(head) :].split(b"\n")
            if not lines[-1]:
                lines.pop()
            start = offset + len(head)
            batch = self._quickly(lines, start) or self._slowly(lines, start, number)
            if offset == 0:
                batch = replace(batch, head=head)
                self._check_fields(batch, lines, source.name)
            offset, number = offset + len(chunk), number + len(lines)
            batch.ends[-1:] = offset  # a last line may lack its break
            yield batch

    def _quickly(self, lines: list[bytes], start: int) -> Batch | None:
        """Return a batch in which nothing is unusual, else None."""
        if not self._simple or self._fields.rank:
            return None
        try:
            records = [orjson.loads(line) for line in lines]
            texts = [[record.get(name) for record in records] for name in self._fields.texts]
            names = [record.get(self._fields.name) for record in records]
        except (orjson.JSONDecodeError, AttributeError):
            return None
        for column in texts:
            if not {*map(type, column)} <= {str, type(None)}:
                return None
        lengths = np.fromiter(map(len, lines), np.int64, len(lines)) + 1
        named = names if self._fields.name else None
        return Batch(b"", texts, named, None, start + np.cumsum(lengths), [])

    def _slowly(self, lines: list[bytes], start: int, number: int) -> Batch:
        """Return a batch line by line; a blank line belongs to the record behind it."""
        fields = self._fields
        texts: list[list[str | None]] = [[] for _ in fields.texts]
        names: list[Any] = []
        ranks: list[float] = []
        ends: list[int] = []
        bad: list[BadRecord] = []
        for line, end in zip(lines, accumulate(len(line) + 1 for line in lines), strict=True):
            number += 1
            if not line or line.isspace():
                continue
            try:
                record = loads(line)
                values = [text_in(at(record, name), name) for name in fields.texts]
                rank = rank_in(at(record, fields.rank), fields.rank) if fields.rank else 0.0
                name = at(record, fields.name) if fields.name else None
            except RecordError as error:
                bad.append(BadRecord(len(ends), number - 1, str(error)))
                values, rank, name = [None] * len(texts), 0.0, None
            for column, value in zip(texts, values, strict=True):
                column.append(value)
            ranks.append(rank)
            names.append(name)
            ends.append(start + end)
        return Batch(
            b"",
            texts,
            names if fields.name else None,
            ranks if fields.rank else None,
            np.array(ends, np.int64),
            bad,
        )

    def _check_fields(self, batch: Batch, lines: list[bytes], name: str) -> None:
        """Refuse an input whose first records all lack a field: its name must be wrong."""
        fields = self._fields
        has_text = any(value is not None for column in batch.texts for value in column)
        wanted = {} if has_text else {"--text-key": fields.texts}
        wanted |= {"--id-key": (fields.name,)} if fields.name else {}
        wanted |= {"--keep": (fields.rank,)} if fields.rank else {}
        known: dict[str, None] = {}
        for line in lines if wanted else ():
            try:
                record = loads(line)
            except RecordError:
                continue
            known |= dict.fromkeys(record)
            found = [flag for flag, names in wanted.items() if any(_has(record, n) for n in names)]
            for flag in found:
                del wanted[flag]
            if not wanted:
                return
        for flag, names in wanted.items() if known else ():
            raise InputError(
                f"{name}: has no field {', '.join(names)}, but {listed(known)}; name it: {flag}"
            )

    def take_head(self, head: bytes, name: str) -> None:
        """Do nothing: each record names its fields."""

    def with_texts(self, record: bytes, texts: Mapping[str, str]) -> bytes:
        """Return a line in which some fields have other texts, and all else is as it was."""
        for field, text in texts.items():
            record = _with_text(record, field, text)
        return record

    def with_fields(self, record: bytes, values: Mapping[str, Any]) -> bytes:
        """Return a line with more fields behind those that it has."""
        end = record.rindex(b"}")
        empty = record[:end].rstrip().endswith(b"{")
        added = dumps(values)[1:-1]
        return record[:end] + (b"" if empty else b",") + added + record[end:]

    def with_names(self, head: bytes, names: Sequence[str]) -> bytes:  # noqa: ARG002
        """Return the head of an input, which names no fields."""
        return head


def whole_lines(source: Source) -> Iterator[bytes]:
    """Yield the bytes of an input in pieces that end with a line, the last one perhaps not."""
    pieces: list[bytes] = []
    while data := source.read(BATCH_BYTES):
        cut = data.rfind(b"\n") + 1
        if cut:
            yield b"".join([*pieces, data[:cut]])
            pieces.clear()
        pieces.append(data[cut:])
    if rest := b"".join(pieces):
        yield rest


def loads(line: bytes) -> Record:
    """Read an object as orjson does, or as Python does: with NaN and lone surrogates.

    Raises
    ------
    RecordError
        When it is not JSON, or not an object.
    """
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as strict:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            reason = error if isinstance(error, UnicodeDecodeError) else strict
            raise RecordError(f"is not JSON: {reason}") from None
    if not isinstance(record, dict):
        raise RecordError(f"is no JSON object but {type(record).__name__}")
    return record


def dumps(value: object) -> bytes:
    """Write a value as orjson does, or as Python does: with lone surrogates and large numbers."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":")).encode()


def at(record: Record, field: str) -> Any:  # noqa: ANN401
    """Return the value of a field, None where there is none; ``a.b`` is looked for both ways.

    Examples
    --------
    >>> at({"a": {"b": 1}}, "a.b"), at({"a.b": 2}, "a.b"), at({}, "a.b")
    (1, 2, None)
    """
    holder, name = _holder(record, field)
    return None if holder is None else holder.get(name)


def _has(record: Record, field: str) -> bool:
    holder, name = _holder(record, field)
    return holder is not None and name in holder


def _holder(record: Record, field: str) -> tuple[Record | None, str]:
    """Return the object in which a field is, and its name there."""
    if field in record or "." not in field:
        return record, field
    first, _, rest = field.partition(".")
    inner = record.get(first)
    return _holder(inner, rest) if isinstance(inner, dict) else (None, rest)


def _with_text(record: bytes, field: str, text: str) -> bytes:
    """Return a line with another text in one field: of its strings, the one that is that field."""
    line = record.decode("utf-8")
    expected = loads(record)
    holder, name = _holder(expected, field)
    if holder is None:
        raise RecordError(f"has no field {field}")
    old, holder[name] = holder[name], text
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
