"""WARC and WET files, archives of web pages; kept records keep their bytes.

fastwarc parses the headers. This module finds where a record ends: the iterator of fastwarc
returns a truncated record as if it were complete, reads a missing length as zero, and stops at the
first byte that does not begin a record.
"""

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, Any

from dedup.arrays.tabular import import_optional
from dedup.datasets.formats.json_values import dumps
from dedup.datasets.formats.ranks import parse_rank
from dedup.datasets.formats.record_format import (
    READ_BYTES,
    InputBatch,
    InputRecord,
    RecordError,
    RecordFields,
    RecordFormat,
    batched,
    refuse_existing_fields,
)
from dedup.errors import InputError
from dedup.files.source import Source
from dedup.files.standard_streams import printable

if TYPE_CHECKING:
    from fastwarc.warc import HeaderMap


MAX_RECORD_BYTES = 1 << 26  # a longer record is skipped: its text is not compared
USUAL_HEADER_BYTES, MAX_HEADER_BYTES = 1 << 11, 1 << 16  # of a header
RECORD_START, HEADER_END = b"WARC/", b"\r\n\r\n"
_VERSION = rb"WARC/[0-9]+\.[0-9]+[ \t\r]*\n"
_FIRST_LINE, _LENGTH = re.compile(_VERSION), re.compile("[0-9]{1,18}")
_CHARSET = re.compile(r'charset\s*=\s*"?([^\s";]+)', re.IGNORECASE)
_NEXT_RECORD = re.compile(rb"(?<=\n)" + _VERSION)
_LINE_BREAKS = re.compile(rb"[\r\n]+")
_NEXT_RECORD_BYTES = 32  # more than _NEXT_RECORD matches
PLAIN_TEXT_TYPE = "text/plain"
HTML_TYPES = ("text/html", "application/xhtml+xml")
MAX_HTML_BYTES = 1 << 26  # of an unpacked page: a longer one is truncated
UTF8 = "utf-8"


def read_header(data: bytes) -> "tuple[HeaderMap, int]":
    r"""Return the header at the beginning of a record, and its length with the blank line.

    Raises
    ------
    RecordError
        When there is no header.

    Examples
    --------
    >>> header, size = read_header(b"WARC/1.0\r\nWARC-Type: resource\r\n\r\nText")
    >>> header["WARC-Type"], size
    ('resource', 33)
    """
    if not _FIRST_LINE.match(data):
        got = data[:10].partition(b"\r")[0].decode("utf-8", "replace")
        raise RecordError(f"must begin with WARC/1.0 or WARC/1.1, got {got!r}")
    size = data.find(HEADER_END) + len(HEADER_END)
    if size < len(HEADER_END):
        raise RecordError("has no blank line after its header")
    # Parsed as a record it would get as much memory as its Content-Length claims.
    header = import_optional("fastwarc.warc").HeaderMap()
    header.parse(BytesIO(data[:size]))
    return header, size


class PeekableSource:
    """An input whose next bytes can be inspected before they are consumed."""

    def __init__(self, source: Source) -> None:
        self._source, self._data, self._begin = source, b"", 0

    @property
    def offset(self) -> int:
        """The position of the next byte in the input."""
        return self._source.offset - len(self._data) + self._begin

    def peek(self, size: int, ahead: int = 0) -> bytes:
        """Return ``size`` bytes, ``ahead`` bytes further on; fewer only at the end of the input."""
        missing = ahead + size - (len(self._data) - self._begin)
        if missing > 0 and (more := self._source.read(max(missing, READ_BYTES))):
            self._data, self._begin = self._data[self._begin :] + more, 0
        return self._data[self._begin + ahead : self._begin + ahead + size]

    def skip(self, size: int) -> bool:
        """Skip ``size`` bytes; return whether there were as many."""
        buffered = min(size, len(self._data) - self._begin)
        self._begin += buffered
        missing = size - buffered
        while missing and (data := self._source.read(min(missing, READ_BYTES))):
            self._data, self._begin = b"", 0
            missing -= len(data)
        return not missing

    def skip_to_next(self) -> None:
        """Skip to the next line that begins a record, or to the end of the input."""
        size = MAX_HEADER_BYTES + _NEXT_RECORD_BYTES
        while not (found := _NEXT_RECORD.search(data := self.peek(size), 1)) and len(data) == size:
            self.skip(MAX_HEADER_BYTES)
        self.skip(found.start() if found else len(data))


