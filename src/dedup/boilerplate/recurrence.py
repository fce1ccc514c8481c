"""Decides which groups of blocks are boilerplate, and where their blocks may be removed.

A group is boilerplate if it occurs in many texts whose other blocks differ. The thresholds are our
own; ``docs/decisions/0013-boilerplate.md`` has the reasons and the measurements.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from dedup.arrays.array_types import I64, Flags
from dedup.arrays.long_arrays import indices_where, map_batches, partition_count, stable_order
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.parallel import concatenate_columns
from dedup.boilerplate.frame_groups import (
    FrameGroups,
    SourcedBlocks,
    SourceRule,
    find_frame_groups,
    join_copies,
)
from dedup.boilerplate.groups import (
    NO_GROUP,
    BlockCorpus,
    BlockGroups,
    distinct_pairs,
    document_frequencies,
    look_up,
)
from dedup.matching.deduplicate import match_texts
from dedup.matching.sources import NO_SOURCE
from dedup.text.block_table import BlockBatch, BlockTable, gather_rows, keep_blocks
from dedup.text.hashing import fingerprint_texts, tokens_and_shingles
from dedup.text.word_counts import count_words

BODY_THRESHOLD = 0.5  # similarity at which two bodies count as one text
MAX_BLOCKS_TO_END = 3  # other blocks between a short pattern and an end of its text
NEAR_END_DIVISOR = 10  # and at most this fraction of the other blocks of the text


@dataclass(frozen=True, slots=True)
class RecurringBlocks:
    """The groups of b blocks that are boilerplate."""

    patterns: I64  # (p,): these groups, as numbers of wordings
    sources: I64  # (p,): the source whose frame each is; NO_SOURCE if it recurs in the corpus
    df: I64  # (p,): the number of texts or pages that have each, where copies count once
    words: I64  # (p,): the number of words of each
    pattern_of_block: I64  # (b,): an index into ``patterns``, NO_GROUP if a block has no pattern
    removable: Flags  # (b,): which blocks may be removed


def find_recurring(
    texts: BlockCorpus, groups: BlockGroups, min_df: int, rule: SourceRule | None = None
) -> RecurringBlocks:
    """Find the groups that recur, and where their blocks may be removed.

    Parameters
    ----------
    rule
        With it, groups that recur in the pages of one source are boilerplate, too.
    """
    blocks, memory = texts.blocks, texts.memory
    group = look_up(groups.wording, groups.representative, memory)
    frequent, group_of_block = _frequent_groups(
        blocks, group, len(groups.first_block), min_df, memory
    )
    rare = len(frequent)  # the number of all rare groups together
    is_rare = map_batches(lambda batch: group_of_block[batch] == rare, len(blocks), memory)
    sourced = None if rule is None else SourcedBlocks.find(blocks, group, rule, memory)
    if sourced is not None:
        is_rare[_short_frames(texts, groups, sourced)] = False
    representatives = near_copy_representatives(texts, is_rare)
    found = _recurring_in_corpus(
        texts,
        groups,
        min_df,
        frequent,
        group_of_block,
        representatives if rule is None else join_copies(rule.sources.pages, representatives),
    )
    if sourced is not None:
        pages = join_copies(sourced.rule.sources.pages, representatives)
        frames = find_frame_groups(sourced, pages, memory)
        found = _with_frames(texts, groups, found, frames, group_of_block)
    kinds = replace(
        found.kinds, patterns=without_content(blocks, group_of_block, found.kinds, memory)
    )
    number = np.where(kinds.patterns, np.cumsum(kinds.patterns) - 1, NO_GROUP)
    removable = memory.zeros(len(blocks), np.bool_)
    for batch, chosen, rows, batch_group in _blocks_with_tokens(blocks, group_of_block, memory):
        removable[batch.blocks][chosen] = may_be_removed(rows, batch_group, kinds)
        group_of_block[batch.blocks][chosen] = number[batch_group]
    return RecurringBlocks(
        found.groups[kinds.patterns],
        found.sources[kinds.patterns],
        found.df[kinds.patterns],
        found.words[kinds.patterns],
        group_of_block,
        removable,
    )


@dataclass(frozen=True, slots=True)
class CountedGroups:
    """g groups that may be boilerplate; one of them has the place of all rare groups."""

    groups: I64  # (g,): as numbers of wordings
    sources: I64  # (g,): the source whose frame each may be; NO_SOURCE if it recurs in the corpus
    df: I64  # (g,): the number of texts or pages that have each, where copies count once
    words: I64  # (g,): the number of words of each that recurs
    kinds: "GroupKinds"


def _recurring_in_corpus(  # noqa: PLR0913, PLR0917
    texts: BlockCorpus,
    groups: BlockGroups,
    min_df: int,
    frequent: I64,
    group_of_block: I64,
    counted_as: I64,
) -> CountedGroups:
    """Return the frequent groups of the corpus, and behind them a place for the rare groups."""
    min_tokens, rare = texts.config.min_tokens, len(frequent)
    df = np.append(count_texts(texts.blocks, group_of_block, counted_as, rare, texts.memory), 0)
    recurring = np.flatnonzero(df >= min_df)
    words = np.zeros(rare + 1, np.int64)
    words[recurring] = _words_of_groups(texts, groups, frequent[recurring])
    text_count = len(np.unique(counted_as[counted_as != NO_GROUP]))
    patterns = recurs_enough(df, words, text_count, min_df, min_tokens)
    kinds = GroupKinds(patterns, words >= min_tokens, (df >= min_df) & (words == 0))
    no_source = np.full(rare + 1, NO_SOURCE)
    return CountedGroups(np.append(frequent, NO_GROUP), no_source, df, words, kinds)


def _short_frames(texts: BlockCorpus, groups: BlockGroups, sourced: SourcedBlocks) -> I64:
    """Return the short blocks that may be frame, before copies of pages are known.

    Versions of an article share long paragraphs, by which they are found to be copies.
    """
    frames = find_frame_groups(sourced, sourced.rule.sources.pages, texts.memory)
    words = _words_of_groups(texts, groups, frames.groups)
    return frames.select(2 * words < texts.config.min_tokens).blocks


def _with_frames(
    texts: BlockCorpus,
    groups: BlockGroups,
    found: CountedGroups,
    frames: FrameGroups,
    group_of_block: I64,
) -> CountedGroups:
    """Return groups of the corpus, and the frames of sources; ``group_of_block`` is changed."""
    words, min_tokens = _words_of_groups(texts, groups, frames.groups), texts.config.min_tokens
    is_frame = recurs_enough(frames.df, words, frames.page_counts, frames.needed, min_tokens)
    frames, words = frames.select(is_frame), words[is_frame]
    # A long paragraph that few texts have may be removed near the ends of its text only.
    is_long = np.zeros(len(words), np.bool_)
    is_long[frames.numbers] = found.kinds.long[group_of_block[frames.blocks]]
    group_of_block[frames.blocks] = len(found.groups) + frames.numbers
    is_true = np.ones(len(words), np.bool_)
    return CountedGroups(
        np.append(found.groups, frames.groups),
        np.append(found.sources, frames.sources),
        np.append(found.df, frames.df),
        np.append(found.words, words),
        GroupKinds(
            np.append(found.kinds.patterns, is_true),
            np.append(found.kinds.long, is_long),
            np.append(found.kinds.blank, ~is_true),
        ),
    )


def _words_of_groups(texts: BlockCorpus, groups: BlockGroups, numbers: I64) -> I64:
    """Return the number of words of the first block of some groups."""
    gathered = texts.gather_rows(groups.first_block[numbers])
    return count_words(tokens_and_shingles(*gathered, texts.config)[0])


def _frequent_groups(
    blocks: BlockTable, group: I64, count: int, min_df: int, memory: Memory
) -> tuple[I64, I64]:
    """Return the groups that at least ``min_df`` texts have, and the group of each block.

    Parameters
    ----------
    group
        (b,): the group of each block, one of ``count`` wordings, or NO_GROUP.

    Returns
    -------
    frequent
        (f,): the frequent groups, as numbers of wordings.
    group_of_block
        (b,): an index into ``frequent``, f for any other group, NO_GROUP for a block without
        tokens.
    """
    df = document_frequencies(blocks, group, count, memory)
    frequent = indices_where(lambda batch: df[batch] >= min_df, len(df), memory)

    def number(batch: slice) -> I64:
        places = np.searchsorted(frequent, np.arange(batch.start, batch.stop))
        return np.where(df[batch] >= min_df, places, len(frequent))

    return frequent, look_up(group, map_batches(number, len(df), memory), memory)


def _blocks_with_tokens(
    blocks: BlockTable, group_of_block: I64, memory: Memory
) -> Iterator[tuple[BlockBatch, I64, I64, I64]]:
    """Yield batches of texts: which of their blocks have tokens, with their texts and groups."""
    for batch in blocks.batches(memory):
        group = group_of_block[batch.blocks]
        chosen = np.flatnonzero(group != NO_GROUP)
        yield batch, chosen, batch.rows[chosen], group[chosen]


def near_copy_representatives(texts: BlockCorpus, is_rare: Flags) -> I64:
    """Return the text as which each text is counted, (n,); ``NO_GROUP`` if it is not counted.

    All paragraphs of a text recur if the text has copies; so copies must count as one text. Texts
    are compared by their bodies, the blocks that do not recur. A text is counted if its body has
    ``min_tokens`` tokens; texts whose bodies are half the same count as one.

    Parameters
    ----------
    is_rare
        (b,): which blocks are in fewer than ``min_df`` texts.
    """
    config, threads, memory = texts.config, texts.threads, texts.memory
    bodies = keep_blocks(texts.packed, texts.blocks, is_rare, memory)
    by_words = replace(config, unit="word")
    counts, fingerprints = fingerprint_texts(bodies.utf8, bodies.offsets, by_words, threads, memory)
    # The longest bodies first; equally long ones by fingerprint, so that the order of the texts
    # does not change the result.
    order = np.flatnonzero(counts >= config.min_tokens)
    longest_first = (counts.max(initial=0) - counts).view(np.uint64)
    for column in (fingerprints[:, 1], fingerprints[:, 0], longest_first):
        order = order[stable_order(column[order])]
    threshold = min(BODY_THRESHOLD, config.threshold)
    settings = replace(
        config,
        threshold=threshold,
        keep="first",
        numeric_variants="remove",
        page_variants="remove",
    )
    ordered = gather_rows(bodies.utf8, bodies.offsets, order, memory)
    with memory.progress.part(0.1, 0.8):
        matches, _ = match_texts(*ordered, settings, threads=threads, memory=memory)
    representatives = np.full(len(bodies), NO_GROUP)
    representatives[order] = order[matches.witness]
    return representatives


def count_texts(
    blocks: BlockTable, groups: I64, representatives: I64, count: int, memory: Memory = IN_RAM
) -> I64:
    """Return the number of different texts that have each of the first ``count`` groups, (count,).

    Parameters
    ----------
    groups
        (b,): the group of each block, negative if it has none.
    representatives
        (n,): the text as which each text is counted, negative if it is not counted.

    Examples
    --------
    >>> blocks = BlockTable(np.arange(5), np.array([0, 1, 3, 4]))
    >>> count_texts(blocks, np.array([0, 0, 1, 0]), np.array([2, -1, 2]), 2).tolist()
    [1, 0]
    """
    df, partitions = np.zeros(count, np.int64), partition_count(len(blocks), memory)
    for partition in range(partitions):
        # A text and its representative may be in different batches, so the pairs of all batches
        # are put together, for some of the representatives at a time.
        pairs = [distinct_pairs(groups[:0], groups[:0])]
        for batch in blocks.batches(memory):
            rows = representatives[batch.rows]
            group = groups[batch.blocks]
            chosen = (rows >= 0) & (rows % partitions == partition) & (group < count)
            pairs.append(distinct_pairs(group[chosen], rows[chosen]))
        found = distinct_pairs(*concatenate_columns(pairs, memory))[0]
        df += np.bincount(found, minlength=count)
        memory.trim()
    return df


def recurs_enough(
    df: I64, words: I64, text_count: int | I64, min_df: int | I64, min_tokens: int
) -> Flags:
    """Return which groups recur often enough for their number of words, (g,).

    Few words recur by chance: ``min_tokens`` words must occur in ``min_df`` texts, half as many
    words in twice as many texts, and so on, or in every second text.

    Examples
    --------
    >>> recurs_enough(np.array([10, 10, 20, 30]), np.array([20, 10, 10, 2]), 60, 10, 20).tolist()
    [True, False, True, True]
    """
    weight = np.minimum(words, min_tokens)
    is_frequent = (df * weight >= min_df * min_tokens) | (2 * df >= text_count)
    return is_frequent & (df >= min_df) & (words > 0)


@dataclass(frozen=True, slots=True)
class GroupKinds:
    """Three properties of g groups, (g,) each."""

    patterns: Flags  # recurs often enough for its number of words
    long: Flags  # has at least ``min_tokens`` words
    blank: Flags  # recurs, but has no words: page numbers, rules


def may_be_removed(rows: I64, groups: I64, kinds: GroupKinds) -> Flags:
    """Return which blocks may be removed as boilerplate, (w,).

    A long pattern may be removed anywhere. A short one may be content where it is. So it is removed
    next to a long pattern, with nothing but boilerplate between them, or near the beginning or end
    of its text: with at most ``MAX_BLOCKS_TO_END`` other blocks between.

    Parameters
    ----------
    rows, groups
        (w,): the text and the group of each block with tokens, in the order of the texts.

    Examples
    --------
    >>> groups = np.array([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
    >>> kinds = GroupKinds(*np.array([[False, True], [False, False], [False, False]]))
    >>> np.flatnonzero(may_be_removed(np.zeros(11, np.int64), groups, kinds)).tolist()
    [0, 10]
    """
    if not len(rows):
        return np.zeros(0, np.bool_)
    is_pattern = kinds.patterns[groups]
    is_content = ~is_pattern & ~kinds.blank[groups]
    content_counts = np.concatenate(([0], np.cumsum(is_content)))
    begins, ends = np.searchsorted(rows, rows), np.searchsorted(rows, rows, "right")
    before = content_counts[:-1] - content_counts[begins]
    after = content_counts[ends] - content_counts[1:]
    in_text = content_counts[ends] - content_counts[begins]
    max_distance = np.minimum(MAX_BLOCKS_TO_END, in_text // NEAR_END_DIVISOR)
    begins_run = np.ones(len(rows), np.bool_)  # a run of boilerplate, or of other blocks
    begins_run[1:] = (is_content[1:] != is_content[:-1]) | (rows[1:] != rows[:-1])
    firsts = np.flatnonzero(begins_run)
    has_long = np.logical_or.reduceat((kinds.patterns & kinds.long)[groups], firsts)
    is_beside_long = np.repeat(has_long, np.diff(np.append(firsts, len(rows))))
    return is_pattern & (is_beside_long | (np.minimum(before, after) <= max_distance))


def without_content(
    blocks: BlockTable, group_of_block: I64, kinds: GroupKinds, memory: Memory = IN_RAM
) -> Flags:
    """Return the patterns without short ones that are mostly content, (g,).

    A group is content if ``may_be_removed`` keeps most of its blocks: "Yes." in an interview. A
    group of the corpus may have no block that is not frame; then it is no pattern either. Other
    patterns may then be farther from the ends of their texts than before, so this is repeated until
    nothing changes.
    """
    count, patterns = len(kinds.patterns), kinds.patterns
    while True:
        occurrences, removed = np.zeros((2, count), np.int64)
        for _, _, rows, group in _blocks_with_tokens(blocks, group_of_block, memory):
            is_removed = may_be_removed(rows, group, replace(kinds, patterns=patterns))
            occurrences += np.bincount(group, minlength=count)
            removed += np.bincount(group[is_removed], minlength=count)
        remaining = patterns & (removed > 0) & (2 * removed >= occurrences)
        if (remaining == patterns).all():
            return remaining
        patterns = remaining
