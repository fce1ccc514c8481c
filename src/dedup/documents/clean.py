"""One document in, a clean document out."""

from dataclasses import replace
from typing import Any

import numpy as np

from dedup.config import Config, Settings
from dedup.documents.body_copy import keep_body_copies
from dedup.documents.figures import figures_of
from dedup.documents.matches import MatchedBlocks, match_blocks
from dedup.documents.result import CleanedDocument
from dedup.documents.runs import CHANGED_COPY, RowRun, find_runs
from dedup.matching.similarity import overlap
from dedup.records import Flags
from dedup.text.blocks import Cut, choose, split
from dedup.text.packed import byte_offsets, check_text, encode


def clean(
    text: str,
    config: Settings | None = None,
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
    config.check_parts("the paragraphs of a text")
    cut = choose(text, config.block)
    return _settled(_clean(text, cut, config, document))


def _settled(first: CleanedDocument) -> CleanedDocument:
    """Return a cleaned document, cut otherwise if what is left of it is to be.

    What is left may call for another cut, in which it repeats itself: then that is the cut for the
    whole, so that cleaning twice changes nothing.
    """
    result, tried = first, [first.cut]
    while not _is_stable(result):
        cut = choose(result.text, result.config.block)
        if cut in tried:
            return replace(first, kept=np.ones_like(first.kept), _runs=())
        tried.append(cut)
        result = _clean(result.source, cut, result.config, result.document)
    return result


def _is_stable(result: CleanedDocument) -> bool:
    if result.kept.all():
        return True
    again = choose(result.text, result.config.block)
    return again == result.cut or bool(_clean(result.text, again, result.config).kept.all())


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
        worded=blocks.tokens.hashes.lengths > 0,
        _matches=blocks.matches,
        _runs=runs,
    )
    if config.keep != "auto" or not runs:
        return first
    in_body = keep_body_copies(blocks, runs, config.for_blocks, sentences=cut.endswith("sentence"))
    if in_body is None:
        return first
    matches, runs = in_body
    other = replace(first, kept=_kept(blocks, runs), _matches=matches, _runs=runs)
    # What is left may repeat something else: then the first copy stays after all.
    again = other.kept.all() or _clean(other.text, cut, config).kept.all()
    return other if again else first


def _runs_of(blocks: MatchedBlocks, config: Config) -> list[RowRun]:
    """Find the runs of blocks that are to be removed, as long as the first of two copies stays."""
    if not blocks.matches.repeats.any():
        return []
    return find_runs(
        blocks.with_tokens,  # runs step over the others
        blocks.matches.witness,
        blocks.matches.rank,
        blocks.words,
        config.min_tokens,
        lambda row, other: overlap(blocks.shingles[row], blocks.shingles[other]) >= CHANGED_COPY,
        figures_of(blocks, config.for_blocks),
    )


def _kept(blocks: MatchedBlocks, runs: list[RowRun]) -> Flags:
    kept = np.ones(len(blocks.shingles), np.bool_)
    kept[[row for run in runs for row in run.copies]] = False
    return kept
