"""Records and batches of records, and the interface of record formats."""

import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

import numpy as np

from dedup.arrays.array_types import I64
from dedup.arrays.columns import pack_column, to_python_list
from dedup.arrays.packed import PackedTexts, pack
from dedup.files.source import Source
from dedup.files.standard_streams import printable
from dedup.matching.sources import as_source

ANNOTATION_FIELDS = ("dedup_keep", "dedup_witness", "dedup_similarity")
READ_BYTES = 1 << 21  # read from an input at a time
MAX_NAMES_SHOWN, MAX_NAME_LETTERS, MAX_ID_LETTERS = 12, 30, 80  # in a message


@dataclass(frozen=True, slots=True)
class RecordFields:
    """The fields that are read from each record; ``a.b`` is the field b of the field a.

    Parameters
    ----------
    texts
        The fields of the text, joined by line breaks.
    id
        The field of the id, if any.
    rank
        The field whose number or date decides which copy is kept, if any.
    source
        The field with the URL of the page of a record, or the name of its site, if any.
    """

    texts: tuple[str, ...] = ("text",)
    id: str | None = None
    rank: str | None = None
    source: str | None = None

    @property
    def other_names(self) -> list[str]:
        """The names of the fields that are not texts, each once."""
        return [*dict.fromkeys(filter(None, (self.id, self.rank, self.source)))]

    @property
    def all_names(self) -> list[str]:
        """The names of all fields: first those of texts."""
        return [*self.texts, *self.other_names]

    def missing_message(self, kind: str, fields: Sequence[str], found: Iterable[str]) -> str:
        """Return the message for missing fields: which exist, and which parameter chooses one.

        Examples
        --------
        >>> RecordFields().missing_message("column", ["text"], ["id", "body"])
        'has no column "text" (found: id, body); choose one with text='
        """
        names = ", ".join(f'"{field}"' for field in fields)
        parameters = {self.id: "id", self.source: "source"} | dict.fromkeys(self.texts, "text")
        parameter = parameters.get(fields[0], "keep")
        return f"has no {kind} {names} (found: {joined_names(found)}); choose one with {parameter}="


class InputRecord(NamedTuple):
    """A record of an input, or why it cannot be read."""

    end: int  # in bytes of the input
    texts: Sequence[str | None] = ()  # of each field
    id: object = None
    rank: float | Decimal = 0.0
    read_only: bool = False  # the text is derived from the record, and cannot be written back
    source: str | None = None
    reason: str = ""  # why the record cannot be read; then it has no texts
    # Of a record that cannot be read:
    line: int | None = None  # where it begins, if the input has lines
    byte: int = 0  # where it begins, if it has a line
    row: int = 0  # its row in the batch

    @property
    def place(self) -> str:
        """Line, id and byte of the record for a message; empty if the input has no lines."""
        if self.line is None:
            return ""
        record_id = ""
        if isinstance(self.id, (str, int)):
            record_id = f", id {printable(str(self.id)[:MAX_ID_LETTERS])}"
        return f"line {self.line:,}{record_id} (byte {self.byte:,})"


@dataclass(frozen=True, slots=True)
class InputBatch:
    """The n records of a batch.

    Record i has the bytes ``[ends[i - 1], ends[i])`` of the input; the first one begins after the
    head. Bad records, which cannot be read, have no texts, id, rank or source.
    """

    head: bytes  # the bytes before the first record; empty except in the first batch
    # For each of f fields the n texts, a list or an Arrow column; or n * f ``PackedTexts``, all
    # fields of a record one after the other.
    texts: Any
    ids: list[Any] | PackedTexts | None  # if packed, they are JSON
    ranks: list[float | Decimal] | None
    ends: I64  # (n,)
    bad: list[InputRecord]  # the records that cannot be read
    read_only: Sequence[int] = ()  # rows whose texts cannot be written back
    tail: bytes = b""  # the bytes after the last element of an array; only in the last batch
    lines: int = 0  # line breaks in the batch, if the lines of ``bad`` are counted from its start
    doubtful: Sequence[int] = ()  # rows that the compiled core cannot read
    sources: Sequence[str | None] | None = None

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.ends)

    @property
    def field_count(self) -> int:
        """The number of text fields, f; 1 if there are no records."""
        if isinstance(self.texts, PackedTexts):
            return len(self.texts) // len(self) if len(self) else 1
        return len(self.texts)

    def packed_texts(self) -> PackedTexts:
        """Return the n * f texts, all fields of a record one after the other."""
        if isinstance(self.texts, PackedTexts):
            return self.texts
        if len(self.texts) == 1:
            return pack_column(self.texts[0])
        columns = map(to_python_list, self.texts)
        return pack([text for texts in zip(*columns, strict=True) for text in texts])

    def id_of(self, row: int) -> object:
        """Return the id of a record; None if the records have no ids."""
        if isinstance(self.ids, PackedTexts):
            return json.loads(self.ids.text(row))
        return self.ids[row] if self.ids else None


# What a format yields: a batch, or a function that reads one, which another thread may call.
PendingBatch = InputBatch | Callable[[], InputBatch]


