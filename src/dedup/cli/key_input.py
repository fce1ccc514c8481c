"""Reads the keys of a person from a terminal, or letters from a pipe."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import click

from dedup.files.standard_streams import standard_input

if sys.platform != "win32":
    import termios
    import tty

END_OF_INPUT = "\x04"  # Ctrl-D
MAX_KEY_BYTES = 32  # of one key, such as an arrow


@contextmanager
def key_by_key(prompt: Callable[[], None]) -> Iterator[None]:
    """Let a terminal deliver each key at once, and not show it, inside the block.

    ``prompt`` shows the prompt again when the process goes on after Ctrl-Z.
    """
    if sys.platform == "win32" or not is_terminal():
        yield
        return
    descriptor = sys.stdin.fileno()
    settings = termios.tcgetattr(descriptor)

    def go_on(*_: object) -> None:
        tty.setcbreak(descriptor)
        prompt()

    before = signal.signal(signal.SIGCONT, go_on)
    try:
        tty.setcbreak(descriptor)
        yield
    finally:
        signal.signal(signal.SIGCONT, before)
        with suppress(termios.error):  # the terminal was closed
            termios.tcsetattr(descriptor, termios.TCSADRAIN, settings)


def forget_keys() -> None:
    """Forget the keys that were pressed before: they were not meant for what is shown next."""
    if sys.platform != "win32" and is_terminal():
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


def read_key() -> str:
    """Return the next key of a terminal, or the first letter of the next line of a pipe.

    Raises
    ------
    EOFError
        At the end of the input.
    KeyboardInterrupt
        At Ctrl-C.
    """
    if not is_terminal():
        line = standard_input().readline()
        key = line.decode(errors="replace").strip()[:1] if line else END_OF_INPUT
    elif sys.platform == "win32":
        key = click.getchar()[:1]
    else:
        pressed = b""
        with suppress(OSError):  # the terminal was closed
            pressed = os.read(sys.stdin.fileno(), MAX_KEY_BYTES)
        key = pressed.decode(errors="replace")[:1] if pressed else END_OF_INPUT
    if key == END_OF_INPUT:
        raise EOFError
    return key.lower()


def is_terminal() -> bool:
    """Return whether keys come from a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()
