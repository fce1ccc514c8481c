"""Write the kept rows of Parquet and Arrow files, with the schema and its metadata.

Rows are read, changed and collected to row groups in the calling thread; other threads encode
them.
"""

import io
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dedup.arrays.array_types import U8, Flags
from dedup.arrays.parallel import available_cores
from dedup.arrays.tabular import filter_arrow, import_optional
from dedup.datasets.decide_records import CHANGE_RECORD, REMOVE_RECORD, Decisions
from dedup.datasets.formats.arrow_compression import NO_COMPRESSION
from dedup.datasets.formats.arrow_dictionaries import (
    SharedDictionaries,
    is_dictionary,
    without_unused_values,
)
from dedup.datasets.formats.arrow_files import (
    ColumnPath,
    TableFile,
    TableFormat,
    column_type,
    get_column,
    is_string_type,
    replace_column,
)
from dedup.datasets.formats.parquet_footer import ParquetConcatenation
from dedup.datasets.formats.record_format import (
    ANNOTATION_FIELDS,
    RecordError,
    refuse_existing_fields,
)
from dedup.datasets.outputs import OutputFiles, Outputs
from dedup.datasets.read_inputs import changed_input_error, map_ahead
from dedup.errors import InputError
from dedup.text.block_table import gather_segments

if TYPE_CHECKING:
    import pyarrow as pa

GROUP_BYTES = 1 << 25  # of the rows in one row group, in memory
# Of a memory limit, for each thread that encodes: the rows that wait or are encoded, what they are
# encoded to, and what the allocators keep.
ENCODER_BYTES = 8 * GROUP_BYTES


class RowGroup(NamedTuple):
    """Rows for an output, and whether its file or shard ends after them."""

    output: "TableShards"
    rows: "pa.Table"
    bytes: int  # of the rows in memory
    ends_file: bool


class EncodedGroup(NamedTuple):
    """An encoded row group, which no longer needs its rows."""

    output: "TableShards"
    data: Any  # a Parquet file, or for an Arrow file the rows
    rows: int
    bytes: int  # of the rows in memory
    ends_file: bool


class TableShards(OutputFiles):
    """Output files of rows; sizes are those of the rows in memory."""

    rows = 0
    _schema: "pa.Schema | None" = None
    _like: TableFile | None = None
    _waiting: "tuple[pa.RecordBatch, ...]" = ()
    _waiting_bytes = 0
    _shared: SharedDictionaries
    _planned_bytes = 0  # of the current file: in all row groups so far, and waiting
    _planned_files = 0  # that have ended

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

    def add(self, rows: "pa.RecordBatch") -> Iterator[RowGroup]:
        """Add rows; yield the row groups that are complete."""
        if not len(rows):
            return
        if self._waiting and not self._shared.fits(rows):
            yield self._row_group(ends_file=False)
        if not self._waiting:
            self._shared = SharedDictionaries()
        rows, size = self._shared.share(rows)
        self._waiting += (rows,)
        self._waiting_bytes += size
        self._planned_bytes += size
        ends_file = bool(self.limit and self._planned_bytes >= self.limit)
        # Each row group repeats the dictionary, so it has as many rows as without one.
        if ends_file or self._waiting_bytes - self._shared.first_bytes >= GROUP_BYTES:
            yield self._row_group(ends_file=ends_file)

    def end(self) -> Iterator[RowGroup]:
        """Yield the last row group; an empty one if there are no rows at all."""
        if self._planned_bytes or not self._planned_files:
            yield self._row_group(ends_file=True)

    def _row_group(self, *, ends_file: bool) -> RowGroup:
        rows = import_optional("pyarrow").Table.from_batches(self._waiting, self._schema)
        group = RowGroup(self, rows, self._waiting_bytes, ends_file)
        self._waiting, self._waiting_bytes = (), 0
        if ends_file:
            self._planned_bytes, self._planned_files = 0, self._planned_files + 1
        return group

    def encode(self, group: RowGroup) -> EncodedGroup:
        """Encode a row group as a Parquet file; leave one for an Arrow file as it is."""
        assert self._like is not None, "begin comes first"
        rows, data = group.rows, group.rows
        if self._like.form == "parquet":
            file = io.BytesIO()
            # pyarrow crashes if it is asked for the compression of a damaged file before its rows
            # are read.
            compression, parquet = self._like.compression, import_optional("pyarrow.parquet")
            with parquet.ParquetWriter(file, self._schema, compression=compression) as writer:
                if len(rows):
                    writer.write_table(without_unused_values(rows), row_group_size=len(rows))
            data = file.getbuffer()
        return EncodedGroup(self, data, len(rows), group.bytes, group.ends_file)

    def write(self, group: EncodedGroup) -> None:
        """Write an encoded row group."""
        if self._file is None:
            self._file = self._opened()
        if isinstance(self._file, ParquetConcatenation):
            self._file.append(group.data)
        else:
            self._file.write_table(group.data)
        self.rows += group.rows
        self.files[-1].bytes += group.bytes
        if group.ends_file:
            self.close()

    def _opened(self) -> Any:  # noqa: ANN401  a writer
        assert self._like is not None, "begin comes first"
        raw, compression = self._begin_file(), self._like.compression
        if self._like.form == "parquet":
            return ParquetConcatenation(raw)
        pa = import_optional("pyarrow")
        codec = None if compression == NO_COMPRESSION else compression
        options = pa.ipc.IpcWriteOptions(compression=codec, emit_dictionary_deltas=True)
        open_writer = pa.ipc.new_stream if self._like.is_stream else pa.ipc.new_file
        return open_writer(pa.PythonFile(raw, mode="w"), self._schema, options=options)


