"""A ledger that was read: its entries in order, also as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

from dedup.arrays.array_types import Lines, Span
from dedup.arrays.tabular import Tabular
from dedup.config import field_types
from dedup.ledger.record_removals import RecordRemoval, Witness
from dedup.ledger.removals import Removal


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerInput:
    """An input of the run that wrote a ledger of records.

    Attributes
    ----------
    path
        Where it was: a file, or the folder of text files.
    records
        The number of its records.
    bytes
        Its size, uncompressed; None for a reference.
    is_reference
        Whether it is a reference (``against``): it was compared and not written.
    """

    path: str
    records: int
    bytes: int | None
    is_reference: bool


@dataclass(frozen=True, slots=True)
class Ledger(Tabular, Sequence[Removal | RecordRemoval]):
    """The removals that a ledger lists, in its order: a sequence, also as a table.

    ``len(ledger)`` is their number, ``ledger[0]`` the first. ``read_ledger`` has an example.

    Attributes
    ----------
    entries
        The removals: each is a ``Removal`` if the ledger is of single texts, or a ``RecordRemoval``
        if it is of files of records or of a folder. They are the rows of ``to_arrow``,
        ``to_pandas`` and ``to_polars``; ranges have a column for each end.
    inputs
        Of a ledger of records: the inputs of the run, and after them its references.
    """

    entries: tuple[Removal, ...] | tuple[RecordRemoval, ...]
    inputs: tuple[LedgerInput, ...] = ()

    def __len__(self) -> int:
        """Return the number of removals."""
        return len(self.entries)

    @overload
    def __getitem__(self, at: int) -> Removal | RecordRemoval: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Removal | RecordRemoval]: ...
    def __getitem__(
        self, at: int | slice
    ) -> Removal | RecordRemoval | Sequence[Removal | RecordRemoval]:
        """Return one removal, or those of a slice."""
        return self.entries[at]

    @property
    def _columns(self) -> Mapping[str, object]:
        kind = type(self.entries[0]) if self.entries else Removal
        return _columns_of(kind, self.entries)

    def __repr__(self) -> str:
        """Return the numbers of removals and inputs."""
        return f"<Ledger: {len(self):,} removals>"


def _columns_of(kind: type, values: Sequence[Any], prefix: str = "") -> dict[str, list[Any]]:
    """Return the fields of dataclasses as columns; None gives None in each column."""
    columns: dict[str, list[Any]] = {}
    for name, hint in field_types(kind).items():
        column = [None if value is None else getattr(value, name) for value in values]
        stem = prefix + name.removesuffix("bytes")
        if hint in (Span, Span | None):
            for place, end in enumerate(Span._fields):
                columns[stem + end] = _items(column, place)
        elif hint in (Lines, Lines | None):
            for place, end in enumerate(Lines._fields):
                columns[f"{prefix}{name.removesuffix('lines')}{end}_line"] = _items(column, place)
        elif hint == Witness | None:
            columns |= _columns_of(Witness, column, "witness_")
        else:
            columns[prefix + name] = [_without_surrogates(value) for value in column]
    return columns


def _items(ranges: Sequence[Any], place: int) -> list[int | None]:
    return [None if one is None else one[place] for one in ranges]


def _without_surrogates(value: object) -> object:
    """Replace what a table cannot store: lone surrogates, which have no UTF-8."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
