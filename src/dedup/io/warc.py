"""WARC and WET files: records of an archive of the web, written again as the bytes they were."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dedup.errors import InputError
from dedup.frames import library
from dedup.io.json_values import dumps
from dedup.io.records import (
    Batch,
    Fields,
    Record,
    RecordError,
    RecordFormat,
    in_batches,
    lacking,
    rank_said,
    refuse_taken,
)
from dedup.io.source import Source
from dedup.io.streams import printable
from dedup.io.warc_records import UTF8, Window, form_of, header_of, next_record, text_of

DIGESTS = ("WARC-Block-Digest", "WARC-Payload-Digest")


class Warc(RecordFormat):
    """Reads the records of an archive, and changes the texts of them.

    Parameters
    ----------
    fields
        Which are wanted: the text is the content, the others are headers.

    Raises
    ------
    MissingLibraryError
        When fastwarc or resiliparse is not installed.
    """

    per_record_compression = True

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        for name in ("fastwarc.warc", "resiliparse.extract.html2text"):
            library(name)

    def batches(self, source: Source) -> Iterator[Batch]:
        """Yield all records of an input.

        Raises
        ------
        InputError
            When none of the first records has a header that is asked for.
        """
        headers: dict[str, None] = {}
        batches = in_batches(self._records(source, headers), self._fields)
        for number, batch in enumerate(batches):
            if number == 0:
                self._check_names(headers, source.name)
            yield batch

    def _records(self, source: Source, headers: dict[str, None]) -> Iterator[Record]:
        """Yield all records; add the headers of each to all headers."""
        window, wanted = Window(source), self._fields
        while window.holds(1):
            try:
                header, data = next_record(window)
                headers |= dict.fromkeys(header.keys())
                name = header.get(wanted.name) if wanted.name else None
                rank = rank_said(header.get(wanted.rank), wanted.rank) if wanted.rank else 0.0
                text, fixed = text_of(header, data)
                yield Record(window.offset, [text], name, rank, fixed)
            except RecordError as error:
                yield Record(window.offset, reason=str(error))

    def _check_names(self, headers: dict[str, None], name: str) -> None:
        """Refuse an input whose first records all lack a header: its name must be wrong."""
        known = {header.lower() for header in headers}
        for flag, field in (("--id-key", self._fields.name), ("--keep", self._fields.rank)):
            if known and field and field.lower() not in known:
                raise InputError(f"{name}: {lacking('header', [field], headers, flag)}")

    def with_texts(self, record: bytes, texts: Mapping[str, str]) -> bytes:
        r"""Return a record with another text and its length, without digests of the old one.

        Examples
        --------
        >>> record = b"WARC/1.0\r\nContent-Length: 3\r\nX: y\r\n\r\nOld\r\n\r\n"
        >>> Warc(Fields()).with_texts(record, {"text": "Newer"})
        b'WARC/1.0\r\nContent-Length: 5\r\nX: y\r\n\r\nNewer\r\n\r\n'
        """
        (text,) = texts.values()
        header, start = header_of(record)
        content = text.encode(form_of(header)[1] or UTF8)
        head, end = record[:start], start + int(header["Content-Length"])
        for name in DIGESTS:
            head = _with_line(head, name, b"")
        head = _with_line(head, "Content-Length", b"Content-Length: %d\r\n" % len(content))
        assert header_of(head)[0]["Content-Length"] == str(len(content))
        return head + content + record[end:]

    def with_fields(self, record: bytes, values: Mapping[str, Any]) -> bytes:
        r"""Return a record with more headers behind those that it has, none for nothing.

        Examples
        --------
        >>> record = b"WARC/1.0\r\nContent-Length: 0\r\n\r\n"
        >>> Warc(Fields()).with_fields(record, {"dedup_keep": True})
        b'WARC/1.0\r\nContent-Length: 0\r\ndedup_keep: true\r\n\r\n'
        """
        header, start = header_of(record)
        refuse_taken(values, [name for name in values if name in header])
        added = "".join(
            f"{name}: {printable(value if isinstance(value, str) else dumps(value).decode())}\r\n"
            for name, value in values.items()
            if value is not None
        )
        return record[: start - 2] + added.encode() + record[start - 2 :]


def _with_line(head: bytes, name: str, line: bytes) -> bytes:
    """Return a header with a line in the place of a field, where it has that; none if empty."""
    # A value goes on in lines that begin with a space.
    field = rb"(?<=\r\n)%b[ \t]*:.*?\r\n(?![ \t])" % name.encode()
    return re.sub(field, lambda _: line, head, flags=re.IGNORECASE | re.DOTALL)
