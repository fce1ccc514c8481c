"""One document in, a clean document out; or many, of which those are cleaned that repeat."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from dedup.arrays.array_types import I64, U8, Flags
from dedup.arrays.native import core, has_core, rule_constants
from dedup.arrays.packed import PackedTexts, byte_offsets, check_text, encode
from dedup.config import Config, ConfigLike
from dedup.documents import block_runs as natural_repetition
from dedup.documents.block_matches import MatchedBlocks, figures_of, match_blocks
from dedup.documents.block_runs import CHANGED_COPY, RowRun, TextRows, find_runs
from dedup.documents.body_copy import keep_body_copies
from dedup.documents.cleaned_document import CleanedDocument
from dedup.matching.similarity import overlap_coefficient
from dedup.text import blocks as text_blocks
from dedup.text.block_table import cut_texts
from dedup.text.blocks import Cut, choose, split
from dedup.text.hashing import NativeTexts


def clean(
    text: str,
    config: ConfigLike | None = None,
    *,
    document: str = "",
    **overrides: Any,  # noqa: ANN401
) -> CleanedDocument:
    r"""Find the blocks of a text that repeat others and leave them out.

    Parameters
    ----------
    text
        Any string. What is kept of it is kept character for character.
    config
        The settings, or the name of a preset; ``Config()`` when None.
    document
        A name for the ledger.
    **overrides
        Single settings, as in ``clean(text, threshold=0.9)``.

    Returns
    -------
    CleanedDocument
        ``.text``, and ``.repeats``, ``.runs`` and ``.ledger`` that account for it.

    Raises
    ------
    TextTypeError
        When ``text`` is not a ``str``.
    ConfigError
        When a setting is unknown or outside its range.

    Notes
    -----
    Every removed block has a kept witness whose exact similarity to it is at least
    ``threshold``; ``clean(clean(text).text)`` removes nothing more; and
    ``restore(result.text, result.ledger)`` is ``text``.

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
    first = result = _clean(text, choose(text, config.block), config, document)
    tried = [first.cut]
    while not result.kept.all():
        # What is left may call for another cut, in which it repeats itself: then that is the cut
        # for the whole, so that cleaning twice changes nothing.
        cut = choose(result.text, config.block)
        if cut == result.cut or _clean(result.text, cut, config).kept.all():
            break
        if cut in tried:
            return replace(first, kept=np.ones_like(first.kept), _runs=())
        tried.append(cut)
        result = _clean(text, cut, config, document)
    return result


def _clean(text: str, cut: Cut, config: Config, document: str = "") -> CleanedDocument:
    """Clean a text that is cut in one way."""
    edges, utf8 = split(text, cut), encode(text)
    blocks = match_blocks(utf8, byte_offsets(utf8, edges), config.for_blocks)
    runs = _runs_of(blocks, config)
    first = CleanedDocument(
        source=text,
        document=document,
        config=config,
        cut=cut,
        offsets=edges,
        kept=_kept(blocks, runs),
        has_tokens=blocks.tokens.hashes.lengths > 0,
        _matches=blocks.matches,
        _runs=runs,
    )
    if config.keep != "auto" or not runs:
        return first
    sentences = cut.endswith("sentence")
    matches, in_body = keep_body_copies(blocks, runs, config.for_blocks, sentences=sentences)
    if in_body == runs:
        return first
    other = replace(first, kept=_kept(blocks, in_body), _matches=matches, _runs=in_body)
    # What is left may repeat something else: then the first copy stays after all.
    again = other.kept.all() or _clean(other.text, cut, config).kept.all()
    return other if again else first


def _runs_of(blocks: MatchedBlocks, config: Config) -> list[RowRun]:
    """Find the runs of blocks that are to be removed, as long as the first of two copies stays."""
    if not blocks.matches.repeats.any():
        return []
    shingles, matches = blocks.shingles, blocks.matches
    rows = TextRows(
        matches.witness,
        matches.step,
        blocks.words,
        config.min_tokens,
        lambda row, other: overlap_coefficient(shingles[row], shingles[other]) >= CHANGED_COPY,
        figures_of(blocks, config.for_blocks),
    )
    return find_runs(blocks.with_tokens, rows)  # runs step over the others


def _kept(blocks: MatchedBlocks, runs: list[RowRun]) -> Flags:
    kept = np.ones(len(blocks.shingles), np.bool_)
    kept[[row for run in runs for row in run.copies]] = False
    return kept


def repetition_rule(config: Config) -> SimpleNamespace:
    """Return when blocks are removed: settings, and the constants of the specification."""
    return rule_constants(natural_repetition, threshold=config.threshold, least=config.min_tokens)


def clean_texts(
    packed: PackedTexts, config: Config, fixed: Sequence[int] = ()
) -> Iterator[tuple[int, CleanedDocument]]:
    r"""Clean many texts as ``clean`` does each; yield the rows of which something goes, and these.

    Most texts need not be cleaned for that: the compiled core sees from their shingles, and then
    from those of their blocks, that they repeat nothing.

    Parameters
    ----------
    config
        ``keep`` must be ``"auto"`` or ``"first"``.
    fixed
        Rows that are left as they are.

    Examples
    --------
    >>> from dedup.arrays.packed import pack
    >>> body = "The ferry was late, and nobody on the pier could say why it was so often late.\n"
    >>> texts = pack(["Early.", None, "Late\n" + body + body])
    >>> [(row, len(left.repeats)) for row, left in clean_texts(texts, Config(min_tokens=10))]
    [(2, 1)]
    """
    for_blocks = config.for_blocks
    may_repeat = self_repeating(packed.utf8, packed.offsets, for_blocks)
    may_repeat[[*fixed]] = False
    rows = np.flatnonzero(may_repeat)
    if has_core():  # which looks at their blocks, too
        texts = packed.take(rows)
        cut = cut_texts(texts, config.block, threads=1)
        parts = NativeTexts(texts.utf8, cut.edges, for_blocks).core_texts
        rows = rows[core.repeating_blocks(parts, cut.firsts, repetition_rule(for_blocks))]
    for row in rows.tolist():
        document = clean(packed.text(row), config)
        if not document.kept.all():
            yield row, document


def self_repeating(utf8: U8, offsets: I64, config: Config) -> Flags:
    """Tell which rows of a packed text may repeat blocks of themselves, (n,).

    From a row left out ``clean`` removes nothing, as long as it keeps the first of two copies.
    Without the compiled core no row is left out: to look for repeats takes as long as to clean.
    """
    if not has_core():
        return np.ones(len(offsets) - 1, np.bool_)
    texts = NativeTexts(utf8, offsets, config).core_texts
    rules = repetition_rule(config), rule_constants(text_blocks)
    return core.self_repeating(texts, *rules, config.block)