def read_record(window: PeekableSource) -> "tuple[HeaderMap, bytes]":
    """Read a record and the line breaks after it; return its header, and its bytes.

    The bytes are header and content, empty if they are too long.

    Raises
    ------
    RecordError
        When it cannot be read.
    """
    start = window.peek(USUAL_HEADER_BYTES)
    header, size = read_header(start if HEADER_END in start else window.peek(MAX_HEADER_BYTES))
    lengths = header.get_multiple("Content-Length")
    if len(lengths) != 1:
        raise RecordError(f"must have one Content-Length, got {len(lengths) or 'none'}")
    if not _LENGTH.fullmatch(lengths[0]):
        raise RecordError(f"has a Content-Length that is not a number: {lengths[0][:40]!r}")
    length = int(lengths[0])
    size += length
    data = window.peek(size) if size <= MAX_RECORD_BYTES else b""
    if len(data) < size and (data or not window.skip(size)):
        raise RecordError(f"is cut off: its Content-Length is {length:,}, but fewer bytes follow")
    end = len(data)
    while breaks := _LINE_BREAKS.match(window.peek(len(HEADER_END), end)):
        end += breaks.end()
    # After two line breaks the record has ended, whatever follows.
    two_breaks = end - len(data) >= len(HEADER_END)
    if not two_breaks and window.peek(len(RECORD_START), end) not in (b"", RECORD_START):
        raise RecordError(f"does not end where its Content-Length of {length:,} says")
    window.skip(end)
    return header, data


def text_of(header: "HeaderMap", data: bytes) -> tuple[str | None, bool]:
    """Return the text of a record, None if it has none, and whether the text is read-only.

    Parameters
    ----------
    header
        The header of the record.
    data
        Its header and content, empty if they are too long.

    Raises
    ------
    RecordError
        When the text is not valid in its encoding.
    """
    kind = (header.get("WARC-Type") or "").lower()
    if not data or "WARC-Segment-Number" in header:  # it has only a part of a text
        return None, False
    form, charset = content_type_of(header)
    content = data[data.index(HEADER_END) + len(HEADER_END) :]
    if kind in ("conversion", "resource") and form == PLAIN_TEXT_TYPE:
        return _plain_text(content, charset)
    if kind == "resource" and form in HTML_TYPES:
        return _page_text(content, charset), True
    if kind == "response":
        return _response_text(data), True
    return None, False


def content_type_of(header: "HeaderMap") -> tuple[str, str | None]:
    r"""Return the content type of a record, and its encoding if the header names it.

    Examples
    --------
    >>> from dedup.datasets.formats.warc import read_header
    >>> record = b"WARC/1.0\r\nContent-Type: text/plain; charset=latin-1\r\n\r\n"
    >>> content_type_of(read_header(record)[0])
    ('text/plain', 'latin-1')
    """
    form, _, more = (header.get("Content-Type") or "").partition(";")
    charset = _CHARSET.search(more) if more else None
    return form.strip().lower(), charset[1] if charset else None


def _plain_text(content: bytes, named: str | None) -> tuple[str, bool]:
    charset = named or UTF8
    try:
        text = content.decode(charset)
        same = charset == UTF8 or text.encode(charset) == content
    except UnicodeError as error:
        source = "which its header names" if named else "and its header names no charset"
        reason = f"has a text that is not valid {charset}, {source}"
        raise RecordError(reason) from error
    except (LookupError, ValueError) as error:
        raise RecordError(f"has a text in an unknown encoding: {charset[:40]!r}") from error
    return text, not same


def _response_text(data: bytes) -> str | None:
    """Return the text of the HTML page in a response of a server; None if there is none."""
    try:
        record = import_optional("fastwarc.warc").WarcRecord.from_bytes(data)
        record.parse_http(auto_decode="all")
        http = record.http_headers
        if http is None or http.status_code != 200 or record.http_content_type not in HTML_TYPES:
            return None
        return _page_text(record.reader.read(MAX_HTML_BYTES), record.http_charset)
    except OSError:  # not HTTP, or not compressed as its header says: no browser could show it
        return None


def _page_text(content: bytes, charset: str | None) -> str:
    """Return the main text of a page, without menus, which are the same on all pages of a site."""
    extract = import_optional("resiliparse.extract.html2text").extract_plain_text
    return str(extract(_decoded_html(content, charset), main_content=True))


