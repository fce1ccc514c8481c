"""Removes the repeats inside one text: ``clean``.

A text is cut into blocks, the blocks are matched with each other, runs of repeated blocks are found
among them, and the blocks of these runs are left out.
"""

from dataclasses import replace
from functools import lru_cache
from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np

from dedup.arrays.array_types import Flags
from dedup.arrays.native import rule_constants
from dedup.arrays.packed import character_offsets, check_text, encode
from dedup.config import Config, ConfigLike
from dedup.documents import block_runs
from dedup.documents.block_matches import DocumentBlocks, match_blocks, variant_groups
from dedup.documents.block_runs import BlockRepeats, BlockRun, find_block_runs
from dedup.documents.body_copy import keep_body_copies
from dedup.documents.cleaned_document import CleanedDocument
from dedup.matching.similarity import overlap_coefficient
from dedup.text.block_table import choose_cut, cut_rule, split_text
from dedup.text.blocks import Cut


def clean(
    text: str,
    config: ConfigLike | None = None,
    *,
    document: str = "",
    **overrides: Any,  # noqa: ANN401
) -> CleanedDocument:
    r"""Remove the blocks of a text that repeat others.

    Parameters
    ----------
    text
        Any string. Kept blocks are unchanged, character for character.
    config
        The settings, or the name of a preset; default ``Config()``.
    document
        A name for the ledger; default none.
    **overrides
        Single settings, as in ``clean(text, threshold=0.9)``.

    Returns
    -------
    CleanedDocument
        ``.text`` is the clean text; ``.repeats``, ``.runs`` and ``.ledger`` list what was removed.

    Raises
    ------
    TextTypeError
        If ``text`` or ``document`` is not a ``str``.
    ConfigError
        If a setting is unknown or outside its range.

    Notes
    -----
    - Every removed block has a kept witness. Their similarity is exact, and at least ``threshold``.
    - ``clean(clean(text).text)`` removes nothing more.
    - ``restore(result.text, result.ledger)`` is ``text``.

    Examples
    --------
    >>> body = "The ferry was late again, and nobody on the pier could say why it was so " \
    ...        "often late.\nThe company blamed the tide, the moon, and a rope that had not " \
    ...        "been seen since the spring of last year.\n"
    >>> clean("Ferry late\n" + body + body)
    <CleanedDocument: removed 2 of 5 paragraphs, 189 of 389 characters: lines 4-5 repeat lines 2-3>
    """
    check_text("text", text)
    check_text("document", document)
    config = Config.of(config, overrides)
    config.check_compares_parts("the paragraphs of a text")
    cut = choose_cut(text, encode(text), config.split_by)
    return stable_result(_clean_cut(text, cut, config, document))


def stable_result(first: CleanedDocument) -> CleanedDocument:
    """Return a result of cleaning a text that cleaning does not change again.

    The clean text may be cut in another way, and repeat itself in that cut. Then the whole text is
    cut in that way.

    Parameters
    ----------
    first
        The result for the cut that the whole text is given.
    """
    result, config, tried = first, first.config, [first.cut]
    while not result.kept.all():
        cut = choose_cut(result.text, encode(result.text), config.split_by)
        if cut == result.cut or _clean_cut(result.text, cut, config).kept.all():
            break
        if cut in tried:
            return replace(first, kept=np.ones_like(first.kept), _runs=())
        tried.append(cut)
        result = _clean_cut(first.source, cut, config, first.document)
    return result


def _clean_cut(text: str, cut: Cut, config: Config, document: str = "") -> CleanedDocument:
    """Clean a text that is cut into one kind of blocks."""
    utf8 = encode(text)
    blocks = match_blocks(utf8, split_text(text, utf8, cut), config.for_blocks)
    return clean_blocks(text, cut, blocks, config, document)


def clean_blocks(
    text: str, cut: Cut, blocks: DocumentBlocks, config: Config, document: str = ""
) -> CleanedDocument:
    """Clean a text whose blocks are matched."""
    runs = runs_to_remove(blocks, config)
    keeps_first = CleanedDocument(
        source=text,
        document=document,
        config=config,
        cut=cut,
        offsets=character_offsets(blocks.utf8, blocks.offsets),
        kept=_kept_blocks(blocks, runs),
        has_tokens=blocks.tokens.hashes.lengths > 0,
        _matches=blocks.matches,
        _runs=runs,
    )
    if config.keep != "auto" or not runs:
        return keeps_first
    sentences = cut.endswith("sentence")
    matches, body_runs = keep_body_copies(blocks, runs, config.for_blocks, sentences=sentences)
    if body_runs == runs:
        return keeps_first
    kept = _kept_blocks(blocks, body_runs)
    keeps_body = replace(keeps_first, kept=kept, _matches=matches, _runs=body_runs)
    # If the rest would repeat itself, the first copies are kept after all.
    is_clean = kept.all() or _clean_cut(keeps_body.text, cut, config).kept.all()
    return keeps_body if is_clean else keeps_first


def runs_to_remove(blocks: DocumentBlocks, config: Config) -> list[BlockRun]:
    """Find the runs of blocks to remove, of which the first copy is kept."""
    if not blocks.matches.repeats.any():
        return []
    if blocks.matcher is not None and config.min_tokens <= block_runs.MAX_CORE_MIN_WORDS:
        lengths, *both = blocks.matcher.find_runs(run_rule(config), cut_rule())
        copies, originals = (iter(numbers.tolist()) for numbers in both)
        return [
            BlockRun(tuple(islice(copies, length)), tuple(islice(originals, length)))
            for length in lengths.tolist()
        ]
    shingles, matches = blocks.shingles, blocks.matches

    def is_changed_copy(copy: int, original: int) -> bool:
        overlap = overlap_coefficient(shingles[copy], shingles[original])
        return overlap >= block_runs.CHANGED_COPY_OVERLAP

    repeats = BlockRepeats(
        matches.witness,
        matches.step,
        blocks.words,
        config.min_tokens,
        is_changed_copy,
        variant_groups(blocks, config.for_blocks),
    )
    return find_block_runs(blocks.with_tokens, repeats)


def _kept_blocks(blocks: DocumentBlocks, runs: list[BlockRun]) -> Flags:
    kept = np.ones(len(blocks.shingles), np.bool_)
    kept[[block for run in runs for block in run.copies]] = False
    return kept


@lru_cache(maxsize=8)
def run_rule(config: Config) -> SimpleNamespace:
    """Return the settings and the constants of ``block_runs``, as the core reads them."""
    return rule_constants(block_runs, threshold=config.threshold, min_words=config.min_tokens)
