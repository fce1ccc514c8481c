"""CSV and TSV: kept records keep their bytes.

The compiled core reads records up to the first one that is unusual: one that has a quote in an
unquoted cell, for example, or is no CSV. The module ``csv`` reads the rest of that segment.
"""

import codecs
import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec, module_from_spec
from itertools import chain, pairwise
from typing import Any, NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, U8
from dedup.arrays.native import core, has_core
from dedup.arrays.packed import PackedTexts
from dedup.datasets.formats.jsonl import read_whole_lines
from dedup.datasets.formats.ranks import parse_rank
from dedup.datasets.formats.record_format import (
    InputBatch,
    InputRecord,
    RecordError,
    RecordFields,
    RecordFormat,
    batched,
    decoding_error,
    refuse_existing_fields,
)
from dedup.errors import InputError
from dedup.files.source import Source
from dedup.text.wording import format_count

DELIMITERS = ",;\t|"
MAX_SCANNED_BYTES = 1 << 24  # of one record: a longer one is read line by line


def _csv_without_limit() -> Any:  # noqa: ANN401  a module
    """Return a second instance of the module behind ``csv``, without its limit on cell size.

    The limit (131,072 characters) belongs to a module: changed in the imported one, it would change
    for the whole process.
    """
    spec: Any = find_spec("_csv")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    module.field_size_limit(sys.maxsize)
    return module


csv = _csv_without_limit()


class CoreCells(NamedTuple):
    """The n records that the compiled core found, with f texts and g other cells."""

    ends: I64  # (n,): of each record, in bytes of the data
    texts: U8  # all texts of a record one after the other
    text_offsets: I64  # (n * f + 1,)
    cells: U8  # the other cells
    cell_offsets: I64  # (n * g + 1,)
    is_unusual: bool  # the next record must be read by the module csv


def count_lines(data: bytes) -> int:
    r"""Return the number of line breaks: of ``\n``, ``\r`` and ``\r\n``.

    Examples
    --------
    >>> count_lines(b"one\ntwo\r\nthree\r")
    3
    """
    breaks = int(np.count_nonzero(np.frombuffer(data, np.uint8) == ord("\n")))
    return breaks + data.count(b"\r") - (data.count(b"\r\n") if b"\r" in data else 0)


class CountedLines:
    r"""Yields the lines of segments, and counts them.

    Examples
    --------
    >>> lines = CountedLines(b"one\ntwo\n", iter([b"three\n"]), end=0, number=0)
    >>> next(iter(lines)), lines.end, lines.number, lines.rest
    (b'one\n', 4, 1, b'two\n')
    """

    def __init__(self, data: bytes, segments: Iterator[bytes], end: int, number: int) -> None:
        self.end, self.number = end, number  # of the lines so far: in bytes of the input, and lines
        self._segment, self._begin, self._segments = data, end, segments

    def __iter__(self) -> Iterator[bytes]:
        """Yield the lines."""
        for segment in chain([self._segment], self._segments):
            self._segment, self._begin = segment, self.end
            for line in segment.splitlines(keepends=True):
                self.end, self.number = self.end + len(line), self.number + 1
                yield line

    @property
    def rest(self) -> bytes:
        """What follows the lines so far in their segment."""
        return self._segment[self.end - self._begin :]


