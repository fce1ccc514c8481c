"""The text of a WARC record: the content of a plain text, and what a page of HTML says."""

import re
from typing import TYPE_CHECKING, NamedTuple

from dedup.frames import library
from dedup.io.records import RecordError
from dedup.io.warc_records import BLANK

if TYPE_CHECKING:
    from fastwarc.warc import HeaderMap

PLAIN = "text/plain"
HTML = ("text/html", "application/xhtml+xml")
HTML_BYTES = 1 << 26  # unpacked, at most: what would be more is cut there
UTF8 = "utf-8"


class Text(NamedTuple):
    """What is compared of a record, if anything, and whether another text can be put into it."""

    text: str | None
    fixed: bool = False


def text_of(header: "HeaderMap", data: bytes) -> Text:
    """Return the text of a record.

    Parameters
    ----------
    header
        Of the record.
    data
        Its header and content, nothing where they are too long.

    Raises
    ------
    RecordError
        When its text is not in its encoding.
    """
    kind = (header.get("WARC-Type") or "").lower()
    if not data or "WARC-Segment-Number" in header:  # which is a piece of a text
        return Text(None)
    form, charset = form_of(header)
    content = data[data.index(BLANK) + len(BLANK) :]
    if kind in ("conversion", "resource") and form == PLAIN:
        return _plain(content, charset or UTF8)
    if kind == "resource" and form in HTML:
        return Text(_page(content, charset), fixed=True)
    if kind == "response":
        return Text(_answer(data), fixed=True)
    return Text(None)


def form_of(header: "HeaderMap") -> tuple[str, str | None]:
    r"""Return what the content of a record is, and its encoding where that is said.

    Examples
    --------
    >>> from dedup.io.warc_records import header_of
    >>> record = b"WARC/1.0\r\nContent-Type: text/plain; charset=latin-1\r\n\r\n"
    >>> form_of(header_of(record)[0])
    ('text/plain', 'latin-1')
    """
    form, _, more = (header.get("Content-Type") or "").partition(";")
    charset = re.search(r'charset\s*=\s*"?([^\s";]+)', more, re.IGNORECASE)
    return form.strip().lower(), charset[1] if charset else None


def _plain(content: bytes, charset: str) -> Text:
    try:
        text = content.decode(charset)
        same = charset == UTF8 or text.encode(charset) == content
    except UnicodeError as error:
        raise RecordError(f"has a text that is not {charset}: {error}") from error
    except (LookupError, ValueError) as error:
        raise RecordError(f"has a text in an unknown encoding: {charset[:40]!r}") from error
    return Text(text, fixed=not same)


def _answer(data: bytes) -> str | None:
    """Return what the page says that a server gave, if it gave one."""
    try:
        record = library("fastwarc.warc").WarcRecord.from_bytes(data)
        record.parse_http(auto_decode="all")
        about = record.http_headers
        if about is None or about.status_code != 200 or record.http_content_type not in HTML:
            return None
        return _page(record.reader.read(HTML_BYTES), record.http_charset)
    except OSError:  # not HTTP, or not packed as it says: nobody could show it
        return None


def _page(content: bytes, charset: str | None) -> str:
    """Return the text of a page without its menus, which are the same on all pages of a site."""
    extract = library("resiliparse.extract.html2text").extract_plain_text
    return str(extract(_html(content, charset), main_content=True))


def _html(content: bytes, charset: str | None) -> str:
    encoding = library("resiliparse.parse.encoding")
    known = encoding.map_encoding_to_html5(charset, fallback_utf8=False) if charset else None
    if known is None:
        try:
            return content.decode(UTF8)  # of a short page the detector is not sure
        except UnicodeDecodeError:
            known = encoding.detect_encoding(content, from_html_meta=True)
    return str(encoding.bytes_to_str(content, known or UTF8))
