"""Yield each story of a stream once, over several days.

Run it as ``python examples/unique_stream.py``.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import dedup

STORY = "The ferry was late again, and nobody on the pier could say why it was so."
CRAWLS = {
    "monday": {"/ferry": STORY, "/ferry?print": STORY.upper(), "/bridge": "A bridge is planned."},
    "tuesday": {"/ferry/2": f"“{STORY}”", "/market": "Fish was dear at the market."},
}


def pages(day: str) -> Iterator[dict[str, str]]:
    """Yield the pages that were crawled on a day."""
    for url, text in CRAWLS[day].items():
        yield {"url": url, "text": text}


def tell(page: dict[str, str], witness: str | int, similarity: float) -> None:
    """Print why a page is dropped."""
    print(f"  {page['url']} repeats {witness} ({similarity:.0%})")


with TemporaryDirectory() as folder:
    for day in CRAWLS:
        print(day)
        seen = Path(folder) / "seen.db"
        for page in dedup.unique(pages(day), id="url", index=seen, on_duplicate=tell):
            print(f"  {page['url']} is new")
