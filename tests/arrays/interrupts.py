"""Interrupts work in threads at arbitrary moments; ``test_parallel.py`` runs this in a process.

It runs without coverage, which has locks in Python, too.
"""

import signal
import sys
import time
from types import FrameType

from dedup.arrays.parallel import map_parallel
from dedup.datasets.read_inputs import map_ahead

# Threads that may be left: what ends them can be interrupted itself; they do nothing. Mostly 0 to 2
# of 150 interrupts are, on a busy machine now and then more than 4; all would be some hundred.
IDLE = 12


class Interrupted(BaseException):
    """What a signal raises."""


def interrupt(_number: int, _frame: FrameType | None) -> None:
    raise Interrupted


def work(number: int) -> int:
    return sum(range(200)) + number


def running() -> int:
    return len(sys._current_frames())  # noqa: SLF001  threads of whatever kind


def main() -> None:
    before = running()
    signal.signal(signal.SIGALRM, interrupt)
    interrupted = 0
    for at in range(150):
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.0002 + 0.00003 * at)
            for _ in range(50):
                map_parallel(work, 20, 2)
                list(map_ahead(iter(range(20)), work, 2))
        except (Interrupted, RuntimeError):  # a Thread's start says so of its locks
            interrupted += 1
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    assert interrupted > 100
    deadline = time.monotonic() + 10
    while running() > before + IDLE and time.monotonic() < deadline:
        time.sleep(0.01)
    assert running() <= before + IDLE


if __name__ == "__main__":
    main()
