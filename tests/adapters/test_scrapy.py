import asyncio
import dataclasses
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import dedup

pytest.importorskip("scrapy", reason="scrapy is missing: pip install 'scrapy>=2.14'")

import attrs
import pydantic
import scrapy
from itemadapter import ItemAdapter
from scrapy.exceptions import DropItem
from scrapy.utils.test import get_crawler

from dedup.adapters.scrapy import DedupPipeline
from dedup.index.write import OnConflict

STORY = (
    "The bell of the old school rang at noon, though nobody had touched the rope for years, and "
    "the children of the new one ran out to see who was there, and found no one but a crow."
)
NEAR = f"{STORY} More soon."
ANNOTATION_FIELDS = ("dedup_keep", "dedup_witness", "dedup_similarity", "dedup_supersedes")


class Page(scrapy.Item):
    url = scrapy.Field()
    text = scrapy.Field()
    dedup_keep = scrapy.Field()
    dedup_witness = scrapy.Field()
    dedup_similarity = scrapy.Field()
    dedup_supersedes = scrapy.Field()


@dataclasses.dataclass
class DataPage:
    url: str
    text: str
    dedup_keep: bool | None = None
    dedup_witness: str | None = None
    dedup_similarity: float | None = None
    dedup_supersedes: list[str] | None = None


@attrs.define
class AttrsPage:
    url: str
    text: str
    dedup_keep: bool | None = None
    dedup_witness: str | None = None
    dedup_similarity: float | None = None
    dedup_supersedes: list[str] | None = None


class PydanticPage(pydantic.BaseModel):
    url: str
    text: str
    dedup_keep: bool | None = None
    dedup_witness: str | None = None
    dedup_similarity: float | None = None
    dedup_supersedes: list[str] | None = None


class Crawl:
    """A pipeline in a crawl that is not running."""

    def __init__(self, **settings: object) -> None:
        self.crawler = get_crawler(settings_dict=settings)
        self.pipeline = DedupPipeline.from_crawler(self.crawler)

    def __call__(self, item: object) -> object:
        return asyncio.run(self.pipeline.process_item(item))

    def dropped(self, item: object) -> str:
        with pytest.raises(DropItem) as caught:
            self(item)
        return str(caught.value)

    @property
    def stats(self) -> dict[str, int]:
        assert self.crawler.stats is not None
        every = self.crawler.stats.get_stats().items()
        return {key[6:]: value for key, value in every if key.startswith("dedup/")}


@contextmanager
def crawl(**settings: object) -> Iterator[Crawl]:
    made = Crawl(**settings)
    try:
        yield made
    finally:
        made.pipeline.close_spider()


@pytest.mark.parametrize("kind", [dict, Page, DataPage, AttrsPage, PydanticPage])
def test_any_kind_of_item_passes_or_is_dropped(kind: Callable[..., object]) -> None:
    with crawl() as run:
        item = kind(url="a", text=STORY)
        assert run(item) is item
        assert run.dropped(kind(url="b", text=STORY.upper())) == (
            "b repeats a (exact copy, similarity 1.000)"
        )
        assert "c repeats a (near copy, similarity 0.9" in run.dropped(kind(url="c", text=NEAR))
        assert run.stats == {"new": 1, "exact": 1, "near": 1}


@pytest.mark.parametrize("kind", [dict, Page, DataPage, AttrsPage, PydanticPage])
def test_any_kind_of_item_is_annotated(kind: Callable[..., object]) -> None:
    with crawl(DEDUP_ANNOTATE="true") as run:
        run(kind(url="a", text=STORY))
        annotated = ItemAdapter(run(kind(url="b", text=STORY.upper())))
        assert [annotated[name] for name in ANNOTATION_FIELDS] == [False, "a", 1.0, []]


class Bare(scrapy.Item):
    text = scrapy.Field()


@attrs.frozen
class Frozen:
    text: str
    dedup_keep: bool | None = None


@pytest.mark.parametrize("item", [Bare(text=STORY), Frozen(STORY)])
def test_an_item_that_cannot_be_annotated_is_an_error_and_is_not_indexed(item: object) -> None:
    with crawl(DEDUP_ANNOTATE=True) as run:
        with pytest.raises(dedup.InputError, match="DEDUP_ANNOTATE cannot set fields of"):
            run(item)
        assert ItemAdapter(run({"url": "b", "text": STORY}))["dedup_keep"]


def test_a_longer_version_is_counted() -> None:
    longer = f"{STORY} In the evening it rang again. This time they let it ring, and went on with "
    longer += "their supper, and only the youngest looked out of the window and waved."
    with crawl() as run:
        run({"url": "a", "text": STORY})
        run({"url": "b", "text": longer})
        assert run.stats == {"new": 2, "superseding": 1}


@pytest.mark.parametrize("item", [{}, {"url": "a"}, {"text": None}, {"text": ""}])
def test_an_item_without_text_passes(item: dict[str, str | None]) -> None:
    with crawl() as run:
        assert run(item) is item
        assert run(item) is item
        assert run.stats == {"without_text": 2}


def test_a_text_that_is_a_list_is_an_error() -> None:
    with crawl() as run, pytest.raises(dedup.InputError, match="must be a string, got list: join"):
        run({"url": "a", "text": [STORY]})


