"""Finds the blocks that recur in many texts, and lists them as patterns with their counts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Any, Literal

import numpy as np

from dedup.arrays.array_types import I64, Flags
from dedup.arrays.long_arrays import batch_slices
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.packed import PackedTexts
from dedup.boilerplate.frame_groups import SourceRule
from dedup.boilerplate.groups import BlockCorpus, BlockGroups, distinct_pairs, group_blocks
from dedup.boilerplate.recurrence import find_recurring
from dedup.config import Config, check_type, is_whole_number
from dedup.errors import ConfigError
from dedup.ledger.removed_ranges import RemovedParts
from dedup.matching.sources import NO_SOURCE
from dedup.text.block_table import BlockTable, cut_texts

KeptPatterns = Iterable[str | re.Pattern[str]]
Boilerplate = Literal["first", "all"]
MIN_DF = 10
MAX_PATTERN_ROWS = 5  # texts that are named for a pattern
# Of the time: when the texts are cut into blocks, and when the blocks are grouped.
CUT_SHARE, GROUPED_SHARE = 0.05, 0.7


def _to_regex(place: int, pattern: object) -> re.Pattern[str]:
    """Return an item of ``keep_patterns`` as a regular expression; check it."""
    name = f"keep_patterns[{place}]"
    if isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str):
        return pattern
    if not isinstance(pattern, str):
        rule = "must be a str or a compiled regular expression"
        raise ConfigError(f"{name} {rule}, got {pattern!r}")
    if not pattern.strip():
        raise ConfigError(f"{name} must have a character that is not blank, got {pattern!r}")
    return re.compile(re.escape(pattern))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A block that recurs in many texts.

    Attributes
    ----------
    text
        The text of its first occurrence, without the white space around it.
    df
        Its document frequency: the number of texts that have it, where copies of a text count once.
    words
        The number of its words; numbers do not count.
    occurrences
        The number of blocks with its words, or nearly; without those that are the frame of another
        source.
    removed
        The number of these blocks that were removed.
    variants
        The number of different near copies.
    rows
        The first texts that have it or a near copy, at most five.
    excepted
        Whether ``keep_patterns`` keeps it.
    source
        The source whose frame it is; then ``df`` counts pages. None if it recurs in the corpus.
    """

    text: str
    df: int
    words: int
    occurrences: int
    removed: int
    variants: int
    rows: tuple[int, ...]
    excepted: bool
    source: str | None = None


@dataclass(frozen=True)
class PatternRules:
    """Which recurring blocks are patterns, and which patterns are removed.

    Parameters
    ----------
    min_df, keep_patterns, boilerplate
        As for ``deduplicate_blocks``.

    Raises
    ------
    ConfigError
        If a value is not valid, or an item of ``keep_patterns`` would keep all patterns.

    Examples
    --------
    >>> rules = PatternRules(keep_patterns=["Advertisement", re.compile("(?i)copyright")])
    >>> rules.keeps("COPYRIGHT 2020"), rules.keeps("Read more")
    (True, False)
    """

    min_df: float = MIN_DF
    keep_patterns: KeptPatterns = ()
    boilerplate: Boilerplate = "first"

    def __post_init__(self) -> None:
        """Check the values, and turn ``keep_patterns`` into regular expressions."""
        check_type("boilerplate", self.boilerplate, Boilerplate)
        min_df: object = self.min_df
        is_fraction = isinstance(min_df, (float, np.floating)) and 0 < min_df < 1
        if not is_fraction and not (is_whole_number(min_df) and min_df >= 2):
            rule = "must be a whole number >= 2, or a share in (0, 1)"
            raise ConfigError.of("min_df", f"{rule}, got {min_df!r}")
        raw: object = self.keep_patterns
        if isinstance(raw, (str, bytes, re.Pattern)) or not isinstance(raw, Iterable):
            rule = "keep_patterns must be a list of texts and compiled regular expressions"
            raise ConfigError(f"{rule}, got one {type(raw).__name__}")
        patterns = tuple(_to_regex(place, pattern) for place, pattern in enumerate(raw))
        object.__setattr__(self, "keep_patterns", patterns)

    def keeps(self, text: str) -> bool:
        """Return whether ``keep_patterns`` keeps a pattern with this text."""
        return any(re.search(pattern, text) for pattern in self.keep_patterns)

    def min_texts(self, text_count: int) -> int:
        """Return the minimum document frequency as a number of texts."""
        return int(self.min_df) if self.min_df >= 2 else max(2, ceil(self.min_df * text_count))


