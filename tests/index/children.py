"""Processes that tests start, listen to and kill."""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any


class Child:
    """A process that does something, and tells of it line by line."""

    def __init__(self, do: Callable[[Callable[[Any], None]], None]) -> None:
        reading, writing = os.pipe()
        self._number = os.fork()
        if self._number == 0:
            os.close(reading)
            try:
                do(lambda said: _write(writing, said))
            except BaseException:  # noqa: BLE001  pytest must not go on in this process
                traceback.print_exc(file=sys.stderr)
                os._exit(1)
            os._exit(0)
        os.close(writing)
        self._lines = os.fdopen(reading)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)

    def signal(self, number: int) -> None:
        os.kill(self._number, number)

    def said(self) -> Iterator[Any]:
        """Yield what it tells, as it does."""
        for line in self._lines:
            if line.endswith("\n"):
                yield json.loads(line)

    def ends(self) -> int:
        """Wait for its end; return its status."""
        self._lines.close()
        return os.waitstatus_to_exitcode(os.waitpid(self._number, 0)[1])


def _write(writing: int, said: object) -> None:
    os.write(writing, json.dumps(said).encode() + b"\n")
