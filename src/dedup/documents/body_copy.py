"""Decides which of two copies of a single paragraph is kept: the copy in the body of the article.

A summary, teaser, caption, pull quote or embedded post repeats a paragraph of the body. If its copy
in the body were removed, the article would have a hole. The rules were derived from pairs that
readers judged: ``docs/decisions/0005-natural-repetition.md``.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from dedup.config import Config
from dedup.documents.block_matches import DocumentBlocks
from dedup.documents.block_runs import MAX_GAP_BLOCKS, BlockRun
from dedup.matching.keep_first import Matches
from dedup.matching.similarity import MEASURES
from dedup.text.sentence_ends import ends_sentence

TOP_PARAGRAPHS = 5  # first paragraphs of a text, which may be a summary
MIN_BODY_DISTANCE = 3  # paragraphs from a paragraph of a summary to its copy in the body
SUMMARY_OVERLAP = 0.5  # minimum for a paragraph of a summary and one of the body
MIN_SUMMARY_PARAGRAPHS = 2  # top paragraphs that a summary repeats from the body
RUNNING_TEXT_WORDS = 10  # a paragraph of running text has at least so many words


def keep_body_copies(
    blocks: DocumentBlocks, runs: Sequence[BlockRun], config: Config, *, sentences: bool
) -> tuple[Matches, list[BlockRun]]:
    """Remove the first of two copies of a single paragraph if the second one is the body.

    These rules apply in order:

    1. If only one copy ends a sentence, the other is removed: a pull quote ends in a name or
       without a full stop, a post in its date, a caption in its source.
    2. The first copy is removed if the second one follows at least ``MIN_BODY_DISTANCE`` paragraphs
       later, but within half of the text, and if both have the same text or the first is one of the
       first ``TOP_PARAGRAPHS``. If the second one is farther away, one of the first
       ``TOP_PARAGRAPHS`` is removed only if the text begins with a summary. In a text in one line,
       the first sentence is removed if it returns in running text.
    3. The first copy is removed if the second one has all its tokens and more: the body says who is
       quoted.
    4. Otherwise the second copy is removed.

    By rules 1 to 3 the first copy is kept beside the body if the two are less similar than
    ``config.threshold``, or if it has a word that the body lacks, except for a name or source at
    its end.

    Parameters
    ----------
    blocks
        The blocks of the document, matched.
    runs
        The runs to remove, all of which keep the first copy.
    config
        The settings for blocks.
    sentences
        Whether each block is a sentence.

    Returns
    -------
    matches
        The matches, where a kept second copy is the witness of the first.
    runs
        The runs to remove, some of which keep the second copy.
    """
    matches = blocks.matches
    witness, representative = matches.witness.copy(), matches.representative.copy()
    scores = matches.similarity.copy()
    group_sizes = np.bincount(matches.witness)
    changed_runs = [*runs]
    for run in _runs_with_copy_in_body(blocks, runs, sentences=sentences):
        copy, original = run.copies[0], int(matches.witness[run.copies[0]])
        score = MEASURES[config.measure](blocks.shingles[original], blocks.shingles[copy])
        is_removable = score >= config.threshold and (
            _only_first_ends_sentence(blocks, copy, original)
            or _has_all_tokens(blocks, copy, original)
        )
        if is_removable and group_sizes[original] > 2:
            continue
        changed_runs.remove(run)
        if is_removable:
            witness[copy], scores[copy] = copy, 0
            witness[original], scores[original] = copy, score
            if representative[copy] == original:
                representative[copy] = representative[original] = copy
            changed_runs.append(BlockRun((original,), (copy,)))
    changed = replace(matches, witness=witness, representative=representative, similarity=scores)
    return changed, sorted(changed_runs)


def _runs_with_copy_in_body(
    blocks: DocumentBlocks, runs: Sequence[BlockRun], *, sentences: bool
) -> Iterator[BlockRun]:
    """Yield the runs of a single block whose copy is in the body."""
    matches, with_tokens = blocks.matches, blocks.with_tokens
    place = np.full(len(matches.witness), -1)
    place[with_tokens] = np.arange(len(with_tokens))
    distance = place - place[matches.witness]
    distances = Counter(distance[[block for run in runs for block in run.copies]].tolist())
    for run in runs:
        copy = run.copies[0]
        first, second = int(place[matches.witness[copy]]), int(place[copy])
        is_single = len(run.copies) == 1 and distances[int(distance[copy])] == 1
        if not is_single or _are_in_larger_copy(blocks, first, second):
            continue
        if _is_second_in_body(blocks, first, second, sentences=sentences):
            yield run


def _is_second_in_body(blocks: DocumentBlocks, first: int, second: int, *, sentences: bool) -> bool:
    """Return whether the second of two copies is the body, by rules 1 to 3.

    Parameters
    ----------
    first, second
        Places in ``blocks.with_tokens``.
    """
    original, copy = blocks.with_tokens[[first, second]].tolist()
    if _only_first_ends_sentence(blocks, original, copy):
        return False
    if _only_first_ends_sentence(blocks, copy, original):
        return True
    if second - first >= MIN_BODY_DISTANCE:
        is_near = not sentences and 2 * (second - first) < len(blocks.with_tokens) - 2
        are_equal = blocks.text(original).strip() == blocks.text(copy).strip()
        if is_near and (first < TOP_PARAGRAPHS or are_equal):
            return True
        is_lead = sentences and _is_lead_sentence(blocks, first, second)
        if first < TOP_PARAGRAPHS and (is_lead or _begins_with_summary(blocks)):
            return True
    lengths = blocks.tokens.hashes.lengths
    return bool(lengths[copy] > lengths[original]) and _has_all_tokens(blocks, copy, original)


def _only_first_ends_sentence(blocks: DocumentBlocks, first: int, second: int) -> bool:
    return ends_sentence(blocks.text(first)) and not ends_sentence(blocks.text(second))


def _has_all_tokens(blocks: DocumentBlocks, block: int, copy: int) -> bool:
    """Return whether a block has all tokens of another one, at least as often."""
    tokens = blocks.tokens.hashes
    return not Counter(tokens[copy].tolist()) - Counter(tokens[block].tolist())


def _are_in_larger_copy(blocks: DocumentBlocks, first: int, second: int) -> bool:
    """Return whether two copies have similar neighbors at the same distance."""
    with_tokens = blocks.with_tokens
    steps = range(max(-MAX_GAP_BLOCKS, -first), min(MAX_GAP_BLOCKS + 1, len(with_tokens) - second))
    neighbors = [(with_tokens[first + step], with_tokens[second + step]) for step in steps if step]
    return any(
        blocks.overlaps(int(left), np.array([right])).max() >= SUMMARY_OVERLAP
        for left, right in neighbors
    )


def _is_lead_sentence(blocks: DocumentBlocks, first: int, second: int) -> bool:
    """Return whether the first copy begins the text, and the second is in running text."""
    if first > 0 or second + 1 == len(blocks.with_tokens):
        return False
    neighbors = blocks.with_tokens[[second - 1, second + 1]]
    return bool((blocks.words[neighbors] >= RUNNING_TEXT_WORDS).all())


def _begins_with_summary(blocks: DocumentBlocks) -> bool:
    """Return whether ``MIN_SUMMARY_PARAGRAPHS`` top paragraphs are similar to later ones."""
    running = np.flatnonzero(blocks.words[blocks.with_tokens] >= RUNNING_TEXT_WORDS)
    is_repeated = [
        blocks.overlaps(
            int(blocks.with_tokens[place]),
            blocks.with_tokens[running[running >= place + MIN_BODY_DISTANCE]],
        ).max(initial=0)
        >= SUMMARY_OVERLAP
        for place in running[running < TOP_PARAGRAPHS].tolist()
    ]
    return sum(map(bool, is_repeated)) >= MIN_SUMMARY_PARAGRAPHS
