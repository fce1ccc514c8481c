"""A signal in the midst of a run: at one of its operations on files."""

import os
import sys

STEPS = {"open", "os.rename", "os.remove", "os.truncate", "os.mkdir", "os.link", "os.rmdir"}
STEPS |= {"shutil.rmtree", "mmap.__new__"}


def signal_at(step: int, signum: int) -> None:
    """Send this process a signal before an operation on files, counted from 1; never for 0."""
    steps = 0

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal steps
        if event in STEPS and not str(arguments[:1]).endswith((".py'", ".pyc'")):
            steps += 1
            if steps == step:
                os.kill(os.getpid(), signum)

    sys.addaudithook(count)
