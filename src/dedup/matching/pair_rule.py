"""The pair rule: which near copies stay, though they are similar to a witness.

This is the specification; the twin is ``PairRule`` of ``src/native/numeric_variants.cpp``.
"""

from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, U8, U64
from dedup.arrays.native import core, has_core, rule_constants
from dedup.config import Config
from dedup.matching import numeric_variants, page_variants
from dedup.matching.elements import Elements, elements_of, native_calendar_names
from dedup.matching.numbers import number_marks
from dedup.matching.numeric_variants import (
    MAX_SCATTERED_SIMILARITY,
    MIN_SCATTER_RATIO,
    SCATTER_WINDOW_SHARE,
    is_scattered,
    is_variant_of,
    lacking_in,
)
from dedup.matching.page_variants import PageLines, is_page_variant, page_lines
from dedup.text.hashing import NativeTexts
from dedup.text.tokens import tokenize

if TYPE_CHECKING:
    from dedup import _native

ROUNDING_SLACK = 1e-9
CACHED_ROWS = 1 << 12  # many rows have several similar ones


def least_tokens(config: Config) -> int:
    """Return the number of tokens below which a near copy with a word of its own stays.

    In a text with fewer than ``ngram_size / (1 - threshold)`` shingles, one changed word in the
    middle makes two texts dissimilar, and one at an end does not: its position would decide.

    Examples
    --------
    >>> least_tokens(Config()), least_tokens(Config(ngram_size=3, threshold=0.4))
    (29, 7)
    """
    if config.threshold == 1:
        return 0
    shingles = ceil(config.ngram_size / (1 - config.threshold) - ROUNDING_SLACK)
    return shingles + config.ngram_size - 1


class DescribedRow(NamedTuple):
    """A row as the rule compares it."""

    size: int  # bytes
    tokens: U64
    compared: U64  # the tokens if characters are compared, else the elements
    elements: Elements


class PairRule:
    """Tells which near copies among rows stay, though they are similar to a witness.

    Parameters
    ----------
    utf8, offsets
        A packed text, well-formed UTF-8.
    """

    def __init__(self, utf8: U8, offsets: I64, config: Config) -> None:
        self._characters, self._least_tokens = config.unit == "char", least_tokens(config)
        self._utf8, self._offsets, self._config = utf8, offsets, config
        self._row = lru_cache(maxsize=CACHED_ROWS)(self._described)
        self._lines = lru_cache(maxsize=CACHED_ROWS)(self._lines_of)

    def _encoded(self, row: int) -> U8:
        return self._utf8[self._offsets[row] : self._offsets[row + 1]]

    def _lines_of(self, row: int) -> PageLines:
        return page_lines(self._encoded(row))

    def _described(self, row: int) -> DescribedRow:
        utf8, seed = self._encoded(row), self._config.seed
        tokens = tokenize(utf8, np.array([0, len(utf8)]), seed, characters=self._characters)
        elements, hashes = elements_of(utf8, seed), tokens.hashes.values
        compared = hashes if self._characters else elements.hashes
        return DescribedRow(len(utf8), hashes, compared, elements)

    def exempts(self, row: int, witness: int, similarity: float) -> bool:
        """Tell whether a row stays, though it is similar to a witness that is no exact copy.

        With ``numeric_variants="keep"`` it stays if it is a numeric variant, if it is too short to
        tell, or if it is scattered over a witness that is ten times as long. If the witness
        contains all of it, it stays only if it has a number that the witness lacks. With
        ``page_variants="keep"`` it stays if it is a page variant.
        """
        config = self._config
        if config.numeric_variants == "keep" and self._exempts_by_words(row, witness, similarity):
            return True
        return config.page_variants == "keep" and is_page_variant(
            self._lines(row), self._lines(witness), config.seed
        )

    def _exempts_by_words(self, row: int, witness: int, similarity: float) -> bool:
        config = self._config
        copy, kept = self._row(row), self._row(witness)
        by_containment = config.measure == "containment"
        may_scatter = by_containment and similarity < MAX_SCATTERED_SIMILARITY
        if may_scatter and kept.size >= MIN_SCATTER_RATIO * copy.size:
            sizes = config.ngram_size, config.threshold
            if is_scattered(copy.tokens, kept.tokens, *sizes):
                return True
        if similarity == 1 and not copy.elements.number_values - kept.elements.number_values:
            return False
        is_short = len(copy.tokens) < self._least_tokens
        if is_short and lacking_in(copy.compared, kept.compared).any():
            return True
        return is_variant_of(copy.elements, kept.elements, by_letters=self._characters)

    def is_numeric_variant(
        self, row: int, witness: int, similarity: float, *, any_number: bool
    ) -> bool:
        """Tell whether a block of a text is a numeric variant of a witness.

        Parameters
        ----------
        any_number
            Whether one number that the witness lacks is enough, however long the block is.
        """
        copy, kept = self._row(row), self._row(witness)
        if similarity == 1 and not copy.elements.number_values - kept.elements.number_values:
            return False
        if any_number:
            numbers = copy.elements.number_hashes, kept.elements.number_hashes
            return bool(lacking_in(*numbers).any())
        return is_variant_of(copy.elements, kept.elements, by_letters=self._characters)


def pair_rule(utf8: U8, offsets: I64, config: Config) -> "PairRule | _native.PairRule":
    """Return the rule for the rows of a packed text, well-formed UTF-8, with the core if it can."""
    if not has_core():
        return PairRule(utf8, offsets, config)
    return core.PairRule(pair_rule_settings(config), NativeTexts(utf8, offsets, config).core_texts)


@lru_cache(maxsize=8)
def pair_rule_settings(config: Config) -> "_native.PairRuleSettings":
    """Return the settings and constants of the rule for functions of the core."""
    by_containment = config.measure == "containment"
    return core.PairRuleSettings(
        rule_constants(
            numeric_variants,
            keep_variants=config.numeric_variants == "keep",
            least_tokens=least_tokens(config),
            dense_share=SCATTER_WINDOW_SHARE * config.threshold if by_containment else 0.0,
            number_marks=number_marks(),
            calendar_names=native_calendar_names(config.seed),
            page_variants=rule_constants(
                page_variants, keep_variants=config.page_variants == "keep"
            ),
        )
    )
