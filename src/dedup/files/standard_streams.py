"""The standard streams of a process, devices, pipes, and signals."""

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
from dedup.files.address import Address
from dedup.files.location import Location

_DESCRIPTORS = (Path("/dev/stdout"), Path("/dev/stderr"))
OUTPUT_BUFFER_BYTES = 1 << 20  # buffered before they are written


def standard_input() -> BinaryIO:
    """Return standard input.

    Raises
    ------
    InputError
        When standard input is closed.
    """
    if sys.stdin is None:
        raise InputError("standard input is closed; name a file")
    return sys.stdin.buffer


def read_stdin() -> bytes:
    """Return all of standard input; raises as ``standard_input`` does."""
    # Python handles Ctrl-C between two reads, and not during one.
    return b"".join(iter(partial(standard_input().read, 1 << 20), b""))


def write_stdout(data: bytes) -> None:
    """Write to standard output and flush it.

    Raises
    ------
    OutputError
        When standard output is closed or full.
    BrokenPipeError
        When the reader of a pipe has closed it.
    """
    if sys.stdout is None:
        raise OutputError("standard output is closed; write to a file with -o")
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"cannot write to standard output ({reason}); write to a file with -o"
        raise OutputError(message) from error


class _RawOutput(io.RawIOBase):
    """Standard output as a raw file: raises as ``write_stdout``; closing it has no effect."""

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401  any buffer
        """Write some bytes."""
        write_stdout(bytes(data))
        return len(data)


def standard_output() -> BinaryIO:
    """Return standard output as a buffered file."""
    return io.BufferedWriter(_RawOutput(), OUTPUT_BUFFER_BYTES)


def in_output_encoding(text: str) -> bytes:
    """Encode a report for standard output, with ``?`` for characters that its encoding lacks."""
    encoding = sys.stdout.encoding if sys.stdout else "utf-8"
    return text.encode(encoding, "replace")


def stderr_is_terminal() -> bool:
    """Tell whether standard error is a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()


def is_terminal_output(output: Location) -> bool:
    """Tell whether an output (``-`` for standard output) is a terminal."""
    if output in (Path("-"), Path("/dev/stdout")):
        return sys.stdout is not None and sys.stdout.isatty()
    if isinstance(output, Address) or not output.is_char_device():
        return False
    with output.open("wb", buffering=0) as file:
        return file.isatty()


def is_stream(path: Location) -> bool:
    """Tell whether a path is a device, a pipe or an open descriptor, and not a replaceable file."""
    if isinstance(path, Address):
        return False
    # /dev/stdout may lead to a regular file: it must be appended to, not replaced. /dev/shm has
    # regular files.
    if path in _DESCRIPTORS or path.is_relative_to("/dev/fd") or path.is_relative_to("/proc"):
        return True
    return path.exists() and not path.is_file() and not path.is_dir()


def print_message(message: str) -> None:
    """Print one line to standard error, if it is open, without control characters."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(printable(message) + "\n")
            sys.stderr.flush()


def printable(text: str) -> str:
    r"""Return a text with escapes for characters that are not printable.

    Examples
    --------
    >>> printable("a\x1b[31m\nb")
    'a\\x1b[31m\\nb'
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def abandon_output() -> None:
    """Redirect standard streams that cannot be written: Python would fail when the process ends.

    Only the command calls this, as its last step: in a library it would silence the program.
    """
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def ignoring_signals() -> AbstractContextManager[None]:
    """Ignore SIGINT and SIGTERM while files are moved, so that all files are changed or none.

    The block must not wait for a network.
    """
    return handle_signals({signal.SIGINT: lambda *_: None, signal.SIGTERM: lambda *_: None})


@contextmanager
def handle_signals(handlers: dict[signal.Signals, Callable[..., Any]]) -> Iterator[None]:
    """Handle signals inside the block; only the main thread can, the rest ignore the handlers."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
