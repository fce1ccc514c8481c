"""Parquet and Arrow files: read by pyarrow in batches; ``a.b`` is a field of a struct."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import numpy as np

from dedup.arrays.columns import is_text_type
from dedup.arrays.long_arrays import row_batches
from dedup.arrays.parallel import offsets_of
from dedup.arrays.tabular import import_optional
from dedup.datasets.formats.arrow_compression import NO_COMPRESSION, batch_compression
from dedup.datasets.formats.ranks import Rank, as_rank
from dedup.datasets.formats.record_format import InputBatch, RecordError, RecordFields
from dedup.errors import InputError
from dedup.files.address import Address
from dedup.files.decoding import READ_REMEDIES
from dedup.files.location import Location, local_file
from dedup.files.source import InputState
from dedup.matching.sources import as_source

if TYPE_CHECKING:
    import pyarrow as pa

TableFormat = Literal["parquet", "arrow"]
TablePart = Callable[[], Any]  # reads rows of some columns: a table or batch of pyarrow
ColumnPath = tuple[str, ...]  # the name of a column, and of the fields nested in it
TABLE_BATCH_BYTES = 1 << 23  # of a batch, approximately
TABLE_BATCH_ROWS = 1 << 16  # at most
SMALL_GROUP_SHARE = 2  # a row group of up to so many batches is decoded at once
ARROW_MAGIC, ARROW_FILE_HEAD_BYTES = b"ARROW1", 8  # messages follow the head, as in a stream
BUFFER_BYTES = 1 << 20  # of each column, read at a time; pyarrow would hold the whole file


def file_state(path: Location) -> InputState:
    """Return the size and time of modification of a file, to detect changes."""
    local = local_file(path)
    if local is None:  # an object that is read once
        return InputState(path.stat().st_size, "")
    status = local.stat()
    return InputState(status.st_size, f"{status.st_mtime_ns}")


class TableFile:
    """A file of rows, which can be read several times.

    Parameters
    ----------
    path
        A Parquet file, or an Arrow IPC file or stream.

    Raises
    ------
    InputError
        When it cannot be read in this format.
    MissingLibraryError
        When pyarrow is not installed.
    """

    def __init__(self, path: Location, form: TableFormat) -> None:
        self.path, self.form, self.name = path, form, str(path)
        self.position = 0  # approximate number of bytes read so far
        with self._explained():
            self.state = file_state(path)  # when it was opened
            self._parquet: Any = None  # of pyarrow
            if form == "parquet":
                self._parquet = self._open_parquet()
                self.schema: pa.Schema = self._parquet.schema_arrow
            else:
                self.schema = self._arrow()[0]

    @property
    def has_changed(self) -> bool:
        """Whether the file has changed since it was opened."""
        return file_state(self.path) != self.state

    @property
    def is_stream(self) -> bool:
        """Whether it is an Arrow stream, which has no table of its batches at the end."""
        with self._explained():
            return self._parquet is None and self._arrow_source()[1]

    @property
    def compression(self) -> str:
        """The compression of the columns, as pyarrow's writers name it."""
        if self._parquet is None:
            with self._explained():
                source, is_stream = self._arrow_source()
                source.seek(0 if is_stream else ARROW_FILE_HEAD_BYTES)
                messages = import_optional("pyarrow").ipc.MessageReader.open_stream(source)
                return batch_compression(messages)
        if not self._parquet.metadata.num_row_groups:
            return NO_COMPRESSION
        name: str = self._parquet.metadata.row_group(0).column(0).compression
        return {"UNCOMPRESSED": NO_COMPRESSION, "LZ4_RAW": "lz4"}.get(name, name.lower())

    def find_column(self, name: str, fields: RecordFields) -> ColumnPath:
        """Return the path of a field.

        Raises
        ------
        InputError
            When there is no such field, or two columns have its name.
        """
        path = find_column(self.schema, name)
        if path is None:
            raise InputError(
                f"{self.path} {fields.missing_message('column', [name], self.schema.names)}"
            )
        repeated = repeated_name(self.schema, path)
        if repeated is not None:
            reason = f'has two columns "{repeated}"; rename one of them'
            raise InputError(f"{self.path} {reason}")
        return path

    def parts(self, columns: Sequence[str]) -> "Iterator[tuple[int, TablePart]]":
        """Yield all rows of some columns in parts: the number of rows, and what reads them.

        Other threads may read the parts: they decode small row groups of Parquet. Large row groups
        are decoded here, since their parts can only be decoded one after the other.
        """
        runs = self._small_groups()
        if not runs:
            for batch in self.batches(columns):
                yield len(batch), partial(_as_it_is, batch)
        done, all_rows = 0, self._parquet.metadata.num_rows if runs else 0
        for groups, rows in runs:
            done += rows
            self.position = self.state.bytes * done // max(all_rows, 1)
            yield rows, partial(self._read_groups, groups, columns)

    def _small_groups(self) -> list[tuple[range, int]]:
        """Return runs of row groups of Parquet, each with its rows; none if a group is large."""
        if self._parquet is None or local_file(self.path) is None:
            return []
        about = self._parquet.metadata
        groups = [about.row_group(number) for number in range(about.num_row_groups)]
        rows = np.array([group.num_rows for group in groups], np.int64)
        sizes = np.array([group.total_byte_size for group in groups], np.int64)
        # A batch is full if it has the bytes or the rows of the largest one.
        full = TABLE_BATCH_BYTES * TABLE_BATCH_ROWS
        shares = np.maximum(sizes * TABLE_BATCH_ROWS, rows * TABLE_BATCH_BYTES)
        if not groups or shares.max() > SMALL_GROUP_SHARE * full:
            return []
        runs = row_batches(offsets_of(shares), full, len(groups))
        return [(range(first, last), int(rows[first:last].sum())) for first, last in runs]

    def _read_groups(self, groups: range, columns: Sequence[str]) -> "pa.Table":
        with self._explained():
            file = self._open_parquet(self._parquet.metadata)
            rows = file.read_row_groups([*groups], columns, use_threads=False)
            rows.validate(full=True)
        return rows

    def _open_parquet(self, metadata: Any = None) -> Any:  # noqa: ANN401  of pyarrow
        return import_optional("pyarrow.parquet").ParquetFile(
            self._file(), metadata=metadata, buffer_size=BUFFER_BYTES, pre_buffer=False
        )

    def batches(
        self, columns: Sequence[str] | None = None, *, validates: bool = True
    ) -> "Iterator[pa.RecordBatch]":
        """Yield all rows in batches, with some columns or all.

        Values of Parquet need not be validated if they are only written again.
        """
        with self._explained():
            size = self.state.bytes
            batches = self._arrow_batches if self._parquet is None else self._parquet_batches
            for share, batch in batches(columns):
                if validates and self._parquet is not None:
                    batch.validate(full=True)
                self.position = int(size * share)
                yield batch

    def _parquet_batches(
        self, columns: Sequence[str] | None
    ) -> "Iterator[tuple[float, pa.RecordBatch]]":
        """Yield all rows in batches, each with the share of rows up to its end."""
        about, done = self._parquet.metadata, 0
        groups = map(about.row_group, range(about.num_row_groups))
        size = sum(group.total_byte_size for group in groups)
        for batch in self._parquet.iter_batches(_batch_rows(about.num_rows, size), columns=columns):
            done += len(batch)
            yield done / max(about.num_rows, 1), batch

    def _arrow_batches(
        self, columns: Sequence[str] | None
    ) -> "Iterator[tuple[float, pa.RecordBatch]]":
        """Yield all rows in batches, each with the share of the file up to its end."""
        for share, batch in self._arrow()[1]:
            chosen = batch if columns is None else batch.select(columns)
            # pyarrow does not check the offsets in a file: wrong ones would read any memory.
            chosen.validate(full=True)
            rows = _batch_rows(len(chosen), chosen.nbytes)
            for start in range(0, len(chosen), rows):
                yield share, chosen.slice(start, rows)

    def _file(self) -> Path | BinaryIO:
        """Return the local file, or the remote object as a file if it is not copied."""
        local = local_file(self.path)
        if local is not None:
            return local
        assert isinstance(self.path, Address)
        return self.path.open(seekable=True)

    def _arrow(self) -> "tuple[pa.Schema, Iterator[tuple[float, pa.RecordBatch]]]":
        """Return the schema, and all batches, each with the share of the file up to its end."""
        pa, (source, is_stream) = import_optional("pyarrow"), self._arrow_source()
        if is_stream:
            stream = pa.ipc.open_stream(source)
            return stream.schema, ((source.tell() / source.size(), batch) for batch in stream)
        table = pa.ipc.open_file(source)
        count = table.num_record_batches
        numbered = range(count)
        return table.schema, (((at + 1) / count, table.get_batch(at)) for at in numbered)

    def _arrow_source(self) -> tuple[Any, bool]:
        """Return an open file of pyarrow, and whether it is a stream of messages."""
        pa, file = import_optional("pyarrow"), self._file()
        source = pa.memory_map(str(file)) if isinstance(file, Path) else pa.PythonFile(file, "r")
        is_stream = source.read(len(ARROW_MAGIC)) != ARROW_MAGIC
        source.seek(0)
        return source, is_stream

    @contextmanager
    def _explained(self) -> Iterator[None]:
        pa = import_optional("pyarrow")
        try:
            yield
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            reason = str(error).partition("\n")[0].rstrip(".")
            wrong = f"cannot be read as {self.form} ({reason})"
            remedy = READ_REMEDIES.get(
                type(error), f"{wrong}; fetch it again, or choose its format with format="
            )
            raise InputError(f"{self.path}: {remedy}") from error


