"""Which texts of a batch repeat themselves, and what is left of them then."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from dedup.clean import clean
from dedup.config import Config
from dedup.engine import self_repeating, use_compiled
from dedup.text.packed import Packed


def cleaned_fields(
    packed: Packed, fields: list[Any], config: Config, total: int
) -> Iterator[tuple[int, list[str | None], int]]:
    """Yield the rows that repeat blocks of themselves: their fields cleaned, and how many went.

    Each field is cleaned by itself, as ``dedup.clean`` does. Most texts need not be cut into
    blocks for that: it can be seen from their shingles that they repeat nothing.

    Parameters
    ----------
    packed
        The rows, with all their fields.
    fields
        The texts of each field, by row; lists where there are several.
    total
        Bytes of all texts, about.
    """
    config = replace(config, keep="first")
    use_compiled("blocks", total)
    repeating = self_repeating(packed.utf8, packed.offsets, config, total)
    for row in np.flatnonzero(repeating).tolist():
        texts = [packed.text(row)]
        if len(fields) > 1:
            texts = [column[row] for column in fields]
        documents = [clean(text, config) for text in texts if text]
        if removed := sum(int((~document.kept).sum()) for document in documents):
            left = iter(documents)
            yield row, [next(left).text if text else text for text in texts], removed
