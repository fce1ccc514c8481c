"""Write what stays of Parquet and Arrow files: rows in their order, the schema and its metadata."""

from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.arrays.array_types import U8
from dedup.arrays.tabular import filter_arrow, import_optional
from dedup.datasets.decide_records import CHANGE_RECORD, REMOVE_RECORD, Decisions
from dedup.datasets.formats.arrow_files import (
    ColumnPath,
    TableFile,
    TableFormat,
    column_type,
    get_column,
    replace_column,
)
from dedup.datasets.formats.record_format import (
    ANNOTATION_FIELDS,
    RecordError,
    refuse_existing_fields,
)
from dedup.datasets.outputs import OutputFiles, Outputs
from dedup.datasets.read_inputs import changed_input_error
from dedup.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

GROUP_BYTES = 1 << 26  # of rows that are written as one group


class TableShards(OutputFiles):
    """Rows, one after the other; bytes are those that they have in memory."""

    rows = 0
    _schema: "pa.Schema | None" = None
    _like: TableFile | None = None
    _waiting: "tuple[pa.RecordBatch, ...]" = ()
    _size = 0  # of those

    def begin(self, table: TableFile, schema: "pa.Schema") -> None:
        """Begin with the rows of another input, which are to have a schema.

        Raises
        ------
        InputError
            When they are not as those of the input before.
        """
        if self._schema is not None and schema != self._schema:
            reason = "its columns differ from the first input's; clean it separately"
            raise InputError(f"{table.path}: {reason}")
        self._schema, self._like = self._schema or schema, self._like or table

    def write(self, rows: "pa.RecordBatch") -> None:
        """Write some rows."""
        if self._file is None:
            self._file = self._opened()
        self._waiting += (rows,)
        self._size += rows.nbytes
        self.rows += len(rows)
        self.files[-1].bytes += rows.nbytes
        if self._size >= GROUP_BYTES:
            self._flush()
        if self._is_full():
            self.close()

    def close(self) -> None:
        """End the file; where there is none, one without rows."""
        self._flush()
        super().close()

    def _flush(self) -> None:
        if self._waiting:
            table = import_optional("pyarrow").Table.from_batches(self._waiting, self._schema)
            self._file.write_table(table)
            self._waiting, self._size = (), 0

    def _opened(self) -> Any:  # noqa: ANN401  a writer of pyarrow's
        # Asked before its first rows were read, a damaged file would end the process.
        assert self._like is not None, "begin comes first"
        pa = import_optional("pyarrow")
        sink, compression = pa.PythonFile(self._begin_file(), mode="w"), self._like.compression
        if self._like.form == "parquet":
            parquet = import_optional("pyarrow.parquet")
            return parquet.ParquetWriter(sink, self._schema, compression=compression)
        options = pa.ipc.IpcWriteOptions(
            compression=None if compression == "none" else compression, emit_dictionary_deltas=True
        )
        return pa.ipc.new_file(sink, self._schema, options=options)


def write_tables(form: TableFormat, decisions: Decisions, outputs: Outputs) -> int:
    """Write the rows of all inputs, each to its output; return how many.

    Raises
    ------
    InputError
        When an input is no longer what it was when it was read.
    """
    options, actions = decisions.rows.job.options, decisions.actions
    for read, output in zip(decisions.rows.written, outputs.files, strict=True):
        table = TableFile(read.path, form)
        if table.state != read.state:
            raise changed_input_error(read.path)
        schema = _annotated(table, decisions) if options.annotate else table.schema
        output.begin(table, schema)
        first = read.rows.start
        for batch in table.batches():
            rows = range(first, first + len(batch))
            if options.annotate:
                output.write(_with_annotations(batch, rows, decisions, schema))
            else:
                output.write(_cleaned(batch, table, rows, decisions, actions[first : rows.stop]))
            first = rows.stop
    for output in outputs.distinct:
        output.close()
    return sum(output.rows for output in outputs.distinct)


def _cleaned(
    batch: "pa.RecordBatch", table: TableFile, rows: range, decisions: Decisions, actions: U8
) -> "pa.RecordBatch":
    """Return what stays of some rows, which have these numbers among all."""
    texts = {
        row: decisions.texts(rows[row]) for row in np.flatnonzero(actions == CHANGE_RECORD).tolist()
    }
    for name in decisions.rows.job.options.text if texts else ():
        place = table.find_column(name, decisions.rows.job.options.record_fields)
        batch = _with_texts(table, batch, place, {row: texts[row][name] for row in texts})
    stays = actions != REMOVE_RECORD
    return batch if stays.all() else filter_arrow(batch, stays)


def _with_texts(
    table: TableFile, batch: "pa.RecordBatch", place: ColumnPath, texts: dict[int, str]
) -> "pa.RecordBatch":
    """Return a batch in which some rows have other texts in a column.

    Raises
    ------
    InputError
        When the column has one dictionary for the whole file.
    """
    column = get_column(batch, place)
    if table.form == "arrow" and import_optional("pyarrow").types.is_dictionary(column.type):
        raise InputError(
            f"{table.path}: column {'.'.join(place)} uses a dictionary, which an Arrow file has "
            "once; decode it first, or give within=False"
        )
    # pyarrow 26 replaces no string views, and nothing in a dictionary.
    values = column.to_pylist()
    for row, text in texts.items():
        if column[row].is_valid:
            values[row] = text
    return replace_column(batch, place, import_optional("pyarrow").array(values, column.type))


def _annotated(table: TableFile, decisions: Decisions) -> "pa.Schema":
    """Return the schema of rows with what was found out about each."""
    pa = import_optional("pyarrow")
    # Rows of references are called by their file.
    witness = pa.string() if decisions.rows.reference_count else pa.int64()
    fields = decisions.rows.job.options.record_fields
    if fields.name:
        witness = column_type(table.schema, table.find_column(fields.name, fields))
    schema = table.schema
    try:
        refuse_existing_fields(ANNOTATION_FIELDS, schema.names)
    except RecordError as error:
        raise InputError(f"{table.path}: {error}") from error
    for name, kind in zip(ANNOTATION_FIELDS, (pa.bool_(), witness, pa.float32()), strict=True):
        schema = schema.append(pa.field(name, kind))
    return schema


def _with_annotations(
    batch: "pa.RecordBatch", rows: range, decisions: Decisions, schema: "pa.Schema"
) -> "pa.RecordBatch":
    """Return some rows, which have these numbers among all, with what was found out about each."""
    pa = import_optional("pyarrow")
    kinds, values = schema.types[-len(ANNOTATION_FIELDS) :], [*map(decisions.annotation, rows)]
    keep, names, similarity = ([value[place] for value in values] for place in range(3))
    if pa.types.is_string(kinds[1]):
        names = [None if name is None else str(name) for name in names]
    added = map(pa.array, (keep, names, similarity), kinds)
    return pa.RecordBatch.from_arrays([*batch.columns, *added], schema=schema)