def test_a_changed_page_replaces_its_old_text() -> None:
    with crawl() as run:
        run({"url": "a", "text": STORY})
        assert "a repeats a (exact copy" in run.dropped({"url": "a", "text": STORY})
        run({"url": "a", "text": "Of crows, and of nothing else."})
        run({"url": "b", "text": STORY})
        run({"url": "b", "text": NEAR})  # edited, and nearly the same
        assert run.stats == {"new": 2, "updated": 2, "exact": 1}


def test_settings_name_the_fields() -> None:
    with crawl(DEDUP_TEXT="body", DEDUP_ID="key") as run:
        run({"key": 7, "body": STORY, "text": "x"})
        assert "8 repeats 7 " in run.dropped({"key": 8, "body": STORY, "text": "y"})
        assert re.match("[0-9a-f]{32} repeats 7 ", run.dropped({"body": STORY}))


def test_a_missing_text_field_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    with crawl(DEDUP_TEXT="body") as run:
        run({"url": "a", "body": None})
        assert not caplog.records
        run({"url": "a", "text": STORY})
        run({"url": "b", "text": STORY})
        assert run.stats == {"without_text": 3}
    (record,) = caplog.records
    assert record.getMessage().startswith(
        "an item has no field 'body' and passes unchecked (its fields: url, text); name"
    )


def test_an_index_remembers_earlier_crawls(tmp_path: Path) -> None:
    path = str(tmp_path / "seen.db")
    with crawl(DEDUP_INDEX=path, DEDUP_PRESET="web", DEDUP_FORGET_AFTER="30d") as run:
        run({"url": "a", "text": STORY})
    with crawl(DEDUP_INDEX=path) as run:
        assert "b repeats a" in run.dropped({"url": "b", "text": NEAR})
    with dedup.Index(path) as index:
        assert index.config == dedup.Config.preset("web")


def test_invalid_settings_stop_the_crawl_at_its_start() -> None:
    with pytest.raises(dedup.ConfigError, match="config must be a Config or a preset"):
        Crawl(DEDUP_PRESET="wbe")
    with pytest.raises(dedup.ConfigError, match="forget_after must be an age"):
        Crawl(DEDUP_FORGET_AFTER="soon")


def test_the_loop_goes_on_and_items_keep_their_order_while_an_index_writes() -> None:
    made = Crawl()
    index, gate = made.pipeline._index, threading.Event()  # noqa: SLF001
    add, came = index.add, []

    def slow(texts: list[str], ids: list[str], on_conflict: OnConflict) -> dedup.IndexMatches:
        assert gate.wait(10)
        came.append(ids)
        return add(texts, ids=ids, on_conflict=on_conflict)

    index.add = slow  # type: ignore[assignment]

    async def run() -> list[object]:
        items = [{"url": f"p{row}", "text": STORY} for row in range(20)]
        tasks = [asyncio.create_task(made.pipeline.process_item(item)) for item in items]
        await asyncio.sleep(0.05)  # the loop turns
        gate.set()
        results: list[object] = await asyncio.gather(*tasks, return_exceptions=True)
        return results

    results = asyncio.run(run())
    made.pipeline.close_spider()
    assert [name for names in came for name in names] == [f"p{row}" for row in range(20)]
    assert [isinstance(result, DropItem) for result in results] == [False] + [True] * 19


def test_an_error_of_the_index_is_raised_for_each_item() -> None:
    made = Crawl()

    def full(*_: object, **__: object) -> dedup.IndexMatches:
        raise dedup.StoreError("the disk is full: make room")

    made.pipeline._index.add = full  # type: ignore[method-assign]  # noqa: SLF001

    async def run() -> list[object]:
        items = [{"url": f"p{row}", "text": STORY} for row in range(3)]
        every = [made.pipeline.process_item(item) for item in items]
        results: list[object] = await asyncio.gather(*every, return_exceptions=True)
        return results

    assert [type(result) for result in asyncio.run(run())] == [dedup.StoreError] * 3
    made.pipeline.close_spider()


SPIDER = """
import scrapy
from scrapy.crawler import CrawlerProcess

class Pages(scrapy.Spider):
    name = "pages"
    start_urls = ["data:,"]

    def parse(self, response):
        for row in range(30):
            yield {"url": f"p{row}", "text": f"%s And {'so on ' * (row %% 3)}ends."}

process = CrawlerProcess(%r)
process.crawl(Pages)
process.start()
"""


def test_a_crawl_by_a_reactor_without_asyncio_keeps_the_first_of_each_story(tmp_path: Path) -> None:
    settings = {
        "ITEM_PIPELINES": {"dedup.adapters.scrapy.DedupPipeline": 300},
        "DEDUP_INDEX": str(tmp_path / "seen.db"),
        "TWISTED_REACTOR": "twisted.internet.selectreactor.SelectReactor",
        "FEEDS": {str(tmp_path / "out.jsonl"): {"format": "jsonlines"}},
        "DEFAULT_DROPITEM_LOG_LEVEL": "DEBUG",
        "LOG_LEVEL": "WARNING",
    }
    script = SPIDER % (STORY, settings)
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["url"] for line in lines] == ["p0"]
    assert "Traceback" not in done.stderr
    with dedup.Index(tmp_path / "seen.db") as index:
        assert list(index) == ["p0"]
