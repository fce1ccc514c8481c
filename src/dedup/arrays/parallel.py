"""Work on rows in chunks, on several threads.

The result of a chunk depends on its rows alone, so the number of threads does not change results.
The compiled core releases the interpreter lock. Python handles signals between two calls, so chunks
are small enough that Ctrl-C takes effect within 50 ms.

Why not ``concurrent.futures``: its futures use locks written in Python. A thread interrupted while
it waits for a result may leave such a lock held, and other threads then wait for ever. The queues
and locks here are written in C and are not left held by an interrupt.

Why not ``threading.Thread``: if a new thread has no memory to begin, ``start`` never returns. Here
a waiting thread checks from time to time whether the threads it waits for are alive.
"""

import os
from _thread import allocate_lock, start_new_thread
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import pairwise
from math import inf
from queue import Empty, SimpleQueue
from typing import Any, Generic, Self, TypeVar
from weakref import ref

import numpy as np
import numpy.typing as npt

from dedup.arrays.array_types import I64
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.native import core

ResultT = TypeVar("ResultT")
MIN_CHUNK_BYTES = 1 << 20
MAX_CHUNK_BYTES = 1 << 23  # unless the chunk is one row; takes 10 to 50 ms
MAX_CHUNKS_PER_THREAD = 64  # enough that all threads end at about the same time
EXIT_WAIT_SECONDS = 60  # how long to wait for threads whose results are no longer needed
THREAD_DATA_BYTES = 100_000  # more than the thread-local data of numpy and the core, about 50,000
POLL_SECONDS = 1.0  # between two checks whether a thread is alive


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def map_chunks(
    work: Callable[[int, int], ResultT],
    offsets: I64,
    threads: int | None,
    memory: Memory = IN_RAM,
) -> list[ResultT]:
    """Call ``work(first, last)`` on chunks of rows; return the results in the order of the rows.

    Parameters
    ----------
    work
        Handles the rows from ``first`` up to, not including, ``last``. Called once, with 0 and 0,
        when there are no rows, so that there is a result.
    offsets
        (n + 1,): where each row begins and ends, in bytes. Chunks have about equally many bytes.
    threads
        Number of threads; all available cores when None.
    memory
        Trimmed after each chunk.

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
    cuts = [0, *np.searchsorted(offsets, edges).tolist(), len(offsets) - 1]
    chunks = [(first, last) for first, last in pairwise(cuts) if first < last] or [(0, 0)]
    return map_parallel(lambda number: work(*chunks[number]), len(chunks), threads, memory)


def map_parallel(
    work: Callable[[int], ResultT], count: int, threads: int | None, memory: Memory = IN_RAM
) -> list[ResultT]:
    """Call ``work`` on 0, 1, ... ``count - 1`` on several threads; return the results in order."""

    def work_and_trim(number: int) -> ResultT:
        result = work(number)
        memory.trim()
        return result

    threads = threads or available_cores()
    if threads == 1 or count == 1:
        return [work_and_trim(number) for number in range(count)]
    with Workers(min(threads, count)) as workers:
        pending = [workers.submit(partial(work_and_trim, number)) for number in range(count)]
        return [result.result() for result in pending]


def concatenate_columns(
    parts: Iterable[tuple[Any, ...]], memory: Memory = IN_RAM
) -> list[npt.NDArray[Any]]:
    """Concatenate tuples of arrays, such as the results of chunks, column by column."""
    return [_concatenate(column, memory) for column in zip(*parts, strict=True)]


def _concatenate(arrays: Sequence[npt.NDArray[Any]], memory: Memory) -> npt.NDArray[Any]:
    result = memory.empty((sum(map(len, arrays)), *arrays[0].shape[1:]), arrays[0].dtype)
    start = 0
    for array in arrays:
        result[start : start + len(array)] = array
        start += len(array)
        memory.trim()
    return result


def offsets_of(lengths: I64, memory: Memory = IN_RAM) -> I64:
    """Return the offsets (n + 1,) of consecutive rows of the given lengths (n,), from 0."""
    offsets = memory.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def _allocate_thread_data() -> None:
    """Allocate the thread-local data of numpy and the core.

    The C library allocates them when a thread first uses them, and ends the process if it cannot.
    A MemoryError comes first here, because the bytearray is larger than they are.
    """
    bytearray(THREAD_DATA_BYTES)
    if bool(core):
        core.allocate_thread_data()
    np.empty(1)


class _LifeSign:
    """An object that only a running thread references."""


class Worker:
    """A thread that calls a function once.

    Raises
    ------
    MemoryError
        When the system cannot start another thread.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        life_sign = _LifeSign()
        self._life_sign, self._ended = ref(life_sign), allocate_lock()
        self._ended.acquire()
        try:
            start_new_thread(self._run, (work, life_sign))
        except RuntimeError as error:
            raise MemoryError("cannot start a thread") from error

    def _run(self, work: Callable[[], None], _life_sign: _LifeSign) -> None:
        try:
            _allocate_thread_data()
            work()
        finally:
            self._ended.release()

    @property
    def is_alive(self) -> bool:
        """Whether the thread has not ended, with or without an error."""
        return self._life_sign() is not None

    def join(self, seconds: float) -> None:
        """Wait until the thread ends, at most for about ``seconds``."""
        while self.is_alive and seconds > 0 and not self._ended.acquire(timeout=POLL_SECONDS):
            seconds -= POLL_SECONDS


