"""Work on what comes next while the last is still being used."""

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

from dedup.kernels.chunks import available_cores
from dedup.kernels.workers import Pending, Workers

Given = TypeVar("Given")
Made = TypeVar("Made")
WAITING = 1  # results for each thread, beside the one that it makes


def ahead(
    items: Iterator[Given], work: Callable[[Given], Made], threads: int | None
) -> Iterator[Made]:
    """Yield what is made of items, in order, made in other threads where there may be some.

    Where taking an item fails, what is made of those before it comes first.

    Examples
    --------
    >>> list(ahead(iter([1, 2, 3]), lambda number: number * number, None))
    [1, 4, 9]
    """
    if threads == 1:
        yield from map(work, items)
        return
    waiting: deque[Pending[Made]] = deque()
    failure: Exception | None = None
    threads = threads or available_cores()
    with Workers(threads) as workers:
        while failure is None:
            try:
                waiting.append(workers.submit(partial(work, next(items))))
            except StopIteration:
                break
            except Exception as error:  # noqa: BLE001  raised below
                failure = error
            while len(waiting) > threads * (1 + WAITING):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    if failure is not None:
        raise failure
