"""Yield each message of an asynchronous stream once; the event loop stays free.

Run it as ``python examples/asyncio_stream.py``.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

from dedup.adapters import aio

STORY = "The ferry was late again, and nobody on the pier could say why it was so."


async def messages() -> AsyncIterator[dict[str, str]]:
    """Yield messages as they come."""
    for text in (STORY, "A bridge is planned.", STORY.upper(), "Fish was dear at the market."):
        await asyncio.sleep(0.01)
        yield {"text": text}


async def main() -> None:
    """Print the new messages, each one before the next one is read."""
    with TemporaryDirectory() as folder:
        async for message in aio.unique(messages(), index=Path(folder) / "seen.db", batch_size=1):
            print(message["text"])


asyncio.run(main())
