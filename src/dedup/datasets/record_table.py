"""What is known of all records of a dataset; their texts and names lie on the disk."""

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

COLUMN_TYPES: dict[str, type] = {  # of n records, of which m were edited
    "ends": np.int64,  # (n,): of records, in the bytes of the input
    "text_ends": np.int64,  # (n,): of texts, in their spool
    "name_ends": np.int64,  # (n,): of names, in their spool
    "missing": np.bool_,  # (n,): has no text
    "ranks": np.float64,  # (n,): zeros where nothing ranks records
    "bad": np.bool_,  # (n,): cannot be read
    "fixed": np.bool_,  # (n,): has a text that cannot be changed
    "within": np.int64,  # (n,): blocks removed from the text
    "field_sizes": np.int64,  # (m * fields,): bytes of the text of each field
}
PartRemoval = Literal[
    "within", "blocks", "spans"
]  # pieces of a text that stays go: options of these names


@dataclass(frozen=True, slots=True)
class RecordTable:
    """All records, in the order of the inputs.

    A record is a stretch of an input's bytes, from the end of the one before it to its own.
    """

    workspace: Workspace
    inputs: Sequence[ReadInput]  # the references first, which are only compared with
    ends: I64  # (n,): of records, in the bytes of their input
    texts: PackedTexts  # (n,): what is compared, cleaned of what it repeats itself
    bad: Flags  # (n,): cannot be read
    fixed: Flags  # (n,): has a text that is made of it, and cannot be changed
    edited: I64  # (m,): the rows from whose texts something was removed, ascending
    field_sizes: I64  # (m, fields): bytes of the text of each field, with one between two
    removed_parts: dict[PartRemoval, I64]  # (n,) each: how many pieces were removed, by why
    ranks: F64  # (n,), zeros where no field says which copy stays
    names: PackedTexts | None  # (n,): as JSON

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.ends)

    @property
    def job(self) -> Job:
        """The job of which they are the records."""
        return self.workspace.job

    @property
    def written(self) -> Sequence[ReadInput]:
        """The inputs that are written again."""
        return self.inputs[len(self.job.options.against) :]

    @property
    def reference_count(self) -> int:
        """The number of records of the references, which come first."""
        return self.written[0].rows.start

    def input_of(self, row: int) -> ReadInput:
        """Return the input that a record is in."""
        return next(read for read in self.inputs if row in read.rows)

    def name(self, row: int) -> Any:  # noqa: ANN401
        """Return what a record is called: by its name, or by its number from 1.

        Of a reference without names its input is said, and its number there.
        """
        if self.names is not None and (name := self.names.text(row)):
            return json.loads(name)
        if row >= self.reference_count:
            return row - self.reference_count + 1
        read = self.input_of(row)
        return f"{read.path}:{row - read.rows.start + 1}"


def read_records(workspace: Workspace, form: FormatHandler) -> tuple[RecordTable, list[Any]]:
    """Read all records; their texts and names go into spools.

    Returns
    -------
    rows, samples
        And the samples of their texts, where these are compared as they are read.
    """
    job, memory = workspace.job, workspace.memory
    inputs = inputs_to_read(job, form, workspace.folder)
    texts, names = workspace.spool("texts"), workspace.spool("names")
    at_once = job.options.across and not job.options.blocks  # else parts of them go first
    sample = batch_sketcher(job.config, memory) if at_once else None
    samples: list[Any] = []
    columns: dict[str, list[Any]] = {
        name: [np.zeros(0, kind)] for name, kind in COLUMN_TYPES.items()
    }
    for _, batch in read_inputs(inputs, job, sample):
        memory.trim()
        if batch.sample is not None:
            samples.append(batch.sample)
        for name, values in _columns(batch, texts, names).items():
            columns[name].append(values)
    # Where no record has a name the ends of names are nowhere in memory.
    no_name = [] if names.size else columns.pop("name_ends")
    arrays = {name: np.concatenate(columns.pop(name)) for name in [*columns]}
    edited = np.flatnonzero(arrays["within"])
    rows = RecordTable(
        workspace=workspace,
        inputs=inputs,
        texts=texts.packed(arrays["text_ends"], arrays["missing"]),
        names=None if no_name else names.packed(arrays["name_ends"], arrays["missing"]),
        edited=edited,
        field_sizes=arrays["field_sizes"].reshape(len(edited), -1 if len(edited) else 0),
        removed_parts={"within": arrays["within"]},
        **{name: arrays[name] for name in ("ends", "bad", "fixed", "ranks")},
    )
    return rows, samples


def _columns(batch: ReadBatch, texts: Spool, names: Spool) -> dict[str, Any]:
    """Put the texts and names of a batch into their spools; return its columns."""
    records, edits, count = batch.records, batch.edits, len(batch.records)
    named = [dumps(name).decode() for name in records.names or ()]
    bad, fixed = np.zeros((2, count), np.bool_)
    bad[[record.row for record in records.bad]] = fixed[[*records.fixed]] = True
    within = np.zeros(count, np.int64)
    within[[edit.row for edit in edits]] = [edit.blocks for edit in edits]
    return {
        "ends": records.ends,
        "text_ends": texts.add(batch.texts),
        "name_ends": names.add(pack(named)) if named else np.broadcast_to(names.size, count),
        "missing": batch.texts.missing,
        "ranks": np.asarray(records.ranks or np.broadcast_to(0.0, count)),
        "bad": bad,
        "fixed": fixed,
        "within": within,
        "field_sizes": np.array([len(field) for edit in edits for field in edit.fields], np.int64),
    }
