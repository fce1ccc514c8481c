"""Blocks of many texts in groups: those with the same words, and those much like them.

And in how many texts each group is.
"""

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from dedup.arrays.array_types import F64, I64, U8, U64, Flags
from dedup.arrays.long_arrays import (
    arange,
    batch_slices,
    indices_where,
    map_batches,
    partition_count,
    partition_positions,
    take,
)
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.packed import PackedTexts
from dedup.arrays.parallel import concatenate_columns
from dedup.config import Config
from dedup.matching.deduplicate import match_texts
from dedup.text.block_table import BlockTable, gather_rows
from dedup.text.hashing import fingerprint_texts

NONE = -1  # of a block without a token
TOKEN_BITS = 32  # of the number of tokens of a block


@dataclass(frozen=True, slots=True)
class CutTexts:
    """Texts, their blocks, and how these are compared."""

    packed: PackedTexts
    blocks: BlockTable
    config: Config
    threads: int | None = None
    memory: Memory = IN_RAM

    def gather_rows(self, rows: I64) -> tuple[U8, I64]:
        """Return some blocks as a packed text."""
        return gather_rows(self.packed.utf8, self.blocks.edges, rows, self.memory)


def texts_with(blocks: BlockTable, groups: I64, count: int, memory: Memory = IN_RAM) -> I64:
    """Return in how many texts each group is, (count,).

    Parameters
    ----------
    groups
        (b,): of each block, below 0 where it has none.

    Examples
    --------
    >>> blocks = BlockTable(np.arange(6), np.array([0, 2, 5]))
    >>> texts_with(blocks, np.array([0, 0, 1, 0, -1]), 2).tolist()
    [2, 1]
    """
    df = memory.zeros(count, np.int64)
    for portion in blocks.batches(memory):
        found, _ = pairs_of(groups[portion.blocks], portion.rows)
        firsts = np.flatnonzero(np.diff(found, prepend=NONE))
        df[found[firsts]] += np.diff(firsts, append=len(found))
    return df


def pairs_of(groups: I64, rows: I64) -> tuple[I64, I64]:
    """Return which group is in which text, each pair once, by groups; those below 0 are none.

    Examples
    --------
    >>> groups, rows = pairs_of(np.array([0, 1, 1, 0, -1]), np.array([5, 5, 7, 5, 5]))
    >>> groups.tolist(), rows.tolist()
    ([0, 1, 1], [5, 5, 7])
    """
    width = int(rows.max(initial=0)) + 1
    # np.unique hashes first, which takes ten times as long.
    pairs = np.sort(groups[groups >= 0] * width + rows[groups >= 0])
    pairs = pairs[np.diff(pairs, prepend=NONE) > 0]
    return pairs // width, pairs % width


@dataclass(frozen=True, slots=True)
class Groups:
    """Blocks by what they say; variant v is what the blocks with the same words have in common.

    Variants do not depend on the order of the texts: those of more texts come first, of these the
    ones of fewer tokens; fingerprints decide between equal ones.
    """

    variant: I64  # (b,): of each block, NONE where it has no token
    first: I64  # (v,): the first block of each variant
    group: I64  # (v,): the variant that each is an exact or near copy of, itself when of none
    similarity: F64  # (v,): exact; 1.0 to itself


