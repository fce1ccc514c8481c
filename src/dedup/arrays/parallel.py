"""Rows in chunks, which threads take one after the other.

Kernels release the interpreter lock, and the result of a chunk depends on its rows alone. Python
handles signals between two calls, so a chunk is small enough that Ctrl-C need not wait for it.

The futures of ``concurrent.futures`` have locks written in Python. A thread that is interrupted
while it waits for a result may keep such a lock for ever, and another thread waits as long. The
queues and locks here are in C, and no thread holds them when it is interrupted.

A ``threading.Thread`` that lacks the memory to begin makes the thread that started it wait for
ever. So these threads are started without it, and a waiting thread looks whether they still live.
"""

import os
from _thread import allocate_lock, start_new_thread
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from math import inf
from queue import SimpleQueue
from typing import Any, Generic, Self, TypeVar
from weakref import ref

import numpy as np
import numpy.typing as npt

from dedup.arrays.array_types import I64
from dedup.arrays.memory import IN_RAM, Memory

Result = TypeVar("Result")
MIN_CHUNK_BYTES = 1 << 20
MAX_CHUNKS_PER_THREAD = 64  # at most, so that all threads end at about the same time
MAX_CHUNK_BYTES = (
    1 << 23
)  # in a chunk of more than one row: 10 to 50 ms; memory is checked between two
EXIT_WAIT_SECONDS = 60  # seconds for work that nobody wants any more
POLL_SECONDS = 1.0  # seconds between two looks whether threads are still there


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def map_chunks(
    work: Callable[[int, int], Result],
    offsets: I64,
    threads: int | None,
    memory: Memory = IN_RAM,
) -> list[Result]:
    """Call ``work(first, last)`` on chunks of rows; return the results in order.

    Of no rows at all there is one chunk, so that there is a result.

    Examples
    --------
    >>> map_chunks(lambda first, last: last - first, np.array([0, 5, 9]), threads=2)
    [2]
    """
    threads = threads or available_cores()
    size = int(offsets[-1] - offsets[0])
    count = max(
        min(size // MIN_CHUNK_BYTES, threads * MAX_CHUNKS_PER_THREAD), size // MAX_CHUNK_BYTES, 1
    )
    edges = offsets[0] + np.arange(1, count) * size // count
    cuts = [0, *np.unique(np.searchsorted(offsets, edges)).tolist(), len(offsets) - 1]
    chunks = [(first, last) for first, last in pairwise(cuts) if first < last] or [(0, 0)]
    return map_parallel(lambda number: work(*chunks[number]), len(chunks), threads, memory)


def map_parallel(
    work: Callable[[int], Result], count: int, threads: int | None, memory: Memory = IN_RAM
) -> list[Result]:
    """Call ``work`` on 0, 1, 2... up to ``count``; return the results in order."""

    def checked(number: int) -> Result:
        result = work(number)
        memory.trim()
        return result

    threads = threads or available_cores()
    if threads == 1 or count == 1:
        return [checked(number) for number in range(count)]
    with Workers(min(threads, count)) as workers:
        pending = [workers.submit(partial(checked, number)) for number in range(count)]
        return [one.result() for one in pending]


def concatenate_columns(
    parts: Iterable[tuple[Any, ...]], memory: Memory = IN_RAM
) -> list[npt.NDArray[Any]]:
    """Join the results of chunks, column by column."""
    return [_end_to_end(column, memory) for column in zip(*parts, strict=True)]


def _end_to_end(arrays: Sequence[npt.NDArray[Any]], memory: Memory) -> npt.NDArray[Any]:
    result = memory.empty((sum(map(len, arrays)), *arrays[0].shape[1:]), arrays[0].dtype)
    start = 0
    for array in arrays:
        result[start : start + len(array)] = array
        start += len(array)
        memory.trim()
    return result


def offsets_of(lengths: I64, memory: Memory = IN_RAM) -> I64:
    """Return where rows of these lengths begin and end, (n + 1,)."""
    offsets = memory.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


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
        while self.is_alive and seconds > 0 and not self._ended.acquire(timeout=POLL_SECONDS):
            seconds -= POLL_SECONDS


class PendingResult(Generic[Result]):
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
        while not self._done.acquire(timeout=POLL_SECONDS):
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
        self._tasks: SimpleQueue[PendingResult[Any] | None] = SimpleQueue()
        self._stopped = False
        self._count, self._threads = count, list[Worker]()

    def submit(self, work: Callable[[], Result]) -> PendingResult[Result]:
        """Have some work done."""
        pending = PendingResult(work, self._threads)
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
            thread.join(inf if error is None else EXIT_WAIT_SECONDS)
