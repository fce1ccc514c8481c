"""Scrapy: an item pipeline that drops what repeats an earlier item."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self

from dedup.adapters.common import ANNOTATIONS, annotations, kinds
from dedup.arrays.tabular import import_optional
from dedup.errors import InputError
from dedup.index.index import Index
from dedup.index.index_result import IndexMatches
from dedup.index.stores.records import Id
from dedup.index.validate import id_of_text, is_id

import_optional("scrapy")  # says how it is installed where it is missing

from itemadapter import ItemAdapter  # noqa: E402
from scrapy.exceptions import DropItem  # noqa: E402
from scrapy.utils.asyncio import is_asyncio_available  # noqa: E402

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class DedupPipeline:
    """Drop items whose text repeats that of an earlier one, of this crawl or one before.

    Parameters
    ----------
    crawler
        Its settings are ``DEDUP_INDEX`` (a path or address; in memory for the crawl when there is
        none), ``DEDUP_PRESET``, ``DEDUP_FORGET_AFTER`` (``"30d"``), ``DEDUP_TEXT_FIELD`` and
        ``DEDUP_ID_FIELD`` (the fields of an item that have its text and its name, ``"text"`` and
        ``"url"``) and ``DEDUP_ANNOTATE`` (keep all items, and set ``dedup_keep``,
        ``dedup_witness``, ``dedup_similarity`` and ``dedup_supersedes`` in them). Its statistics
        count ``dedup/new``, ``dedup/updated``, ``dedup/exact``, ``dedup/near``,
        ``dedup/superseding`` and ``dedup/without_text``.

    Raises
    ------
    ConfigError, StoreError
        When a setting is none, or there is no index at ``DEDUP_INDEX``.

    Notes
    -----
    ``ITEM_PIPELINES = {"dedup.adapters.scrapy.DedupPipeline": 300}`` puts it to use.

    A thread compares items in the order in which they come, and the crawl goes on meanwhile. (A
    reactor other than that of asyncio waits.) An item without text passes, and one without a name
    is named by its text. A page that was crawled before under its name is dropped when its text has
    the same words. When it was edited it passes, whatever it resembles, and replaces the text that
    was there.

    Examples
    --------
    >>> from scrapy.utils.test import get_crawler
    >>> pipeline = DedupPipeline.from_crawler(get_crawler(settings_dict={"DEDUP_ANNOTATE": True}))
    >>> item = {"url": "https://vey.example/1", "text": "The ferry was late again."}
    >>> asyncio.run(pipeline.process_item(item))["dedup_keep"]
    True
    >>> pipeline.close_spider()
    """

    def __init__(self, crawler: "Crawler") -> None:
        settings = crawler.settings
        path, preset = settings.get("DEDUP_INDEX"), settings.get("DEDUP_PRESET")
        self._index = Index(path, preset, forget_after=settings.get("DEDUP_FORGET_AFTER"))
        assert crawler.stats is not None
        self._stats = crawler.stats
        self._text_field = settings.get("DEDUP_TEXT_FIELD", "text")
        self._id_field = settings.get("DEDUP_ID_FIELD", "url")
        self._annotate = settings.getbool("DEDUP_ANNOTATE")
        self._has_warned = False
        self._thread = ThreadPoolExecutor(max_workers=1)  # one, so that items keep their order

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Make one for a crawler."""
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:  # noqa: ANN401  any kind of item
        """Return an item that is new.

        Raises
        ------
        DropItem
            When it repeats another one; the message names that one.
        InputError
            When its text is no string, or it lacks a field that ``DEDUP_ANNOTATE`` sets.
        """
        fields = ItemAdapter(item)
        text = fields.get(self._text_field)
        if text is None or text == "":
            self._stats.inc_value("dedup/without_text")
            self._warn_of_field(fields)
            return item
        if not isinstance(text, str):
            raise InputError(
                f"{self._text_field!r} of an item must be a string, got {type(text).__name__}: "
                "join what was selected, or name another field as DEDUP_TEXT_FIELD"
            )
        if self._annotate:
            self._make_room(fields)
        name = fields.get(self._id_field)
        if name is None or name == "":
            name = id_of_text(text.encode("utf-8", "surrogatepass"))
        elif not is_id(name):
            name = str(name)
        matches = await self._added(name, text)
        (kind,), (said,) = kinds(matches), annotations(matches)
        self._stats.inc_value(f"dedup/{kind}")
        if said["dedup_supersedes"]:
            self._stats.inc_value("dedup/superseding")
        if self._annotate:
            fields.update(said)
        elif not said["dedup_keep"]:
            raise DropItem(
                f"{name} repeats {said['dedup_witness']} "
                f"({kind} copy, similarity {said['dedup_similarity']:.3f})"
            )
        return item

    def _warn_of_field(self, fields: ItemAdapter) -> None:
        """Say once that items pass that have no such field."""
        names = [*fields.field_names()]
        if self._has_warned or self._text_field in names:
            return
        self._has_warned = True
        logger.warning(
            "an item has no field %r and passes unchecked (its fields: %s); name the one that has "
            "the text as DEDUP_TEXT_FIELD",
            self._text_field,
            ", ".join(names) or "none",
        )

    async def _added(self, name: Id, text: str) -> IndexMatches:
        """Add a text in the thread."""
        adding = self._thread.submit(self._index.add, [text], ids=[name], on_conflict="update")
        return await asyncio.wrap_future(adding) if is_asyncio_available() else adding.result()

    @staticmethod
    def _make_room(fields: ItemAdapter) -> None:
        """Set fields before the index has the text: an item that lacks them was never seen."""
        try:
            fields.update(dict.fromkeys(ANNOTATIONS))
        except (KeyError, AttributeError) as error:  # no such field, or it is frozen
            raise InputError(
                f"DEDUP_ANNOTATE cannot set fields of {type(fields.item).__name__}: declare "
                f"{', '.join(ANNOTATIONS)}, or leave the setting out"
            ) from error

    def close_spider(self) -> None:
        """Let go of the index."""
        self._thread.shutdown()
        self._index.close()
