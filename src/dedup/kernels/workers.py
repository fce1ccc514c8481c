"""Threads that work, and can be left at any moment.

The futures of ``concurrent.futures`` have locks in Python, as has the start of a ``Thread``: who
is interrupted while he waits for one may keep it for ever, and another thread waits as long. Here
threads are started, and queues waited for, in C, which holds nothing when it is interrupted.
"""

import sys
import threading
from _thread import start_new_thread
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

Result = TypeVar("Result")
PATIENCE = 60  # seconds for work that nobody wants any more


class Pending(Generic[Result]):
    """A result that is still to come."""

    def __init__(self, work: Callable[[], Result]) -> None:
        self._work = work
        self._outcome: SimpleQueue[tuple[Result | None, BaseException | None]] = SimpleQueue()

    def run(self) -> None:
        """Do the work."""
        try:
            self._outcome.put((self._work(), None))
        except BaseException as error:  # noqa: BLE001  raised again where it is waited for
            self._outcome.put((None, error))

    def result(self) -> Result:
        """Wait for the result, once; an error of the work is raised here."""
        result, error = self._outcome.get()
        if error is not None:
            raise error
        return result  # type: ignore[return-value]  # None is a result where there is no error


class Workers:
    """Some threads that do what they are given, in that order; to leave them is to wait for them.

    When they are left by an exception, what was not begun is not done.

    Examples
    --------
    >>> with Workers(2) as workers:
    ...     pending = [workers.submit(lambda: "one"), workers.submit(lambda: "two")]
    ...     [one.result() for one in pending]
    ['one', 'two']
    """

    def __init__(self, count: int) -> None:
        self._tasks: SimpleQueue[Pending[Any] | None] = SimpleQueue()
        self._stopped = False
        self._count, self._started = count, 0
        self._ended: SimpleQueue[None] = SimpleQueue()

    def submit(self, work: Callable[[], Result]) -> Pending[Result]:
        """Have some work done."""
        pending = Pending(work)
        self._tasks.put(pending)
        return pending

    def _serve(self) -> None:
        sys.settrace(threading.gettrace())  # debuggers and coverage see a Thread by itself
        while (pending := self._tasks.get()) is not None and not self._stopped:
            pending.run()
            del pending  # and what it holds
        self._tasks.put(None)  # for the next one
        self._ended.put(None)

    def __enter__(self) -> Self:
        """Start the threads."""
        try:
            while self._started < self._count:
                start_new_thread(self._serve, ())
                self._started += 1
        except BaseException:
            self._tasks.put(None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for the threads."""
        try:
            self._stopped = error is not None
        finally:
            self._tasks.put(None)
        with suppress(Empty):
            for _ in range(self._started):
                self._ended.get(timeout=None if error is None else PATIENCE)
