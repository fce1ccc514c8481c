"""Build WARC records as bytes."""

import base64
import hashlib


def sha1(content: bytes) -> str:
    return (
        "sha1:" + base64.b32encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()
    )


def warc_record(
    content: bytes | str | None,
    kind: str = "conversion",
    form: str = "text/plain",
    end: bytes = b"\r\n\r\n",
    **more: object,
) -> bytes:
    """Return a record with a content; a metadata record without text if the content is None."""
    if content is None:
        kind, form, content = "metadata", "application/warc-fields", "a: b\r\n"
    block = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    headers = {"WARC-Type": kind, "Content-Type": form, "Content-Length": len(block)}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join(["WARC/1.0", *lines, "", ""]).encode() + block + end


def page(text: str, more: str = "", status: str = "200 OK", charset: str = "") -> bytes:
    """Return the HTTP response of a server."""
    html = f"<html><body><nav>Home</nav><main><p>{text}</p></main></body></html>"
    form = f"text/html; charset={charset}" if charset else "text/html"
    head = f"HTTP/1.1 {status}\r\nContent-Type: {form}\r\n{more}\r\n"
    return (head + html).encode(charset or "utf-8")


def response(answer: bytes, **more: object) -> bytes:
    """Return the record of an HTTP response."""
    form = "application/http; msgtype=response"
    return warc_record(answer, "response", form, b"\r\n\r\n", **more)
