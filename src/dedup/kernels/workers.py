"""Threads that work, and can be left at any moment.

The futures of ``concurrent.futures`` have locks in Python: who is interrupted while he waits for a
result may keep one for ever, and another thread waits as long. The queues here are in C, and hold
nothing when they are interrupted.
"""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

Result = TypeVar("Result")
PATIENCE = 60  # seconds for work that nobody wants any more


class Pending(Generic[Result]):
    """A result that is still to come."""

    def __init__(self, work: Callable[[], Result]) -> None:
        self.work = work
        self.outcome: SimpleQueue[tuple[Result | None, BaseException | None]] = SimpleQueue()

    def run(self) -> None:
        """Do the work."""
        try:
            self.outcome.put((self.work(), None))
        except BaseException as error:  # noqa: BLE001  raised again where it is waited for
            self.outcome.put((None, error))

    def result(self) -> Result:
        """Wait for the result, once; an error of the work is raised here."""
        result, error = self.outcome.get()
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
        self._threads = [
            Thread(target=self._serve, name="dedup", daemon=True) for _ in range(count)
        ]

    def submit(self, work: Callable[[], Result]) -> Pending[Result]:
        """Have some work done."""
        pending = Pending(work)
        self._tasks.put(pending)
        return pending

    def _serve(self) -> None:
        while (pending := self._tasks.get()) is not None and not self._stopped:
            pending.run()
            del pending  # and what it holds
        self._tasks.put(None)  # for the next one

    def __enter__(self) -> Self:
        """Start the threads."""
        try:
            for thread in self._threads:
                thread.start()
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
            for _ in self._threads:
                self._tasks.put(None)
        for thread in self._threads:
            thread.join(None if error is None else PATIENCE)
