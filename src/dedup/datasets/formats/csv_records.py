"""CSV and TSV: read by ``csv``, and written again as the bytes they were."""

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
    """Return another instance of the module behind ``csv``, with no limit of the size of a cell.

    The limit (131,072 characters) belongs to the module: raised in the one that is imported, it
    would be raised for the whole process.
    """
    spec: Any = find_spec("_csv")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    module.field_size_limit(sys.maxsize)
    return module


csv = _csv_without_limit()


class Csv(RecordFormat):
    """Reads records of cells below a header, and changes cells of them.

    Parameters
    ----------
    fields
        Which are wanted, by the names in the header.
    delimiter
        The character between two cells; detected from the header when None.
    encoding
        Of the text, one in which a line break is one byte.
    """

    def __init__(
        self, fields: RecordFields, delimiter: str | None = None, encoding: str = "utf-8"
    ) -> None:
        self._fields, self._encoding = fields, encoding
        self._delimiters = delimiter or DELIMITERS  # candidates, and then that of the header
        self._header: list[str] = []

    def batches(self, source: Source) -> Iterator[InputBatch]:
        """Yield all records of an input.

        Raises
        ------
        InputError
            When it has no header, or that has not the text, or is not that of the input before.
        """
        lines = (
            line for piece in read_whole_lines(source) for line in piece.splitlines(keepends=True)
        )
        head = next(lines, b"")
        self._read_header(head, source.name)
        return batched(self._records(lines, len(head)), self._fields, head)

    def _records(self, lines: Iterator[bytes], end: int) -> Iterator[InputRecord]:
        """Yield the records in lines behind a header, which ends at ``end``."""
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
                if cells:  # a blank line belongs to the record behind it
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
        header, wanted = self._header, self._fields
        texts = [cells[header.index(field)] for field in wanted.texts]
        name = cells[header.index(wanted.name)] if wanted.name else None
        rank = parse_rank(cells[header.index(wanted.rank)], wanted.rank) if wanted.rank else 0.0
        return InputRecord(end, texts, name, rank)

    def _read_header(self, head: bytes, name: str) -> None:
        """Read the columns and the delimiter from a header."""
        encoding = json.detect_encoding(head).upper().replace("-LE", "LE").replace("-BE", "BE")
        if encoding.startswith(("UTF-16", "UTF-32")):
            remedy = f"convert it to UTF-8 (iconv -f {encoding} -t UTF-8)"
            raise InputError(f"{name}: looks like {encoding}, which is not read as CSV; {remedy}")
        try:
            line = self._decoded(head).removeprefix("\ufeff")
        except RecordError as error:
            raise InputError(f"{name}: its header: {error}") from error
        if not line.strip("\r\n"):
            raise InputError(f"{name}: its first line is empty, but must name the columns")
        wanted = self._fields.all_names
        headers: list[list[str]]
        headers = [next(csv.reader([line], delimiter=mark), []) for mark in self._delimiters]
        names = max(headers, key=lambda names: ({*wanted} <= {*names}, len(names)))
        missing = [field for field in wanted if field not in names]
        if missing:
            raise InputError(
                f"{name}: {self._fields.missing_message('column', missing[:1], names)}"
            )
        if self._header and names != self._header:
            reason = "its columns differ from the first input's; clean it separately"
            raise InputError(f"{name}: {reason}")
        self._header, self._delimiters = names, self._delimiters[headers.index(names)]

    def with_texts(self, record: bytes, texts: Mapping[str, str]) -> bytes:
        """Return a record in which some cells have other texts, written as ``csv`` writes it."""
        start = len(record) - len(record.lstrip(b"\r\n"))  # blank lines
        end = len(record.rstrip(b"\r\n"))
        (cells,) = self._reader(io.StringIO(self._decoded(record[start:end]), ""))
        for field, text in texts.items():
            cells[self._header.index(field)] = text
        return record[:start] + self._line(cells) + record[end:]

    def with_fields(self, record: bytes, values: Mapping[str, Any]) -> bytes:
        """Return a record with more cells at its end."""
        shown = [str(value).lower() if isinstance(value, bool) else value
                 for value in values.values()]  # fmt: skip
        return self._with_cells(record, shown)

    def with_names(self, head: bytes, names: Sequence[str]) -> bytes:
        """Return a header with more names at its end."""
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
        # Cells with line breaks get quotes only where these may end a line.
        writer = csv.writer(buffer, delimiter=self._delimiters[0], lineterminator="\r\n")
        writer.writerow(cells)
        return buffer.getvalue().removesuffix("\r\n").encode(self._encoding)
