"""Joins pages of one source that show one article, so that its lines are no frame.

A page may be in the corpus as several extractors return it, or under several addresses. Decision
note 29 has the measurements of the constants.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dedup.arrays.array_types import I64
from dedup.arrays.long_arrays import row_batches, stable_order
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.parallel import offsets_of
from dedup.matching.pairs import Pairs, connected_components
from dedup.matching.source_groups import SourceGroups
from dedup.matching.sources import Sources
from dedup.text.block_table import BlockTable

LONG_BLOCK_BYTES = 60  # about 10 words; entries of menus are shorter
MAX_OTHER_BYTES = 1000  # of the shorter of two texts that show one article, outside of these blocks
MAX_OTHER_SHARE = 0.5  # of the shorter text, likewise
MAX_OTHER_SHARE_OF_ADDRESSES = 0.1  # if both addresses are known, and differ
MAX_JOINED_TEXTS = 32  # that have a long block; more have the notice about cookies
PAIRS_PER_BATCH = 1 << 19  # of texts that have a block; 40 bytes each in memory


@dataclass(frozen=True, slots=True)
class LongBlocks:
    """The k long blocks that several texts of a source have, each once for a text."""

    rows: I64  # (k,): the text of each block; groups are consecutive, their texts ascending
    sizes: I64  # (k,): the bytes of the shortest block of the group
    later: I64  # (k,): how many texts that follow in the group have the block
    by_row: I64  # (k,): the places of the blocks, by their texts

    @classmethod
    def of(cls, part: SourceGroups, blocks: BlockTable, memory: Memory) -> "LongBlocks":
        """Choose them among groups of blocks."""
        starts = np.flatnonzero(np.diff(part.groups, prepend=-1))
        block_sizes = blocks.edges[part.blocks + 1] - blocks.edges[part.blocks]
        group_sizes = np.minimum.reduceat(block_sizes, starts) if len(starts) else starts
        is_first = np.ones(len(part.rows), np.bool_)  # of its text in its group
        is_first[1:] = (np.diff(part.rows) != 0) | (np.diff(part.groups) != 0)
        text_counts = np.bincount(part.groups[is_first], minlength=len(starts))
        joins = (text_counts <= MAX_JOINED_TEXTS) & (group_sizes >= LONG_BLOCK_BYTES)
        chosen = is_first & joins[part.groups]
        rows, groups = part.rows[chosen], part.groups[chosen]
        last_places = np.cumsum(np.where(joins, text_counts, 0)) - 1
        later = last_places[groups] - np.arange(len(groups))
        columns = rows, group_sizes[groups], later, stable_order(rows)
        found = cls(*map(memory.adopt, columns))
        memory.trim()
        return found

    def pairs(self, rows: slice) -> tuple[I64, I64, I64]:
        """Return pairs of texts whose first text is in ``rows``, and the bytes of a shared block.

        A pair occurs once for each block that both texts have.
        """
        first, stop = np.searchsorted(self.rows, (rows.start, rows.stop), sorter=self.by_row)
        places = self.by_row[first:stop]
        later = self.later[places]
        left = np.repeat(places, later)
        right = left + 1 + np.arange(len(left)) - np.repeat(np.cumsum(later) - later, later)
        return self.rows[left], self.rows[right], self.sizes[left]


def join_pages(
    parts: Sequence[SourceGroups], sources: Sources, blocks: BlockTable, memory: Memory = IN_RAM
) -> Sources:
    """Join pages of one source that show one article.

    Two texts show one article if they have long blocks in common, and the rest of the shorter text
    is at most ``MAX_OTHER_BYTES`` bytes and at most ``MAX_OTHER_SHARE`` of the text; a tenth of it,
    if both have addresses. Blocks that many texts have do not count: a notice about cookies is on
    all pages.

    Parameters
    ----------
    parts
        All groups of ``blocks``.
    memory
        Where long arrays lie.
    """
    found = [LongBlocks.of(part, blocks, memory) for part in parts]
    sizes = np.diff(blocks.edges[blocks.firsts])
    count = int(sources.pages.max(initial=-1)) + 1
    labels = np.arange(count)
    for rows in _batches_of_rows(found, len(sizes)):
        left, right, shared = _shared_bytes(found, rows, len(sizes))
        shorter = np.minimum(sizes[left], sizes[right])
        is_known = sources.has_address[left] & sources.has_address[right]
        max_share = np.where(is_known, MAX_OTHER_SHARE_OF_ADDRESSES, MAX_OTHER_SHARE)
        is_copy = shorter - shared <= np.minimum(shorter * max_share, MAX_OTHER_BYTES)
        left, right = (labels[sources.pages[end[is_copy]]] for end in (left, right))
        pairs = Pairs(left, right, np.ones(len(left), np.float32))
        labels = connected_components(pairs, count)[labels]
        memory.trim()
    return replace(sources, pages=labels[sources.pages])


def _batches_of_rows(found: Sequence[LongBlocks], count: int) -> Iterator[slice]:
    """Yield slices of texts with about ``PAIRS_PER_BATCH`` pairs each."""
    pair_counts = np.zeros(count, np.int64)
    for one in found:
        pair_counts += np.bincount(one.rows, one.later, minlength=count).astype(np.int64)
    for first, stop in row_batches(offsets_of(pair_counts), PAIRS_PER_BATCH, max(count, 1)):
        yield slice(first, stop)


def _shared_bytes(found: Sequence[LongBlocks], rows: slice, count: int) -> tuple[I64, I64, I64]:
    """Return pairs of texts, and the bytes of the long blocks that both have."""
    columns = [one.pairs(rows) for one in found]
    left, right, shared = (
        np.concatenate([np.zeros(0, np.int64), *column])
        for column in ([part[place] for part in columns] for place in range(3))
    )
    keys, places = np.unique(left * count + right, return_inverse=True)
    totals = np.bincount(places, shared, minlength=len(keys)).astype(np.int64)
    return keys // max(count, 1), keys % max(count, 1), totals
