"""What is known of the records of a dataset, without their texts."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dedup.errors import InputError
from dedup.io.source import Fingerprint
from dedup.records import F64, I64, Flags
from dedup.text.packed import Packed

Why = Literal["within", "blocks", "spans"]  # pieces of a text that stays go: options of these names


@dataclass(frozen=True, slots=True)
class Read:
    """An input that was read to its end."""

    path: Path
    fingerprint: Fingerprint
    head: bytes  # before its first record, which are always written
    tail: bytes  # of an array, behind its last record
    rows: range  # the numbers of its records in the dataset


@dataclass(frozen=True, slots=True)
class Rows:
    """All records, in the order of the inputs.

    A record is a stretch of an input's bytes, from the end of the one before it to its own.
    """

    inputs: list[Read]
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
    def given(self) -> int:
        """The number of records of the references, which come first."""
        return sum(len(read.rows) for read in self.inputs[: self.references])

    @property
    def own(self) -> list[Read]:
        """The inputs that are written again."""
        return self.inputs[self.references :]

    def name(self, row: int) -> Any:  # noqa: ANN401
        """Return what a record is called: by its name, or by its number from 0.

        Of a reference without names its input is said, and its number there from 1.
        """
        if self.names is not None and (name := self.names.text(row)):
            return json.loads(name)
        if row >= self.given:
            return row - self.given
        read = next(read for read in self.inputs if row in read.rows)
        return f"{read.path}:{row - read.rows.start + 1}"


def changed(name: object) -> InputError:
    """Return what is wrong with an input that is not what it was when it was read."""
    return InputError(
        f"{name}: changed while it was read, so nothing was written; run again when it is whole"
    )
