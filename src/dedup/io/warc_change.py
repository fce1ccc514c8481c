"""A WARC record with another content or more headers, in which nothing is said that is not so."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from dedup.io.json_values import dumps
from dedup.io.records import refuse_taken
from dedup.io.streams import printable
from dedup.io.warc_records import header_of

DIGESTS = ("WARC-Block-Digest", "WARC-Payload-Digest")
_WRITINGS: tuple[Callable[[bytes], str], ...] = (
    lambda digest: base64.b32encode(digest).decode(),
    lambda digest: base64.b32encode(digest).decode().rstrip("="),
    bytes.hex,
    lambda digest: digest.hex().upper(),
    lambda digest: base64.b64encode(digest).decode(),
)


def with_content(record: bytes, content: bytes) -> bytes:
    r"""Return a record of a text with another content, its length and digests as they are now.

    A digest is computed in the way that gives what it was. One that no known way gives, or that
    was wrong, is left out.

    Examples
    --------
    >>> with_content(b"WARC/1.0\r\nContent-Length: 3\r\nX: y\r\n\r\nOld\r\n\r\n", b"Newer")
    b'WARC/1.0\r\nContent-Length: 5\r\nX: y\r\n\r\nNewer\r\n\r\n'
    """
    header, start = header_of(record)
    end = start + int(header["Content-Length"])
    old, head = record[start:end], record[:start]
    head = _with_header(head, "Content-Length", lambda _: str(len(content)))
    for name in DIGESTS:
        head = _with_header(head, name, partial(_digest_again, old, content))
    assert header_of(head)[0]["Content-Length"] == str(len(content))
    return head + content + record[end:]


def with_headers(record: bytes, values: Mapping[str, Any]) -> bytes:
    r"""Return a record with more headers behind those that it has, none for nothing.

    Examples
    --------
    >>> with_headers(b"WARC/1.0\r\nContent-Length: 0\r\n\r\n", {"dedup_keep": True})
    b'WARC/1.0\r\nContent-Length: 0\r\ndedup_keep: true\r\n\r\n'
    """
    header, start = header_of(record)
    refuse_taken(values, [name for name in values if name in header])
    added = "".join(
        f"{name}: {_in_one_line(value)}\r\n" for name, value in values.items() if value is not None
    )
    return record[: start - 2] + added.encode() + record[start - 2 :]


def _in_one_line(value: object) -> str:
    return printable(value if isinstance(value, str) else dumps(value).decode())


def _with_header(head: bytes, name: str, change: Callable[[str], str | None]) -> bytes:
    """Return a header in which a field, where it is, has another value; none where that is None."""

    def changed(found: re.Match[bytes]) -> bytes:
        value = change(found[2].decode("ascii", "replace").strip())
        return b"" if value is None else found[1] + value.encode() + b"\r\n"

    # A value goes on in lines that begin with a space.
    field = rb"(?<=\r\n)(%b[ \t]*:[ \t]*)(.*?)\r\n(?![ \t])" % name.encode()
    return re.sub(field, changed, head, flags=re.IGNORECASE | re.DOTALL)


def _digest_again(old: bytes, new: bytes, value: str) -> str | None:
    """Return the digest of other bytes, in the way in which one of some bytes was written."""
    label, _, said = value.partition(":")
    try:
        make = partial(hashlib.new, label.lower().replace("-", ""), usedforsecurity=False)
        before, after = make(old).digest(), make(new).digest()
    except (TypeError, ValueError):  # unknown, or of no one length
        return None
    for written in _WRITINGS:
        if written(before) == said:
            return f"{label}:{written(after)}"
    return None
