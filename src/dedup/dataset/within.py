"""What is left of the texts of a batch that repeat themselves."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, NamedTuple

from dedup.config import Config
from dedup.documents.bulk import clean_texts
from dedup.documents.result import CleanedDocument
from dedup.text.packed import Packed, pack


class Edit(NamedTuple):
    """A text from which blocks were removed."""

    row: int
    fields: list[bytes]  # what is left of each, UTF-8
    blocks: int  # how many went


def edits(
    packed: Packed, fields: list[Any], fixed: Sequence[int], config: Config
) -> Iterator[Edit]:
    """Yield what is left of the texts that repeat themselves, in their order.

    Each field is cleaned by itself, as ``dedup.clean`` does.

    Parameters
    ----------
    packed
        The rows, with all their fields.
    fields
        The texts of each field, by row; lists where there are several.
    fixed
        The rows that cannot be changed.
    """
    # Which of two copies in a text stays does not depend on which of two texts does.
    config = replace(config.for_blocks, keep="auto")
    count = len(fields)
    if count > 1:
        packed = pack([*chain.from_iterable(zip(*fields, strict=True))])
    unchanged = [count * row + place for row in fixed for place in range(count)]
    cleaned = dict(clean_texts(packed, config, unchanged))
    for row in sorted({place // count for place in cleaned}):
        places = range(count * row, count * (row + 1))
        blocks = sum(int((~cleaned[place].kept).sum()) for place in places if place in cleaned)
        yield Edit(row, [_left(packed, cleaned, place) for place in places], blocks)


def _left(packed: Packed, cleaned: dict[int, CleanedDocument], place: int) -> bytes:
    if place in cleaned:
        return cleaned[place].text.encode("utf-8", "surrogatepass")
    return packed.encoded(place) or b""