def write_tables(form: TableFormat, decisions: Decisions, outputs: Outputs) -> int:
    """Write the kept rows of each input to its output; return their number.

    Raises
    ------
    InputError
        When an input changed since it was read.
    """
    options = decisions.rows.job.options
    threads = options.threads or available_cores()
    if options.memory is not None:
        threads = max(min(threads, options.memory // ENCODER_BYTES), 1)
    import_optional("pyarrow").default_memory_pool().release_unused()  # of the first reading
    groups = _row_groups(form, decisions, outputs)
    for encoded in map_ahead(groups, lambda group: group.output.encode(group), threads, queued=0):
        encoded.output.write(encoded)
    return sum(output.rows for output in outputs.distinct)


def _row_groups(form: TableFormat, decisions: Decisions, outputs: Outputs) -> Iterator[RowGroup]:
    """Read the inputs again, and yield the row groups of their outputs."""
    pa = import_optional("pyarrow")
    annotate, actions = decisions.rows.job.options.annotate, decisions.actions
    progress, reads = decisions.rows.job.progress, decisions.rows.inputs_to_write
    last_input = {output: number for number, output in enumerate(outputs.files)}
    inputs = progress.parts(
        zip(reads, outputs.files, strict=True), [len(read.rows) for read in reads]
    )
    for number, (read, output) in enumerate(inputs):
        table = TableFile(read.path, form)
        if table.state != read.state:
            raise changed_input_error(read.path)
        schema = _annotated(table, decisions) if annotate else table.schema
        output.begin(table, schema)
        first = read.rows.start
        stored = None if annotate else _stored_column(table, read.rows, decisions)
        columns = [name for name in schema.names if name != stored] if stored else None
        for batch in table.batches(columns, validates=False):
            rows = range(first, first + len(batch))
            batch_actions = actions[first : rows.stop]
            kept = batch_actions != REMOVE_RECORD
            if annotate:
                written = _with_annotations(batch, rows, decisions, schema)
            elif stored:
                written = _filtered(batch, kept)
                texts = _stored_texts(schema.field(stored).type, rows, kept, decisions)
                written = pa.RecordBatch.from_arrays(
                    [texts if name == stored else written[name] for name in schema.names],
                    schema=schema,
                )
            else:
                cleaned = _with_cleaned_texts(batch, table, rows, decisions, batch_actions)
                written = _filtered(cleaned, kept)
            yield from output.add(written)
            first = rows.stop
            progress.reach(first - read.rows.start, len(read.rows))
        if table.has_changed:
            raise changed_input_error(read.path)
        if last_input[output] == number:
            yield from output.end()


def _stored_column(table: TableFile, rows: range, decisions: Decisions) -> str | None:
    """Return the text column of a table if the run has stored its texts, so that it is not decoded.

    Stored texts are cleaned. Nested columns and dictionaries are decoded again.
    """
    names = decisions.rows.job.options.text
    path = table.find_column(names[0], decisions.rows.job.options.record_fields)
    is_plain = not path[1:] and is_string_type(column_type(table.schema, path))
    has_unique_names = len({*table.schema.names}) == len(table.schema.names)
    can_be_read = is_plain and has_unique_names and table.form == "parquet" and len(names) == 1
    return path[0] if can_be_read and decisions.rows.has_stored_texts(rows) else None


def _filtered(batch: "pa.RecordBatch", kept: Flags) -> "pa.RecordBatch":
    return batch if kept.all() or not batch.num_columns else filter_arrow(batch, kept)


def _stored_texts(
    kind: "pa.DataType", rows: range, kept: Flags, decisions: Decisions
) -> "pa.Array":
    """Return the stored texts of the kept rows as a column.

    Parameters
    ----------
    kind
        The type of the column.
    rows
        The rows in the table.
    kept
        (n,): whether a row is kept.
    """
    pa = import_optional("pyarrow")
    decisions.rows.workspace.memory.trim()
    texts = decisions.rows.stored_texts(rows)
    utf8, offsets = texts.utf8, texts.offsets
    if not kept.all():
        utf8, offsets = gather_segments(utf8, offsets[:-1][kept], offsets[1:][kept])
    is_valid = pa.py_buffer(np.packbits(~texts.missing[kept], bitorder="little"))
    buffers = pa.py_buffer(offsets), pa.py_buffer(utf8), is_valid
    return pa.LargeStringArray.from_buffers(len(offsets) - 1, *buffers).cast(kind)


def _with_cleaned_texts(
    batch: "pa.RecordBatch", table: TableFile, rows: range, decisions: Decisions, actions: U8
) -> "pa.RecordBatch":
    """Return a batch with cleaned texts; ``rows`` are its rows in the table."""
    changed = np.flatnonzero(actions == CHANGE_RECORD)
    texts = {row: decisions.texts(rows[row]) for row in changed.tolist()}
    for name in decisions.rows.job.options.text if texts else ():
        path = table.find_column(name, decisions.rows.job.options.record_fields)
        batch = _with_texts(table, batch, path, {row: texts[row][name] for row in texts})
    return batch


def _with_texts(
    table: TableFile, batch: "pa.RecordBatch", path: ColumnPath, texts: dict[int, str]
) -> "pa.RecordBatch":
    """Return a batch in which a column has other texts in some rows; nulls stay.

    Raises
    ------
    InputError
        When the column has one dictionary for the whole file, or one without room for new texts.
    """
    pa, column = import_optional("pyarrow"), get_column(batch, path)
    fixed_dictionary = InputError(
        f"{table.path}: column {'.'.join(path)} is encoded with a dictionary, which cannot be "
        "changed; decode it first, or give within=False"
    )
    if table.form == "arrow" and is_dictionary(column.type):
        raise fixed_dictionary
    # pyarrow 26 cannot replace values of string views or dictionaries, but join columns of them.
    rows = [row for row in texts if column[row].is_valid]
    try:
        changed = pa.array([texts[row] for row in rows], column.type)
        parts = [column[: rows[0]]] if rows else [column]
        for number, (row, following) in enumerate(pairwise([*rows, len(column)])):
            parts += changed[number : number + 1], column[row + 1 : following]
        return replace_column(batch, path, pa.concat_arrays(parts))
    except pa.ArrowInvalid as error:  # the indices cannot number more values
        raise fixed_dictionary from error


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
    pa, kinds = import_optional("pyarrow"), schema.types[-len(ANNOTATION_FIELDS) :]
    values: list[tuple[bool, Any, float | None]] = [(True, None, None)] * len(rows)
    removed = np.flatnonzero(decisions.removed[rows.start : rows.stop]).tolist()
    # With an index a kept record may have a witness, too.
    for row in range(len(rows)) if decisions.by_index else removed:
        values[row] = decisions.annotation(rows[row])
    keep, witnesses, similarity = ([value[column] for value in values] for column in range(3))
    if pa.types.is_string(kinds[1]):
        witnesses = [None if witness is None else str(witness) for witness in witnesses]
    added = map(pa.array, (keep, witnesses, similarity), kinds)
    return pa.RecordBatch.from_arrays([*batch.columns, *added], schema=schema)
