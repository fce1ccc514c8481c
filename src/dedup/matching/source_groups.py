"""Groups of equal blocks in the texts of one source, and the number of pages that have them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dedup.arrays.array_types import I64, U64, Flags
from dedup.arrays.long_arrays import has_equal_neighbor, indices_where, partition_count
from dedup.arrays.memory import IN_RAM, Memory
from dedup.matching.pairs import Pairs, connected_components
from dedup.matching.sources import NO_SOURCE, Sources
from dedup.text.block_table import BlockTable
from dedup.text.mixing import mix64

NO_GROUP_HASH = np.uint64(0)
LONG_BLOCK_BYTES = 60  # about 10 words; entries of menus are shorter
MAX_OTHER_BYTES = 1000  # of the shorter of two texts that show one article, outside of these blocks
MAX_OTHER_SHARE = 0.5  # of the shorter text, likewise
MAX_OTHER_SHARE_OF_ADDRESSES = 0.1  # if both addresses are known, and differ
MAX_JOINED_TEXTS = 10  # that have a long block; more have the notice about cookies


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


def join_pages(parts: Sequence[SourceGroups], sources: Sources, blocks: BlockTable) -> Sources:
    """Join pages of one source that show one article.

    A page may be in the corpus as several extractors return it, or under several addresses. Two
    texts show one article if the shorter one is long blocks that both have, but for
    ``MAX_OTHER_BYTES`` bytes and ``MAX_OTHER_SHARE`` of its bytes; for a tenth, if both have
    addresses. Blocks that many texts have do not count: a notice about cookies is on all pages.

    Parameters
    ----------
    parts
        All groups of ``blocks``.
    """
    sizes = np.diff(blocks.edges[blocks.firsts])
    count, pairs, shared = len(sizes), [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for part in parts:
        if not len(part.groups):
            continue
        block_sizes = blocks.edges[part.blocks + 1] - blocks.edges[part.blocks]
        group_sizes = np.minimum.reduceat(
            block_sizes, np.flatnonzero(np.diff(part.groups, prepend=-1))
        )
        is_first = np.ones(len(part.rows), np.bool_)  # of its text in its group
        is_first[1:] = (np.diff(part.rows) != 0) | (np.diff(part.groups) != 0)
        joins = np.bincount(part.groups[is_first]) <= MAX_JOINED_TEXTS
        joins &= group_sizes >= LONG_BLOCK_BYTES
        chosen = is_first & joins[part.groups]
        groups, rows = part.groups[chosen], part.rows[chosen]
        for distance in range(1, MAX_JOINED_TEXTS):
            in_one_group = groups[distance:] == groups[:-distance]
            left, right = rows[:-distance][in_one_group], rows[distance:][in_one_group]
            pairs.append(left * count + right)
            shared.append(group_sizes[groups[distance:][in_one_group]])
    keys, places = np.unique(np.concatenate(pairs), return_inverse=True)
    totals = np.bincount(places, np.concatenate(shared), minlength=len(keys))
    left, right = keys // max(count, 1), keys % max(count, 1)
    shorter = np.minimum(sizes[left], sizes[right])
    is_known = sources.has_address[left] & sources.has_address[right]
    max_share = np.where(is_known, MAX_OTHER_SHARE_OF_ADDRESSES, MAX_OTHER_SHARE)
    is_copy = shorter - totals <= np.minimum(shorter * max_share, MAX_OTHER_BYTES)
    left, right = sources.pages[left[is_copy]], sources.pages[right[is_copy]]
    page_pairs = Pairs(left, right, np.ones(len(left), np.float32))
    labels = connected_components(page_pairs, int(sources.pages.max(initial=-1)) + 1)
    return replace(sources, pages=labels[sources.pages])
