"""Work on what comes next while the last is still being used."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")
DEPTH = 2  # results that wait, or are being made


def ahead(
    items: Iterator[Given], work: Callable[[Given], Made], threads: int | None
) -> Iterator[Made]:
    """Yield what is made of items, in order, made in another thread where there may be one.

    Where taking an item fails, what is made of those before it comes first.

    Examples
    --------
    >>> list(ahead(iter([1, 2, 3]), lambda number: number * number, None))
    [1, 4, 9]
    """
    if threads == 1:
        yield from map(work, items)
        return
    waiting: deque[Future[Made]] = deque()
    failure: Exception | None = None
    with ThreadPoolExecutor(1, "dedup") as pool:
        try:
            while failure is None:
                try:
                    waiting.append(pool.submit(work, next(items)))
                except StopIteration:
                    break
                except Exception as error:  # noqa: BLE001  raised below
                    failure = error
                while len(waiting) > DEPTH:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
    if failure is not None:
        raise failure
