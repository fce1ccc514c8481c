"""Which of many texts may repeat blocks of themselves, and what is left of those made of lines.

The compiled core tells it of many texts at once; what it does not know is for ``clean``.
"""

from typing import NamedTuple

import numpy as np

from dedup.config import Config
from dedup.documents import run_finder, runs
from dedup.kernels.hashing import NativeTexts, hashed, native_texts
from dedup.kernels.reference import HAS_DIGIT, INSIDE, WEIGHT, shingle_counts
from dedup.matching import keep_first
from dedup.matching.native_rule import rule_for
from dedup.native import core, has_core
from dedup.records import I64, U8, Flags
from dedup.text.blocks import LayoutRule
from dedup.text.recode import recode

MOST_TOKENS = 1 << 20  # whose cube is no number too large for the core


class Rule(NamedTuple):
    """When blocks are removed: settings, and the constants of the specification."""

    threshold: float
    contained: bool  # or Jaccard
    least: int  # words of a block that is removed alone
    changed_copy: float = runs.CHANGED_COPY
    often: int = runs.OFTEN
    often_part: int = runs.OFTEN_PART
    nearest: int = run_finder.NEAREST
    reach: int = run_finder.REACH
    twice: int = run_finder.TWICE
    far: int = run_finder.FAR
    whole_rows: int = run_finder.WHOLE_ROWS
    whole_tenths: int = run_finder.WHOLE_TENTHS
    few: int = keep_first.FEW
    some: int = keep_first.SOME
    shared: int = keep_first.SHARED
    weight: int = WEIGHT
    has_digit: int = HAS_DIGIT
    inside: int = INSIDE

    @classmethod
    def of(cls, config: Config) -> "Rule":
        """Return the rule of some settings."""
        return cls(config.threshold, config.measure == "containment", config.min_tokens)


def self_repeating(utf8: U8, offsets: I64, config: Config) -> Flags:
    """Tell which rows of a packed text may repeat blocks of themselves, (n,).

    From a row left out ``clean`` removes nothing, as long as it keeps the first of two copies.
    """
    if has_core():
        texts = _native(utf8, offsets, config).texts
        return core.self_repeating(texts, Rule.of(config), LayoutRule(), config.block)
    counts = np.diff(offsets)
    # Even a block that is no whole shingle may go.
    least, size = config.min_tokens, config.ngram_size
    if least <= size or least < runs.OFTEN_PART * size:
        return counts > 0
    tokens, shingles = hashed(utf8, offsets, config)
    in_text = shingle_counts(tokens.hashes.lengths, size)
    repeated: Flags = in_text > shingles.lengths
    return repeated


def clean_lines(utf8: U8, offsets: I64, config: Config) -> tuple[U8, I64, I64]:
    """Remove from rows of a packed text the lines that ``clean`` would, where that is known.

    It is not of a text whose blocks are perhaps no lines, before or after that, or that has too
    many of them, some that repeat others but for their figures, or a lone one that goes.

    Returns
    -------
    utf8, offsets
        What is left.
    blocks
        (n,): how many were removed, or below 0 where ``clean`` is to be asked.
    """
    if not has_core() or config.block not in ("auto", "line") or config.min_tokens > MOST_TOKENS:
        return utf8, offsets, np.full(len(offsets) - 1, -1)
    return core.clean_lines(
        _native(utf8, offsets, config).texts,
        Rule.of(config),
        LayoutRule(),
        rule_for(config),
        config.block == "line",
    )


def repeat_blocks(utf8: U8, offsets: I64, firsts: I64, config: Config) -> Flags:
    """Tell which texts may repeat their blocks, (n,): of the others ``clean`` removes nothing.

    Parameters
    ----------
    utf8, offsets
        The blocks of all texts.
    firsts
        (n + 1,): the first block of each text.
    """
    if not has_core() or config.min_tokens > MOST_TOKENS:
        return np.ones(len(firsts) - 1, np.bool_)
    blocks = _native(utf8, offsets, config).texts
    return core.repeat_blocks(blocks, firsts, Rule.of(config), rule_for(config))


def _native(utf8: U8, offsets: I64, config: Config) -> NativeTexts:
    return native_texts(*recode(utf8, offsets, config.unit), config)
