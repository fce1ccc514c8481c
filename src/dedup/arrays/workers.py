"""Threads that work, and can be left at any moment.

The futures of ``concurrent.futures`` have locks in Python: who is interrupted while he waits for a
result may keep one for ever, and another thread waits as long. The queues and locks here are in C,
and nobody holds them when he is interrupted.

A ``threading.Thread`` that lacks the memory to begin lets whoever started it wait for ever. So
these threads are started without it, and whoever waits looks whether they are still there.
"""

from _thread import allocate_lock, start_new_thread
from collections.abc import Callable, Sequence
from math import inf
from queue import SimpleQueue
from typing import Any, Generic, Self, TypeVar
from weakref import ref

Result = TypeVar("Result")
PATIENCE = 60  # seconds for work that nobody wants any more
LOOK = 1.0  # seconds between two looks whether threads are still there


class _Life:
    """Lives as long as a thread."""


class Worker:
    """A thread that calls a function once.

    Raises
    ------
    MemoryError
        When the system has no room for another thread.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        life = _Life()
        self._life, self._ended = ref(life), allocate_lock()
        self._ended.acquire()
        try:
            start_new_thread(self._run, (work, life))
        except RuntimeError as error:
            raise MemoryError("cannot start a thread") from error

    def _run(self, work: Callable[[], None], _life: _Life) -> None:
        try:
            work()
        finally:
            self._ended.release()

    @property
    def is_alive(self) -> bool:
        """Whether the thread has not ended, in whatever way."""
        return self._life() is not None

    def join(self, seconds: float) -> None:
        """Wait for its end, about so many seconds at most."""
        while self.is_alive and seconds > 0 and not self._ended.acquire(timeout=LOOK):
            seconds -= LOOK


class Pending(Generic[Result]):
    """A result that is still to come.

    Parameters
    ----------
    threads
        Those that may do the work.
    """

    def __init__(self, work: Callable[[], Result], threads: Sequence[Worker]) -> None:
        self._work, self._threads = work, threads
        self._found: Result | None = None
        self._error: BaseException | None = None
        self._done = allocate_lock()
        self._done.acquire()

    def run(self) -> None:
        """Do the work."""
        try:
            self._found = self._work()
        except BaseException as error:  # noqa: BLE001  raised again where it is waited for
            self._error = error
        self._done.release()

    def result(self) -> Result:
        """Wait for the result, once; an error of the work is raised here.

        Raises
        ------
        MemoryError
            When the threads have ended before that.
        """
        while not self._done.acquire(timeout=LOOK):
            is_lost = not any(thread.is_alive for thread in self._threads)
            if is_lost and not self._done.acquire(blocking=False):
                raise MemoryError("no thread had the memory to begin")
            if is_lost:
                break
        if self._error is not None:
            raise self._error
        return self._found  # type: ignore[return-value]  # None is a result where there is no error


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
        self._count, self._threads = count, list[Worker]()

    def submit(self, work: Callable[[], Result]) -> Pending[Result]:
        """Have some work done."""
        pending = Pending(work, self._threads)
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
            for _ in range(self._count):
                self._threads.append(Worker(self._serve))
        except BaseException:
            self._tasks.put(None)
            raise
        return self

    def __exit__(self, _: object, error: BaseException | None, *__: object) -> None:
        """Wait for the threads."""
        try:
            self._stopped = error is not None
        finally:
            for _ in self._threads:
                self._tasks.put(None)
        for thread in self._threads:
            thread.join(inf if error is None else PATIENCE)
