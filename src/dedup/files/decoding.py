"""Read a text from bytes so that the same bytes can be written again."""

import codecs
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dedup.config import check_type
from dedup.errors import ConfigError, InputError
from dedup.files.compression import compression_of
from dedup.files.standard_streams import read_in

Errors = Literal["strict", "replace", "surrogateescape"]
STDIN = Path("-")
REMEDIES: dict[type[Exception], str] = {
    FileNotFoundError: "no such file; check the path",
    PermissionError: "may not be read; check its permissions",
    IsADirectoryError: "is a folder; name the files in it",
}

_WITH_MARK = {
    "utf-16": ((codecs.BOM_UTF16_BE, "utf-16-be"), (b"", "utf-16-le")),
    "utf-32": ((codecs.BOM_UTF32_BE, "utf-32-be"), (b"", "utf-32-le")),
    "utf-8-sig": ((b"", "utf-8"),),
}


@dataclass(frozen=True, slots=True)
class TextFormat:
    """How the bytes of files stand for text.

    Parameters
    ----------
    encoding
        Any text encoding that Python knows.
    errors
        What becomes of bytes that are not in the encoding: ``"strict"`` refuses them,
        ``"replace"`` turns them into U+FFFD, ``"surrogateescape"`` carries them through
        unchanged.

    Raises
    ------
    ConfigError
        When there is no such encoding or choice.
    """

    encoding: str = "utf-8"
    errors: Errors = "strict"

    def __post_init__(self) -> None:
        """Check both."""
        try:
            "".encode(self.encoding)
            codec = codecs.lookup(self.encoding).name
        except (LookupError, UnicodeError, ValueError) as error:
            raise ConfigError.of(
                "encoding",
                f"must be a text encoding, got {self.encoding!r}; "
                "there are utf-8, utf-16, latin-1, cp1252, gb18030, shift_jis, ...",
            ) from error
        object.__setattr__(self, "encoding", codec)
        check_type("errors", self.errors, Errors)

    def decode(self, data: bytes, name: str) -> "Text":
        """Decode the bytes of the file ``name``.

        Raises
        ------
        InputError
            When the bytes are not text in this encoding, with the place and the remedy.
        """
        # The byte order mark stays in the text, so that it is written again.
        variants = _WITH_MARK.get(self.encoding, ())
        fits = (variant for mark, variant in variants if data.startswith(mark))
        encoding = next(fits, self.encoding)
        try:
            text = data.decode(encoding, self.errors)
        except UnicodeError as error:
            raise InputError(f"{name}: {_undecodable(data, error, encoding)}") from error
        if "\0" in text:
            raise InputError(f"{name}: {_binary(data, encoding)}")
        result = Text(text, encoding, self.errors)
        with suppress(UnicodeError):
            if self.errors == "replace" or result.encode() == data:
                return result
        raise InputError(f"{name}: does not survive decoding as {encoding}; name its --encoding")


@dataclass(frozen=True, slots=True)
class Text:
    """A text, and how it is written as bytes."""

    text: str
    encoding: str
    errors: Errors

    def encode(self, text: str | None = None) -> bytes:
        """Return the bytes of this text, or of another one in the same format."""
        return (self.text if text is None else text).encode(self.encoding, self.errors)


def read_bytes(path: Path, *, piped: bool = True) -> bytes:
    """Read a file, or standard input for ``-`` if that may be ``piped``.

    Raises
    ------
    InputError
        When it cannot be read; the message names the file and the remedy.
    """
    try:
        return read_in() if piped and path == STDIN else path.read_bytes()
    except InputError:
        raise
    except (OSError, ValueError) as error:
        dangling = isinstance(error, FileNotFoundError) and path.is_symlink()
        why = "links to a missing file; remove the link" if dangling else why_unreadable(error)
        raise InputError(f"{path}: {why}") from error


def why_unreadable(error: Exception, verb: str = "read") -> str:
    """Return why a file or folder cannot be read, and what to do about it."""
    if type(error) in REMEDIES:
        return REMEDIES[type(error)]
    number = error.errno if isinstance(error, OSError) else None
    return f"cannot be {verb}: {os.strerror(number).lower() if number else error}"


def _undecodable(data: bytes, error: UnicodeError, encoding: str) -> str:
    wide = json.detect_encoding(data)
    if wide in ("utf-16", "utf-32"):  # by its mark
        return f"looks like {wide.upper()}: give --encoding {wide}"
    compression = compression_of(data)
    if compression != "none":
        return f"looks like {compression} data: decompress it, or name its --encoding"
    if b"\0" in data and not encoding.startswith(("utf-16", "utf-32")):
        return _binary(data, encoding)
    place = ""
    if isinstance(error, UnicodeDecodeError):
        line = data.count(b"\n", 0, error.start) + 1
        place = f" at byte {error.start} (line {line})"
    return (
        f"not valid {encoding}{place}: name its --encoding (latin-1, cp1252, ...), "
        "or give --errors replace (or surrogateescape, which keeps the bytes)"
    )


def _binary(data: bytes, encoding: str) -> str:
    wide = encoding.startswith(("utf-16", "utf-32")) or b"\0" not in data
    place = "" if wide else f" at byte {data.index(0)}"
    other = "its --encoding" if encoding == "utf-8" else "another --encoding"
    return f"looks like a binary file (a NUL{place}): give a text file, or {other}"
