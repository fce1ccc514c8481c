"""CSV and TSV: read by the module ``csv``; kept records keep their bytes."""

import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec, module_from_spec
from typing import Any

from dedup.datasets.formats.jsonl import read_whole_lines
from dedup.datasets.formats.record_format import (
    InputBatch,
    InputRecord,
    RecordError,
    RecordFields,
    RecordFormat,
    batched,
    decoding_error,
    parse_rank,
    refuse_existing_fields,
)
from dedup.errors import InputError
from dedup.files.source import Source
from dedup.text.wording import format_count

DELIMITERS = ",;\t|"


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
        lines = (
            line for piece in read_whole_lines(source) for line in piece.splitlines(keepends=True)
        )
        head = next(lines, b"")
        self._read_header(head, source.name)
        return batched(self._records(lines, len(head)), self._fields, head)

    def _records(self, lines: Iterator[bytes], end: int) -> Iterator[InputRecord]:
        """Yield the records in the lines after a header, which ends at byte ``end``."""
        number = 1

        def counted_line(line: bytes) -> str:
            nonlocal end, number
            end, number = end + len(line), number + 1
            return self._decoded(line)

        reader = self._reader(map(counted_line, lines))
        while True:
            line, byte = number + 1, end
            try:
                cells = next(reader)
                if cells:  # blank lines belong to the record after them
                    yield self._read(cells, end)
            except StopIteration:
                return
            except (csv.Error, RecordError) as error:
                kind = "" if isinstance(error, RecordError) else "is not valid CSV: "
                yield InputRecord(end, reason=f"{kind}{error}", line=line, byte=byte)

    def _read(self, cells: list[str], end: int) -> InputRecord:
        if len(cells) != len(self._header):
            raise RecordError(
                f"has {format_count(len(cells), 'cell')}, but the header has {len(self._header)}"
            )
        header, fields = self._header, self._fields
        texts = [cells[header.index(field)] for field in fields.texts]
        record_id = cells[header.index(fields.id)] if fields.id else None
        rank = parse_rank(cells[header.index(fields.rank)], fields.rank) if fields.rank else 0.0
        return InputRecord(end, texts, record_id, rank)

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
