"""What is known of the records of a dataset, without their texts."""

from dataclasses import dataclass
from pathlib import Path

from dedup.errors import InputError
from dedup.io.source import Fingerprint
from dedup.records import F64, I64, Flags
from dedup.text.packed import Packed


@dataclass(frozen=True, slots=True)
class Read:
    """An input that was read to its end."""

    path: Path
    fingerprint: Fingerprint
    head: bytes  # before its first record, which are always written
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
    edited: I64  # (m,): the rows from whose texts blocks were removed
    field_sizes: I64  # (m, fields): bytes of the text of each field, with one between two
    blocks: I64  # (m,): how many
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


def changed(name: object) -> InputError:
    """Return what is wrong with an input that is not what it was when it was read."""
    return InputError(
        f"{name}: changed while it was read, so nothing was written; run again when it is whole"
    )
