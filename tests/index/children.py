"""Child processes that send messages to a test, and that it kills."""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any


class Child:
    """A forked process that calls a function, and sends messages to this process."""

    def __init__(self, run: Callable[[Callable[[Any], None]], None]) -> None:
        reading, writing = os.pipe()
        self._number = os.fork()
        if self._number == 0:
            os.close(reading)
            try:
                run(lambda message: _write(writing, message))
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

    def messages(self) -> Iterator[Any]:
        """Yield the messages as they arrive."""
        for line in self._lines:
            if line.endswith("\n"):
                yield json.loads(line)

    def wait(self) -> int:
        """Wait until it ends; return its exit status."""
        self._lines.close()
        return os.waitstatus_to_exitcode(os.waitpid(self._number, 0)[1])


def _write(writing: int, message: object) -> None:
    os.write(writing, json.dumps(message).encode() + b"\n")
