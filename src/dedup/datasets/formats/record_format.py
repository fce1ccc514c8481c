"""What readers of record formats give: batches of records, each with its place in the input."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from math import copysign, inf, nan
from typing import Any, NamedTuple, Protocol

import numpy as np

from dedup.arrays.array_types import I64
from dedup.files.source import Source
from dedup.files.standard_streams import printable

ANNOTATION_FIELDS = ("dedup_keep", "dedup_witness", "dedup_similarity")
READ_BYTES = 1 << 21  # read at a time
MAX_NAMES_SHOWN, MAX_NAME_LETTERS, MAX_ID_LETTERS = 12, 30, 80  # in a message


@dataclass(frozen=True, slots=True)
class RecordFields:
    """Which fields of a record are wanted; ``a.b`` is the field b of the field a.

    Parameters
    ----------
    texts
        What is compared: the texts of these fields, one below the other.
    name
        The field that names a record, if any.
    rank
        The field whose number or date says which copy stays, if any.
    """

    texts: tuple[str, ...] = ("text",)
    name: str | None = None
    rank: str | None = None

    @property
    def all_names(self) -> list[str]:
        """All of them."""
        return [*self.texts, *filter(None, (self.name, self.rank))]

    def missing_message(self, kind: str, fields: Sequence[str], found: Iterable[str]) -> str:
        """Say that an input lacks fields, what it has, and which parameter names one.

        Examples
        --------
        >>> RecordFields().missing_message("column", ["text"], ["id", "body"])
        'has no column "text" (found: id, body); choose one with text='
        """
        names = ", ".join(f'"{field}"' for field in fields)
        parameter = "id" if fields[0] == self.name else "keep"
        parameter = "text" if fields[0] in self.texts else parameter
        return f"has no {kind} {names} (found: {joined_names(found)}); choose one with {parameter}="


class InputRecord(NamedTuple):
    """A record that was read, or could not be."""

    end: int  # in the bytes of the input
    texts: Sequence[str | None] = ()  # by field
    name: object = None
    rank: float = 0.0
    fixed: bool = False  # whether its text is made of the record: no other can be put into it
    reason: str = ""  # why it cannot be read; it has no texts then
    line: int | None = None  # where such a record begins, in an input that has lines
    byte: int = 0  # of the input where it begins, if the line is known
    row: int = 0  # the number of such a record in its batch

    @property
    def place(self) -> str:
        """Where it is, by line, id and byte; empty where the input has no lines."""
        if self.line is None:
            return ""
        called = ""
        if isinstance(self.name, (str, int)):
            called = f", id {printable(str(self.name)[:MAX_ID_LETTERS])}"
        return f"line {self.line:,}{called} (byte {self.byte:,})"


@dataclass(frozen=True, slots=True)
class InputBatch:
    """Records of an input, one after the other.

    Record i lies behind ``ends[i - 1]``, or the head, and before ``ends[i]`` of the input's
    bytes. What is bad has neither texts nor name nor rank.
    """

    head: bytes  # of the input, before its first record: empty but in the first batch
    texts: list[Any]  # by field, then by record: lists, or columns of Arrow
    names: list[Any] | None
    ranks: list[float] | None
    ends: I64
    bad: list[InputRecord]
    fixed: Sequence[int] = ()  # rows whose texts are made of the record: none can be put into it
    tail: bytes = b""  # of an array, behind its last record: empty but in the last batch

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.ends)


def make_batch(
    records: Sequence[InputRecord], fields: RecordFields, head: bytes = b""
) -> InputBatch:
    """Return a batch of records, the first of an input with its head."""
    bad = [record._replace(row=row) for row, record in enumerate(records) if record.reason]
    return InputBatch(
        head,
        [
            [None if record.reason else record.texts[place] for record in records]
            for place in range(len(fields.texts))
        ],
        [record.name for record in records] if fields.name else None,
        [record.rank for record in records] if fields.rank else None,
        np.array([record.end for record in records], np.int64),
        bad,
        [row for row, record in enumerate(records) if record.fixed],
    )


def batched(
    records: Iterable[InputRecord],
    fields: RecordFields,
    head: bytes = b"",
    max_records: int = 1 << 30,
) -> Iterator[InputBatch]:
    """Yield all records of an input in batches, of ``max_records`` records at most."""
    held: list[InputRecord] = []
    start = 0
    for record in records:
        held.append(record)
        if record.end - start >= READ_BYTES or len(held) >= max_records:
            yield make_batch(held, fields, head)
            held, start, head = [], record.end, b""
    if held or not start:
        yield make_batch(held, fields, head)


class RecordError(ValueError):
    """A record cannot be read; the message says why, not where.

    Parameters
    ----------
    lines
        Line breaks of the record before what is wrong with it.
    """

    def __init__(self, message: str, lines: int = 0) -> None:
        super().__init__(message)
        self.lines = lines


class RecordFormat(Protocol):
    """A format whose records are stretches of bytes, which can be copied as they are."""

    per_record_compression: bool = False  # so that reading can begin at any record

    def batches(self, source: Source) -> Iterator[InputBatch]:
        """Yield all records of an input."""

    def with_texts(self, record: bytes, texts: Mapping[str, str]) -> bytes:
        """Return a record in which some fields have other texts."""

    def with_fields(self, record: bytes, values: Mapping[str, Any]) -> bytes:
        """Return a record with more fields."""

    def with_names(self, head: bytes, names: Sequence[str]) -> bytes:  # noqa: ARG002
        """Return the head of an input whose records have more fields: the same if it names none."""
        return head


def joined_names(names: Iterable[str]) -> str:
    r"""Return names in one line for a message, some of many, and the beginnings of long ones.

    Examples
    --------
    >>> joined_names(["id", "a\nb"]), joined_names([])
    ('id, a\\nb', 'nothing')
    """
    known = [printable(name if len(name) <= MAX_NAME_LETTERS else f"{name[:MAX_NAME_LETTERS]}...")
             for name in names]  # fmt: skip
    more = f", and {len(known) - MAX_NAMES_SHOWN} more" if len(known) > MAX_NAMES_SHOWN else ""
    return ", ".join(known[:MAX_NAMES_SHOWN]) + more or "nothing"


def decoding_error(error: UnicodeDecodeError, encoding: str) -> str:
    r"""Say which byte of a record is not in the encoding of its file.

    Examples
    --------
    >>> decoding_error(UnicodeDecodeError("utf-8", b"a\xff", 1, 2, ""), "utf-8")
    '0xff at position 2 is not valid UTF-8'
    """
    byte, place = error.object[error.start], error.start + 1
    return f"0x{byte:02x} at position {place:,} is not valid {encoding.upper()}"


def refuse_existing_fields(names: Iterable[str], known: Container[str]) -> None:
    """Refuse fields that are to be added where they are already.

    Raises
    ------
    RecordError
        When one of the names is known.
    """
    for name in names:
        if name in known:
            raise RecordError(f"has a field {name} already; rename it, or leave out annotate=")


def as_text(value: object, field: str) -> str | None:
    """Return the text that a field holds.

    Raises
    ------
    RecordError
        When it holds something else.
    """
    if value is None or isinstance(value, str):
        return value
    raise RecordError(f"field {field!r} must be a string, got {type(value).__name__}")


def as_rank(value: object, field: str) -> float:
    """Return the number that a field holds, of a date the seconds since 1970, of None NaN.

    Raises
    ------
    RecordError
        When it holds something else.

    Examples
    --------
    >>> as_rank(3, "views"), as_rank("1970-01-02", "date")
    (3.0, 86400.0)
    """
    if value is None:
        return nan
    if hasattr(value, "isoformat"):
        value = value.isoformat()
    if isinstance(value, str):
        with suppress(ValueError):
            moment = datetime.fromisoformat(value)
            return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return copysign(inf, value)
    raise RecordError(f"field {field} is neither a number nor a date: {value!r}")


def parse_rank(text: str | None, field: str) -> float:
    """Return the number or date that a text says, in a format that has nothing but texts.

    Raises
    ------
    RecordError
        When it says something else.

    Examples
    --------
    >>> parse_rank("3e2", "views"), parse_rank("1970-01-02T00:00:00Z", "date")
    (300.0, 86400.0)
    """
    try:
        return float(text or "")
    except ValueError:
        return as_rank(text or None, field)
