"""All records of a dataset as columns; texts are read again, ids are in a temporary file."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dedup.arrays.array_types import F64, I32, I64, Flags
from dedup.arrays.long_arrays import distinct
from dedup.arrays.packed import PackedTexts, pack, pack_bytes
from dedup.arrays.parallel import offsets_of
from dedup.datasets.formats.json_values import as_string, dumps
from dedup.datasets.formats.ranks import RANK_PARTS, rank_parts
from dedup.datasets.inputs import FormatHandler
from dedup.datasets.job import Job
from dedup.datasets.lost_parts import LostWithin, TrimStep
from dedup.datasets.read_inputs import ReadBatch, ReadInput, inputs_to_read, read_inputs
from dedup.datasets.record_texts import RecordTexts, StoredTexts, text_source
from dedup.datasets.stage_seconds import seconds_of_files, seconds_per_gigabyte
from dedup.datasets.workspace import Workspace
from dedup.files.spool import Spool
from dedup.ledger.record_removals import PartOption
from dedup.matching.batch_sketcher import batch_sketcher
from dedup.matching.rows import can_read_again
from dedup.matching.sources import SourceNumbering, Sources

COLUMN_TYPES: dict[str, type] = {  # for n records
    "ends": np.int64,  # (n,): end of each record, in bytes of its input
    "sizes": np.int64,  # (n,): bytes of each text
    "missing": np.bool_,  # (n,): the record has no text
    "bad": np.bool_,  # (n,): the record cannot be read
    "read_only": np.bool_,  # (n,): the text of the record cannot be changed
    "ranks": np.float64,  # (n * RANK_PARTS,): none if no field ranks the records
    "id_ends": np.int64,  # (n,): end of each id, in bytes of the spool; none if no record has one
    "changed_rows": np.int64,  # (m,): rows that lost blocks
    "removed_blocks": np.int64,  # (m,): number of blocks that each of them lost
    "field_sizes": np.int64,  # (m * fields,): bytes of the text of each field
    "lost_rows": np.int64,  # (l,): rows that lost blocks, references included; none without ledger
    "lost_ends": np.int64,  # (l,): end of the description of these blocks, in bytes of the spool
    "stored_rows": np.int64,  # (k,): rows whose texts are in the spool
    "stored_ends": np.int64,  # (k,): where they end there, in bytes
}


@dataclass(frozen=True, slots=True)
class RecordTable:
    """All records, in the order of the inputs: first the references, then the inputs to write.

    The bytes of a record begin where the previous record of its input ends.
    """

    workspace: Workspace
    inputs: Sequence[ReadInput]
    ends: I64  # (n,): end of each record, in bytes of its input
    texts: PackedTexts | RecordTexts  # (n,): the compared texts, without the parts removed so far
    bad: Flags  # (n,): the record cannot be read
    read_only: Flags  # (n,): the text is derived from the record, and cannot be written back
    changed_rows: I64  # (m,): rows of the inputs whose texts lost parts, ascending
    field_sizes: I64  # (m, fields): bytes of the text of each field; one byte separates fields
    removed_parts: dict[PartOption, I32]  # (n,) each: number of parts removed by the option
    lost_within: LostWithin  # none without a ledger
    steps: tuple[TrimStep, ...]  # that removed parts of the texts later; none without a ledger
    ranks: F64  # (n, RANK_PARTS): of the field that ranks copies, see ``rank_parts``; or (0, ...)
    ids: PackedTexts | None  # (n,): as JSON; None if the records have no ids
    sources: Sources | None  # (n,): None without the option

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.ends)

    @property
    def job(self) -> Job:
        """The job that read the records."""
        return self.workspace.job

    @property
    def inputs_to_write(self) -> Sequence[ReadInput]:
        """The inputs without the references."""
        return self.inputs[len(self.job.options.against) :]

    @property
    def reference_count(self) -> int:
        """The number of records of the references, which come first."""
        return self.inputs_to_write[0].rows.start

    @property
    def packed_texts(self) -> PackedTexts:
        """The texts, of a job that ``needs_packed_texts``."""
        assert isinstance(self.texts, PackedTexts)
        return self.texts

    def has_stored_texts(self, rows: range) -> bool:
        """Return whether the texts of some rows are all in a temporary file."""
        return isinstance(self.texts, PackedTexts) or self.texts.has_stored(rows)

    def stored_texts(self, rows: range) -> PackedTexts:
        """Return the texts of some rows, which are all in a temporary file."""
        if not isinstance(self.texts, PackedTexts):
            return self.texts.map_stored(rows)
        texts = self.texts.slice_rows(rows.start, rows.stop)
        begin, end = texts.offsets[[0, -1]].tolist()
        return PackedTexts(texts.utf8[begin:end], texts.offsets - begin, texts.missing)

    def input_of(self, row: int) -> ReadInput:
        """Return the input of a record."""
        return next(read for read in self.inputs if row in read.rows)

    def id_of(self, row: int) -> Any:  # noqa: ANN401
        """Return the id of a record, or its number over all inputs, counted from 1.

        A reference without an id is named by its file and its number there.
        """
        if self.ids is not None and (encoded_id := self.ids.text(row)):
            return json.loads(encoded_id)
        if row >= self.reference_count:
            return row - self.reference_count + 1
        read = self.input_of(row)
        return f"{read.path}:{row - read.rows.start + 1}"


def needs_packed_texts(job: Job) -> bool:
    """Return whether a job needs all texts in one file, not only those that are compared."""
    options = job.options
    cuts_texts = bool(options.blocks or options.spans or options.source)
    return cuts_texts or options.index is not None or not can_read_again(job.config)


def read_records(workspace: Workspace, handler: FormatHandler) -> tuple[RecordTable, list[Any]]:
    """Read all records; write their ids, and texts that are not read again, to temporary files.

    Returns
    -------
    rows, sketches
        The records, and the sketches of their texts: an item for each batch, none if the texts
        are compared without some parts.
    """
    job, memory = workspace.job, workspace.memory
    inputs, packed = inputs_to_read(job, handler, workspace.folder), needs_packed_texts(job)
    files = sum(len(read.listing.names) for read in inputs) if job.options.format == "text" else 0
    job.progress.plan(seconds_per_gigabyte(job), seconds_of_files(files))
    options = job.options
    compared_as_read = options.across and not options.blocks and options.source is None
    sketcher = batch_sketcher(job.config, memory) if compared_as_read else None
    kept_open = workspace.spools if compared_as_read and not packed else None
    texts, ids, lost = (workspace.spool(name) for name in ("texts", "ids", "lost"))
    writer = _ColumnWriter(texts, ids, lost, job, packed=packed)
    sketches: list[Any] = []
    for read, batch in read_inputs(inputs, job, sketcher, kept_open):
        memory.trim()
        sketches += batch.sketches
        writer.add(batch, read)
    return writer.table(workspace, inputs), sketches


def _encoded_ids(ids: list[Any] | PackedTexts) -> PackedTexts:
    """Return ids as JSON."""
    if isinstance(ids, PackedTexts):
        return ids
    return pack([dumps(record_id, default=as_string).decode() for record_id in ids])


class _ColumnWriter:
    """Collects the columns of the records of all batches.

    Parameters
    ----------
    texts, ids, lost
        Temporary files for texts, ids, and descriptions of removed blocks.
    packed
        Whether all texts are written to the file.
    """

    def __init__(self, texts: Spool, ids: Spool, lost: Spool, job: Job, *, packed: bool) -> None:
        self._texts, self._ids, self._lost = texts, ids, lost
        self._job, self._packed = job, packed
        self._sources = None if job.options.source is None else SourceNumbering()
        self._columns: dict[str, list[Any]] = {
            name: [np.zeros(0, kind)] for name, kind in COLUMN_TYPES.items()
        }

    def add(self, batch: ReadBatch, read: ReadInput) -> None:
        """Add the records of a batch; the input has the rows of the batches before it."""
        records, cleaned, count = batch.records, batch.cleaned, len(batch.records)
        first = read.rows.stop
        bad, read_only = np.zeros((2, count), np.bool_)
        bad[[record.row for record in records.bad]] = read_only[[*records.read_only]] = True
        stored = self._rows_to_store(batch, read)
        texts = batch.texts if len(stored) == count else batch.texts.take(stored)
        self._extend("ends", records.ends)
        self._extend("sizes", np.diff(batch.texts.offsets))
        self._extend("missing", batch.texts.missing)
        self._extend("bad", bad)
        self._extend("read_only", read_only)
        if self._job.options.record_fields.rank:  # references have no ranks
            self._extend("ranks", rank_parts(records.ranks or [0.0] * count).ravel())
        if self._sources is not None:
            self._sources.add(records.sources or [None] * count)
        if not read.is_reference:  # references are not written, and may have other fields
            field_sizes = np.diff(cleaned.fields.offsets).reshape(-1, records.field_count)
            self._extend("changed_rows", first + cleaned.rows)
            self._extend("removed_blocks", cleaned.removed_blocks)
            self._extend("field_sizes", field_sizes[cleaned.rows].ravel())
        if cleaned.removals:
            self._extend("lost_rows", first + cleaned.rows)
            self._extend("lost_ends", self._lost.add(pack_bytes(cleaned.removals)))
        self._extend("stored_rows", first + stored)
        self._extend("stored_ends", self._texts.add(texts))
        if records.ids is None:
            self._extend("id_ends", np.broadcast_to(np.int64(self._ids.size), count))
        else:
            self._extend("id_ends", self._ids.add(_encoded_ids(records.ids)))

    def _extend(self, name: str, values: npt.NDArray[Any]) -> None:
        self._columns[name].append(values)

    def _rows_to_store(self, batch: ReadBatch, read: ReadInput) -> I64:
        """Return the rows of a batch whose texts are written to the file."""
        needed = self._job.options.across and read.descriptor is None
        if self._packed or needed:
            return np.arange(len(batch.records))
        doubtful = np.array(batch.records.doubtful, np.int64)
        return distinct(np.concatenate((batch.cleaned.rows, doubtful)))

    def table(self, workspace: Workspace, inputs: Sequence[ReadInput]) -> RecordTable:
        """Return the table of all records."""
        columns = self._columns
        if not self._ids.size:
            columns["id_ends"] = [np.zeros(0, np.int64)]
        arrays = {name: np.concatenate(columns.pop(name)) for name in [*columns]}
        count, changed_rows = len(arrays["ends"]), arrays["changed_rows"]
        within = np.zeros(count, np.int32)
        within[changed_rows] = arrays["removed_blocks"]
        lost = self._lost.packed(arrays["lost_ends"], np.zeros(len(arrays["lost_ends"]), np.bool_))
        missing, offsets = arrays["missing"], offsets_of(arrays["sizes"])
        stored_edges = np.append(np.int64(0), arrays["stored_ends"])
        texts: PackedTexts | RecordTexts
        if self._packed:
            texts = self._texts.packed(arrays["stored_ends"], missing)
        else:
            stored = StoredTexts(self._texts, arrays["stored_rows"], stored_edges)
            source = text_source(self._job, inputs, arrays["ends"], stored)
            texts = RecordTexts(offsets, missing, source, stored)
        return RecordTable(
            workspace=workspace,
            inputs=inputs,
            ends=arrays["ends"],
            texts=texts,
            ids=self._ids.packed(arrays["id_ends"], missing) if self._ids.size else None,
            sources=None if self._sources is None else self._sources.sources(),
            changed_rows=changed_rows,
            field_sizes=arrays["field_sizes"].reshape(-1, len(self._job.options.text)),
            removed_parts={"within": within},
            lost_within=LostWithin(arrays["lost_rows"], lost),
            steps=(),
            ranks=arrays["ranks"].reshape(-1, RANK_PARTS),
            bad=arrays["bad"],
            read_only=arrays["read_only"],
        )