def make_batch(
    records: Sequence[InputRecord], fields: RecordFields, head: bytes = b""
) -> InputBatch:
    """Return a batch of records; the first batch of an input has its head."""
    bad = [record._replace(row=row) for row, record in enumerate(records) if record.reason]
    return InputBatch(
        head,
        [
            [None if record.reason else record.texts[field] for record in records]
            for field in range(len(fields.texts))
        ],
        [record.id for record in records] if fields.id else None,
        [record.rank for record in records] if fields.rank else None,
        np.array([record.end for record in records], np.int64),
        bad,
        [row for row, record in enumerate(records) if record.read_only],
        sources=[record.source for record in records] if fields.source else None,
    )


def batched(
    records: Iterable[InputRecord],
    fields: RecordFields,
    head: bytes = b"",
    max_records: int = 1 << 30,
) -> Iterator[InputBatch]:
    """Yield the records of an input in batches of about 2 MB and at most ``max_records``."""
    waiting: list[InputRecord] = []
    start = 0
    for record in records:
        waiting.append(record)
        if record.end - start >= READ_BYTES or len(waiting) >= max_records:
            yield make_batch(waiting, fields, head)
            waiting, start, head = [], record.end, b""
    if waiting or not start:
        yield make_batch(waiting, fields, head)


class RecordError(ValueError):
    """A record cannot be read; the message says why, but not where.

    Parameters
    ----------
    lines
        Number of line breaks in the record before the error.
    """

    def __init__(self, message: str, lines: int = 0) -> None:
        super().__init__(message)
        self.lines = lines


class RecordFormat(Protocol):
    """A format whose records are byte ranges of the input, which are copied unchanged."""

    per_record_compression: bool = False  # whether each record is compressed separately
    # Whether ``core.RecordTexts`` finds the text of a record, unless it is doubtful, in its bytes.
    core_reads_records: bool = False

    def batches(self, source: Source) -> Iterator[PendingBatch]:
        """Yield all records of an input in batches."""

    def with_texts(self, record: bytes, texts: Mapping[str, str]) -> bytes:
        """Return a record with other texts in some fields."""

    def with_fields(self, record: bytes, values: Mapping[str, Any]) -> bytes:
        """Return a record with additional fields."""

    def with_names(self, head: bytes, names: Sequence[str]) -> bytes:  # noqa: ARG002
        """Return the head of an input whose records have additional fields."""
        return head


def place_and_reason(place: str, reason: str) -> str:
    """Return the place of a bad record and what is wrong with it.

    Examples
    --------
    >>> place_and_reason("line 2 (byte 27)", "is not JSON")
    'line 2 (byte 27) is not JSON'
    >>> place_and_reason("line 2 (byte 27)", "field 'text' must be a string, got int")
    "line 2 (byte 27): field 'text' must be a string, got int"
    """
    is_predicate = reason.startswith(("is ", "has ", "must "))
    return f"{place}{' ' if is_predicate else ': '}{reason}"


def joined_names(names: Iterable[str]) -> str:
    r"""Return names joined for a message: at most 12 names, of at most 30 letters each.

    Examples
    --------
    >>> joined_names(["id", "a\nb"]), joined_names([])
    ('id, a\\nb', 'nothing')
    """
    short = [printable(name if len(name) <= MAX_NAME_LETTERS else f"{name[:MAX_NAME_LETTERS]}...")
             for name in names]  # fmt: skip
    more = f", and {len(short) - MAX_NAMES_SHOWN} more" if len(short) > MAX_NAMES_SHOWN else ""
    return ", ".join(short[:MAX_NAMES_SHOWN]) + more or "nothing"


def decoding_error(error: UnicodeDecodeError, encoding: str) -> str:
    r"""Return the message for a byte that is not valid in the encoding of its file.

    Examples
    --------
    >>> decoding_error(UnicodeDecodeError("utf-8", b"a\xff", 1, 2, ""), "utf-8")
    '0xff at position 2 is not valid UTF-8'
    """
    byte, place = error.object[error.start], error.start + 1
    return f"0x{byte:02x} at position {place:,} is not valid {encoding.upper()}"


def refuse_existing_fields(names: Iterable[str], existing: Container[str]) -> None:
    """Raise an error if a record already has a field that is to be added.

    Raises
    ------
    RecordError
        When one of the names exists.
    """
    for name in names:
        if name in existing:
            raise RecordError(f"has a field {name} already; rename it, or leave out annotate=")


def as_source_name(value: object, field: str) -> str | None:
    """Return the value of a field with the source of a record, None if it has none.

    Raises
    ------
    RecordError
        When it is no string or integer.
    """
    try:
        return as_source(value)
    except TypeError as error:
        raise RecordError(f"field {field!r} {error}") from None


def as_text(value: object, field: str) -> str | None:
    """Return the value of a field that must be a text or None.

    Raises
    ------
    RecordError
        When it is something else.
    """
    if value is None or isinstance(value, str):
        return value
    raise RecordError(f"field {field!r} must be a string, got {type(value).__name__}")
