"""Streams of asyncio: the work of an index is done in a thread, and the loop stays free."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import ExitStack, aclosing, suppress
from typing import Any, ParamSpec, TypeVar

from dedup.config import ConfigLike
from dedup.index.stream import (
    DEFAULT_BATCH_SIZE,
    FieldOrFunction,
    IfSeen,
    IndexFilter,
    IndexOrPath,
    ItemFields,
    OnDuplicate,
    StreamBuffer,
    check_items,
)
from dedup.index.write import OnConflict

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


def unique(  # noqa: PLR0913  as dedup.unique
    items: AsyncIterable[T],
    config: ConfigLike | None = None,
    *,
    text: FieldOrFunction = None,
    id: FieldOrFunction = None,  # noqa: A002  what it is called everywhere
    index: IndexOrPath | None = None,
    batch_size: int = DEFAULT_BATCH_SIZE,
    on_duplicate: OnDuplicate | None = None,
    if_seen: IfSeen = "drop",
    on_conflict: OnConflict = "update",
    **overrides: Any,  # noqa: ANN401
) -> AsyncGenerator[T, None]:
    """Yield the items of an asynchronous stream whose texts are new, as ``dedup.unique`` does.

    Parameters and errors are those of ``dedup.unique``; ``on_duplicate`` is a plain function that
    is called in the loop. Where items come slowly ``batch_size=1`` lets none wait for others.

    Notes
    -----
    When the task is cancelled while the index is written, it ends when that is done; what was
    added and not yielded is removed again. To leave the loop early, close the generator
    (``contextlib.aclosing``): Python itself does so late.

    Examples
    --------
    >>> async def stream():
    ...     yield "The ferry was late again, and nobody on the pier could say why it was so."
    ...     yield "THE FERRY was late again, and nobody on the pier could say why it was so!"
    >>> async def main():
    ...     return [text async for text in unique(stream())]
    >>> len(asyncio.run(main()))
    1
    """
    check_items(items, AsyncIterable)
    index_filter = IndexFilter(index, config, overrides, id is not None, if_seen, on_conflict)
    return _passing(
        items, StreamBuffer(index_filter, ItemFields(text, id), batch_size, on_duplicate)
    )


async def _passing(items: AsyncIterable[T], buffer: StreamBuffer[T]) -> AsyncGenerator[T, None]:
    stack = ExitStack()
    try:
        buffer.index = await _in_thread(lambda: stack.enter_context(buffer.filter.opened()))
        stack.callback(buffer.roll_back)
        async with aclosing(_filled(items, buffer)) as filled:
            async for _ in filled:
                await _in_thread(buffer.decide)
                for item in buffer.passing():
                    yield item
    finally:
        await _in_thread(stack.close)


async def _filled(items: AsyncIterable[T], buffer: StreamBuffer[T]) -> AsyncGenerator[None, None]:
    """Read items, and say when it is time to decide on them."""
    try:
        async for item in items:
            if buffer.read(item):
                yield
    except Exception:
        if buffer.pending:
            yield  # what was read before the error is whole
        raise
    if buffer.pending:
        yield


async def _in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function in a thread; if the task is cancelled meanwhile, let it end first."""
    running = asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            with suppress(asyncio.CancelledError):  # the first one is enough, and raised below
                await asyncio.wait([running])
        raise