def _decoded_html(content: bytes, charset: str | None) -> str:
    encoding = import_optional("resiliparse.parse.encoding")
    name = encoding.map_encoding_to_html5(charset, fallback_utf8=False) if charset else None
    if name is None:
        try:
            return content.decode(UTF8)  # the detector is unreliable on short pages
        except UnicodeDecodeError:
            name = encoding.detect_encoding(content, from_html_meta=True)
    return str(encoding.bytes_to_str(content, name or UTF8))


DIGEST_HEADERS = ("WARC-Block-Digest", "WARC-Payload-Digest")


class Warc(RecordFormat):
    """Reads the records of an archive, and changes their texts.

    Parameters
    ----------
    fields
        The fields to read. The text is the content; the others are headers.

    Raises
    ------
    MissingLibraryError
        When fastwarc or resiliparse is not installed.
    """

    per_record_compression = True

    def __init__(self, fields: RecordFields) -> None:
        self._fields = fields
        for name in ("fastwarc.warc", "resiliparse.extract.html2text"):
            import_optional(name)

    def batches(self, source: Source) -> Iterator[InputBatch]:
        """Yield all records of an input.

        Raises
        ------
        InputError
            When none of the first records has one of the headers.
        """
        headers: dict[str, None] = {}
        batches = batched(self._records(source, headers), self._fields)
        first = next(batches)
        existing = {header.lower() for header in headers}
        for field in self._fields.other_names:
            if existing and field.lower() not in existing:
                reason = self._fields.missing_message("header", [field], headers)
                raise InputError(f"{source.name} {reason}")
        yield from chain([first], batches)

    def _records(self, source: Source, headers: dict[str, None]) -> Iterator[InputRecord]:
        """Yield all records, and add the names of their headers to ``headers``."""
        window, fields = PeekableSource(source), self._fields
        while window.peek(1):
            header = None
            try:
                header, data = read_record(window)
                headers |= dict.fromkeys(header.keys())
                record_id = header.get(fields.id) if fields.id else None
                rank = parse_rank(header.get(fields.rank), fields.rank) if fields.rank else 0.0
                page = header.get(fields.source) if fields.source else None
                page = page and page.strip("<>")  # around the address in records of Wget
                text, read_only = text_of(header, data)
                yield InputRecord(window.offset, [text], record_id, rank, read_only, page)
            except RecordError as error:
                if header is None:
                    window.skip_to_next()
                yield InputRecord(window.offset, reason=str(error))

    def with_texts(self, record: bytes, texts: Mapping[str, str]) -> bytes:
        r"""Return a record with another text and its length, without the digests of the old text.

        Examples
        --------
        >>> record = b"WARC/1.0\r\nContent-Length: 3\r\nX: y\r\n\r\nOld\r\n\r\n"
        >>> Warc(RecordFields()).with_texts(record, {"text": "Newer"})
        b'WARC/1.0\r\nContent-Length: 5\r\nX: y\r\n\r\nNewer\r\n\r\n'
        """
        (text,) = texts.values()
        header, start = read_header(record)
        content = text.encode(content_type_of(header)[1] or UTF8)
        head, end = record[:start], start + int(header["Content-Length"])
        lines = dict.fromkeys(DIGEST_HEADERS, b"")
        lines["Content-Length"] = b"Content-Length: %d\r\n" % len(content)
        for name, line in lines.items():
            # The value of a header continues in lines that begin with a space.
            field = rb"(?i)(?s)(?<=\r\n)%b[ \t]*:.*?\r\n(?![ \t])" % name.encode()
            head = re.sub(field, line, head)
        assert read_header(head)[0]["Content-Length"] == str(len(content))
        return head + content + record[end:]

    def with_fields(self, record: bytes, values: Mapping[str, Any]) -> bytes:
        r"""Return a record with additional headers after its own; none for a value None.

        Examples
        --------
        >>> record = b"WARC/1.0\r\nContent-Length: 0\r\n\r\n"
        >>> Warc(RecordFields()).with_fields(record, {"dedup_keep": True})
        b'WARC/1.0\r\nContent-Length: 0\r\ndedup_keep: true\r\n\r\n'
        """
        header, start = read_header(record)
        refuse_existing_fields(values, [name for name in values if name in header])
        added = "".join(
            f"{name}: {printable(value if isinstance(value, str) else dumps(value).decode())}\r\n"
            for name, value in values.items()
            if value is not None
        )
        return record[: start - 2] + added.encode() + record[start - 2 :]
