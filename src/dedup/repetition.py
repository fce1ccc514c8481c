"""Which of many texts may repeat blocks of themselves, and what is left of those made of lines.

Kernels for many texts at once; what they do not know is for ``clean``.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dedup.backend import use_compiled
from dedup.config import Config
from dedup.engine import compiled_texts, hashed, native_texts
from dedup.kernels.reference import shingle_counts
from dedup.native import core
from dedup.records import I64, U8, Flags
from dedup.run_finder import REACH, WHOLE_TENTHS
from dedup.runs import CHANGED_COPY, OFTEN, OFTEN_PART
from dedup.text.blocks import LayoutRule
from dedup.text.recode import recode

if TYPE_CHECKING:
    from dedup.kernels.lines import Rule as LinesRule

MOST_TOKENS = 1 << 20  # whose cube is no number too large for a kernel


class Rule(NamedTuple):
    """What the compiled core has to know of ``runs.find_runs``."""

    threshold: float  # of its shingles stand in one before it, if a block is a copy
    least: int  # tokens of a block that is removed alone
    alike: float = CHANGED_COPY
    reach: int = REACH
    often: int = OFTEN
    part: int = OFTEN_PART
    whole_tenths: int = WHOLE_TENTHS


def self_repeating(utf8: U8, offsets: I64, config: Config) -> Flags:
    """Tell which rows of a packed text may repeat blocks of themselves, (n,).

    From a row left out ``clean`` removes nothing, as long as it keeps the first of two copies.
    """
    if core is not None:
        texts = native_texts(*recode(utf8, offsets, config.unit), config).texts
        rule = Rule(config.threshold, config.min_tokens)
        return core.self_repeating(texts, rule, LayoutRule(), config.block)
    counts = np.diff(offsets)
    # Even a block that is no whole shingle may go.
    if config.min_tokens <= config.ngram_size or config.min_tokens < OFTEN_PART * config.ngram_size:
        return counts > 0
    tokens, shingles = hashed(utf8, offsets, config)
    in_text = shingle_counts(tokens.hashes.lengths, config.ngram_size)
    repeated: Flags = in_text > shingles.lengths
    return repeated


def clean_lines(utf8: U8, offsets: I64, config: Config, total: int) -> tuple[U8, I64, I64]:
    """Remove from rows of a packed text the lines that ``clean`` would, where that is known.

    Returns
    -------
    utf8, offsets
        What is left.
    blocks
        (n,): how many were removed, or below 0 where ``clean`` is to be asked.
    """
    known = config.block in ("auto", "line") and _is_known(config, offsets, total)
    if not known:
        return utf8, offsets, np.full(len(offsets) - 1, -1)
    from dedup.kernels import lines  # noqa: PLC0415  numba is loaded at need

    texts = compiled_texts(utf8, offsets, config)
    return lines.clean_lines(texts, _rule_for_lines(config), always=config.block == "line")


def repeat_blocks(utf8: U8, offsets: I64, firsts: I64, config: Config, total: int) -> Flags:
    """Tell which texts may repeat their blocks, (n,): of the others ``clean`` removes nothing.

    Parameters
    ----------
    utf8, offsets
        The blocks of all texts.
    firsts
        (n + 1,): the first block of each text.
    total
        Bytes of all texts that this will be asked of.
    """
    if not _is_known(config, firsts, total):
        return np.ones(len(firsts) - 1, np.bool_)
    from dedup.kernels import lines  # noqa: PLC0415  numba is loaded at need

    blocks = compiled_texts(utf8, offsets, config)
    found: Flags = lines.repeated_blocks(blocks, firsts, _rule_for_lines(config)) != 0
    return found


def _rule_for_lines(config: Config) -> "LinesRule":
    from dedup.kernels.lines import Rule  # noqa: PLC0415  numba is loaded at need
    from dedup.kernels.numeric_variants import rule_for  # noqa: PLC0415

    return Rule(
        config.threshold,
        config.measure == "containment",
        config.min_tokens,
        config.numeric_variants == "keep",
        rule_for(config),
    )


def _is_known(config: Config, offsets: I64, total: int) -> bool:
    """Tell whether there are compiled kernels for what ``clean`` does to some texts."""
    few = config.min_tokens <= MOST_TOKENS
    return few and len(offsets) > 1 and use_compiled("lines", total)
