"""Write the kept rows of Parquet and Arrow files, with the schema and its metadata."""

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

GROUP_BYTES = 1 << 26  # of the rows in one row group


class TableShards(OutputFiles):
    """Output files of rows; sizes are those of the rows in memory."""

    rows = 0
    _schema: "pa.Schema | None" = None
    _like: TableFile | None = None
    _buffered: "tuple[pa.RecordBatch, ...]" = ()
    _buffered_bytes = 0

    def begin(self, table: TableFile, schema: "pa.Schema") -> None:
        """Begin with the rows of another input.

        Raises
        ------
        InputError
            When its columns differ from those of the first input.
        """
        if self._schema is not None and schema != self._schema:
            wrong = "other columns than the first input; clean it separately"
            raise InputError(f"{table.path} has {wrong}")
        self._schema, self._like = self._schema or schema, self._like or table

    def write(self, rows: "pa.RecordBatch") -> None:
        """Write rows."""
        if self._file is None:
            self._file = self._opened()
        self._buffered += (rows,)
        self._buffered_bytes += rows.nbytes
        self.rows += len(rows)
        self.files[-1].bytes += rows.nbytes
        if self._buffered_bytes >= GROUP_BYTES:
            self._flush()
        if self._is_full():
            self.close()

    def close(self) -> None:
        """Close the file; write one without rows if there was none."""
        self._flush()
        super().close()

    def _flush(self) -> None:
        if self._buffered:
            table = import_optional("pyarrow").Table.from_batches(self._buffered, self._schema)
            self._file.write_table(table)
            self._buffered, self._buffered_bytes = (), 0

    def _opened(self) -> Any:  # noqa: ANN401  a writer of pyarrow's
        # pyarrow crashes if it is asked for the compression of a damaged file before its rows are
        # read.
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
    """Write the kept rows of each input to its output; return their number.

    Raises
    ------
    InputError
        When an input changed since it was read.
    """
    options, actions = decisions.rows.job.options, decisions.actions
    for read, output in zip(decisions.rows.inputs_to_write, outputs.files, strict=True):
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
    """Return the kept rows of a batch, with cleaned texts; ``rows`` are its rows in the table."""
    texts = {
        row: decisions.texts(rows[row]) for row in np.flatnonzero(actions == CHANGE_RECORD).tolist()
    }
    for name in decisions.rows.job.options.text if texts else ():
        path = table.find_column(name, decisions.rows.job.options.record_fields)
        batch = _with_texts(table, batch, path, {row: texts[row][name] for row in texts})
    kept = actions != REMOVE_RECORD
    return batch if kept.all() else filter_arrow(batch, kept)


def _with_texts(
    table: TableFile, batch: "pa.RecordBatch", path: ColumnPath, texts: dict[int, str]
) -> "pa.RecordBatch":
    """Return a batch in which a column has other texts in some rows.

    Raises
    ------
    InputError
        When the column is encoded with one dictionary for the whole file.
    """
    column = get_column(batch, path)
    if table.form == "arrow" and import_optional("pyarrow").types.is_dictionary(column.type):
        raise InputError(
            f"{table.path}: column {'.'.join(path)} is encoded with a dictionary, which cannot be "
            "changed; decode it first, or give within=False"
        )
    # pyarrow 26 cannot replace values of string views or dictionaries.
    values = column.to_pylist()
    for row, text in texts.items():
        if column[row].is_valid:
            values[row] = text
    return replace_column(batch, path, import_optional("pyarrow").array(values, column.type))


def _annotated(table: TableFile, decisions: Decisions) -> "pa.Schema":
    """Return the schema of the annotated rows."""
    pa = import_optional("pyarrow")
    # The id of a reference contains its path.
    witness = pa.string() if decisions.rows.reference_count else pa.int64()
    fields = decisions.rows.job.options.record_fields
    if fields.id:
        witness = column_type(table.schema, table.find_column(fields.id, fields))
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
    """Return a batch with annotations; ``rows`` are its rows in the table."""
    pa = import_optional("pyarrow")
    kinds, values = schema.types[-len(ANNOTATION_FIELDS) :], [*map(decisions.annotation, rows)]
    keep, witnesses, similarity = ([value[column] for value in values] for column in range(3))
    if pa.types.is_string(kinds[1]):
        witnesses = [None if witness is None else str(witness) for witness in witnesses]
    added = map(pa.array, (keep, witnesses, similarity), kinds)
    return pa.RecordBatch.from_arrays([*batch.columns, *added], schema=schema)
