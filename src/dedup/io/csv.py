"""CSV and TSV: read by ``csv``, and written again as the bytes they were."""

import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec, module_from_spec
from typing import Any

from dedup.errors import InputError
from dedup.io.jsonl import whole_lines
from dedup.io.records import (
    Batch,
    Fields,
    Record,
    RecordError,
    RecordFormat,
    in_batches,
    lacking,
    rank_said,
    refuse_taken,
    undecodable,
)
from dedup.io.source import Source
from dedup.units import counted

DELIMITERS = ",;\t|"


def _csv_without_limit() -> Any:  # noqa: ANN401  a module
    """Return another instance of the module behind ``csv``, with no limit of the size of a cell.

    The limit (131,072 characters) belongs to the module: raised in the one that is imported, it
    would be raised for the whole process.
    """
    spec = find_spec("_csv")
    assert spec is not None
    assert spec.loader is not None
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
        What stands between two cells; told by the header when None.
    encoding
        Of the text, one in which a line break is one byte.
    """

    def __init__(
        self, fields: Fields, delimiter: str | None = None, encoding: str = "utf-8"
    ) -> None:
        self._fields, self._delimiter, self._encoding = fields, delimiter, encoding
        self._header: list[str] = []
        self._columns: list[int] = []  # of the wanted fields

    def batches(self, source: Source) -> Iterator[Batch]:
        """Yield all records of an input.

        Raises
        ------
        InputError
            When it has no header, or that has not the text, or is not that of the input before.
        """
        lines = (line for piece in whole_lines(source) for line in piece.splitlines(keepends=True))
        head = next(lines, b"")
        self._take_head(head, source.name)
        return in_batches(self._records(lines, len(head)), self._fields, head)

    def _records(self, lines: Iterator[bytes], offset: int) -> Iterator[Record]:
        """Yield the records in lines behind a header, which ends at ``offset``."""
        number = 1

        def decoded(line: bytes) -> str:
            nonlocal offset, number
            offset, number = offset + len(line), number + 1
            return line.decode(self._encoding)

        reader = csv.reader(map(decoded, lines), delimiter=self._delimiter or ",", strict=True)
        while True:
            first = number + 1
            try:
                cells = next(reader)
                if cells:  # a blank line belongs to the record behind it
                    yield self._read(cells, offset)
            except StopIteration:
                return
            except UnicodeDecodeError as error:
                yield Record(offset, reason=undecodable(error, self._encoding), line=first)
            except csv.Error as error:
                yield Record(offset, reason=f"is not valid CSV: {error}", line=first)
            except RecordError as error:
                yield Record(offset, reason=str(error), line=first)

    def _read(self, cells: list[str], end: int) -> Record:
        if len(cells) != len(self._header):
            raise RecordError(
                f"has {counted(len(cells), 'cell')}, but the header has {len(self._header)}"
            )
        header, wanted = self._header, self._fields
        texts = [cells[column] for column in self._columns]
        name = cells[header.index(wanted.name)] if wanted.name else None
        rank = rank_said(cells[header.index(wanted.rank)], wanted.rank) if wanted.rank else 0.0
        return Record(end, texts, name, rank)

    def with_texts(self, record: bytes, texts: Mapping[str, str]) -> bytes:
        """Return a record in which some cells have other texts, written as ``csv`` writes it."""
        start = len(record) - len(record.lstrip(b"\r\n"))  # blank lines
        end = len(record.rstrip(b"\r\n"))
        line = record[start:end].decode(self._encoding)
        (cells,) = csv.reader(io.StringIO(line, ""), delimiter=self._delimiter or ",", strict=True)
        for field, text in texts.items():
            cells[self._header.index(field)] = text
        return record[:start] + self._line(cells) + record[end:]

    def with_fields(self, record: bytes, values: Mapping[str, Any]) -> bytes:
        """Return a record with more cells behind those that it has."""
        shown = ["" if value is None else str(value).lower() if isinstance(value, bool) else value
                 for value in values.values()]  # fmt: skip
        return self._with_cells(record, shown)

    def with_names(self, head: bytes, names: Sequence[str]) -> bytes:
        """Return a header with more names behind those that it has."""
        refuse_taken(names, self._header)
        return self._with_cells(head, names)

    def _take_head(self, head: bytes, name: str) -> None:
        """Learn from a header what the columns are, and what stands between two cells."""
        try:
            line = head.decode(self._encoding)
        except UnicodeDecodeError as error:
            raise InputError(f"{name}: its header {undecodable(error, self._encoding)}") from error
        if not line.strip("\ufeff\r\n"):
            raise InputError(f"{name}: its first line is empty, but must name the columns")
        wanted = [*self._fields.texts, *filter(None, (self._fields.name, self._fields.rank))]
        found: list[str] = []
        names: list[str] = []
        for delimiter in self._delimiter or DELIMITERS:
            names = next(csv.reader([line.removeprefix("\ufeff")], delimiter=delimiter), [])
            found = max(found, names, key=len)
            if set(wanted) <= set(names):
                break
        else:
            missing = next(field for field in wanted if field not in found)
            reason = lacking("column", [missing], found, self._fields.flag_of(missing))
            raise InputError(f"{name}: {reason}")
        if self._header and names != self._header:
            reason = "its columns differ from the first input's; clean it separately"
            raise InputError(f"{name}: {reason}")
        self._header, self._delimiter = names, delimiter
        self._columns = [names.index(field) for field in self._fields.texts]

    def _with_cells(self, record: bytes, values: Sequence[object]) -> bytes:
        end = len(record.rstrip(b"\r\n"))
        delimiter = (self._delimiter or ",").encode(self._encoding)
        return record[:end] + delimiter + self._line(values) + record[end:]

    def _line(self, cells: Sequence[object]) -> bytes:
        buffer = io.StringIO()
        # Cells with line breaks get quotes only where these may end a line.
        writer = csv.writer(buffer, delimiter=self._delimiter or ",", lineterminator="\r\n")
        writer.writerow(cells)
        return buffer.getvalue().removesuffix("\r\n").encode(self._encoding)