def group_blocks(texts: CutTexts) -> Groups:
    r"""Find which blocks say the same, exactly or nearly.

    A variant is near to one that is in as many texts or more, by the measure: by containment it
    says hardly anything that the other one does not. That one is near to no third one.

    Examples
    --------
    >>> from dedup.config import Config
    >>> from dedup.text.block_table import cut_texts
    >>> from dedup.arrays.packed import pack
    >>> packed = pack(["The end.\nNew.", "New.\nTHE END!"])
    >>> groups = group_blocks(CutTexts(packed, cut_texts(packed, "line"), Config()))
    >>> groups.variant.tolist(), groups.first.tolist()
    ([1, 0, 0, 1], [1, 0])
    """
    config, threads, memory = texts.config.for_blocks, texts.threads, texts.memory
    utf8, edges = texts.packed.utf8, texts.blocks.edges
    tokens, prints = fingerprint_texts(utf8, edges, config, threads, memory)
    variant, first = _variants(texts.blocks, tokens, prints, memory)
    sizes = take(tokens, first, memory)
    # Variants are matched in their order; those of one shingle are like none but themselves.
    count, config = len(first), replace(config, keep="first")
    group, similarity = arange(count, memory), memory.full(count, 1, np.float64)
    rest = indices_where(lambda own: sizes[own] > config.ngram_size, count, memory)
    while len(rest):
        left = texts.gather_rows(take(first, rest, memory))
        matches, _ = match_texts(*left, config, threads=threads, memory=memory)
        longer = []
        for own in batch_slices(len(rest), memory):
            mine, of = rest[own], rest[matches.witness[own]]
            # A line is no copy of a page that holds it, which may stand between it and others.
            alike = sizes[mine] >= config.threshold * sizes[of]
            group[mine[alike]], near = of[alike], alike & (of != mine)
            similarity[mine[near]] = matches.similarity[own][near]
            longer.append((memory.store(mine[~alike]),))
        rest = concatenate_columns(longer, memory)[0]
    return Groups(variant, first, group, similarity)


def _variants(blocks: BlockTable, tokens: I64, prints: U64, memory: Memory) -> tuple[I64, I64]:
    """Find the variant of each block, and the first block of each variant: see ``Groups``.

    Where memory is limited, blocks are sorted by their fingerprints a range of these at a time.
    """
    variant = memory.full(len(blocks), NONE, np.int64)
    parts = partition_count(len(blocks), memory)
    firsts, count = [(np.empty(0, np.int64),)], 0

    def is_in(own: slice, part: int) -> Flags:
        parts_of = (prints[own, 0] >> np.uint64(32)) * np.uint64(parts) >> np.uint64(32)
        return (tokens[own] > 0) & (parts_of == np.uint64(part))

    for part in range(parts):
        rows = indices_where(partial(is_in, part=part), len(blocks), memory)
        rows = rows[np.lexsort(prints[rows].T[::-1])]  # stable
        fresh = np.ones(len(rows), np.bool_)
        fresh[1:] = (prints[rows[1:]] != prints[rows[:-1]]).any(axis=1)
        variant[rows] = np.cumsum(fresh) + (count - 1)
        firsts.append((memory.store(rows[fresh]),))
        count += int(fresh.sum())
        memory.trim()
    merged = concatenate_columns(firsts, memory)[0]
    place = _places(merged, texts_with(blocks, variant, len(merged), memory), tokens, memory)
    first = memory.empty(len(place), np.int64)
    for own in batch_slices(len(place), memory):
        first[place[own]] = merged[own]
    return of_each(variant, place, memory), first


def _places(first: I64, df: I64, tokens: I64, memory: Memory) -> I64:
    """Return the place of each variant in the order of ``Groups``: there are not many ranks.

    Parameters
    ----------
    first
        (v,): the first block of each variant, by ascending fingerprint.
    df
        (v,): in how many texts each is.
    """

    def ranks(own: slice) -> I64:
        return tokens[first[own]] - (df[own] << TOKEN_BITS)

    count, sizes = len(first), Counter[int]()
    for own in batch_slices(count, memory):
        sizes.update(ranks(own).tolist())
    kinds = np.array(sorted(sizes), np.int64)
    starts = np.cumsum([0, *(sizes[kind] for kind in kinds.tolist())])[:-1]
    return map_batches(
        lambda own: partition_positions(np.searchsorted(kinds, ranks(own)), starts), count, memory
    )


def of_each(numbers: I64, column: I64, memory: Memory) -> I64:
    """Return what a column has for each number, NONE for NONE."""
    if not len(column):
        return numbers
    return map_batches(
        lambda own: np.where(numbers[own] == NONE, NONE, column[numbers[own]]), len(numbers), memory
    )
