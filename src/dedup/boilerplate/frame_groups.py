"""The groups of blocks that are frame of a source: enough pages of the source have them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dedup.arrays.array_types import I64, Flags
from dedup.arrays.long_arrays import map_batches
from dedup.arrays.memory import Memory
from dedup.arrays.parallel import concatenate_columns
from dedup.boilerplate.groups import NO_GROUP
from dedup.matching.joined_pages import join_pages
from dedup.matching.pairs import Pairs, connected_components
from dedup.matching.source_groups import (
    NO_GROUP_HASH,
    SourceGroups,
    group_by_source,
)
from dedup.matching.sources import MIN_DF_SOURCE, NO_SOURCE, Sources, min_pages
from dedup.text.block_table import BlockTable


@dataclass(frozen=True, slots=True)
class SourceRule:
    """The sources of n texts, and how many pages of a source must have a block.

    Attributes
    ----------
    min_df_source
        As for ``deduplicate_blocks``.
    """

    sources: Sources
    min_df_source: int = MIN_DF_SOURCE


@dataclass(frozen=True, slots=True)
class SourcedBlocks:
    """The blocks that occur more than once in the texts of one source."""

    group: I64  # (b,): the group of each block of the corpus, NO_GROUP if it has no tokens
    parts: Sequence[SourceGroups]
    rule: SourceRule  # texts without an address are joined if they may be one page

    @classmethod
    def find(
        cls, blocks: BlockTable, group: I64, rule: SourceRule, memory: Memory
    ) -> "SourcedBlocks":
        """Find them among the b blocks of n texts."""
        assert NO_GROUP + 1 == NO_GROUP_HASH
        hashes = map_batches(lambda batch: (group[batch] + 1).view(np.uint64), len(blocks), memory)
        parts = [*group_by_source(blocks, hashes, rule.sources, memory)]
        joined = join_pages(parts, rule.sources, blocks, memory)
        return cls(group, parts, replace(rule, sources=joined))


@dataclass(frozen=True, slots=True)
class FrameGroups:
    """h groups of blocks, each in one source, and the k blocks in them."""

    groups: I64  # (h,): the group, as the number of its first wording
    sources: I64  # (h,)
    df: I64  # (h,): the number of pages that have it
    needed: I64  # (h,): the number of pages that must have it, if it has ``min_tokens`` words
    page_counts: I64  # (h,): the number of pages of the source
    blocks: I64  # (k,)
    numbers: I64  # (k,): the place of the group of each block in the columns above

    def select(self, is_chosen: Flags) -> "FrameGroups":
        """Return some of the groups, with their blocks."""
        number = np.where(is_chosen, np.cumsum(is_chosen) - 1, NO_GROUP)[self.numbers]
        in_chosen = number != NO_GROUP
        return FrameGroups(
            self.groups[is_chosen],
            self.sources[is_chosen],
            self.df[is_chosen],
            self.needed[is_chosen],
            self.page_counts[is_chosen],
            self.blocks[in_chosen],
            number[in_chosen],
        )


def find_frame_groups(found: SourcedBlocks, pages: I64, memory: Memory) -> FrameGroups:
    """Find the groups that enough pages of a source have, whatever their number of words.

    Parameters
    ----------
    pages
        (n,): the page as which each text is counted, or ``NO_GROUP``.
    """
    rule, is_counted = found.rule, pages != NO_GROUP
    sources = replace(rule.sources, pages=np.maximum(pages, 0))
    has_source = is_counted & (sources.codes != NO_SOURCE)
    width = int(sources.pages.max(initial=0)) + 1
    pairs = np.unique(sources.codes[has_source] * width + sources.pages[has_source])
    page_counts = np.bincount(pairs // width, minlength=len(sources.names))
    needed, count = min_pages(page_counts, rule.min_df_source), 0
    of_groups, of_blocks = [], []
    for part in found.parts:
        df = part.count_pages(sources, is_counted)
        is_found = df >= needed[part.sources]
        number = np.where(is_found, count + np.cumsum(is_found) - 1, NO_GROUP)[part.groups]
        codes, in_found = part.sources[is_found], number != NO_GROUP
        groups = found.group[part.first_blocks[is_found]]
        of_groups.append((groups, codes, df[is_found], needed[codes], page_counts[codes]))
        of_blocks.append((memory.adopt(part.blocks[in_found]), memory.adopt(number[in_found])))
        count += len(codes)
        memory.trim()
    return FrameGroups(*concatenate_columns(of_groups), *concatenate_columns(of_blocks, memory))


def join_copies(pages: I64, representatives: I64) -> I64:
    """Return the page as which each text is counted, (n,); ``NO_GROUP`` if it is not counted.

    Texts of one page, and texts with one representative, are counted as one page.

    Parameters
    ----------
    pages
        (n,): the page of each text.
    representatives
        (n,): the text as which each text is counted if pages do not matter, or ``NO_GROUP``.

    Examples
    --------
    >>> join_copies(np.array([0, 0, 1, 2, 3]), np.array([0, 1, 1, 3, NO_GROUP])).tolist()
    [0, 0, 0, 3, -1]
    """
    counted = np.flatnonzero(representatives != NO_GROUP)
    _, firsts, page = np.unique(pages[counted], return_index=True, return_inverse=True)
    left = np.concatenate((counted, counted))
    right = np.concatenate((representatives[counted], counted[firsts[page]]))
    pairs = Pairs(left, right, np.ones(len(left), np.float32))
    joined = connected_components(pairs, len(representatives))
    return np.where(representatives == NO_GROUP, NO_GROUP, joined)
