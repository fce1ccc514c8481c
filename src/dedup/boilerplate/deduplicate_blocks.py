"""Many texts in: the blocks that recur in many of them, and the texts without."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dedup.arrays.array_types import MatchKind, Span
from dedup.arrays.columns import pack_column
from dedup.boilerplate.patterns import (
    Boilerplate,
    Exceptions,
    FoundPatterns,
    Pattern,
    PatternRules,
    find_patterns,
)
from dedup.config import Config, ConfigLike, check_threads
from dedup.ledger.removals import CleanedTexts, RemovedRange
from dedup.text.block_table import kept_texts
from dedup.text.wording import format_count


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BoilerplateResult(CleanedTexts):
    """Texts without their boilerplate, and an account of it.

    Attributes
    ----------
    texts, changed, config
        As in ``CleanedTexts``.
    patterns
        What recurs, the most frequent first; the rows of ``to_arrow`` and ``to_pandas``.
    min_df
        Texts in which a pattern is at least, as a number.
    """

    patterns: tuple[Pattern, ...]
    min_df: int
    _found: FoundPatterns

    def _removed(self, row: int) -> list[RemovedRange]:
        found, groups = self._found, self._found.groups
        first, stop = found.blocks.firsts[row : row + 2].tolist()
        pieces = []
        for block in (first + np.flatnonzero(~found.kept[first:stop])).tolist():
            variant = int(groups.variant[block])
            pattern = int(groups.group[variant])
            kind: MatchKind = "exact" if variant == pattern else "near"
            witness = int(groups.first[pattern])  # where it was first seen
            witness_row = int(np.searchsorted(found.blocks.firsts, witness, "right")) - 1
            spans = self._bytes(row, block), witness_row, self._bytes(witness_row, witness)
            pieces.append((*spans, kind, float(groups.similarity[variant])))
        return pieces

    def _bytes(self, row: int, block: int) -> Span:
        """Return where a block is in its text."""
        begin = int(self._source_texts.offsets[row])
        return Span(*(int(edge) - begin for edge in self._found.blocks.edges[block : block + 2]))

    @property
    def _columns(self) -> dict[str, object]:
        names = Pattern.__dataclass_fields__
        return {name: [getattr(pattern, name) for pattern in self.patterns] for name in names}

    def __repr__(self) -> str:
        """Return what was found and what was removed, in a line."""
        if not len(self):
            return "<BoilerplateResult: no texts>"
        texts = format_count(len(self), "text")
        if not self.patterns:
            needed = format_count(self.min_df, "text")
            return f"<BoilerplateResult: {texts}; no block recurs in {needed} or more>"
        gone, sizes = ~self._found.kept, np.diff(self._found.blocks.edges)
        excepted = sum(pattern.excepted for pattern in self.patterns)
        kept = f"; kept {excepted:,} of them" if excepted else ""
        return (
            f"<BoilerplateResult: {format_count(len(self.patterns), 'pattern')}{kept}; removed "
            f"{format_count(int(gone.sum()), 'block')} from {len(self.changed):,} of {texts}, "
            f"{sizes[gone].sum():,} of {sizes.sum():,} bytes>"
        )


def deduplicate_blocks(  # noqa: PLR0913
    texts: object,
    config: ConfigLike | None = None,
    *,
    min_df: float = 10,
    keep_patterns: Exceptions = (),
    boilerplate: Boilerplate = "first",
    threads: int | None = None,
    **overrides: Any,  # noqa: ANN401
) -> BoilerplateResult:
    r"""Find the lines and paragraphs that recur in many texts, and leave them out.

    Parameters
    ----------
    texts
        (n,): as for ``deduplicate``.
    config
        The settings, or the name of a preset; ``Config()`` when None. Blocks are those of
        ``clean``; near copies are told by ``measure`` and ``threshold``, and are of about the same
        length; ``keep`` does not matter.
    min_df
        In how many texts a block has to be: a whole number from 2 on, or a share in (0, 1) of
        the texts that are not missing. This is for ``min_tokens`` words. A block of half as many
        words has to be in twice as many texts, and so on, or in every second one.
    keep_patterns
        What stays though it recurs: a pattern that has one of these texts in it, letter for
        letter, or in which one of these compiled regular expressions finds something.
    boilerplate
        ``"first"``: the first text that has a pattern word for word keeps it, once, so that nothing
        is lost. ``"all"``: no text keeps it.
    threads
        How many to use; all cores that the process may use when None. The result is the same.
    **overrides
        Single settings, as in ``deduplicate_blocks(texts, min_tokens=5)``.

    Returns
    -------
    BoilerplateResult
        ``.texts``, ``.patterns`` for a person to read, and ``.ledger(row)``, with which
        ``restore`` puts back what was removed.

    Raises
    ------
    TextTypeError
        When ``texts`` is no column of texts.
    ConfigError
        When a setting is unknown or outside its range.

    Notes
    -----
    A block that recurs because whole texts are copies of each other is no boilerplate: texts are
    counted by what else they say. A short block goes only near the beginning or the end of its
    text or beside a longer one, and is no pattern if it stands elsewhere mostly. See
    ``docs/decisions/0013-boilerplate.md``.

    Examples
    --------
    >>> footer = "Sign up for our letter.\n"
    >>> texts = [f"Story {word} tells of {word} and more {word}.\n" + footer
    ...          for word in ("tides", "ropes", "boats")]
    >>> result = deduplicate_blocks(texts, min_df=3, min_tokens=5)
    >>> result
    <BoilerplateResult: 1 pattern; removed 2 blocks from 2 of 3 texts, 48 of 201 bytes>
    >>> result.patterns[0].text, result.patterns[0].df, result.patterns[0].rows
    ('Sign up for our letter.', 3, (0, 1, 2))
    >>> result.texts[2]
    'Story boats tells of boats and more boats.\n'
    """
    config = Config.of(config, overrides)
    config.check_compares_parts("boilerplate")
    rules, threads = PatternRules(min_df, keep_patterns, boilerplate), check_threads(threads)
    packed = pack_column(texts, threads=threads)
    found = find_patterns(packed, config, rules, threads)
    return BoilerplateResult(
        texts=kept_texts(packed, texts, found.blocks, found.kept),
        patterns=found.patterns,
        changed=found.changed,
        min_df=found.min_df,
        config=config,
        _source_texts=packed,
        _found=found,
    )
