"""Reads the keys of a person from a terminal, or letters from a pipe."""

import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click

from dedup.files.standard_streams import standard_input

if sys.platform != "win32":
    import termios
    import tty

END_OF_INPUT = "\x04"  # Ctrl-D
STDOUT_DESCRIPTOR = 1
KEY_POLL_SECONDS = 0.2
MAX_KEY_BYTES = 32  # of one key, such as an arrow


@contextmanager
def key_by_key(prompt: str) -> Iterator[None]:
    """Let a terminal deliver each key at once, and not show it, inside the block.

    ``prompt`` is shown again when the process goes on after Ctrl-Z.
    """
    if sys.platform == "win32" or not is_terminal():
        yield
        return
    descriptor = sys.stdin.fileno()
    settings = termios.tcgetattr(descriptor)

    def go_on(*_: object) -> None:
        with suppress(OSError, termios.error):
            tty.setcbreak(descriptor)
            # Not by sys.stdout, which may be writing right now.
            os.write(STDOUT_DESCRIPTOR, prompt.encode())

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
            descriptor = sys.stdin.fileno()
            # Python handles a signal that comes just before it waits when it no longer waits.
            while not select.select([descriptor], [], [], KEY_POLL_SECONDS)[0]:
                pass
            pressed = os.read(descriptor, MAX_KEY_BYTES)
        key = pressed.decode(errors="replace")[:1] if pressed else END_OF_INPUT
    if key == END_OF_INPUT:
        raise EOFError
    return key.lower()


def is_terminal() -> bool:
    """Return whether keys come from a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()
