"""Streams of asyncio: the index works in a thread, so the event loop stays free."""

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

Arguments = ParamSpec("Arguments")
Returned = TypeVar("Returned")
AsyncItem = TypeVar("AsyncItem")


def unique(  # noqa: PLR0913  as dedup.unique
    items: AsyncIterable[AsyncItem],
    config: ConfigLike | None = None,
    *,
    text: FieldOrFunction = None,
    id: FieldOrFunction = None,  # noqa: A002  the same name everywhere
    index: IndexOrPath | None = None,
    batch_size: int = DEFAULT_BATCH_SIZE,
    on_duplicate: OnDuplicate | None = None,
    if_seen: IfSeen = "drop",
    on_conflict: OnConflict = "update",
    **overrides: Any,  # noqa: ANN401
) -> AsyncGenerator[AsyncItem, None]:
    """Yield the items of an asynchronous stream whose texts are new, as ``dedup.unique`` does.

    Parameters and errors are those of ``dedup.unique``. ``on_duplicate`` is a plain function; it is
    called in the event loop. Use ``batch_size=1`` for slow streams: otherwise an item waits until
    its batch is full.

    Notes
    -----
    If the task is cancelled while the index is written, it ends after the write. Texts that were
    added but not yielded are removed from the index. If you leave the loop early, close the
    generator (``contextlib.aclosing``): Python closes it only when it is collected.

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
    return _new_items(
        items, StreamBuffer(index_filter, ItemFields(text, id), batch_size, on_duplicate)
    )


async def _new_items(
    items: AsyncIterable[AsyncItem], buffer: StreamBuffer[AsyncItem]
) -> AsyncGenerator[AsyncItem, None]:
    stack = ExitStack()
    try:
        buffer.index = await _in_thread(lambda: stack.enter_context(buffer.filter.opened()))
        stack.callback(buffer.roll_back)
        async with aclosing(_full_batches(items, buffer)) as full_batches:
            async for _ in full_batches:
                await _in_thread(buffer.decide)
                for item in buffer.passing():
                    yield item
    finally:
        await _in_thread(stack.close)


async def _full_batches(
    items: AsyncIterable[AsyncItem], buffer: StreamBuffer[AsyncItem]
) -> AsyncGenerator[None, None]:
    """Read items into the buffer, and yield whenever a batch is ready to be decided."""
    try:
        async for item in items:
            if buffer.read(item):
                yield
    except Exception:
        if buffer.pending:
            yield  # the items that were read before the error are decided, too
        raise
    if buffer.pending:
        yield


async def _in_thread(
    function: Callable[Arguments, Returned], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Returned:
    """Call a function in a thread; if the task is cancelled, wait for the function to return."""
    running = asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            with suppress(asyncio.CancelledError):  # the first cancellation is raised below
                await asyncio.wait([running])
        raise
