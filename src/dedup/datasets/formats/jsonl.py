"""JSON lines: one object a line; kept records keep their bytes.

The compiled core finds the fields in most lines. A line that is unusual, or perhaps not JSON, is
read by orjson, and then by the standard ``json``: they decide what JSON is.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from functools import partial
from math import nan
from typing import Any, NamedTuple

import numpy as np
import orjson

from dedup.arrays.array_types import I64, U8, Flags
from dedup.arrays.native import core, has_core
from dedup.arrays.packed import PackedTexts, pack_bytes, to_utf8
from dedup.datasets.formats.json_values import (
    JsonObject,
    dumps,
    loads,
    parent_of,
    split_separator,
    value_at,
    with_string,
)
from dedup.datasets.formats.ranks import as_rank
from dedup.datasets.formats.record_format import (
    READ_BYTES,
    InputBatch,
    InputRecord,
    RecordError,
    RecordFields,
    RecordFormat,
    as_source_name,
    as_text,
    make_batch,
    refuse_existing_fields,
)
from dedup.datasets.formats.unusual_json import may_be_inexact, read_json
from dedup.errors import InputError
from dedup.files.source import Source

ARRAY_OF_OBJECTS = re.compile(rb'\s*\[\s*\{\s*["}]')
UTF8_BOM = b"\xef\xbb\xbf"  # byte order mark
# The JSON of an object, the bytes of the input where it starts and ends, and its line.
ObjectPlace = tuple[bytes, int, int, int]


class CoreRecords(NamedTuple):
    """The n records that the compiled core found in lines, with f text fields and g other ones."""

    ends: I64  # (n,): of each record, in bytes of the lines
    utf8: U8  # the texts, all fields of a record one after the other
    offsets: I64  # (n * f + 1,)
    missing: Flags  # (n * f,): the text is null or absent
    json: U8  # the values of the other fields, as they are in the lines
    json_offsets: I64  # (n * g + 1,)
    plain: Flags  # (n * g,): orjson would write the value with the same bytes
    doubtful: I64  # rows that the core cannot read; they have no texts
    line_breaks: int


class LinePlace(NamedTuple):
    """The line of a record among those of a segment."""

    row: int
    data: bytes
    start: int  # in bytes
    end: int
    line: int  # counted from 1


class JsonLines(RecordFormat):
    """Reads JSON lines, and changes single fields of them.

    Parameters
    ----------
    fields
        The fields to read.
    """

    def __init__(self, fields: RecordFields) -> None:
        self._fields = fields
        # The name of a field with a dot may be the path of a nested field.
        self.core_reads_records = has_core() and "." not in "".join(fields.all_names)

    def batches(self, source: Source) -> Iterator[Callable[[], InputBatch]]:
        """Yield functions that read the records of segments; blank lines belong to the next record.

        Raises
        ------
        InputError
            From the functions that read the batches: when none of the first records has one of the
            fields.
        """
        offset = 0
        for data in read_whole_lines(source):
            yield partial(self.read_segment, data, offset, source.name)
            offset += len(data)

    def read_segment(self, data: bytes, offset: int, name: str) -> InputBatch:
        """Return the records of whole lines that begin at a byte of an input."""
        head = UTF8_BOM if offset == 0 and data.startswith(UTF8_BOM) else b""
        if offset == 0 and ARRAY_OF_OBJECTS.match(data, len(head)):
            raise InputError(f'{name} is a JSON array, not JSON Lines; choose format="json"')
        if self.core_reads_records:
            return self._read_by_core(data, head, offset, name)
        return self._read_lines(data, head, offset, name)

    def _read_lines(self, data: bytes, head: bytes, offset: int, name: str) -> InputBatch:
        """Read lines with orjson: the specification of ``core.read_json_lines``."""
        lines, start = data[len(head) :].split(b"\n"), offset + len(head)
        objects: list[ObjectPlace] = []
        for number, text in enumerate(lines, start=1):
            end = start + len(text) + 1
            if text.strip():
                objects.append((text, start, end, number))
            start = end
        batch = self.read_objects(objects)
        if offset == 0:
            self.check_fields([text for text, *_ in objects], name)
        batch.ends[-1:] = offset + len(data)  # the last line may lack its break, or be blank
        return replace(batch, head=head, lines=len(lines) - 1)

    def _read_by_core(self, data: bytes, head: bytes, offset: int, name: str) -> InputBatch:
        """Read lines with the compiled core, and lines that it rejects with ``_read_one``."""
        fields, other_names = self._fields, self._fields.other_names
        bytes_of_lines = np.frombuffer(data, np.uint8)
        found = CoreRecords(
            *core.read_json_lines(bytes_of_lines, len(head), fields.all_names, len(fields.texts))
        )
        values = PackedTexts(found.json, found.json_offsets, np.zeros(len(found.plain), np.bool_))
        places_of = {
            name: range(place, len(values), len(other_names))
            for place, name in enumerate(other_names)
        }
        ranks, sources, doubtful = None, None, {*found.doubtful.tolist()}
        if fields.rank:
            ranks, wrong = _convert(values, places_of[fields.rank], as_rank, fields.rank, nan)
            doubtful |= {*wrong}
        if fields.source:
            places = places_of[fields.source]
            sources, wrong = _convert(values, places, as_source_name, fields.source, None)
            doubtful |= {*wrong}
        records = {
            place.row: self._read_one(
                place.data, offset + place.start, offset + place.end, place.line
            )
            for place in lines_of_rows(data, len(head), found.ends, sorted(doubtful))
        }
        texts = PackedTexts(found.utf8, found.offsets, found.missing).replace_texts(
            {
                row * len(fields.texts) + field: None if text is None else to_utf8(text)
                for row, record in records.items()
                for field, text in enumerate(record.texts or [None] * len(fields.texts))
            }
        )
        ids = _ids_of(values, found.plain, places_of[fields.id], records) if fields.id else None
        for row, record in records.items():
            if ranks is not None:
                ranks[row] = record.rank
            if sources is not None:
                sources[row] = record.source
        batch = InputBatch(
            head=head,
            texts=texts,
            ids=ids,
            ranks=ranks,
            ends=found.ends + offset,
            bad=[record._replace(row=row) for row, record in records.items() if record.reason],
            lines=found.line_breaks,
            doubtful=[*records],
            sources=sources,
        )
        if offset == 0 and not _has_all_fields(texts, values, len(other_names)):
            self.check_fields(data[len(head) :].split(b"\n"), name)
        return batch

    def read_objects(self, objects: Sequence[ObjectPlace]) -> InputBatch:
        """Return a batch of one record for each object."""
        batch = self._read_quickly(objects)
        if batch is None:
            batch = make_batch([self._read_one(*place) for place in objects], self._fields)
        return batch

    def _read_quickly(self, objects: Sequence[ObjectPlace]) -> InputBatch | None:
        """Return a batch by the fast path; None if a record needs the slow one."""
        fields = self._fields
        if fields.rank or "." in "".join(fields.all_names):
            return None
        try:
            records = [orjson.loads(data) for data, *_ in objects]
            texts = [[record.get(name) for record in records] for name in fields.texts]
            ids: list[Any] = [record.get(fields.id) for record in records]
            sources = [record.get(fields.source) for record in records] if fields.source else None
        except (orjson.JSONDecodeError, AttributeError):
            return None
        columns = [*texts, sources or ()]
        if not {type(text) for column in columns for text in column} <= {str, type(None)}:
            return None
        if any(map(may_be_inexact, ids)):
            return None
        ends = np.array([end for _, _, end, _ in objects], np.int64)
        id_column = ids if fields.id else None
        return InputBatch(b"", texts, id_column, None, ends, [], sources=sources)

    def _read_one(self, data: bytes, start: int, end: int, line: int) -> InputRecord:
        """Return the record of one object, or why it cannot be read."""
        fields, record = self._fields, dict[str, Any]()
        try:
            record = loads(data)
            texts = [as_text(value_at(record, field), field) for field in fields.texts]
            record_id = _writable(_exact_value(record, fields.id, data), fields.id)
            value = _exact_value(record, fields.rank, data)
            rank = as_rank(value, fields.rank) if fields.rank else 0.0
            source = None
            if fields.source:
                source = as_source_name(value_at(record, fields.source), fields.source)
        except RecordError as error:
            record_id, line = None, line + error.lines
            with suppress(RecordError):
                record_id = _writable(value_at(record, fields.id or "id"), fields.id)
            return InputRecord(end, id=record_id, reason=str(error), line=line, byte=start)
        return InputRecord(end, texts, record_id, rank, source=source)

    def check_fields(self, objects: Iterable[bytes], name: str) -> None:
        """Raise an error if all of the first records lack a field: its name must be wrong."""
        fields, records = self._fields, []
        for data in objects:
            with suppress(RecordError):
                records.append(loads(data))
        existing = dict.fromkeys(field for record in records for field in record)
        for names in (fields.texts, *([name] for name in fields.other_names)) if existing else ():
            places = (parent_of(record, field) for record in records for field in names)
            if not any(field in parent for parent, field in places):
                raise InputError(f"{name} {fields.missing_message('field', names, existing)}")

    def with_texts(self, record: bytes, texts: Mapping[str, str]) -> bytes:
        """Return a record with other texts in some fields, and all other bytes unchanged."""
        separator, element = split_separator(record)
        for field, text in texts.items():
            element = with_string(element, field, text)
        return separator + element

    def with_fields(self, record: bytes, values: Mapping[str, Any]) -> bytes:
        """Return a record with additional fields at its end."""
        # A name may be written with escapes.
        if b"\\u00" in record or any(dumps(name) in record for name in values):
            refuse_existing_fields(values, loads(split_separator(record)[1]))
        end = record.rindex(b"}")
        empty = record[:end].rstrip().endswith(b"{")
        added = dumps(values)[1:-1]
        return record[:end] + (b"" if empty else b",") + added + record[end:]


def _exact_value(record: JsonObject, field: str | None, data: bytes) -> Any:  # noqa: ANN401
    """Return the value of a field of a record, None without a field; integers are exact."""
    value = None if field is None else value_at(record, field)
    if field is not None and may_be_inexact(value):
        value = value_at(read_json(data.decode()), field)
    return value


def _writable(value: object, field: str | None) -> object:
    """Return the value of an id.

    Raises
    ------
    RecordError
        When it cannot be written as JSON again.
    """
    if isinstance(value, Decimal):
        reason = f"is a number of {value.adjusted() + 1:,} digits, which Python does not convert"
        raise RecordError(f"field {field!r} {reason}; write it as a string")
    try:
        dumps(value)
    except (TypeError, ValueError, RecursionError):
        raise RecordError(
            f"field {field!r} has too many levels or digits to be an id; write it as a string"
        ) from None
    return value


def lines_of_rows(data: bytes, head: int, ends: I64, rows: Sequence[int]) -> Iterator[LinePlace]:
    r"""Yield the line of each row; rows ascend, and begin after ``head`` bytes.

    Examples
    --------
    >>> [*lines_of_rows(b"\n{}\n", 0, np.array([4]), [0])]
    [LinePlace(row=0, data=b'{}', start=1, end=4, line=2)]
    """
    counted, line = 0, 1
    for row in rows:
        begin, end = (int(ends[row - 1]) if row else head), int(ends[row])
        record = data[begin:end].lstrip()
        start = end - len(record)
        # White space may belong to the line, but not the line breaks before it.
        start = data.rfind(b"\n", begin, start) + 1 or begin
        line += data.count(b"\n", counted, start)
        counted = start
        yield LinePlace(row, data[start:end].partition(b"\n")[0], start, end, line)


def _convert(
    values: PackedTexts,
    places: range,
    convert: Callable[[object, str], object],
    field: str,
    replacement: object,
) -> tuple[list[Any], list[int]]:
    """Return the converted values of a field of all records, and the rows with a wrong value.

    ``replacement`` takes the place of a wrong value.
    """
    converted, wrong = list[Any](), list[int]()
    for row, place in enumerate(places):
        try:
            converted.append(convert(orjson.loads(values.encoded(place) or b"null"), field))
        except RecordError:
            converted.append(replacement)
            wrong.append(row)
    return converted, wrong


def _ids_of(
    values: PackedTexts, plain: Flags, places: range, records: Mapping[int, InputRecord]
) -> PackedTexts:
    """Return the ids of all records as JSON, with those of ``records`` in their rows."""
    if places.step > 1:
        values = pack_bytes([values.encoded(place) for place in places])
        plain = plain[places.start :: places.step]
    written = {
        row: dumps(orjson.loads(values.text(row))) for row in np.flatnonzero(~plain).tolist()
    }
    return values.replace_texts(
        written | {row: dumps(record.id) for row, record in records.items()}
    )


def _has_all_fields(texts: PackedTexts, values: PackedTexts, step: int) -> bool:
    """Return whether there is a text, and a value of each other field."""
    lengths = np.diff(values.offsets).reshape(-1, step) if step else np.ones((1, 0))
    return not texts.missing.all() and bool((lengths != len(b"null")).any(0).all())


def read_whole_lines(source: Source) -> Iterator[bytes]:
    """Yield the bytes of an input in segments that end with a line break, except the last one."""
    while data := source.read(READ_BYTES, to_line_end=True):
        yield data
