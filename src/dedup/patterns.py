"""Blocks that recur in many texts: which they are, in how many, and where they go."""

from dataclasses import dataclass
from math import ceil
from typing import Literal, get_args

import numpy as np

from dedup.config import Config
from dedup.cuts import Blocks, cut_texts
from dedup.errors import ConfigError
from dedup.exceptions import Exceptions, KeptPatterns
from dedup.groups import Groups, group_blocks
from dedup.records import I64, Flags
from dedup.recurrence import Recurring, find_recurring
from dedup.text.packed import Packed

Boilerplate = Literal["first", "all"]
MIN_DF = 10
SOURCES = 5  # texts that are named for a pattern


@dataclass(frozen=True, slots=True, kw_only=True)
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


class Rules:
    """What recurs often enough to go, and what stays all the same.

    Parameters
    ----------
    min_df, keep_patterns, boilerplate
        As ``deduplicate_blocks`` has them.

    Raises
    ------
    ConfigError
        When one of them is not what it should be.
    """

    def __init__(
        self,
        min_df: float = MIN_DF,
        keep_patterns: Exceptions = (),
        boilerplate: Boilerplate = "first",
    ) -> None:
        if boilerplate not in get_args(Boilerplate):
            raise ConfigError.of("boilerplate", f"must be one of first, all, got {boilerplate!r}")
        if not _is_frequency(min_df):
            raise ConfigError.of(
                "min_df",
                f"must be a whole number from 2 on, or a share in (0, 1), got {min_df!r}",
            )
        self.boilerplate, self.kept = boilerplate, KeptPatterns(keep_patterns)
        self._min_df = min_df

    def least(self, texts: int) -> int:
        """Return in how many of so many texts a pattern has to be."""
        return int(self._min_df) if self._min_df >= 2 else max(2, ceil(self._min_df * texts))


def _is_frequency(value: object) -> bool:
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return bool(value >= 2)
    return isinstance(value, (float, np.floating)) and bool(0 < value < 1)


@dataclass(frozen=True, slots=True)
class FoundPatterns:
    """What recurs, and which blocks are left without it."""

    patterns: tuple[Pattern, ...]
    min_df: int
    blocks: Blocks
    groups: Groups
    kept: Flags  # (b,)

    @property
    def changed(self) -> I64:
        """The texts from which something goes, ascending."""
        gone = np.concatenate(([0], np.cumsum(~self.kept)))
        changed: I64 = np.flatnonzero(np.diff(gone[self.blocks.firsts]))
        return changed


def find_patterns(
    packed: Packed,
    config: Config,
    rules: Rules,
    threads: int | None = None,
    fixed: Flags | None = None,
) -> FoundPatterns:
    """Find what recurs in texts.

    Parameters
    ----------
    fixed
        (n,): texts of which nothing can go, if there are any.
    """
    least = rules.least(len(packed) - int(packed.missing.sum()))
    blocks = cut_texts(packed, config.block)
    groups = group_blocks(packed, blocks, config.for_blocks, threads)
    found = find_recurring(packed, blocks, groups, config, least, threads)
    shown = _shown(packed, blocks, groups.first[found.patterns])
    excepted = np.array([text in rules.kept for text in shown], np.bool_)
    kept = _kept(groups, found, excepted, rules.boilerplate)
    if fixed is not None:
        kept |= np.repeat(fixed, np.diff(blocks.firsts))
    patterns = _patterns(blocks, groups, found, kept, excepted, shown)
    return FoundPatterns(patterns, least, blocks, groups, kept)


def _shown(packed: Packed, blocks: Blocks, numbers: I64) -> list[str]:
    """Return blocks as texts, without the blanks around them."""
    spans = zip(blocks.edges[numbers].tolist(), blocks.edges[numbers + 1].tolist(), strict=True)
    pieces = [packed.utf8[start:stop].tobytes() for start, stop in spans]
    return [piece.decode("utf-8", "surrogatepass").strip() for piece in pieces]


def _kept(groups: Groups, found: Recurring, excepted: Flags, boilerplate: Boilerplate) -> Flags:
    """Tell which blocks stay, (b,)."""
    kept = ~found.gone | np.isin(groups.of_blocks, found.patterns[excepted])
    if boilerplate == "first":
        kept[groups.first[found.patterns]] = True
    return kept


def _patterns(  # noqa: PLR0913, PLR0917
    blocks: Blocks,
    groups: Groups,
    found: Recurring,
    kept: Flags,
    excepted: Flags,
    shown: list[str],
) -> tuple[Pattern, ...]:
    """Return what recurs: the most frequent first, of equal ones the one that is seen first."""
    of = groups.of_blocks
    count = len(groups.first)
    occurrences = np.bincount(of[of >= 0], minlength=count)[found.patterns]
    removed = np.bincount(of[~kept], minlength=count)[found.patterns]
    variants = np.bincount(groups.group, minlength=count)[found.patterns] - 1
    sources = _sources(blocks, of, found.patterns)
    order = np.lexsort((groups.first[found.patterns], -occurrences, -found.df))
    return tuple(
        Pattern(
            text=shown[place],
            df=int(found.df[place]),
            words=int(found.words[place]),
            occurrences=int(occurrences[place]),
            removed=int(removed[place]),
            variants=int(variants[place]),
            rows=sources[place],
            excepted=bool(excepted[place]),
        )
        for place in order.tolist()
    )


def _sources(blocks: Blocks, of: I64, patterns: I64) -> list[tuple[int, ...]]:
    """Return the first texts that have each pattern."""
    numbers = np.flatnonzero(np.isin(of, patterns))
    numbers = numbers[np.argsort(of[numbers], kind="stable")]
    rows, owners = blocks.rows[numbers], of[numbers]
    fresh = np.ones(len(rows), np.bool_)
    fresh[1:] = (rows[1:] != rows[:-1]) | (owners[1:] != owners[:-1])
    rows, owners = rows[fresh], owners[fresh]
    firsts = np.searchsorted(owners, patterns)
    stops = np.minimum(np.searchsorted(owners, patterns, "right"), firsts + SOURCES)
    spans = zip(firsts.tolist(), stops.tolist(), strict=True)
    return [tuple(rows[first:stop].tolist()) for first, stop in spans]
