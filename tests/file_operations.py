"""Send a signal to this process at a chosen file operation."""

import os
import sys
from collections.abc import Collection

FILE_EVENTS = {"open", "os.rename", "os.remove", "os.truncate", "os.mkdir", "os.link", "os.rmdir"}
FILE_EVENTS |= {"shutil.rmtree", "mmap.__new__"}


def signal_at(step: int, signum: int, events: Collection[str] = FILE_EVENTS) -> None:
    """Send a signal before file operation number ``step``, counted from 1; never if it is 0.

    With ``events`` only operations of these kinds are counted.
    """
    steps = 0

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal steps
        if event in events and not str(arguments[:1]).endswith((".py'", ".pyc'")):
            steps += 1
            if steps == step:
                os.kill(os.getpid(), signum)

    sys.addaudithook(count)
