"""Clean the texts of record batches: blocks that repeat within a text, or in many texts."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

import numpy as np
import pyarrow as pa

from dedup.arrays.columns import pack_column
from dedup.arrays.packed import PackedTexts, to_utf8
from dedup.boilerplate.patterns import PatternRules, find_patterns
from dedup.config import Config
from dedup.documents.clean import clean
from dedup.documents.clean_texts import CleanText, clean_texts
from dedup.text.block_table import kept_texts

ArrowRows = TypeVar("ArrowRows", pa.RecordBatch, pa.Table)


def clean_rows(
    batches: Iterable[pa.RecordBatch], text: str, added: str, config: Config
) -> Iterator[pa.RecordBatch]:
    """Clean a column of texts.

    Parameters
    ----------
    text
        The column of texts, which gets the clean texts.
    added
        The column that gets the number of removed blocks (int32), behind the others.
    """
    for batch in batches:
        cleaned, removed = {}, np.zeros(len(batch), np.int32)
        for row, found in _cleaned(pack_column(batch.column(text)), config):
            cleaned[row], removed[row] = str(found.utf8, "utf-8"), found.removed_blocks
        yield _with_texts(batch, text, cleaned).append_column(added, pa.array(removed))


def clean_group(  # noqa: PLR0913
    group: pa.Table, *, text: str, number: str, added: str, config: Config, rules: PatternRules
) -> pa.Table:
    """Remove the blocks that recur in the texts of a group: see ``deduplicate_blocks``.

    Parameters
    ----------
    text, added
        As for ``clean_rows``.
    number
        The column of numbers that order the texts; it is left out of the result.
    """
    order = np.argsort(group.column(number).to_numpy())
    texts = group.column(text).cast(pa.large_string()).take(pa.array(order))
    packed = pack_column(texts)
    found = find_patterns(packed, config, rules, threads=1)
    removed = np.zeros(len(group), np.int32)
    removed[order] = np.bincount(found.blocks.rows[~found.kept], minlength=len(group))
    kept = kept_texts(packed, texts, found.blocks, found.kept)
    cleaned = {int(order[place]): kept[place] for place in found.changed.tolist()}
    group = _with_texts(group.drop_columns([number]), text, cleaned)
    return group.append_column(added, pa.array(removed))


def _with_texts(rows: ArrowRows, name: str, texts: Mapping[int, str | None]) -> ArrowRows:
    """Return rows with other texts in some of them."""
    if not texts:
        return rows
    place, column = rows.schema.get_field_index(name), rows.column(name)
    values = [texts.get(row, value) for row, value in enumerate(column.to_pylist())]
    return rows.set_column(place, rows.schema.field(place), pa.array(values, column.type))


def _cleaned(packed: PackedTexts, config: Config) -> Iterator[tuple[int, CleanText]]:
    if config.keep in ("auto", "first"):
        yield from clean_texts(packed, config)
        return
    for row in range(len(packed)):
        if packed.encoded(row) is not None:
            document = clean(packed.text(row), config)
            if not document.kept.all():
                yield row, CleanText(to_utf8(document.text), int((~document.kept).sum()))
