"""Blocks that recur in many texts: which they are, in how many, and where they go."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Literal

import numpy as np

from dedup.arrays.array_types import I64, Flags
from dedup.arrays.long_arrays import batch_slices
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.packed import PackedTexts
from dedup.boilerplate.groups import CutTexts, Groups, group_blocks, pairs_of
from dedup.boilerplate.recurrence import find_recurring
from dedup.config import Config, check_type, is_whole_number
from dedup.errors import ConfigError
from dedup.text.block_table import BlockTable, cut_texts

Exceptions = Iterable[str | re.Pattern[str]]
Boilerplate = Literal["first", "all"]
MIN_DF = 10
SOURCES = 5  # texts that are named for a pattern


def _checked(place: int, one: object) -> re.Pattern[str]:
    name = f"keep_patterns[{place}]"
    if isinstance(one, re.Pattern) and isinstance(one.pattern, str):
        return one
    if not isinstance(one, str):
        raise ConfigError(f"{name} must be a str or a compiled regular expression, got {one!r}")
    if not one.strip():
        raise ConfigError(f"{name} must have a character that is not blank, got {one!r}")
    return re.compile(re.escape(one))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A block that recurs in many texts.

    Attributes
    ----------
    text
        As it stands where it was first seen, without the blanks around it.
    df
        In how many texts it is, copies of a text counted once.
    words
        How many it has; numbers do not count.
    occurrences
        How many blocks have its words, or nearly.
    removed
        How many of them were removed.
    variants
        How many different near copies of it there are.
    rows
        The first texts that have it, or a near copy; at most five.
    excepted
        Whether ``keep_patterns`` keeps it.
    """

    text: str
    df: int
    words: int
    occurrences: int
    removed: int
    variants: int
    rows: tuple[int, ...]
    excepted: bool


@dataclass(frozen=True)
class PatternRules:
    """What recurs often enough to go, and what stays all the same.

    Parameters
    ----------
    min_df, keep_patterns, boilerplate
        As ``deduplicate_blocks`` has them.

    Raises
    ------
    ConfigError
        When one of them is not what it should be, or an exception would keep all patterns.

    Examples
    --------
    >>> rules = PatternRules(keep_patterns=["Advertisement", re.compile("(?i)copyright")])
    >>> rules.keep("COPYRIGHT 2020"), rules.keep("Read more")
    (True, False)
    """

    min_df: float = MIN_DF
    keep_patterns: Exceptions = ()
    boilerplate: Boilerplate = "first"

    def __post_init__(self) -> None:
        """Refuse what is not as it should be; exceptions become regular expressions."""
        check_type("boilerplate", self.boilerplate, Boilerplate)
        given: object = self.min_df
        is_share = isinstance(given, (float, np.floating)) and 0 < given < 1
        if not is_share and not (is_whole_number(given) and given >= 2):
            rule = "must be a whole number >= 2, or a share in (0, 1)"
            raise ConfigError.of("min_df", f"{rule}, got {given!r}")
        kept: object = self.keep_patterns
        if isinstance(kept, (str, bytes, re.Pattern)) or not isinstance(kept, Iterable):
            rule = "keep_patterns must be a list of texts and compiled regular expressions"
            raise ConfigError(f"{rule}, got one {type(kept).__name__}")
        patterns = tuple(_checked(place, one) for place, one in enumerate(kept))
        object.__setattr__(self, "keep_patterns", patterns)

    def keep(self, text: str) -> bool:
        """Tell whether a pattern stays, as one of the exceptions is found in it."""
        return any(re.search(one, text) for one in self.keep_patterns)

    def least(self, texts: int) -> int:
        """Return in how many of so many texts a pattern has to be."""
        return int(self.min_df) if self.min_df >= 2 else max(2, ceil(self.min_df * texts))


@dataclass(frozen=True, slots=True)
class FoundPatterns:
    """What recurs, and which blocks are left without it."""

    patterns: tuple[Pattern, ...]
    min_df: int
    blocks: BlockTable
    groups: Groups
    kept: Flags  # (b,)

    @property
    def changed(self) -> I64:
        """The texts from which something goes, ascending."""
        return np.unique(self.blocks.rows[~self.kept])


def find_patterns(  # noqa: PLR0913
    packed: PackedTexts,
    config: Config,
    rules: PatternRules,
    threads: int | None = None,
    fixed: Flags | None = None,
    *,
    memory: Memory = IN_RAM,
) -> FoundPatterns:
    """Find what recurs in texts: the most frequent first, of equal ones the one seen first.

    Parameters
    ----------
    fixed
        (n,): texts of which nothing can go, if there are any.
    memory
        Where arrays lie.
    """
    least = rules.least(len(packed) - int(packed.missing.sum()))
    blocks = cut_texts(packed, config.block, threads, memory)
    cut = CutTexts(packed, blocks, config, threads, memory)
    groups = group_blocks(cut)
    found = find_recurring(cut, groups, least)
    utf8, offsets = cut.gather_rows(groups.first[found.patterns])
    shown = [
        utf8[slice(*span)].tobytes().decode("utf-8", "surrogatepass").strip()
        for span in pairwise(offsets.tolist())
    ]
    excepted = np.array([rules.keep(text) for text in shown], np.bool_)
    stays = np.append(excepted, True)  # by pattern, and what has none
    if rules.boilerplate == "first":
        found.gone[groups.first[found.patterns]] = False
    count, kept = len(shown), memory.empty(len(blocks), np.bool_)
    occurrences, removed, variants = np.zeros((3, count), np.int64)
    sources: list[tuple[int, ...]] = [()] * count
    for portion in blocks.batches(memory):
        pattern, own = found.of_blocks[portion.blocks], portion.blocks
        gone = found.gone[own] & ~stays[pattern]
        if fixed is not None:
            gone &= ~fixed[portion.rows]
        kept[own] = ~gone
        occurrences += np.bincount(pattern[pattern >= 0], minlength=count)
        removed += np.bincount(pattern[gone], minlength=count)
        numbers, rows = pairs_of(pattern, portion.rows)
        for number, row in zip(numbers.tolist(), rows.tolist(), strict=True):
            if len(sources[number]) < SOURCES:
                sources[number] += (row,)
    for own in batch_slices(len(groups.group), memory):
        group = groups.group[own]
        places = np.searchsorted(found.patterns, group[np.isin(group, found.patterns)])
        variants += np.bincount(places, minlength=count)
    order = np.lexsort((groups.first[found.patterns], -occurrences, -found.df))
    counts = (found.df, found.words, occurrences, removed, variants - 1)
    columns = (shown, *(column.tolist() for column in counts), sources, excepted.tolist())
    patterns = [Pattern(*values) for values in zip(*columns, strict=True)]
    ordered = tuple(patterns[place] for place in order.tolist())
    return FoundPatterns(ordered, least, blocks, groups, kept)
