"""What is known of the records of a dataset without their texts: of one input, and of all."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np

from dedup.errors import InputError
from dedup.io.source import Fingerprint
from dedup.io.spool import Spool
from dedup.records import F64, I64, Flags
from dedup.text.packed import Packed

ARRAYS: dict[str, type] = {  # of n records, of which m were edited; rows are numbered from 0
    "ends": np.int64,  # (n,): of records, in the bytes of the input
    "text_ends": np.int64,  # (n,): of texts, in their spool
    "missing": np.bool_,  # (n,): has no text
    "bad": np.int64,  # the rows that cannot be read
    "fixed": np.int64,  # the rows whose texts cannot be changed
    "edited": np.int64,  # (m,): the rows from whose texts blocks were removed
    "field_sizes": np.int64,  # (m * fields,): bytes of the text of each field
    "blocks": np.int64,  # (m,): how many were removed
    "ranks": np.float64,  # (n,), or empty where nothing ranks records
    "name_ends": np.int64,  # (n,): of names, in their spool, or empty
}
ROW_NUMBERS = ("bad", "fixed", "edited")
Arrays = dict[str, Any]
Why = Literal["within", "blocks", "spans"]  # pieces of a text that stays go: options of these names


@dataclass(frozen=True, slots=True)
class Rows:
    """All records, in the order of the inputs.

    A record is a stretch of an input's bytes, from the end of the one before it to its own.
    """

    inputs: list["Part"]
    references: int  # so many of the first inputs are there to be compared with only
    ends: I64  # (n,): of records, in the bytes of their input
    texts: Packed  # (n,): what is compared, cleaned of what it repeats itself
    bad: Flags  # (n,): cannot be read
    fixed: Flags  # (n,): has a text that is made of it, and cannot be changed
    edited: I64  # (m,): the rows from whose texts something was removed, ascending
    field_sizes: I64  # (m, fields): bytes of the text of each field, with one between two
    took: dict[Why, I64]  # (m,) each: how many pieces were removed, by why
    ranks: F64  # (n,), zeros where no field says which copy stays
    names: Packed | None  # (n,): as JSON

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.ends)

    @property
    def reference_count(self) -> int:
        """The number of records of the references, which come first."""
        return sum(len(read.rows) for read in self.inputs[: self.references])

    @property
    def written(self) -> list["Part"]:
        """The inputs that are written again."""
        return self.inputs[self.references :]

    def name(self, row: int) -> Any:  # noqa: ANN401
        """Return what a record is called: by its name, or by its number from 0.

        Of a reference without names its input is said, and its number there from 1.
        """
        if self.names is not None and (name := self.names.text(row)):
            return json.loads(name)
        if row >= self.reference_count:
            return row - self.reference_count
        read = next(read for read in self.inputs if row in read.rows)
        return f"{read.path}:{row - read.rows.start + 1}"


def changed(name: object) -> InputError:
    """Return what is wrong with an input that is not what it was when it was read."""
    return InputError(
        f"{name}: changed while it was read, so nothing was written; run again when it is complete"
    )


@dataclass(frozen=True, slots=True)
class Part:
    """An input that was read to its end, and its records."""

    path: Path
    fingerprint: Fingerprint
    head: bytes  # before its first record, which are always written
    tail: bytes  # of an array, behind its last record
    arrays: Arrays  # as in ARRAYS
    rows: range = range(0)  # the numbers of its records in the dataset


def joined(parts: Sequence[Arrays]) -> Arrays:
    """Return the arrays of batches or inputs end to end, with the numbers that rows have then."""
    found: Arrays = {name: [np.zeros(0, kind)] for name, kind in ARRAYS.items()}
    first = 0
    for part in parts:
        for name, values in part.items():
            found[name].append(values + first if name in ROW_NUMBERS else values)
        first += len(part["ends"])
    return {name: np.concatenate(columns) for name, columns in found.items()}


def rows_of(parts: Sequence[Part], references: int, texts: Spool, names: Spool) -> Rows:
    """Return the records of all inputs; so many of the first inputs are references."""
    firsts = np.cumsum([0, *(len(part.arrays["ends"]) for part in parts)]).tolist()
    arrays, name_ends = joined([part.arrays for part in parts]), _name_ends(parts)
    missing, blocks, edited = arrays["missing"], arrays["blocks"], arrays["edited"]
    bad, fixed = np.zeros((2, firsts[-1]), np.bool_)
    bad[arrays["bad"]] = fixed[arrays["fixed"]] = True
    ranks = [
        # References have no ranks: they are first anyway.
        part.arrays["ranks"] if len(part.arrays["ranks"]) else np.zeros(len(part.arrays["ends"]))
        for part in parts
    ]
    return Rows(
        inputs=[
            replace(part, rows=range(*edges))
            for part, edges in zip(parts, pairwise(firsts), strict=True)
        ],
        references=references,
        ends=arrays["ends"],
        texts=texts.packed(np.concatenate([np.zeros(1, np.int64), arrays["text_ends"]]), missing),
        bad=bad,
        fixed=fixed,
        edited=edited,
        field_sizes=arrays["field_sizes"].reshape(len(edited), -1 if len(edited) else 0),
        took={"within": blocks, "blocks": np.zeros_like(blocks), "spans": np.zeros_like(blocks)},
        ranks=np.concatenate(ranks),
        names=names.packed(np.concatenate([np.zeros(1, np.int64), *name_ends]), missing)
        if name_ends
        else None,
    )


def _name_ends(parts: Sequence[Part]) -> list[I64]:
    """Return where names end; those of inputs without any are empty where others have some."""
    ends: list[I64] = []
    for part in parts:
        last = ends[-1][-1:] if ends else np.zeros(1, np.int64)
        own = part.arrays["name_ends"]
        ends.append(own if len(own) else np.repeat(last, len(part.arrays["ends"])))
    return ends if any(len(part.arrays["name_ends"]) for part in parts) else []