class Csv(RecordFormat):
    """Reads records of cells below a header, and changes single cells.

    Parameters
    ----------
    fields
        The columns to read, by their names in the header.
    delimiter
        The character between two cells; detected from the header when None.
    encoding
        The encoding; a line break must be one byte in it.
    """

    def __init__(
        self, fields: RecordFields, delimiter: str | None = None, encoding: str = "utf-8"
    ) -> None:
        self._fields, self._encoding = fields, encoding
        self._delimiters = delimiter or DELIMITERS  # of the header: candidates, until it is read
        self._header: list[str] = []

    def batches(self, source: Source) -> Iterator[InputBatch]:
        """Yield all records of an input.

        Raises
        ------
        InputError
            When the header is missing, lacks a field, or differs from that of the first input.
        """
        segments = read_whole_lines(source)
        first = next(segments, b"")
        head = next(iter(first.splitlines(keepends=True)), b"")
        self._read_header(head, source.name)
        return self._batches(chain([first[len(head) :]], segments), head)

    def _batches(self, segments: Iterator[bytes], head: bytes) -> Iterator[InputBatch]:
        """Yield the records in the segments after a header.

        The compiled core reads each segment up to the first unusual record, and the module ``csv``
        the rest of the segment.
        """
        begin, line, data = len(head), 1, b""
        for segment in segments if self._core_reads_records else ():
            data += segment
            batch, is_unusual = self._read_by_core(data, begin)
            if batch is not None:
                yield replace(batch, head=head)
                size = int(batch.ends[-1]) - begin
                line += count_lines(data[:size])
                begin, data, head = begin + size, data[size:], b""
            if is_unusual or len(data) > MAX_SCANNED_BYTES:
                lines = CountedLines(data, segments, begin, line)
                records = _records_until(self._records(lines), begin + len(data))
                yield from batched(records, self._fields, head)
                begin, line, data, head = lines.end, lines.number, lines.rest, b""
        if head or data.strip(b"\r\n"):
            lines = CountedLines(data, segments, begin, line)
            yield from batched(self._records(lines), self._fields, head)

    @property
    def _core_reads_records(self) -> bool:
        is_byte = len(self._delimiters.encode()) == 1
        return has_core() and is_byte and codecs.lookup(self._encoding).name == "utf-8"

    def _read_by_core(self, data: bytes, begin: int) -> tuple[InputBatch | None, bool]:
        """Return the records at the beginning of the data, and whether the next one is unusual.

        Parameters
        ----------
        begin
            The position of the data in the input.
        """
        fields, width = self._fields, len(self._header)
        columns = np.array([self._header.index(name) for name in fields.all_names])
        delimiter, is_last = ord(self._delimiters), not data.endswith(b"\n")
        count, bytes_of_data = len(fields.texts), np.frombuffer(data, np.uint8)
        found = CoreCells(
            *core.read_csv_records(bytes_of_data, delimiter, is_last, width, columns, count)
        )
        if not len(found.ends):
            return None, found.is_unusual
        utf8, edges = found.cells.tobytes(), found.cell_offsets.tolist()
        cells = [utf8[start:stop].decode() for start, stop in pairwise(edges)]
        other_names = fields.other_names
        cells_of = {
            name: cells[place :: len(other_names)] for place, name in enumerate(other_names)
        }
        ranks = None
        if fields.rank:
            try:
                ranks = [parse_rank(cell, fields.rank) for cell in cells_of[fields.rank]]
            except RecordError:
                return None, True
        missing = np.zeros(len(found.ends) * count, np.bool_)
        batch = InputBatch(
            head=b"",
            texts=PackedTexts(found.texts, found.text_offsets, missing),
            ids=cells_of[fields.id] if fields.id else None,
            ranks=ranks,
            ends=begin + found.ends,
            bad=[],
            sources=cells_of[fields.source] if fields.source else None,
        )
        return batch, found.is_unusual

    def _records(self, lines: "CountedLines") -> Iterator[InputRecord]:
        """Yield the records in lines; when one is yielded, no line after it has been read."""
        reader = self._reader(map(self._decoded, lines))
        while True:
            line, byte = lines.number + 1, lines.end
            try:
                cells = next(reader)
                if cells:  # blank lines belong to the record after them
                    yield self._read(cells, lines.end)
            except StopIteration:
                return
            except (csv.Error, RecordError) as error:
                kind = "" if isinstance(error, RecordError) else "is not valid CSV: "
                yield InputRecord(lines.end, reason=f"{kind}{error}", line=line, byte=byte)

    def _read(self, cells: list[str], end: int) -> InputRecord:
        if len(cells) != len(self._header):
            raise RecordError(
                f"has {format_count(len(cells), 'cell')}, but the header has {len(self._header)}"
            )
        header, fields = self._header, self._fields
        texts = [cells[header.index(field)] for field in fields.texts]
        record_id = cells[header.index(fields.id)] if fields.id else None
        rank = parse_rank(cells[header.index(fields.rank)], fields.rank) if fields.rank else 0.0
        source = cells[header.index(fields.source)] if fields.source else None
        return InputRecord(end, texts, record_id, rank, source=source)

    def _read_header(self, head: bytes, name: str) -> None:
        """Read the column names and the delimiter from a header."""
        encoding = json.detect_encoding(head).upper().replace("-LE", "LE").replace("-BE", "BE")
        if encoding.startswith(("UTF-16", "UTF-32")):
            remedy = f"convert it to UTF-8 (iconv -f {encoding} -t UTF-8)"
            raise InputError(f"{name} looks like {encoding}, which cannot be read as CSV; {remedy}")
        try:
            line = self._decoded(head).removeprefix("\ufeff")
        except RecordError as error:
            raise InputError(f"{name}: header: {error}") from error
        if not line.strip("\r\n"):
            raise InputError(f"{name}: the first line is empty, but must name the columns; fix it")
        fields = self._fields.all_names
        headers: list[list[str]]
        headers = [next(csv.reader([line], delimiter=mark), []) for mark in self._delimiters]
        names = max(headers, key=lambda names: ({*fields} <= {*names}, len(names)))
        missing = [field for field in fields if field not in names]
        if missing:
            problem = self._fields.missing_message("column", missing[:1], names)
            if missing[0] in self._fields.texts:  # perhaps the file has no header
                problem += ", or name the columns in the first line"
            raise InputError(f"{name} {problem}")
        twice = [field for field in fields if names.count(field) > 1]
        if twice:
            raise InputError(f'{name} has two columns "{twice[0]}"; rename one')
        if self._header and names != self._header:
            wrong = "other columns than the first input; clean it separately"
            raise InputError(f"{name} has {wrong}")
        self._header, self._delimiters = names, self._delimiters[headers.index(names)]

    def with_texts(self, record: bytes, texts: Mapping[str, str]) -> bytes:
        """Return a record with other texts in some cells, written as ``csv`` writes records."""
        start = len(record) - len(record.lstrip(b"\r\n"))  # blank lines
        end = len(record.rstrip(b"\r\n"))
        (cells,) = self._reader(io.StringIO(self._decoded(record[start:end]), ""))
        for field, text in texts.items():
            cells[self._header.index(field)] = text
        return record[:start] + self._line(cells) + record[end:]

    def with_fields(self, record: bytes, values: Mapping[str, Any]) -> bytes:
        """Return a record with additional cells at its end."""
        cells = [str(value).lower() if isinstance(value, bool) else value
                 for value in values.values()]  # fmt: skip
        return self._with_cells(record, cells)

    def with_names(self, head: bytes, names: Sequence[str]) -> bytes:
        """Return a header with additional names at its end."""
        refuse_existing_fields(names, self._header)
        return self._with_cells(head, names)

    def _with_cells(self, record: bytes, values: Sequence[object]) -> bytes:
        end = len(record.rstrip(b"\r\n"))
        delimiter = self._delimiters[0].encode(self._encoding)
        return record[:end] + delimiter + self._line(values) + record[end:]

    def _decoded(self, data: bytes) -> str:
        try:
            return data.decode(self._encoding)
        except UnicodeDecodeError as error:
            wrong = decoding_error(error, self._encoding)
            raise RecordError(
                f"{wrong}; choose the encoding with encoding= (latin-1, cp1252, ...)"
            ) from error

    def _reader(self, lines: Iterable[str]) -> Any:  # noqa: ANN401  of csv
        return csv.reader(lines, delimiter=self._delimiters[0], strict=True)

    def _line(self, cells: Sequence[object]) -> bytes:
        buffer = io.StringIO()
        # csv puts a cell with a line break in quotes only if the line terminator contains it.
        writer = csv.writer(buffer, delimiter=self._delimiters[0], lineterminator="\r\n")
        writer.writerow(cells)
        return buffer.getvalue().removesuffix("\r\n").encode(self._encoding)


def _records_until(records: Iterator[InputRecord], end: int) -> Iterator[InputRecord]:
    """Yield records up to the first one that ends at a byte of the input or behind it."""
    for record in records:
        yield record
        if record.end >= end:
            return