@dataclass(frozen=True, slots=True)
class FoundPatterns:
    """The patterns of some texts, and the blocks that are kept."""

    patterns: tuple[Pattern, ...]
    min_df: int
    blocks: BlockTable
    groups: BlockGroups
    kept: Flags  # (b,)
    pattern_of_block: I64  # (b,): an index into ``frame_sources``, or NO_GROUP
    frame_sources: I64  # (p,): the source whose frame a pattern is, NO_SOURCE if none
    source_names: tuple[str, ...]

    @property
    def changed(self) -> I64:
        """The texts from which a block is removed, ascending."""
        return np.unique(self.blocks.rows[~self.kept])

    def removed_parts(self, blocks: I64) -> RemovedParts:
        """Describe removed blocks, (s,): the witness is the first block with its pattern."""
        wording = self.groups.wording[blocks]
        pattern = self.groups.representative[wording]
        columns: list[Any] = []
        for numbers in (blocks, self.groups.first_block[pattern]):
            rows = np.searchsorted(self.blocks.firsts, numbers, "right") - 1
            begins = self.blocks.edges[self.blocks.firsts[rows]]
            ends = self.blocks.edges[numbers + 1]
            columns += [rows, self.blocks.edges[numbers] - begins, ends - begins]
        columns += [wording == pattern, self.groups.similarity[wording]]
        columns.append(self.frame_sources[self.pattern_of_block[blocks]])
        return RemovedParts(*columns)


def find_patterns(  # noqa: PLR0913
    packed: PackedTexts,
    config: Config,
    rules: PatternRules,
    threads: int | None = None,
    fixed: Flags | None = None,
    *,
    source_rule: SourceRule | None = None,
    memory: Memory = IN_RAM,
) -> FoundPatterns:
    """Find the patterns of texts, the most frequent first; equal ones by first occurrence.

    Parameters
    ----------
    fixed
        (n,): texts from which nothing may be removed; default none.
    source_rule
        With it, blocks that recur in the pages of one source are patterns, too.
    memory
        Where long arrays are.
    """
    min_df = rules.min_texts(len(packed) - int(packed.missing.sum()))
    progress = memory.progress
    with progress.part(0.0, CUT_SHARE):
        blocks = cut_texts(packed, config.split_by, threads, memory)
    corpus = BlockCorpus(packed, blocks, config, threads, memory)
    with progress.part(CUT_SHARE, GROUPED_SHARE):
        groups = group_blocks(corpus)
    with progress.part(GROUPED_SHARE, 1.0):
        found = find_recurring(corpus, groups, min_df, source_rule)
    first_blocks = groups.first_block[found.patterns]
    utf8, offsets = corpus.gather_rows(first_blocks)
    pattern_texts = [
        utf8[slice(*span)].tobytes().decode("utf-8", "surrogatepass").strip()
        for span in pairwise(offsets.tolist())
    ]
    excepted = np.array([rules.keeps(text) for text in pattern_texts], np.bool_)
    is_kept = np.append(excepted, True)  # the last value is that of a block without a pattern
    if rules.boilerplate == "first":
        found.removable[first_blocks] = False
    count, kept = len(pattern_texts), memory.empty(len(blocks), np.bool_)
    occurrences, removed = np.zeros((2, count), np.int64)
    first_rows: list[tuple[int, ...]] = [()] * count
    for batch in blocks.batches(memory):
        pattern = found.pattern_of_block[batch.blocks]
        is_removed = found.removable[batch.blocks] & ~is_kept[pattern]
        if fixed is not None:
            is_removed &= ~fixed[batch.rows]
        kept[batch.blocks] = ~is_removed
        occurrences += np.bincount(pattern[pattern >= 0], minlength=count)
        removed += np.bincount(pattern[is_removed], minlength=count)
        numbers, rows = distinct_pairs(pattern, batch.rows)
        for number, row in zip(numbers.tolist(), rows.tolist(), strict=True):
            if len(first_rows[number]) < MAX_PATTERN_ROWS:
                first_rows[number] += (row,)
    listed, place_of = np.unique(found.patterns, return_inverse=True)
    wordings = np.zeros(len(listed), np.int64)
    for part in batch_slices(len(groups.representative), memory):
        group = groups.representative[part]
        places = np.searchsorted(listed, group[np.isin(group, listed)])
        wordings += np.bincount(places, minlength=len(listed))
    order = np.lexsort((found.sources, first_blocks, -occurrences, -found.df))
    counts = (found.df, found.words, occurrences, removed, wordings[place_of] - 1)
    names = () if source_rule is None else source_rule.sources.names
    columns = (
        pattern_texts,
        *(column.tolist() for column in counts),
        first_rows,
        excepted.tolist(),
        [None if source == NO_SOURCE else names[source] for source in found.sources.tolist()],
    )
    patterns = [Pattern(*values) for values in zip(*columns, strict=True)]
    ordered = tuple(patterns[place] for place in order.tolist())
    return FoundPatterns(
        ordered, min_df, blocks, groups, kept, found.pattern_of_block, found.sources, names
    )
