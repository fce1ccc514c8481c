"""One document in, a clean document out."""

import re
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from dedup.config import Config, Settings
from dedup.documents.body_copy import Blocks, keep_body_copies
from dedup.documents.figures import figures_of
from dedup.documents.result import CleanedDocument
from dedup.documents.runs import CHANGED_COPY, RowRun, find_runs
from dedup.errors import TextTypeError
from dedup.kernels.hashing import hashed
from dedup.matching.keep_first import Matches, match_blocks
from dedup.matching.native_rule import numbers_of, rule_of_rows
from dedup.matching.similarity import overlap
from dedup.records import I64, U8, Figures, Flags, Tokens
from dedup.text.blocks import Cut, choose, split
from dedup.text.packed import byte_offsets, encode
from dedup.weigh import columns_of, words_of, words_of_longest_line

_WORD = re.compile(r"[^\W_]")


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
    given: object = text
    if not isinstance(given, str):
        hint = ": decode it first" if isinstance(given, (bytes, bytearray)) else ""
        raise TextTypeError(f"text must be str, got {type(given).__name__}{hint}")
    name: object = document
    if not isinstance(name, str):
        raise TextTypeError(f"document must be str, got {type(name).__name__}")
    config = Config.of(config, overrides)
    config.check_parts("the paragraphs of a text")
    cut = choose(text, config.block)
    result = first = _clean(text, cut, config, document)
    # What is left may call for another cut, in which it repeats itself: then that is the
    # cut for the whole, so that cleaning twice changes nothing.
    tried: list[Cut] = []
    while not _is_stable(result, cut):
        tried.append(cut)
        cut = choose(result.text, config.block)
        if cut in tried:
            return replace(first, kept=np.ones_like(first.kept), _runs=())
        result = _clean(text, cut, config, document)
    return result


def _is_stable(result: CleanedDocument, cut: Cut) -> bool:
    if result.kept.all():
        return True
    again = choose(result.text, result.config.block)
    return again == cut or bool(_clean(result.text, again, result.config, "").kept.all())


def _clean(text: str, cut: Cut, config: Config, document: str) -> CleanedDocument:
    edges = split(text, cut)
    found = _repeats(text, edges, cut, config)
    result = CleanedDocument(
        source=text,
        document=document,
        config=config,
        cut=cut,
        offsets=edges,
        kept=_kept(found.worded, found.runs),
        worded=found.worded,
        _matches=found.matches,
        _runs=found.runs,
    )
    if found.in_body is None:
        return result
    matches, runs = found.in_body
    other = replace(result, kept=_kept(found.worded, runs), _matches=matches, _runs=runs)
    # What is left may repeat something else: then the first copy stays after all.
    stable = other.kept.all() or _clean(other.text, cut, config, document).kept.all()
    return other if stable else result


def _kept(worded: Flags, runs: list[RowRun]) -> Flags:
    kept = np.ones(len(worded), np.bool_)
    for run in runs:
        kept[list(run.copies)] = False
    return kept


class _Repeats(NamedTuple):
    """What repeats in the blocks of a text."""

    matches: Matches
    worded: Flags  # which blocks have a token
    runs: list[RowRun]  # to remove
    in_body: tuple[Matches, list[RowRun]] | None = None  # with the body as original


def _repeats(text: str, edges: I64, cut: Cut, config: Config) -> _Repeats:
    """Find what repeats in the blocks of a text: the stations of the trip, one by one."""
    if len(edges) <= 2:  # one block, however long, repeats nothing
        count = len(edges) - 1
        return _Repeats(Matches.none(count), np.full(count, bool(_WORD.search(text))), [])
    utf8 = encode(text)
    config = config.for_blocks
    offsets = byte_offsets(utf8, edges)
    tokens, shingles = hashed(utf8, offsets, config)
    matches = match_blocks(tokens.hashes, shingles, config, numbers_of(utf8, offsets, config))
    worded = tokens.hashes.lengths > 0
    if not matches.repeats.any():
        return _Repeats(matches, worded, [])
    rows = np.flatnonzero(worded)  # runs step over blocks without tokens
    words = _weigh(text, edges, tokens, matches)
    runs = find_runs(
        rows,
        matches.witness,
        matches.rank,
        words,
        config.min_tokens,
        lambda left, right: overlap(shingles[left], shingles[right]) >= CHANGED_COPY,
        _figures(utf8, offsets, tokens, matches, config),
    )
    in_body = None
    if config.keep == "auto" and runs:
        blocks = Blocks(
            rows,
            words,
            tokens.hashes,
            shingles,
            lambda row: text[edges[row] : edges[row + 1]],
            sentences=cut.endswith("sentence"),
        )
        in_body = keep_body_copies(blocks, matches, runs, config)
    return _Repeats(matches, worded, runs, in_body)


def _figures(
    utf8: U8, offsets: I64, tokens: Tokens, matches: Matches, config: Config
) -> Figures | None:
    near = matches.repeats & (matches.leader[matches.witness] != matches.leader)
    if config.numeric_variants == "remove" or not near.any():
        return None
    by_words = replace(config, unit="word")
    words = tokens if config == by_words else hashed(utf8, offsets, by_words)[0]
    return figures_of(rule_of_rows(utf8, offsets, config), words.hashes.lengths, matches)


def _weigh(text: str, edges: I64, tokens: Tokens, matches: Matches) -> I64:
    """Count the words of each block; of a repeated one as verse where it is verse."""
    columns = columns_of(tokens, ~matches.repeats)
    words = words_of(tokens, columns)
    for row in np.flatnonzero(matches.repeats).tolist():
        in_line = words_of_longest_line(text[edges[row] : edges[row + 1]], columns)
        words[row] = words[row] if in_line is None else in_line
    return words
