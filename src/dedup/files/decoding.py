"""Text files: decoded so that encoding gives the same bytes again."""

import codecs
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dedup.config import check_type
from dedup.errors import ConfigError, InputError
from dedup.files.compression import detect_compression
from dedup.files.location import Location
from dedup.files.standard_streams import read_stdin

DecodingErrors = Literal["strict", "replace", "surrogateescape"]
STDIN = Path("-")
READ_REMEDIES: dict[type[Exception], str] = {
    FileNotFoundError: "no such file; check the path",
    PermissionError: "cannot be read (permission denied); check its permissions",
    IsADirectoryError: "is a folder; name the files in it",
}

_ENCODINGS_WITH_MARK = {
    "utf-16": ((codecs.BOM_UTF16_BE, "utf-16-be"), (b"", "utf-16-le")),
    "utf-32": ((codecs.BOM_UTF32_BE, "utf-32-be"), (b"", "utf-32-le")),
    "utf-8-sig": ((b"", "utf-8"),),
}


@dataclass(frozen=True, slots=True)
class TextFormat:
    """The encoding of text files.

    Parameters
    ----------
    encoding
        Any text encoding of Python.
    errors
        What to do with bytes that are not valid in the encoding: ``"strict"`` raises an error,
        ``"replace"`` decodes them as U+FFFD, ``"surrogateescape"`` keeps them unchanged.

    Raises
    ------
    ConfigError
        When the encoding or the choice is unknown.
    """

    encoding: str = "utf-8"
    errors: DecodingErrors = "strict"

    def __post_init__(self) -> None:
        """Check both."""
        try:
            "".encode(self.encoding)
            codec = codecs.lookup(self.encoding).name
        except (LookupError, UnicodeError, ValueError) as error:
            raise ConfigError.of(
                "encoding",
                f"must be a text encoding, got {self.encoding!r}; "
                "choose utf-8, utf-16, latin-1, cp1252, gb18030, shift_jis, ...",
            ) from error
        object.__setattr__(self, "encoding", codec)
        check_type("errors", self.errors, DecodingErrors)

    def decode(self, data: bytes, name: str) -> "DecodedText":
        """Decode the bytes of the file ``name``.

        Raises
        ------
        InputError
            When the bytes are not text in this encoding; the message says where, and the remedy.
        """
        # A codec with a fixed byte order keeps the mark in the text, so encoding writes it again.
        variants = _ENCODINGS_WITH_MARK.get(self.encoding, ())
        fits = (variant for mark, variant in variants if data.startswith(mark))
        encoding = next(fits, self.encoding)
        try:
            text = data.decode(encoding, self.errors)
        except UnicodeError as error:
            raise InputError(f"{name}: {_undecodable(data, error, encoding)}") from error
        if "\0" in text:
            raise InputError(f"{name}: {_binary(data, encoding)}")
        result = DecodedText(text, encoding, self.errors)
        with suppress(UnicodeError):
            if self.errors == "replace" or result.encode() == data:
                return result
        wrong = f"encoding the text as {encoding} does not give the same bytes"
        raise InputError(f"{name}: {wrong}; choose its encoding with encoding=")


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A text with the encoding of its file."""

    text: str
    encoding: str
    errors: DecodingErrors

    def encode(self, text: str | None = None) -> bytes:
        """Return the bytes of this text, or of another one in the same encoding."""
        return (self.text if text is None else text).encode(self.encoding, self.errors)


def read_bytes(path: Location, *, piped: bool = True) -> bytes:
    """Return the bytes of a file, or of standard input for ``-`` unless ``piped`` is False.

    Raises
    ------
    InputError
        When the file cannot be read; the message names it and the remedy.
    """
    try:
        return read_stdin() if piped and path == STDIN else path.read_bytes()
    except InputError:
        raise
    except (OSError, ValueError) as error:
        dangling = isinstance(error, FileNotFoundError) and path.is_symlink()
        why = "links to a missing file; remove the link" if dangling else why_unreadable(error)
        raise InputError(f"{path}: {why}") from error


def why_unreadable(error: Exception, verb: str = "read") -> str:
    """Return why a file or folder cannot be read, and the remedy."""
    if type(error) in READ_REMEDIES:
        return READ_REMEDIES[type(error)]
    number = error.errno if isinstance(error, OSError) else None
    return f"cannot be {verb}: {os.strerror(number).lower() if number else error}"


def _undecodable(data: bytes, error: UnicodeError, encoding: str) -> str:
    wide = json.detect_encoding(data)
    if wide in ("utf-16", "utf-32"):  # by its mark
        return f'looks like {wide.upper()}; read it with encoding="{wide}"'
    compression = detect_compression(data)
    if compression != "none":
        return f"looks like {compression} data; decompress it"
    if b"\0" in data and not encoding.startswith(("utf-16", "utf-32")):
        return _binary(data, encoding)
    place = ""
    if isinstance(error, UnicodeDecodeError):
        line = data.count(b"\n", 0, error.start) + 1
        place = f" at byte {error.start} (line {line})"
    choices = "latin-1, cp1252, ..." if encoding == "utf-8" else "utf-8, latin-1, cp1252, ..."
    return (
        f"is not valid {encoding}{place}; choose its encoding with encoding= ({choices}), or "
        'read it with errors="replace" (or surrogateescape, which keeps the bytes)'
    )


def _binary(data: bytes, encoding: str) -> str:
    wide = encoding.startswith(("utf-16", "utf-32")) or b"\0" not in data
    place = "" if wide else f" at byte {data.index(0)}"
    other = "its" if encoding == "utf-8" else "another"
    return f"is not text but binary (NUL{place}); name a text file, or choose {other} encoding="
