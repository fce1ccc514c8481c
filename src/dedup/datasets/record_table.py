"""All records of a dataset as columns; their texts and ids are in temporary files."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from dedup.arrays.array_types import F64, I64, Flags
from dedup.arrays.packed import PackedTexts, pack
from dedup.datasets.formats.json_values import dumps
from dedup.datasets.inputs import FormatHandler
from dedup.datasets.job import Job
from dedup.datasets.read_inputs import ReadBatch, ReadInput, inputs_to_read, read_inputs
from dedup.datasets.workspace import Workspace
from dedup.files.spool import Spool
from dedup.matching.deduplicate import batch_sketcher

COLUMN_TYPES: dict[str, type] = {  # for n records, of which m have been cleaned
    "ends": np.int64,  # (n,): end of each record, in bytes of its input
    "text_ends": np.int64,  # (n,): end of each text, in bytes of the spool
    "id_ends": np.int64,  # (n,): end of each id, in bytes of the spool
    "missing": np.bool_,  # (n,): the record has no text
    "ranks": np.float64,  # (n,): zeros if no field ranks the records
    "bad": np.bool_,  # (n,): the record cannot be read
    "read_only": np.bool_,  # (n,): the text of the record cannot be changed
    "within": np.int64,  # (n,): number of blocks removed from the text
    "field_sizes": np.int64,  # (m * fields,): bytes of the text of each field
}
# The options that remove parts of texts from kept records.
PartRemoval = Literal["within", "blocks", "spans"]


@dataclass(frozen=True, slots=True)
class RecordTable:
    """All records, in the order of the inputs: first the references, then the inputs to write.

    The bytes of a record begin where the previous record of its input ends.
    """

    workspace: Workspace
    inputs: Sequence[ReadInput]
    ends: I64  # (n,): end of each record, in bytes of its input
    texts: PackedTexts  # (n,): the texts that are compared, without the parts removed so far
    bad: Flags  # (n,): the record cannot be read
    read_only: Flags  # (n,): the text is derived from the record, and cannot be written back
    changed_rows: I64  # (m,): rows whose texts lost parts, ascending
    field_sizes: I64  # (m, fields): bytes of the text of each field; one byte separates fields
    removed_parts: dict[PartRemoval, I64]  # (n,) each: number of parts removed by the option
    ranks: F64  # (n,): numbers or dates of the field that ranks copies; zeros without one
    ids: PackedTexts | None  # (n,): as JSON; None if the records have no ids

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


def read_records(workspace: Workspace, handler: FormatHandler) -> tuple[RecordTable, list[Any]]:
    """Read all records, and write their texts and ids to temporary files.

    Returns
    -------
    rows, sketches
        The records, and the sketches of their texts: one item for each batch, none if parts of
        the texts are removed before they are compared.
    """
    job, memory = workspace.job, workspace.memory
    inputs = inputs_to_read(job, handler, workspace.folder)
    texts, ids = workspace.spool("texts"), workspace.spool("ids")
    compared_as_read = job.options.across and not job.options.blocks
    sketcher = batch_sketcher(job.config, memory) if compared_as_read else None
    sketches: list[Any] = []
    columns: dict[str, list[Any]] = {
        name: [np.zeros(0, kind)] for name, kind in COLUMN_TYPES.items()
    }
    for _, batch in read_inputs(inputs, job, sketcher):
        memory.trim()
        if batch.sketches is not None:
            sketches.append(batch.sketches)
        for name, values in _columns(batch, texts, ids).items():
            columns[name].append(values)
    # If no record has an id, drop the column before it is concatenated.
    without_ids = [] if ids.size else columns.pop("id_ends")
    arrays = {name: np.concatenate(columns.pop(name)) for name in [*columns]}
    changed_rows = np.flatnonzero(arrays["within"])
    fields = -1 if len(changed_rows) else 0
    rows = RecordTable(
        workspace=workspace,
        inputs=inputs,
        texts=texts.packed(arrays["text_ends"], arrays["missing"]),
        ids=None if without_ids else ids.packed(arrays["id_ends"], arrays["missing"]),
        changed_rows=changed_rows,
        field_sizes=arrays["field_sizes"].reshape(len(changed_rows), fields),
        removed_parts={"within": arrays["within"]},
        **{name: arrays[name] for name in ("ends", "bad", "read_only", "ranks")},
    )
    return rows, sketches


def _columns(batch: ReadBatch, texts: Spool, ids: Spool) -> dict[str, Any]:
    """Append the texts and ids of a batch to their spools; return its columns."""
    records, cleaned, count = batch.records, batch.cleaned, len(batch.records)
    encoded_ids = [dumps(record_id).decode() for record_id in records.ids or ()]
    bad, read_only = np.zeros((2, count), np.bool_)
    bad[[record.row for record in records.bad]] = read_only[[*records.read_only]] = True
    within = np.zeros(count, np.int64)
    within[[record.row for record in cleaned]] = [record.removed_blocks for record in cleaned]
    field_sizes = [len(text) for record in cleaned for text in record.fields]
    return {
        "ends": records.ends,
        "text_ends": texts.add(batch.texts),
        "id_ends": ids.add(pack(encoded_ids)) if encoded_ids else np.broadcast_to(ids.size, count),
        "missing": batch.texts.missing,
        "ranks": np.asarray(records.ranks or np.broadcast_to(0.0, count)),
        "bad": bad,
        "read_only": read_only,
        "within": within,
        "field_sizes": np.array(field_sizes, np.int64),
    }
