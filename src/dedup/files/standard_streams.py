"""The standard streams, devices, pipes and signals of a process."""

import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from dedup.errors import InputError, OutputError

_DESCRIPTORS = (Path("/dev/stdout"), Path("/dev/stderr"))
WAITING_BYTES = 1 << 20  # that are not written one by one


def standard_input() -> BinaryIO:
    """Return standard input.

    Raises
    ------
    InputError
        When it is closed.
    """
    if sys.stdin is None:
        raise InputError("standard input: is closed; name a FILE")
    return sys.stdin.buffer


def read_in() -> bytes:
    """Read all of standard input; errors are those of ``standard_input``."""
    # In pieces: one call for all of it would not hear Ctrl-C until its end.
    return b"".join(iter(partial(standard_input().read, 1 << 20), b""))


def write_out(data: bytes) -> None:
    """Write to standard output, at once.

    Raises
    ------
    OutputError
        When it is closed or full.
    BrokenPipeError
        When who reads it has had enough.
    """
    if sys.stdout is None:
        raise OutputError("standard output: is closed; give -o FILE")
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"standard output: cannot be written ({reason}); give -o FILE"
        raise OutputError(message) from error


class _RawOutput(io.RawIOBase):
    """Standard output, whose errors are those of ``write_out``; closing it leaves that open."""

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401  any buffer
        """Write some bytes."""
        write_out(bytes(data))
        return len(data)


def standard_output() -> BinaryIO:
    """Return standard output as a file to write to, some bytes at a time."""
    return io.BufferedWriter(_RawOutput(), WAITING_BYTES)


def in_output_encoding(text: str) -> bytes:
    """Return a report in the encoding of standard output, ``?`` for what that lacks."""
    encoding = sys.stdout.encoding if sys.stdout else "utf-8"
    return text.encode(encoding, "replace")


def is_terminal() -> bool:
    """Tell whether a person looks at standard error."""
    return sys.stderr is not None and sys.stderr.isatty()


def is_shown(output: Path) -> bool:
    """Tell whether an output, ``-`` for standard output, is a terminal."""
    if output in (Path("-"), Path("/dev/stdout")):
        return sys.stdout is not None and sys.stdout.isatty()
    if not output.is_char_device():
        return False
    with output.open("wb", buffering=0) as file:
        return file.isatty()


def is_stream(path: Path) -> bool:
    """Tell a device, a pipe or an open descriptor from a file that can be replaced."""
    # What /dev/stderr leads to may be a plain file, which must be written on, not replaced;
    # the files of /dev/shm are files like any other.
    if path in _DESCRIPTORS or path.is_relative_to("/dev/fd") or path.is_relative_to("/proc"):
        return True
    return path.exists() and not path.is_file() and not path.is_dir()


def say(message: str) -> None:
    """Write one line to standard error, if there is any, fit for a terminal."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(printable(message) + "\n")
            sys.stderr.flush()


def printable(text: str) -> str:
    r"""Return a text with what is not printable spelled out.

    Examples
    --------
    >>> printable("a\x1b[31m\nb")
    'a\\x1b[31m\\nb'
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def abandon_output() -> None:
    """Redirect a standard stream that cannot be written, or Python fails as the process ends.

    Only the command calls this, as its last step: in a library it would silence the program.
    """
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def undisturbed() -> AbstractContextManager[None]:
    """Ignore signals while files are moved: "no file was changed" is true, or all is done.

    Nothing that waits for a network belongs here.
    """
    return handle_signals({signal.SIGINT: lambda *_: None, signal.SIGTERM: lambda *_: None})


@contextmanager
def handle_signals(handlers: dict[signal.Signals, Callable[..., Any]]) -> Iterator[None]:
    """Handle signals meanwhile, where they can be handled at all: in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
