"""Groups the blocks of many texts: blocks with the same words, and near copies of them.

A *wording* is the sequence of tokens that equal blocks have in common. Near copies are found by
matching the wordings like texts. The groups depend neither on the order of the texts nor on limits
of memory.
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

NO_GROUP = -1  # of a block without tokens
WORDINGS_SHARE = 0.25  # of the time of grouping, when the wordings are known
TOKEN_COUNT_BITS = 32  # of a sort key that has the document frequency above the number of tokens


@dataclass(frozen=True, slots=True)
class BlockCorpus:
    """n texts, their b blocks, and the settings by which blocks are compared."""

    packed: PackedTexts
    blocks: BlockTable
    config: Config
    threads: int | None = None
    memory: Memory = IN_RAM

    def gather_rows(self, blocks: I64) -> tuple[U8, I64]:
        """Return some blocks as packed text: its bytes and offsets."""
        return gather_rows(self.packed.utf8, self.blocks.edges, blocks, self.memory)


def document_frequencies(
    blocks: BlockTable, groups: I64, count: int, memory: Memory = IN_RAM
) -> I64:
    """Return the number of texts that have a block of each group, (count,).

    Parameters
    ----------
    groups
        (b,): the group of each block, negative if it has none.

    Examples
    --------
    >>> blocks = BlockTable(np.arange(6), np.array([0, 2, 5]))
    >>> document_frequencies(blocks, np.array([0, 0, 1, 0, -1]), 2).tolist()
    [2, 1]
    """
    df = memory.zeros(count, np.int64)
    for batch in blocks.batches(memory):  # a text is in one batch
        found, _ = distinct_pairs(groups[batch.blocks], batch.rows)
        firsts = np.flatnonzero(np.diff(found, prepend=NO_GROUP))
        df[found[firsts]] += np.diff(firsts, append=len(found))
    return df


def distinct_pairs(groups: I64, rows: I64) -> tuple[I64, I64]:
    """Return the distinct pairs of a group and a text, sorted; negative groups are left out.

    Examples
    --------
    >>> groups, rows = distinct_pairs(np.array([0, 1, 1, 0, -1]), np.array([5, 5, 7, 5, 5]))
    >>> groups.tolist(), rows.tolist()
    ([0, 1, 1], [5, 5, 7])
    """
    width = int(rows.max(initial=0)) + 1
    # np.unique hashes first, which takes ten times as long.
    pairs = np.sort(groups[groups >= 0] * width + rows[groups >= 0])
    pairs = pairs[np.diff(pairs, prepend=NO_GROUP) > 0]
    return pairs // width, pairs % width


@dataclass(frozen=True, slots=True)
class BlockGroups:
    """The w wordings of b blocks, and the group of each wording.

    Wordings are ordered by document frequency, the highest first; equal ones by their number of
    tokens, the shortest first; equal ones by fingerprint.
    """

    wording: I64  # (b,): the wording of each block, NO_GROUP if it has no tokens
    first_block: I64  # (w,): the first block with each wording
    representative: I64  # (w,): the wording that each is a copy of; itself if it is no copy
    similarity: F64  # (w,): exact, to the representative; 1.0 to itself


def group_blocks(texts: BlockCorpus) -> BlockGroups:
    r"""Group blocks that have the same words, exactly or nearly.

    A wording joins the group of an earlier wording that it is near to, by the measure and
    threshold, if it has about the same length: at least ``threshold`` times its tokens. A
    representative is near to no other representative.

    Examples
    --------
    >>> from dedup.config import Config
    >>> from dedup.text.block_table import cut_texts
    >>> from dedup.arrays.packed import pack
    >>> packed = pack(["The end.\nNew.", "New.\nTHE END!"])
    >>> groups = group_blocks(BlockCorpus(packed, cut_texts(packed, "line"), Config()))
    >>> groups.wording.tolist(), groups.first_block.tolist()
    ([1, 0, 0, 1], [1, 0])
    """
    config, threads, memory = texts.config.for_blocks, texts.threads, texts.memory
    utf8, edges = texts.packed.utf8, texts.blocks.edges
    with memory.progress.part(0.0, WORDINGS_SHARE / 3):
        tokens, fingerprints = fingerprint_texts(utf8, edges, config, threads, memory)
    with memory.progress.part(WORDINGS_SHARE / 3, WORDINGS_SHARE):
        wording, first_block = _find_wordings(texts.blocks, tokens, fingerprints, memory)
    sizes = take(tokens, first_block, memory)
    del tokens, fingerprints  # their memory is free while the wordings are matched
    # Wordings are matched in their order. Those of a single shingle have no near copies.
    count, config = len(first_block), replace(config, keep="first")
    representative, similarity = arange(count, memory), memory.full(count, 1, np.float64)
    rest = indices_where(lambda batch: sizes[batch] > config.ngram_size, count, memory)
    while len(rest):
        gathered = texts.gather_rows(take(first_block, rest, memory))
        with memory.progress.part(WORDINGS_SHARE, 1.0):  # later rounds have few rows
            matches, _ = match_texts(*gathered, config, threads=threads, memory=memory)
        much_shorter = []
        for batch in batch_slices(len(rest), memory):
            wordings, witnesses = rest[batch], rest[matches.witness[batch]]
            # A line is no copy of a page that contains it. It is matched again without the page,
            # which may have hidden other witnesses.
            joins = sizes[wordings] >= config.threshold * sizes[witnesses]
            representative[wordings[joins]] = witnesses[joins]
            is_near = joins & (witnesses != wordings)
            similarity[wordings[is_near]] = matches.similarity[batch][is_near]
            much_shorter.append((memory.adopt(wordings[~joins]),))
        rest = concatenate_columns(much_shorter, memory)[0]
    return BlockGroups(wording, first_block, representative, similarity)


def _find_wordings(
    blocks: BlockTable, tokens: I64, fingerprints: U64, memory: Memory
) -> tuple[I64, I64]:
    """Return the wording of each block, and the first block of each wording: see ``BlockGroups``.

    If memory is limited, the blocks are sorted by fingerprint one range of fingerprints at a time.
    """
    wording = memory.full(len(blocks), NO_GROUP, np.int64)
    partitions = partition_count(len(blocks), memory)
    firsts, count = [(np.empty(0, np.int64),)], 0

    def is_in(batch: slice, partition: int) -> Flags:
        upper_half = fingerprints[batch, 0] >> np.uint64(32)
        numbers = upper_half * np.uint64(partitions) >> np.uint64(32)
        return (tokens[batch] > 0) & (numbers == np.uint64(partition))

    for partition in range(partitions):
        chosen = indices_where(partial(is_in, partition=partition), len(blocks), memory)
        chosen = chosen[np.lexsort(fingerprints[chosen].T[::-1])]  # stable
        is_new = np.ones(len(chosen), np.bool_)
        is_new[1:] = (fingerprints[chosen[1:]] != fingerprints[chosen[:-1]]).any(axis=1)
        wording[chosen] = np.cumsum(is_new) + (count - 1)
        firsts.append((memory.adopt(chosen[is_new]),))
        count += int(is_new.sum())
        memory.trim()
    by_fingerprint = concatenate_columns(firsts, memory)[0]
    df = document_frequencies(blocks, wording, len(by_fingerprint), memory)
    positions = _positions(by_fingerprint, df, tokens, memory)
    first_block = memory.empty(len(positions), np.int64)
    for batch in batch_slices(len(positions), memory):
        first_block[positions[batch]] = by_fingerprint[batch]
    return look_up(wording, positions, memory), first_block


def _positions(first_block: I64, df: I64, tokens: I64, memory: Memory) -> I64:
    """Return the position of each wording in the order of ``BlockGroups``.

    This is a counting sort, as there are few distinct pairs of a frequency and a length.

    Parameters
    ----------
    first_block
        (w,): the first block of each wording, by ascending fingerprint.
    df
        (w,): the document frequency of each wording.
    tokens
        (b,): the number of tokens of each block.
    """

    def sort_keys(batch: slice) -> I64:
        return tokens[first_block[batch]] - (df[batch] << TOKEN_COUNT_BITS)

    count, sizes = len(first_block), Counter[int]()
    for batch in batch_slices(count, memory):
        sizes.update(sort_keys(batch).tolist())
    keys = np.array(sorted(sizes), np.int64)
    starts = np.cumsum([0, *(sizes[key] for key in keys.tolist())])[:-1]
    return map_batches(
        lambda batch: partition_positions(np.searchsorted(keys, sort_keys(batch)), starts),
        count,
        memory,
    )


def look_up(numbers: I64, column: I64, memory: Memory) -> I64:
    """Return ``column[numbers]``, and ``NO_GROUP`` for ``NO_GROUP``."""
    if not len(column):
        return numbers
    return map_batches(
        lambda batch: np.where(numbers[batch] == NO_GROUP, NO_GROUP, column[numbers[batch]]),
        len(numbers),
        memory,
    )