def _batch_rows(rows: int, size: int) -> int:
    """Return the number of rows of a batch, where ``rows`` have so many bytes."""
    return min(max(rows * TABLE_BATCH_BYTES // max(size, 1), 1), TABLE_BATCH_ROWS)


def _as_it_is(rows: "pa.RecordBatch") -> "pa.RecordBatch":
    return rows


def table_batches(table: TableFile, fields: RecordFields) -> Iterator[Callable[[], InputBatch]]:
    """Yield functions that read all rows of a file as records, a batch each.

    Raises
    ------
    InputError
        When a column is missing, a column of texts has no texts, or one of sources no texts or
        integers; from the functions, when a rank is not a number or date.
    """
    paths = {name: table.find_column(name, fields) for name in fields.all_names}
    parameter_of = dict.fromkeys(filter(None, [fields.source]), "source")
    for name, parameter in (parameter_of | dict.fromkeys(fields.texts, "text")).items():
        kind = column_type(table.schema, paths[name])
        is_source = parameter == "source"
        is_number = is_source and import_optional("pyarrow").types.is_integer(kind)
        if not is_text_type(kind) and not is_number:
            expected = "texts or integers" if is_source else "texts"
            wrong = f'column "{name}" must have {expected}, got {kind}'
            raise InputError(f"{table.path}: {wrong}; choose one with {parameter}=")
    first = 0
    for count, read in table.parts(list(dict.fromkeys(path[0] for path in paths.values()))):
        yield partial(_read_part, read, paths, fields, table.path, first)
        first += count


def _read_part(
    read: TablePart,
    paths: Mapping[str, ColumnPath],
    fields: RecordFields,
    file: Location,
    first: int,
) -> InputBatch:
    """Read rows of a file, the first of which has the number ``first``, from 0."""
    rows = read()
    columns = {name: get_column(rows, path) for name, path in paths.items()}
    return InputBatch(
        b"",
        [columns[name] for name in fields.texts],
        columns[fields.id].to_pylist() if fields.id else None,
        _ranks(columns[fields.rank], fields.rank, file, first) if fields.rank else None,
        np.arange(first + 1, first + len(rows) + 1),
        [],
        sources=[*map(as_source, columns[fields.source].to_pylist())] if fields.source else None,
    )


def _ranks(column: "pa.Array", name: str, path: Location, first: int) -> list[Rank]:
    ranks = []
    if column.type == import_optional("pyarrow").timestamp("ns", getattr(column.type, "tz", None)):
        # Python has no dates with nanoseconds.
        numbers = column.cast("int64").to_pylist()
        values = [None if number is None else Decimal(number).scaleb(-9) for number in numbers]
    else:
        values = column.to_pylist()
    for row, value in enumerate(values):
        try:
            ranks.append(as_rank(value, name))
        except RecordError as error:
            raise InputError(f"{path}: row {first + row + 1:,}: {error}") from error
    return ranks


def find_column(schema: "pa.Schema | pa.StructType", name: str) -> ColumnPath | None:
    """Return the path of a field, None if there is none; the name of a column may have dots.

    Examples
    --------
    >>> import pyarrow as pa
    >>> schema = pa.schema({"a": pa.struct({"b": pa.string()}), "a.c": pa.string()})
    >>> find_column(schema, "a.b"), find_column(schema, "a.c"), find_column(schema, "a.d")
    (('a', 'b'), ('a.c',), None)
    >>> find_column(schema, "b.c")
    """
    kinds = {field.name: field.type for field in schema}
    if name in kinds:
        return (name,)
    first, _, rest = name.partition(".")
    if first not in kinds or not import_optional("pyarrow").types.is_struct(kinds[first]):
        return None
    inner = find_column(kinds[first], rest)
    return inner and (first, *inner)


def repeated_name(schema: "pa.Schema | pa.StructType", path: ColumnPath) -> str | None:
    """Return the first name of a path that two columns or fields have; None if all are unique.

    Examples
    --------
    >>> import pyarrow as pa
    >>> fields = [pa.field("b", pa.string())] * 2
    >>> repeated_name(pa.schema([pa.field("a", pa.struct(fields))]), ("a", "b"))
    'b'
    """
    for name in path:
        found = [field for field in schema if field.name == name]
        if len(found) > 1:
            return name
        schema = found[0].type
    return None


def is_string_type(kind: "pa.DataType") -> bool:
    """Return whether a column holds each text itself: it has no dictionary."""
    pa = import_optional("pyarrow")
    return kind in (pa.string(), pa.large_string(), pa.string_view())


def column_type(schema: "pa.Schema", path: ColumnPath) -> "pa.DataType":
    """Return the type of a field."""
    return get_column(schema.empty_table(), path).type


def get_column(batch: "pa.RecordBatch | pa.Table", path: ColumnPath) -> "pa.Array":
    """Return a field as a column, null where a struct around it is null."""
    column = batch.column(path[0])
    return import_optional("pyarrow.compute").struct_field(column, path[1:]) if path[1:] else column


def replace_column(
    batch: "pa.RecordBatch", path: ColumnPath, column: "pa.Array"
) -> "pa.RecordBatch":
    """Return a batch in which another column of the same type replaces one.

    Examples
    --------
    >>> import pyarrow as pa
    >>> batch = pa.record_batch({"a": [{"b": "one", "n": 1}, None]})
    >>> replace_column(batch, ("a", "b"), pa.array(["two", None])).to_pylist()
    [{'a': {'b': 'two', 'n': 1}}, {'a': None}]
    """
    columns, number = [*batch.columns], batch.schema.get_field_index(path[0])
    columns[number] = _with_field(columns[number], path[1:], column)
    return import_optional("pyarrow").RecordBatch.from_arrays(columns, schema=batch.schema)


def _with_field(structs: "pa.Array", path: ColumnPath, column: "pa.Array") -> "pa.Array":
    if not path:
        return column
    pa = import_optional("pyarrow")
    fields = list(structs.type)
    # The raw children: below a null struct their values do not matter.
    inner = [structs.field(number) for number in range(len(fields))]
    number = next(at for at, field in enumerate(fields) if field.name == path[0])
    inner[number] = _with_field(inner[number], path[1:], column)
    return pa.StructArray.from_arrays(inner, fields=fields, mask=structs.is_null())