def start_workers(works: Iterable[Callable[[], None]], count: int) -> list[Worker]:
    """Start threads that call functions in their order; return them without waiting for the end.

    Examples
    --------
    >>> found = []
    >>> for thread in start_workers([lambda: found.append(1), lambda: found.append(2)], 1):
    ...     thread.join(10)
    >>> found
    [1, 2]
    """
    waiting = SimpleQueue[Callable[[], None]]()
    for work in works:
        waiting.put(work)

    def call_all() -> None:
        with suppress(Empty):
            while True:
                waiting.get_nowait()()

    return [Worker(call_all) for _ in range(min(count, waiting.qsize()))]


class PendingResult(Generic[ResultT]):
    """The result of a function that a worker calls later.

    Parameters
    ----------
    work
        The function.
    threads
        The workers, one of which will call it.
    """

    def __init__(self, work: Callable[[], ResultT], threads: Sequence[Worker]) -> None:
        self._work, self._threads = work, threads
        self._result: ResultT | None = None
        self._error: BaseException | None = None
        self._done = allocate_lock()
        self._done.acquire()

    def run(self) -> None:
        """Call the function and store its result or error."""
        try:
            self._result = self._work()
        except BaseException as error:  # noqa: BLE001  raised again in result()
            self._error = error
        self._done.release()

    def result(self) -> ResultT:
        """Wait for the result and return it, or raise the error of the function. Call it once.

        Raises
        ------
        MemoryError
            When all workers have ended without calling the function.
        """
        while not self._done.acquire(timeout=POLL_SECONDS):
            is_lost = not any(thread.is_alive for thread in self._threads)
            if is_lost and not self._done.acquire(blocking=False):
                raise MemoryError("no thread had the memory to begin")
            if is_lost:
                break
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # None is a result where there is no error


class Workers:
    """Threads that call submitted functions, in the order of submission.

    Leaving the ``with`` block waits for the threads. If an exception leaves it, functions that have
    not begun are not called.

    Examples
    --------
    >>> with Workers(2) as workers:
    ...     pending = [workers.submit(lambda: "one"), workers.submit(lambda: "two")]
    ...     [result.result() for result in pending]
    ['one', 'two']
    """

    def __init__(self, count: int, exit_seconds: float = EXIT_WAIT_SECONDS) -> None:
        self._tasks: SimpleQueue[PendingResult[Any] | None] = SimpleQueue()  # None ends a worker
        self._stopped = False
        self._count, self._threads = count, list[Worker]()
        self._exit_seconds = exit_seconds

    def submit(self, work: Callable[[], ResultT]) -> PendingResult[ResultT]:
        """Let a worker call a function; return its pending result."""
        pending = PendingResult(work, self._threads)
        self._tasks.put(pending)
        return pending

    def _serve(self) -> None:
        while (pending := self._tasks.get()) is not None and not self._stopped:
            pending.run()
            del pending  # its result may be large
        self._tasks.put(None)  # ends the next worker

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
        """Wait for the threads; after an exception for at most ``exit_seconds`` each."""
        try:
            self._stopped = error is not None
        finally:
            for _ in self._threads:
                self._tasks.put(None)
        for thread in self._threads:
            thread.join(inf if error is None else self._exit_seconds)
