import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, TypeVar

import pytest

import dedup
from dedup.adapters import aio
from dedup.errors import ConfigError, InputError

T = TypeVar("T")
FERRY = "The ferry was late again, and nobody on the pier could say why it was so."
BRIDGE = "The council of the island votes on the new bridge on Friday morning at ten."
MARKET = "Fish was dear at the market this week, since few boats had gone out to sea."
COPY = FERRY.upper()


def run(awaited: Awaitable[T]) -> T:
    async def main() -> T:
        return await asyncio.wait_for(awaited, 60)

    return asyncio.run(main())


async def stream(texts: Sequence[str]) -> AsyncIterator[str]:
    for text in texts:
        await asyncio.sleep(0)
        yield text


async def listed(items: AsyncIterator[T]) -> list[T]:
    return [item async for item in items]


class Slow(dedup.Index):
    """Takes its time, and says in which thread."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.threads: set[int] = set()

    def add(self, *args: Any, **kwargs: Any) -> dedup.IndexMatches:  # noqa: ANN401
        self.begun.set()
        self.threads.add(threading.get_ident())
        time.sleep(0.2)
        return super().add(*args, **kwargs)


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_an_asynchronous_stream_gives_the_result_of_unique(batch: int) -> None:
    texts, calls = [FERRY, COPY, BRIDGE, MARKET, BRIDGE], list[object]()
    found = run(
        listed(
            aio.unique(
                stream(texts), batch_size=batch, on_duplicate=lambda *call: calls.append(call)
            )
        )
    )
    assert found == list(dedup.unique(texts))
    assert calls == [(COPY, 0, 1.0), (BRIDGE, 2, 1.0)]


def test_the_event_loop_is_free_while_the_index_works() -> None:
    async def main() -> int:
        index, ticks = Slow(), 0
        task = asyncio.ensure_future(listed(aio.unique(stream([FERRY, BRIDGE]), index=index)))
        while not task.done():
            await asyncio.sleep(0.01)
            ticks += 1
        assert threading.get_ident() not in index.threads
        return ticks

    assert run(main()) > 5


def test_closed_early_the_index_has_what_was_yielded() -> None:
    async def main() -> None:
        async with aclosing(aio.unique(stream([FERRY, COPY, BRIDGE]), index=index)) as items:
            async for _ in items:
                break

    index = dedup.Index()
    run(main())
    assert [item.text for item in index.export()] == [FERRY]


def test_an_abandoned_generator_is_closed_at_the_end() -> None:
    async def main() -> None:
        async for _ in aio.unique(stream([FERRY, COPY, BRIDGE]), index=index):
            break

    index = dedup.Index()
    asyncio.run(main())
    assert [item.text for item in index.export()] == [FERRY]


def test_cancelling_waits_for_the_index_and_removes_unyielded_items() -> None:
    async def main() -> None:
        task = asyncio.ensure_future(listed(aio.unique(stream([FERRY, BRIDGE]), index=index)))
        assert await asyncio.to_thread(index.begun.wait, 10)
        task.cancel()
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    index = Slow()
    run(main())
    assert len(index) == 0


def test_items_before_an_error_of_the_stream_are_yielded() -> None:
    async def cut() -> AsyncIterator[str]:
        yield FERRY
        raise OSError("connection lost")

    async def main() -> list[str]:
        found = []
        items = aio.unique(cut())
        found.append(await anext(items))
        with pytest.raises(OSError, match="connection lost"):
            await anext(items)
        return found

    assert run(main()) == [FERRY]


def test_errors_are_those_of_unique() -> None:
    with pytest.raises(ConfigError, match="batch_size must be a whole number"):
        aio.unique(stream([]), batch_size=0)
    with pytest.raises(InputError, match="item 0 has no field 'body'"):
        run(listed(aio.unique(stream([FERRY]), text="body")))


def test_a_path_is_opened_and_closed_in_threads(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    assert run(listed(aio.unique(stream([FERRY, COPY, BRIDGE]), index=path, batch_size=1))) == [
        FERRY,
        BRIDGE,
    ]
    assert run(listed(aio.unique(stream([MARKET, BRIDGE]), index=path))) == [MARKET]
    with dedup.Index(path) as index:
        assert len(index) == 3
