"""Groups of equal blocks in the texts of one source, and the number of pages that have them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dedup.arrays.array_types import I64, U64, Flags
from dedup.arrays.long_arrays import has_equal_neighbor, indices_where, partition_count
from dedup.arrays.memory import IN_RAM, Memory
from dedup.matching.sources import NO_SOURCE, Sources
from dedup.text.block_table import BlockTable
from dedup.text.mixing import mix64

NO_GROUP_HASH = np.uint64(0)


@dataclass(frozen=True, slots=True)
class SourceGroups:
    """Blocks that occur more than once in the texts of one source, in g groups of equal ones."""

    blocks: I64  # (k,): indices of blocks
    rows: I64  # (k,): the text of each block
    groups: I64  # (k,): the group of each block, ascending; a group has its blocks in text order
    sources: I64  # (g,): the source of each group

    @property
    def first_blocks(self) -> I64:
        """The first block of each group, (g,)."""
        return self.blocks[np.flatnonzero(np.diff(self.groups, prepend=-1))]

    def count_pages(self, sources: Sources, is_counted: Flags) -> I64:
        """Return how many different pages have each group, (g,).

        Parameters
        ----------
        is_counted
            (n,): the texts whose pages count.
        """
        chosen, count = is_counted[self.rows], max(int(sources.pages.max(initial=0)) + 1, 1)
        pairs = np.sort(self.groups[chosen] * count + sources.pages[self.rows[chosen]])
        pairs = pairs[np.diff(pairs, prepend=-1) > 0]
        return np.bincount(pairs // count, minlength=len(self.sources))


def group_by_source(
    blocks: BlockTable, hashes: U64, sources: Sources, memory: Memory = IN_RAM
) -> Iterator[SourceGroups]:
    r"""Yield the groups of blocks, one range of their hashes at a time if memory is limited.

    Parameters
    ----------
    blocks
        b blocks of n texts.
    hashes
        (b,): any numbers, equal for equal blocks; NO_GROUP_HASH for blocks without a group. The
        array is changed.

    Examples
    --------
    >>> from dedup.matching.sources import read_sources
    >>> blocks, hashes = BlockTable(np.arange(5), np.array([0, 2, 4])), np.array([7, 8, 7, 9])
    >>> groups, = group_by_source(blocks, hashes.view(np.uint64), read_sources(["a", "a"], 2))
    >>> groups.blocks.tolist(), groups.rows.tolist(), groups.groups.tolist()
    ([0, 2], [0, 1], [0, 0])
    """
    for batch in blocks.batches(memory):
        codes, batch_hashes = sources.codes[batch.rows], hashes[batch.blocks]
        has_group = (codes != NO_SOURCE) & (batch_hashes != NO_GROUP_HASH)
        mixed = mix64(mix64(batch_hashes) + codes.view(np.uint64))
        hashes[batch.blocks] = np.where(has_group, mixed, NO_GROUP_HASH)
    partitions = partition_count(len(blocks), memory)
    for partition in range(partitions):

        def is_in(batch: slice, partition: int = partition) -> Flags:
            numbers = (hashes[batch] >> np.uint64(32)) * np.uint64(partitions) >> np.uint64(32)
            return (hashes[batch] != NO_GROUP_HASH) & (numbers == np.uint64(partition))

        chosen = indices_where(is_in, len(blocks), memory)
        chosen = chosen[np.argsort(hashes[chosen])]
        chosen = chosen[has_equal_neighbor(hashes[chosen])]
        chosen = chosen[np.lexsort((chosen, hashes[chosen]))]
        is_first = np.diff(hashes[chosen], prepend=np.uint64(0)) != 0
        rows = np.searchsorted(blocks.firsts, chosen, "right") - 1
        yield SourceGroups(
            memory.adopt(chosen),
            memory.adopt(rows),
            memory.adopt(np.cumsum(is_first) - 1),
            sources.codes[rows[is_first]],
        )
        memory.trim()
