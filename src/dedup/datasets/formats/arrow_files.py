"""Parquet and Arrow files: read by pyarrow, some rows at a time; ``a.b`` is a field of structs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from dedup.arrays.columns import is_text_type
from dedup.arrays.tabular import import_optional
from dedup.datasets.formats.record_format import InputBatch, RecordError, RecordFields, as_rank
from dedup.errors import InputError
from dedup.files.decoding import READ_REMEDIES
from dedup.files.source import InputState

if TYPE_CHECKING:
    import pyarrow as pa

TableFormat = Literal["parquet", "arrow"]
ColumnPath = tuple[str, ...]  # the name of a column, and those of the fields down from it
TABLE_BATCH_BYTES = 1 << 23  # of a batch, about
TABLE_BATCH_ROWS = 1 << 16  # at most


class TableFile:
    """A file of rows, read from its beginning as often as wanted.

    Parameters
    ----------
    path
        A Parquet file, or one of Arrow's, be it a file or a stream.

    Raises
    ------
    InputError
        When it cannot be read as that.
    MissingLibraryError
        When pyarrow is not installed.
    """

    def __init__(self, path: Path, form: TableFormat) -> None:
        self.path, self.form, self.name = path, form, str(path)
        self.position = 0  # pyarrow does not say how much of the file it read
        with self._explained():
            self._parquet = None
            if form == "parquet":
                self._parquet = import_optional("pyarrow.parquet").ParquetFile(path)
                self.schema: pa.Schema = self._parquet.schema_arrow
            else:
                self.schema = self._arrow()[0]

    @property
    def state(self) -> InputState:
        """What tells whether the file changed: its size and when it was written."""
        status = self.path.stat()
        return InputState(status.st_size, f"{status.st_mtime_ns}")

    @property
    def compression(self) -> str:
        """How the columns are compressed, in the words of pyarrow's writers."""
        if self._parquet is None or not self._parquet.metadata.num_row_groups:
            return "lz4" if self.path.suffix == ".feather" else "none"
        name: str = self._parquet.metadata.row_group(0).column(0).compression
        return {"UNCOMPRESSED": "none", "LZ4_RAW": "lz4"}.get(name, name.lower())

    def find_column(self, name: str, fields: RecordFields) -> ColumnPath:
        """Return where one of the wanted fields is.

        Raises
        ------
        InputError
            When there is none.
        """
        place = find_column(self.schema, name)
        if place is None:
            raise InputError(
                f"{self.path}: {fields.missing_message('column', [name], self.schema.names)}"
            )
        return place

    def batches(self, columns: Sequence[str] | None = None) -> "Iterator[pa.RecordBatch]":
        """Yield all rows, some at a time; with some columns only, or with all."""
        with self._explained():
            if self._parquet is not None:
                about = self._parquet.metadata
                groups = map(about.row_group, range(about.num_row_groups))
                size = max(sum(group.total_byte_size for group in groups), 1)
                rows = min(max(about.num_rows * TABLE_BATCH_BYTES // size, 1), TABLE_BATCH_ROWS)
                for batch in self._parquet.iter_batches(rows, columns=columns):
                    if columns is not None:  # which are looked into
                        batch.validate(full=True)
                    yield batch
                return
            for batch in self._arrow()[1]:
                chosen = batch if columns is None else batch.select(columns)
                # Nothing else does: offsets that point anywhere would be followed.
                chosen.validate(full=True)
                for start in range(0, len(chosen), TABLE_BATCH_ROWS):
                    yield chosen.slice(start, TABLE_BATCH_ROWS)

    def _arrow(self) -> "tuple[pa.Schema, Iterator[pa.RecordBatch]]":
        pa = import_optional("pyarrow")
        source = pa.memory_map(str(self.path))
        if source.read(6) == b"ARROW1":
            file = pa.ipc.open_file(source)
            return file.schema, map(file.get_batch, range(file.num_record_batches))
        source.seek(0)
        stream = pa.ipc.open_stream(source)
        return stream.schema, iter(stream)

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


def table_batches(table: TableFile, fields: RecordFields) -> Iterator[InputBatch]:
    """Yield all rows of a file as records.

    Raises
    ------
    InputError
        When a column is missing, or has no texts, or no numbers or dates.
    """
    places = {name: table.find_column(name, fields) for name in fields.all_names}
    for name in fields.texts:
        kind = column_type(table.schema, places[name])
        if not is_text_type(kind):
            wrong = f'column "{name}" must have texts, got {kind}'
            raise InputError(f"{table.path}: {wrong}; choose one with text=")
    end = 0
    for batch in table.batches(list(dict.fromkeys(place[0] for place in places.values()))):
        columns = {name: get_column(batch, place) for name, place in places.items()}
        yield InputBatch(
            b"",
            [columns[name] for name in fields.texts],
            columns[fields.name].to_pylist() if fields.name else None,
            _ranks(columns[fields.rank], fields.rank, table.path, end) if fields.rank else None,
            np.arange(end + 1, end + len(batch) + 1),
            [],
        )
        end += len(batch)


def _ranks(column: "pa.Array", name: str, path: Path, first: int) -> list[float]:
    ranks = []
    for row, value in enumerate(column.to_pylist()):
        try:
            ranks.append(as_rank(value, name))
        except RecordError as error:
            raise InputError(f"{path}: row {first + row + 1:,}: {error}") from error
    return ranks


def find_column(schema: "pa.Schema | pa.StructType", name: str) -> ColumnPath | None:
    """Return where a field is, None where there is none; a column may have dots in its own name.

    Examples
    --------
    >>> import pyarrow as pa
    >>> schema = pa.schema({"a": pa.struct({"b": pa.string()}), "a.c": pa.string()})
    >>> find_column(schema, "a.b"), find_column(schema, "a.c"), find_column(schema, "a.d")
    (('a', 'b'), ('a.c',), None)
    """
    kinds = {field.name: field.type for field in schema}
    if name in kinds:
        return (name,)
    first, _, rest = name.partition(".")
    if not rest or not import_optional("pyarrow").types.is_struct(kinds.get(first)):
        return None
    inner = find_column(kinds[first], rest)
    return inner and (first, *inner)


def column_type(schema: "pa.Schema", place: ColumnPath) -> "pa.DataType":
    """Return the type of a field."""
    return get_column(schema.empty_table(), place).type


def get_column(batch: "pa.RecordBatch | pa.Table", place: ColumnPath) -> "pa.Array":
    """Return a field as a column, null where what it is in is null."""
    column = batch.column(place[0])
    return (
        import_optional("pyarrow.compute").struct_field(column, place[1:]) if place[1:] else column
    )


def replace_column(
    batch: "pa.RecordBatch", place: ColumnPath, column: "pa.Array"
) -> "pa.RecordBatch":
    """Return a batch with another column in a place, of the same type.

    Examples
    --------
    >>> import pyarrow as pa
    >>> batch = pa.record_batch({"a": [{"b": "one", "n": 1}, None]})
    >>> replace_column(batch, ("a", "b"), pa.array(["two", None])).to_pylist()
    [{'a': {'b': 'two', 'n': 1}}, {'a': None}]
    """
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    columns[place[0]] = _with_field(columns[place[0]], place[1:], column)
    return import_optional("pyarrow").RecordBatch.from_arrays(
        [*columns.values()], schema=batch.schema
    )


def _with_field(structs: "pa.Array", place: ColumnPath, column: "pa.Array") -> "pa.Array":
    if not place:
        return column
    pa = import_optional("pyarrow")
    fields = list(structs.type)
    # As they lie: those of a null are whatever they are.
    inner = [structs.field(number) for number in range(len(fields))]
    number = next(at for at, field in enumerate(fields) if field.name == place[0])
    inner[number] = _with_field(inner[number], place[1:], column)
    return pa.StructArray.from_arrays(inner, fields=fields, mask=structs.is_null())
