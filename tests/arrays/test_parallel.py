"""Threads return results in order, raise errors, and end at an interrupt."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dedup.arrays.parallel import Workers


def test_an_error_is_raised_by_its_result() -> None:
    with Workers(2) as workers:
        pending = [workers.submit(lambda n=n: 6 // n) for n in (3, 0, 2)]  # type: ignore[misc]
        assert pending[0].result() == 2
        with pytest.raises(ZeroDivisionError):
            pending[1].result()
        assert pending[2].result() == 3


def test_an_error_cancels_work_that_has_not_begun() -> None:
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


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs timers of Unix")
def test_an_interrupt_at_any_moment_leaves_no_thread() -> None:
    script = Path(__file__).with_name("interrupts.py")
    environment = {name: value for name, value in os.environ.items() if "COV" not in name}
    subprocess.run([sys.executable, script], env=environment, check=True, timeout=120)
