"""Which blocks are boilerplate: they recur in texts that are otherwise not alike."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from dedup.arrays.array_types import I64, Flags
from dedup.arrays.long_arrays import indices_where, map_batches, partition_count, stable_order
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.parallel import concatenate_columns
from dedup.boilerplate.groups import NONE, CutTexts, Groups, of_each, pairs_of, texts_with
from dedup.matching.deduplicate import match_texts
from dedup.text.block_table import BlockBatch, BlockTable, gather_rows, keep_blocks
from dedup.text.hashing import fingerprint_texts, tokens_and_shingles
from dedup.text.word_counts import count_words

ALIKE = 0.5  # of what is left of a text stands in another one that it is counted with
NEAR_END = 3  # blocks of another kind between a short block and an end of its text
TENTH = 10  # or so many times fewer than the text has


@dataclass(frozen=True, slots=True)
class Recurring:
    """The groups of blocks that are boilerplate, by variant as in ``Groups``."""

    patterns: I64  # (p,): which groups, ascending
    df: I64  # (p,): in how many texts that differ each is
    words: I64  # (p,)
    of_blocks: I64  # (b,): which pattern each block has, by its place, NONE where it has none
    gone: Flags  # (b,): which blocks go


def find_recurring(cut: CutTexts, groups: Groups, min_df: int) -> Recurring:
    """Find the groups that recur, and where their blocks may go."""
    blocks, config, memory = cut.blocks, cut.config, cut.memory
    often, of_blocks = _often(blocks, groups, min_df, memory)
    others = len(often)  # all groups that are not, as one
    own = map_batches(lambda some: of_blocks[some] == others, len(blocks), memory)
    stands_for = stand_ins(cut, own)
    df = np.append(counted(blocks, of_blocks, stands_for, others, memory), 0)
    found = np.flatnonzero(df >= min_df)
    words = np.zeros(others + 1, np.int64)
    words[found] = count_words(
        tokens_and_shingles(*cut.gather_rows(groups.first[often[found]]), config)[0]
    )
    texts = len(np.unique(stands_for[stands_for != NONE]))
    patterns = enough(df, words, texts, min_df, config.min_tokens)
    kinds = Kinds(patterns, words >= config.min_tokens, (df >= min_df) & (words == 0))
    kinds = replace(kinds, patterns=without_content(blocks, of_blocks, kinds, memory))
    number = np.where(kinds.patterns, np.cumsum(kinds.patterns) - 1, NONE)
    gone = memory.zeros(len(blocks), np.bool_)
    for portion, worded, rows, of in _worded(blocks, of_blocks, memory):
        gone[portion.blocks][worded] = removable(rows, of, kinds)
        of_blocks[portion.blocks][worded] = number[of]
    numbers = np.flatnonzero(kinds.patterns)
    return Recurring(often[numbers], df[numbers], words[numbers], of_blocks, gone)


def _often(blocks: BlockTable, groups: Groups, min_df: int, memory: Memory) -> tuple[I64, I64]:
    """Return the groups that ``min_df`` texts have, and which of them each block is of, (b,).

    It is NONE where a block has no token, and one more than there are where it is of another.
    """
    group = of_each(groups.variant, groups.group, memory)
    df = texts_with(blocks, group, len(groups.first), memory)
    often = indices_where(lambda own: df[own] >= min_df, len(df), memory)

    def number(own: slice) -> I64:
        places = np.searchsorted(often, np.arange(own.start, own.stop))
        return np.where(df[own] >= min_df, places, len(often))

    return often, of_each(group, map_batches(number, len(df), memory), memory)


def _worded(
    blocks: BlockTable, of_blocks: I64, memory: Memory
) -> Iterator[tuple[BlockBatch, I64, I64, I64]]:
    """Yield some texts at a time: which of their blocks have tokens, their texts and groups."""
    for portion in blocks.batches(memory):
        of = of_blocks[portion.blocks]
        worded = np.flatnonzero(of != NONE)
        yield portion, worded, portion.rows[worded], of[worded]


def stand_ins(texts: CutTexts, own: Flags) -> I64:
    """Return the number under which each text is counted, (n,): ``NONE`` if it is not.

    Of copies of a text one is to be counted, though all their blocks recur. What tells texts
    apart is what does not recur: a text is counted when ``min_tokens`` words or numbers are in
    blocks of its own, and with others when half of that is like theirs.

    Parameters
    ----------
    own
        (b,): which blocks fewer than ``min_df`` texts have.
    """
    config, threads, memory = texts.config, texts.threads, texts.memory
    left = keep_blocks(texts.packed, texts.blocks, own, memory)
    by_words = replace(config, unit="word")
    counts, prints = fingerprint_texts(left.utf8, left.offsets, by_words, threads, memory)
    # Not by row: the order of the texts must not change what is found.
    order = np.flatnonzero(counts >= config.min_tokens)
    for column in (prints[:, 1], prints[:, 0], (counts.max(initial=0) - counts).view(np.uint64)):
        order = order[stable_order(column[order])]
    threshold = min(ALIKE, config.threshold)
    alike = replace(config, threshold=threshold, keep="first", numeric_variants="remove")
    own_texts = gather_rows(left.utf8, left.offsets, order, memory)
    matches, _ = match_texts(*own_texts, alike, threads=threads, memory=memory)
    stands_for = np.full(len(left), NONE)
    stands_for[order] = order[matches.witness]
    return stands_for


def counted(
    blocks: BlockTable, groups: I64, stands_for: I64, count: int, memory: Memory = IN_RAM
) -> I64:
    """Return in how many texts that differ each of the first groups is, (count,).

    Parameters
    ----------
    groups
        (b,): of each block, below 0 where it has none.
    stands_for
        (n,): the number under which each text is counted, below 0 if it is not.

    Examples
    --------
    >>> blocks = BlockTable(np.arange(5), np.array([0, 1, 3, 4]))
    >>> counted(blocks, np.array([0, 0, 1, 0]), np.array([2, -1, 2]), 2).tolist()
    [1, 0]
    """
    df, parts = np.zeros(count, np.int64), partition_count(len(blocks), memory)
    for part in range(parts):
        # A text may be counted with one far off, so the pairs of all portions are put together.
        pairs = [pairs_of(groups[:0], groups[:0])]
        for portion in blocks.batches(memory):
            rows = stands_for[portion.rows]
            group = groups[portion.blocks]
            chosen = (rows >= 0) & (rows % parts == part) & (group < count)
            pairs.append(pairs_of(group[chosen], rows[chosen]))
        df += np.bincount(pairs_of(*concatenate_columns(pairs, memory))[0], minlength=count)
        memory.trim()
    return df


def enough(df: I64, words: I64, texts: int, min_df: int, min_tokens: int) -> Flags:
    """Tell which groups recur often enough for their words, (g,).

    The fewer words, the sooner something recurs by chance: ``min_tokens`` words have to be in
    ``min_df`` texts, half as many words in twice as many, or in every second text.

    Examples
    --------
    >>> enough(np.array([10, 10, 20, 30]), np.array([20, 10, 10, 2]), 60, 10, 20).tolist()
    [True, False, True, True]
    """
    weight = np.minimum(words, min_tokens)
    often = (df * weight >= min_df * min_tokens) | (2 * df >= texts)
    return often & (df >= min_df) & (words > 0)


@dataclass(frozen=True, slots=True)
class Kinds:
    """What groups are, (g,) each."""

    patterns: Flags
    long: Flags  # of ``min_tokens`` words or more
    blank: Flags  # recurs, but has no words: page numbers, rules


def removable(rows: I64, groups: I64, kinds: Kinds) -> Flags:
    """Tell which blocks may go as boilerplate, (w,).

    A long one may wherever it stands. A short one may say something where it stands: it goes
    beside a long one, with nothing but boilerplate between them, and where at most ``NEAR_END``
    blocks of another kind part it from the beginning or the end of its text.

    Parameters
    ----------
    rows, groups
        (w,): the text and the group of each block with tokens, in the order of the texts.

    Examples
    --------
    >>> groups = np.array([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
    >>> kinds = Kinds(*np.array([[False, True], [False, False], [False, False]]))
    >>> np.flatnonzero(removable(np.zeros(11, np.int64), groups, kinds)).tolist()
    [0, 10]
    """
    if not len(rows):
        return np.zeros(0, np.bool_)
    recurs = kinds.patterns[groups]
    other = ~recurs & ~kinds.blank[groups]
    others = np.concatenate(([0], np.cumsum(other)))
    begins, ends = np.searchsorted(rows, rows), np.searchsorted(rows, rows, "right")
    before, behind = others[:-1] - others[begins], others[ends] - others[1:]
    near = np.minimum(NEAR_END, (others[ends] - others[begins]) // TENTH)
    fresh = np.ones(len(rows), np.bool_)  # where a run of boilerplate, or of others, begins
    fresh[1:] = (other[1:] != other[:-1]) | (rows[1:] != rows[:-1])
    firsts = np.flatnonzero(fresh)
    long = np.logical_or.reduceat((kinds.patterns & kinds.long)[groups], firsts)
    beside = np.repeat(long, np.diff(np.append(firsts, len(rows))))
    return recurs & (beside | (np.minimum(before, behind) <= near))


def without_content(
    blocks: BlockTable, of_blocks: I64, kinds: Kinds, memory: Memory = IN_RAM
) -> Flags:
    """Return the patterns without the short ones that are content mostly, (g,).

    Those are what stands mostly where ``removable`` lets it stay: "Yes." in an interview. Then
    others may be further from the ends of their texts than they were, so this is asked again.
    """
    count, patterns = len(kinds.patterns), kinds.patterns
    while True:
        every, going = np.zeros((2, count), np.int64)
        for _, _, rows, of in _worded(blocks, of_blocks, memory):
            goes = removable(rows, of, replace(kinds, patterns=patterns))
            every += np.bincount(of, minlength=count)
            going += np.bincount(of[goes], minlength=count)
        left = patterns & (2 * going >= every)
        if (left == patterns).all():
            return left
        patterns = left
