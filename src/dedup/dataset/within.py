"""Which texts of a batch repeat themselves, and what is left of them then."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from dedup.config import Config
from dedup.documents.bulk import clean_lines, repeat_blocks, self_repeating
from dedup.documents.clean import clean
from dedup.records import I64
from dedup.text.blocks import choose, split
from dedup.text.packed import Packed, byte_offsets


class Edit(NamedTuple):
    """A text from which blocks were removed."""

    row: int
    fields: list[bytes]  # what is left of each, UTF-8
    blocks: int  # how many went


def edits(
    packed: Packed, fields: list[Any], fixed: Sequence[int], config: Config
) -> Iterator[Edit]:
    """Yield what is left of the texts that repeat themselves, in their order.

    Each field is cleaned by itself, as ``dedup.clean`` does. Most texts need not be cut into
    blocks for that: it can be seen from their shingles that they repeat nothing.

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
    found = self_repeating(packed.utf8, packed.offsets, config)
    found[[*fixed]] = False
    rows = np.flatnonzero(found)
    if len(fields) > 1:
        for row in rows.tolist():
            edit = _cleaned(row, [column[row] for column in fields], config)
            if edit.blocks:
                yield edit
        return
    known = _cleaned_lines(packed, rows, config)
    others = _repeating(packed, np.setdiff1d(rows, [*known]), config)
    for row in others.tolist():
        known[row] = _cleaned(row, [packed.text(row)], config)
    yield from (known[row] for row in sorted(known) if known[row].blocks)


def _cleaned(row: int, texts: Sequence[str | None], config: Config) -> Edit:
    documents = [clean(text, config) for text in texts if text]
    left = iter(documents)
    fields = [next(left).text if text else "" for text in texts]
    blocks = sum(int((~document.kept).sum()) for document in documents)
    return Edit(row, [field.encode("utf-8", "surrogatepass") for field in fields], blocks)


def _repeating(packed: Packed, rows: I64, config: Config) -> I64:
    """Return those of some rows that may repeat their blocks, once they are cut."""
    pieces, edges, firsts, size = [np.empty(0, np.uint8)], [np.zeros(1, np.int64)], [0], 0
    for row in rows.tolist():
        start, stop = packed.offsets[row : row + 2].tolist()
        utf8, text = packed.utf8[start:stop], packed.text(row)
        cuts = byte_offsets(utf8, split(text, choose(text, config.block)))
        pieces.append(utf8)
        edges.append(size + cuts[1:])
        firsts.append(firsts[-1] + len(cuts) - 1)
        size += stop - start
    blocks = np.concatenate(pieces), np.concatenate(edges)
    repeating: I64 = rows[repeat_blocks(*blocks, np.array(firsts), config)]
    return repeating


def _cleaned_lines(packed: Packed, rows: I64, config: Config) -> dict[int, Edit]:
    """Return what is left of those rows whose blocks are lines, all at once."""
    lengths = np.diff(packed.offsets)[rows]
    spans = zip(packed.offsets[rows].tolist(), packed.offsets[rows + 1].tolist(), strict=True)
    pieces = [packed.utf8[start:stop] for start, stop in spans]
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    utf8 = np.concatenate([np.empty(0, np.uint8), *pieces])
    left, edges, blocks = clean_lines(utf8, offsets, config)
    return {
        row: Edit(row, [left[edges[place] : edges[place + 1]].tobytes()], removed)
        for place, (row, removed) in enumerate(zip(rows.tolist(), blocks.tolist(), strict=True))
        if removed >= 0
    }
