"""Clean the texts of record batches: what repeats within each text is removed."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from dedup.arrays.columns import pack_column
from dedup.arrays.packed import PackedTexts, to_utf8
from dedup.config import Config
from dedup.documents.clean import clean
from dedup.documents.clean_texts import CleanText, clean_texts


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
        place, column = batch.schema.get_field_index(text), batch.column(text)
        removed, texts = np.zeros(len(batch), np.int32), {}
        for row, found in _cleaned(pack_column(column), config):
            texts[row], removed[row] = str(found.utf8, "utf-8"), found.removed_blocks
        if texts:
            kept = enumerate(column.to_pylist())
            column = pa.array([texts.get(row, value) for row, value in kept], column.type)
        clean_batch = batch.set_column(place, batch.schema.field(place), column)
        yield clean_batch.append_column(added, pa.array(removed))


def _cleaned(packed: PackedTexts, config: Config) -> Iterator[tuple[int, CleanText]]:
    if config.keep in ("auto", "first"):
        yield from clean_texts(packed, config)
        return
    for row in range(len(packed)):
        if packed.encoded(row) is not None:
            document = clean(packed.text(row), config)
            if not document.kept.all():
                yield row, CleanText(to_utf8(document.text), int((~document.kept).sum()))
