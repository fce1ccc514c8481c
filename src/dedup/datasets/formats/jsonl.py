"""JSON lines: one object a line; kept records keep their bytes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import orjson

from dedup.datasets.formats.json_values import (
    dumps,
    loads,
    parent_of,
    split_separator,
    value_at,
    with_string,
)
from dedup.datasets.formats.record_format import (
    READ_BYTES,
    InputBatch,
    InputRecord,
    RecordError,
    RecordFields,
    RecordFormat,
    as_rank,
    as_text,
    make_batch,
    refuse_existing_fields,
)
from dedup.errors import InputError
from dedup.files.source import Source

ARRAY_OF_OBJECTS = re.compile(rb'\s*\[\s*\{\s*["}]')
UTF8_BOM = b"\xef\xbb\xbf"  # byte order mark
# The JSON of an object, the bytes of the input where it starts and ends, and its line.
ObjectPlace = tuple[bytes, int, int, int]


class JsonLines(RecordFormat):
    """Reads JSON lines, and changes single fields of them.

    Parameters
    ----------
    fields
        The fields to read.
    """

    def __init__(self, fields: RecordFields) -> None:
        self._fields = fields

    def batches(self, source: Source) -> Iterator[InputBatch]:
        """Yield all records of an input; blank lines belong to the record after them.

        Raises
        ------
        InputError
            When none of the first records has one of the fields.
        """
        offset, line = 0, 1
        for data in read_whole_lines(source):
            head = UTF8_BOM if offset == 0 and data.startswith(UTF8_BOM) else b""
            lines, start = data[len(head) :].split(b"\n"), offset + len(head)
            objects: list[ObjectPlace] = []
            for number, text in enumerate(lines, start=line):
                end = start + len(text) + 1
                if text.strip():
                    objects.append((text, start, end, number))
                start = end
            batch = self.read_objects(objects)
            if offset == 0 and ARRAY_OF_OBJECTS.match(data, len(head)):
                raise InputError(
                    f"{source.name} is a JSON array, not JSON Lines; leave out format="
                )
            if offset == 0:
                self.check_fields(objects, source.name)
            offset, line = offset + len(data), line + len(lines) - 1
            batch.ends[-1:] = offset  # the last line may lack its break, or blank lines follow
            yield replace(batch, head=head)

    def read_objects(self, objects: Sequence[ObjectPlace]) -> InputBatch:
        """Return a batch of one record for each object."""
        batch = self._read_quickly(objects)
        if batch is None:
            batch = make_batch([self._read_one(*place) for place in objects], self._fields)
        return batch

    def _read_quickly(self, objects: Sequence[ObjectPlace]) -> InputBatch | None:
        """Return a batch by the fast path; None if a record needs the slow one."""
        if self._fields.rank or "." in "".join(self._fields.texts):
            return None
        try:
            records = [orjson.loads(data) for data, *_ in objects]
            texts = [[record.get(name) for record in records] for name in self._fields.texts]
            ids = [record.get(self._fields.id) for record in records]
        except (orjson.JSONDecodeError, AttributeError):
            return None
        if not {type(text) for column in texts for text in column} <= {str, type(None)}:
            return None
        ends = np.array([end for _, _, end, _ in objects], np.int64)
        return InputBatch(b"", texts, ids if self._fields.id else None, None, ends, [])

    def _read_one(self, data: bytes, start: int, end: int, line: int) -> InputRecord:
        """Return the record of one object, or why it cannot be read."""
        fields, record = self._fields, dict[str, Any]()
        try:
            record = loads(data)
            texts = [as_text(value_at(record, field), field) for field in fields.texts]
            record_id = value_at(record, fields.id) if fields.id else None
            rank = as_rank(value_at(record, fields.rank), fields.rank) if fields.rank else 0.0
        except RecordError as error:
            record_id, line = value_at(record, fields.id or "id"), line + error.lines
            return InputRecord(end, id=record_id, reason=str(error), line=line, byte=start)
        return InputRecord(end, texts, record_id, rank)

    def check_fields(self, objects: Sequence[ObjectPlace], name: str) -> None:
        """Raise an error if all of the first records lack a field: its name must be wrong."""
        fields, records = self._fields, []
        for data, *_ in objects:
            with suppress(RecordError):
                records.append(loads(data))
        existing = dict.fromkeys(field for record in records for field in record)
        for group in (fields.texts, [fields.id], [fields.rank]) if existing else ():
            names = [*filter(None, group)]
            places = (parent_of(record, field) for record in records for field in names)
            if names and not any(field in parent for parent, field in places):
                raise InputError(f"{name} {fields.missing_message('field', names, existing)}")

    def with_texts(self, record: bytes, texts: Mapping[str, str]) -> bytes:
        """Return a record with other texts in some fields, and all other bytes unchanged."""
        separator, element = split_separator(record)
        for field, text in texts.items():
            element = with_string(element, field, text)
        return separator + element

    def with_fields(self, record: bytes, values: Mapping[str, Any]) -> bytes:
        """Return a record with additional fields at its end."""
        if any(dumps(name) in record for name in values):
            refuse_existing_fields(values, loads(split_separator(record)[1]))
        end = record.rindex(b"}")
        empty = record[:end].rstrip().endswith(b"{")
        added = dumps(values)[1:-1]
        return record[:end] + (b"" if empty else b",") + added + record[end:]


def read_whole_lines(source: Source) -> Iterator[bytes]:
    """Yield the bytes of an input in segments that end with a line break, except the last one."""
    while data := source.read(READ_BYTES, to_line_end=True):
        yield data
