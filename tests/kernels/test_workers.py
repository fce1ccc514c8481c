"""Threads that work: results in order, errors raised, and none left waiting by an interrupt."""

import signal
import sys
import time
from types import FrameType

import pytest

from dedup.dataset.ahead import ahead, taken_ahead
from dedup.kernels.chunks import in_parallel
from dedup.kernels.workers import Workers


class Interrupted(BaseException):
    """What a signal raises."""


def running() -> int:
    return len(sys._current_frames())  # noqa: SLF001  threads of whatever kind


def interrupt(_number: int, _frame: FrameType | None) -> None:
    raise Interrupted


def test_an_error_comes_with_its_result() -> None:
    with Workers(2) as workers:
        pending = [workers.submit(lambda n=n: 6 // n) for n in (3, 0, 2)]  # type: ignore[misc]
        assert pending[0].result() == 2
        with pytest.raises(ZeroDivisionError):
            pending[1].result()
        assert pending[2].result() == 3


def test_what_was_not_begun_is_not_done_after_an_error() -> None:
    done: list[int] = []

    def work() -> None:
        time.sleep(0.001)
        done.append(1)

    def fail() -> None:
        with Workers(1) as workers:
            for _ in range(1000):
                workers.submit(work)
            raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        fail()
    assert len(done) < 1000


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs timers of Unix")
def test_an_interrupt_at_any_moment_leaves_no_thread() -> None:
    def work(number: int) -> int:
        return sum(range(200)) + number

    before, handler = running(), signal.signal(signal.SIGALRM, interrupt)
    interrupted = 0
    try:
        for at in range(150):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0002 + 0.00003 * at)
                for _ in range(50):
                    in_parallel(work, 20, 2)
                    list(ahead(iter(range(20)), work, 2))
                    list(taken_ahead(iter(range(20)), 2))
            except (Interrupted, RuntimeError):  # a Thread's start says so of its locks
                interrupted += 1
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.signal(signal.SIGALRM, handler)
    assert interrupted > 100
    deadline = time.monotonic() + 10
    while running() > before + 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    # Python code that ends them can be interrupted itself; they do nothing, and end with all else.
    assert running() <= before + 4
