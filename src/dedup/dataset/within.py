"""Which texts of a batch repeat themselves, and what is left of them then."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from dedup.clean import clean
from dedup.config import Config
from dedup.engine import self_repeating, use_compiled
from dedup.records import I64
from dedup.text.packed import Packed


def repeating_rows(packed: Packed, config: Config, total: int) -> I64:
    """Return the rows that may repeat blocks of themselves.

    Parameters
    ----------
    total
        Bytes of all texts, about.
    """
    use_compiled("blocks", total)  # there is much to clean
    return np.flatnonzero(self_repeating(packed.utf8, packed.offsets, _first(config), total))


def cleaned_fields(
    packed: Packed, fields: list[Any], rows: I64, config: Config
) -> Iterator[tuple[int, list[str | None], int]]:
    """Yield those of some rows that repeat themselves: their fields cleaned, and how many went.

    Each field is cleaned by itself, as ``dedup.clean`` does. Most texts need not be cut into
    blocks for that: it can be seen from their shingles that they repeat nothing.

    Parameters
    ----------
    packed
        The rows, with all their fields.
    fields
        The texts of each field, by row; lists where there are several.
    """
    for row in rows.tolist():
        texts = [packed.text(row)]
        if len(fields) > 1:
            texts = [column[row] for column in fields]
        documents = [clean(text, _first(config)) for text in texts if text]
        if removed := sum(int((~document.kept).sum()) for document in documents):
            left = iter(documents)
            yield row, [next(left).text if text else text for text in texts], removed


def _first(config: Config) -> Config:
    """Of two copies in a text the first one stays, whatever stays of two texts."""
    return config if config.keep == "first" else replace(config, keep="first")
