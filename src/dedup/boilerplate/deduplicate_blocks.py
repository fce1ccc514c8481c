"""Removes the blocks that recur in many texts (``deduplicate_blocks``)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dedup.arrays.columns import pack_column
from dedup.boilerplate.frame_groups import SourceRule
from dedup.boilerplate.patterns import (
    Boilerplate,
    FoundPatterns,
    KeptPatterns,
    Pattern,
    PatternRules,
    find_patterns,
)
from dedup.config import Config, ConfigLike, check_threads, check_whole_number
from dedup.ledger.removals import CleanedTexts, RemovedRange
from dedup.matching.sources import MIN_DF_SOURCE, read_sources
from dedup.text.block_table import kept_texts
from dedup.text.wording import format_count


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BoilerplateResult(CleanedTexts):
    """Texts without their boilerplate, and what was removed from them.

    Attributes
    ----------
    texts
        (n,) the cleaned texts in input order, None for a missing text.
    changed
        (c,) int64: the rows of the texts from which something was removed, ascending.
    config
        The settings that were used.
    patterns
        The recurring blocks, the most frequent first. They are the rows of ``to_arrow``,
        ``to_pandas`` and ``to_polars``.
    min_df
        The number of texts in which a pattern must occur.
    """

    patterns: tuple[Pattern, ...]
    min_df: int
    _found: FoundPatterns

    def _removed(self, row: int) -> list[RemovedRange]:
        first, stop = self._found.blocks.firsts[row : row + 2].tolist()
        found = self._found.removed_parts(first + np.flatnonzero(~self._found.kept[first:stop]))
        return found.ranges(source_names=self._found.source_names)

    @property
    def _columns(self) -> dict[str, object]:
        names = Pattern.__dataclass_fields__
        return {name: [getattr(pattern, name) for pattern in self.patterns] for name in names}

    def __repr__(self) -> str:
        """Return the numbers of patterns, paragraphs, texts and bytes, in one line."""
        if not len(self):
            return "<BoilerplateResult: no texts>"
        texts = format_count(len(self), "text")
        if not self.patterns:
            needed = format_count(self.min_df, "text")
            return f"<BoilerplateResult: {texts}; no paragraph recurs in {needed} or more>"
        changed = f"{len(self.changed):,} of {texts}"
        removed, sizes = ~self._found.kept, np.diff(self._found.blocks.edges)
        excepted = sum(pattern.excepted for pattern in self.patterns)
        kept = f"; kept {excepted:,} of them" if excepted else ""
        return (
            f"<BoilerplateResult: {format_count(len(self.patterns), 'pattern')}{kept}; removed "
            f"{format_count(int(removed.sum()), 'paragraph')} from {changed}, "
            f"{sizes[removed].sum():,} of {sizes.sum():,} bytes>"
        )


def deduplicate_blocks(  # noqa: PLR0913
    texts: object,
    config: ConfigLike | None = None,
    *,
    min_df: float = 10,
    keep_patterns: KeptPatterns = (),
    boilerplate: Boilerplate = "first",
    source: Iterable[str | int | None] | None = None,
    min_df_source: int = MIN_DF_SOURCE,
    threads: int | None = None,
    **overrides: Any,  # noqa: ANN401
) -> BoilerplateResult:
    r"""Remove the lines and paragraphs that recur in many texts.

    Parameters
    ----------
    texts
        (n,): as for ``deduplicate``.
    config
        The settings, or the name of a preset; default ``Config()``. Blocks are those of ``clean``.
        ``measure`` and ``threshold`` decide which blocks are near copies; near copies also have
        about the same length. ``keep`` has no effect.
    min_df
        The minimum document frequency: the number of texts in which a block of ``min_tokens`` words
        must occur. A whole number from 2 on, or a fraction in (0, 1) of the texts that are not
        missing; default 10. A block of half as many words must occur in twice as many texts, and so
        on, or in every second text.
    keep_patterns
        Patterns to keep: a pattern is kept if its text contains one of these strings, or if one of
        these compiled regular expressions finds a match in it. Default none.
    boilerplate
        ``"first"`` (default): the first text that has a pattern word for word keeps it, once, so
        that nothing is lost. ``"all"``: no text keeps it.
    source
        (n,): the URL of the page of each text, or the name or number of its site, as for
        ``deduplicate``. Then blocks that recur in the pages of one site, its frame, are removed,
        too.
    min_df_source
        With ``source``, the minimum number of pages of a site that must have a block of
        ``min_tokens`` words; a whole number from 2 on. More pages are needed in a large site: as
        many as the square root of the number of its pages, rounded up, but at most ten. A shorter
        block must be in more pages, as with ``min_df``, or in every second page of the site.
    threads
        The number of threads; default all cores that the process may use. The result is the same.
    **overrides
        Single settings, as in ``deduplicate_blocks(texts, min_tokens=5)``.

    Returns
    -------
    BoilerplateResult
        ``.texts`` are the clean texts, and ``.patterns`` a list to review. ``.ledger(row)`` is the
        ledger of a text, with which ``restore`` puts the blocks back.

    Raises
    ------
    TextTypeError
        If ``texts`` is not a column of texts.
    ConfigError
        If a setting is unknown or outside its range.

    Notes
    -----
    A block that recurs because whole texts are copies of each other is not boilerplate: texts whose
    other blocks are similar count as one. A short block is removed only near the beginning or the
    end of its text, or next to a longer pattern; it is no pattern if it mostly occurs elsewhere.
    See ``docs/decisions/0013-boilerplate.md``.

    Examples
    --------
    >>> footer = "Sign up for our letter.\n"
    >>> texts = [f"Story {word} tells of {word} and more {word}.\n" + footer
    ...          for word in ("tides", "ropes", "boats")]
    >>> result = deduplicate_blocks(texts, min_df=3, min_tokens=5)
    >>> result
    <BoilerplateResult: 1 pattern; removed 2 paragraphs from 2 of 3 texts, 48 of 201 bytes>
    >>> result.patterns[0].text, result.patterns[0].df, result.patterns[0].rows
    ('Sign up for our letter.', 3, (0, 1, 2))
    >>> result.texts[2]
    'Story boats tells of boats and more boats.\n'
    """
    config = Config.of(config, overrides)
    config.check_compares_parts("boilerplate")
    rules, threads = PatternRules(min_df, keep_patterns, boilerplate), check_threads(threads)
    min_df_source = check_whole_number("min_df_source", min_df_source, 2)
    packed = pack_column(texts, threads=threads)
    rule = None
    if source is not None:
        rule = SourceRule(read_sources(source, len(packed)), min_df_source)
    found = find_patterns(packed, config, rules, threads, source_rule=rule)
    return BoilerplateResult(
        texts=kept_texts(packed, texts, found.blocks, found.kept),
        patterns=found.patterns,
        changed=found.changed,
        min_df=found.min_df,
        config=config,
        _source_texts=packed,
        _found=found,
    )
