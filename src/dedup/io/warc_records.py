"""Where the records of a WARC file begin and end, so that each of its bytes belongs to one.

fastwarc reads what a record says. Where it ends is found here: fastwarc's own iterator gives a
record that is cut off as if it were whole, takes a missing length for zero, and ends for good at
the first byte that begins no record.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from dedup.frames import library
from dedup.io.records import BATCH_BYTES, RecordError
from dedup.io.source import Source

if TYPE_CHECKING:
    from fastwarc.warc import HeaderMap

HELD_BYTES = 1 << 26  # of a record in memory: a longer one is passed over
HEADER_BYTES = 1 << 16  # at most
BEGIN, BLANK = b"WARC/", b"\r\n\r\n"
_VERSION = re.compile(r"WARC/[0-9]+\.[0-9]+")
_NEXT = re.compile(rb"(?<=\n)WARC/[0-9]+\.[0-9]+\r\n")
_NEXT_BYTES = 32  # more than that finds


@dataclass(frozen=True, slots=True)
class Stretch:
    """A record, or what should be one, with the line breaks behind it."""

    end: int  # in the bytes of the input
    header: "HeaderMap | None" = None  # None where it cannot be read
    data: bytes = b""  # its header and content; nothing where they are too long
    reason: str = ""  # why it cannot be read


def stretches(source: Source) -> Iterator[Stretch]:
    """Yield all bytes of an input as records; what is none reaches to the next that begins."""
    window = _Window(source)
    while window.holds(1):
        try:
            stretch = _next(window)
        except RecordError as error:
            window.drop_to_next()
            stretch = Stretch(window.offset, reason=str(error))
        yield stretch


def header_of(data: bytes) -> "tuple[HeaderMap, int]":
    r"""Read the header with which a record begins; return it, and its length with the blank line.

    Raises
    ------
    RecordError
        When there is none.

    Examples
    --------
    >>> header, size = header_of(b"WARC/1.0\r\nWARC-Type: resource\r\n\r\nText")
    >>> header["WARC-Type"], size
    ('resource', 33)
    """
    if not data.startswith(BEGIN):
        raise RecordError("is no WARC record: it does not begin with WARC/")
    size = data.find(BLANK) + len(BLANK)
    if size < len(BLANK):
        raise RecordError("has no blank line behind its header")
    # As a record it would be given the memory that its Content-Length says, which may be a lie.
    header = library("fastwarc.warc").HeaderMap()
    header.parse(BytesIO(data[:size]))
    if not _VERSION.fullmatch(header.status_line):
        raise RecordError(f"is no WARC record: its version is {header.status_line[:40]!r}")
    return header, size


def _next(window: "_Window") -> Stretch:
    header, size = header_of(window.header())
    length = _length_in(header)
    size += length
    data, behind = b"", 0
    if size <= HELD_BYTES:
        found = window.holds(size)
        data, behind = window.first(size), size
    else:
        found = window.drop(size)
    if not found:
        raise RecordError(f"is cut off: its Content-Length is {length:,}, and less follows")
    breaks = window.breaks(behind)
    # Where two breaks end it, what is behind them is another record, or none of its own.
    if (
        window.begins(behind + breaks, BEGIN)
        or breaks >= len(BLANK)
        or window.ends(behind + breaks)
    ):
        window.drop(behind + breaks)
        return Stretch(window.offset, header, data)
    raise RecordError(f"does not end where its Content-Length of {length:,} says")


def _length_in(header: "HeaderMap") -> int:
    said = header.get_multiple("Content-Length")
    if len(said) != 1:
        raise RecordError(f"has {len(said) or 'no'} Content-Length")
    if not re.fullmatch("[0-9]{1,18}", said[0]):
        raise RecordError(f"has a Content-Length that is no number: {said[0][:40]!r}")
    return int(said[0])


class _Window:
    """The bytes of an input that are looked at: those of one record, and some behind them."""

    def __init__(self, source: Source) -> None:
        self._source, self._data, self._begin = source, b"", 0

    @property
    def offset(self) -> int:
        """Where in the input it begins."""
        return self._source.offset - len(self._data) + self._begin

    def holds(self, size: int) -> bool:
        """Read on until it has so many bytes; tell whether there are as many."""
        missing = size - len(self._data) + self._begin
        if missing > 0 and (more := self._source.read(max(missing, BATCH_BYTES))):
            self._data, self._begin = self._data[self._begin :] + more, 0
        return size <= len(self._data) - self._begin

    def ends(self, place: int) -> bool:
        """Tell whether the input ends there."""
        return not self.holds(place + 1)

    def begins(self, place: int, data: bytes) -> bool:
        """Tell whether these bytes are there."""
        self.holds(place + len(data))
        return self._data.startswith(data, self._begin + place)

    def first(self, size: int) -> bytes:
        """Return the first bytes, as many as it has."""
        return self._data[self._begin : self._begin + size]

    def header(self) -> bytes:
        """Return the bytes up to the first blank line, or as many as a header may have."""
        self.holds(HEADER_BYTES)
        end = self._data.find(BLANK, self._begin, self._begin + HEADER_BYTES)
        return self.first(HEADER_BYTES if end < 0 else end + len(BLANK) - self._begin)

    def breaks(self, place: int) -> int:
        """Return how many bytes of line breaks are there."""
        end = place
        while self.begins(end, b"\r") or self.begins(end, b"\n"):
            end += 1
        return end - place

    def drop(self, size: int) -> bool:
        """Go on by so many bytes, read or not; tell whether there were as many."""
        held = min(size, len(self._data) - self._begin)
        self._begin += held
        left = size - held
        while left and (data := self._source.read(min(left, BATCH_BYTES))):
            self._data, self._begin = b"", 0
            left -= len(data)
        return not left

    def drop_to_next(self) -> None:
        """Go on to the next line that begins a record."""
        self.drop(1)  # of the record that is none
        while not (found := _NEXT.search(self._data, self._begin)):
            last = self._data[self._begin - 1 :][-_NEXT_BYTES:]
            more = self._source.read(BATCH_BYTES)
            if not more:
                self._begin = len(self._data)
                return
            self._data, self._begin = last + more, 1
        self._begin = found.start()
