"""Scrapy: an item pipeline that drops items which repeat earlier ones."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self

from dedup.adapters.annotations import INDEX_ANNOTATION_FIELDS, annotations, text_kinds
from dedup.arrays.tabular import import_optional
from dedup.errors import InputError
from dedup.index.index import Index
from dedup.index.index_result import IndexMatches
from dedup.index.stores.records import Id
from dedup.index.validate import id_of_text, is_id

import_optional("scrapy")  # the error names the command that installs it

from itemadapter import ItemAdapter  # noqa: E402
from scrapy.exceptions import DropItem  # noqa: E402
from scrapy.utils.asyncio import is_asyncio_available  # noqa: E402

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class DedupPipeline:
    """Drop items whose text repeats that of an earlier item, of this crawl or an earlier one.

    Parameters
    ----------
    crawler
        The crawler. Its settings configure the pipeline:

        - ``DEDUP_INDEX``: the path or URL of an index. Default: in memory, for this crawl.
        - ``DEDUP_PRESET``: the name of a preset. Default: the settings of the index.
        - ``DEDUP_FORGET_AFTER``: age at which texts are deleted, as ``"30d"``. Default: never.
        - ``DEDUP_TEXT``: the field of an item that has its text. Default ``"text"``.
        - ``DEDUP_ID``: the field of an item that has its id. Default ``"url"``.
        - ``DEDUP_ANNOTATE``: keep all items, and set ``dedup_keep``, ``dedup_witness``,
          ``dedup_similarity`` and ``dedup_supersedes`` in them. Default False.

        Its statistics count ``dedup/new``, ``dedup/updated``, ``dedup/exact``, ``dedup/near``,
        ``dedup/superseding`` and ``dedup/without_text``.

    Raises
    ------
    ConfigError, StoreError
        If a setting is invalid, or the file ``DEDUP_INDEX`` is no index.

    Notes
    -----
    ``ITEM_PIPELINES = {"dedup.adapters.scrapy.DedupPipeline": 300}`` enables it.

    One thread compares the items in their order, while the crawl continues. (With a reactor other
    than asyncio the crawl waits.) An item without text passes. An item without an id gets one
    that is made from its text. If the index has the id of an item, the item is dropped if its text
    has the same words. Otherwise it passes, whatever it resembles, and replaces the old text.

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
        self._text_field = settings.get("DEDUP_TEXT", "text")
        self._id_field = settings.get("DEDUP_ID", "url")
        self._annotate = settings.getbool("DEDUP_ANNOTATE")
        self._has_warned = False
        self._thread = ThreadPoolExecutor(max_workers=1)  # one, so that items keep their order

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Return a pipeline for a crawler."""
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:  # noqa: ANN401  any kind of item
        """Return an item if it is new.

        Raises
        ------
        DropItem
            If it repeats an earlier item; the message names the id of that item.
        InputError
            If its text is no string, or it lacks a field that ``DEDUP_ANNOTATE`` sets.
        """
        fields = ItemAdapter(item)
        text = fields.get(self._text_field)
        if text is None or text == "":
            self._stats.inc_value("dedup/without_text")
            self._warn_of_missing_field(fields)
            return item
        if not isinstance(text, str):
            raise InputError(
                f"{self._text_field!r} of an item must be a string, got {type(text).__name__}: "
                "join the selected strings, or name another field in DEDUP_TEXT"
            )
        if self._annotate:
            self._check_annotation_fields(fields)
        item_id = fields.get(self._id_field)
        if item_id is None or item_id == "":
            item_id = id_of_text(text.encode("utf-8", "surrogatepass"))
        elif not is_id(item_id):
            item_id = str(item_id)
        matches = await self._add_to_index(item_id, text)
        (kind,), (annotation,) = text_kinds(matches), annotations(matches)
        self._stats.inc_value(f"dedup/{kind}")
        if annotation["dedup_supersedes"]:
            self._stats.inc_value("dedup/superseding")
        if self._annotate:
            fields.update(annotation)
        elif not annotation["dedup_keep"]:
            raise DropItem(
                f"{item_id} repeats {annotation['dedup_witness']} "
                f"({kind} copy, similarity {annotation['dedup_similarity']:.3f})"
            )
        return item

    def _warn_of_missing_field(self, fields: ItemAdapter) -> None:
        """Warn once that an item without the text field passes."""
        names = [*fields.field_names()]
        if self._has_warned or self._text_field in names:
            return
        self._has_warned = True
        logger.warning(
            "an item has no field %r and passes unchecked (its fields: %s); name the field with "
            "the text in DEDUP_TEXT",
            self._text_field,
            ", ".join(names) or "none",
        )

    async def _add_to_index(self, item_id: Id, text: str) -> IndexMatches:
        """Add a text to the index, in the thread."""
        adding = self._thread.submit(self._index.add, [text], ids=[item_id], on_conflict="update")
        return await asyncio.wrap_future(adding) if is_asyncio_available() else adding.result()

    @staticmethod
    def _check_annotation_fields(fields: ItemAdapter) -> None:
        """Set the annotation fields to None, so that an error occurs before the text is indexed."""
        try:
            fields.update(dict.fromkeys(INDEX_ANNOTATION_FIELDS))
        except (KeyError, AttributeError) as error:  # the field is missing, or the item is frozen
            raise InputError(
                f"DEDUP_ANNOTATE cannot set fields of {type(fields.item).__name__}: declare "
                f"{', '.join(INDEX_ANNOTATION_FIELDS)}, or leave the setting out"
            ) from error

    def close_spider(self) -> None:
        """Close the index."""
        self._thread.shutdown()
        self._index.close()
