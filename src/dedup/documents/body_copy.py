"""Which of two copies of a lone paragraph stays: the one in the body of the article."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from dedup.config import Config
from dedup.documents.block_matches import MatchedBlocks
from dedup.documents.block_runs import REACH, RowRun
from dedup.matching.keep_first import Matches
from dedup.matching.similarity import MEASURES, overlap_coefficient
from dedup.text.sentence_ends import ends_sentence

TOP = 5  # first paragraphs of a text, which may be a summary
APART = 3  # paragraphs from a summary to the body, at least
SUMMARY = 0.5  # overlap of a paragraph of a summary and one of the body, at least,
PARAGRAPHS = 2  # of so many of them
RUNNING = 10  # words of a paragraph of running text, at least


def keep_body_copies(
    blocks: MatchedBlocks, runs: Sequence[RowRun], config: Config, *, sentences: bool
) -> tuple[Matches, list[RowRun]]:
    """Remove the first of two copies of a lone paragraph where the second one is the body.

    A summary, teaser, caption, pull quote or embedded post repeats a paragraph of the body. In this
    order:

    1. If one copy ends a sentence and the other does not, the other goes: a pull quote ends in a
       name or in nothing, a post in its date, a caption in its source.
    2. The first copy goes if the second one follows at least APART paragraphs later, but in the
       nearer half of the text, and if both have the same text or the first is one of the first
       TOP paragraphs. Further on one of these goes only if the text begins with a summary:
       PARAGRAPHS of the first TOP ones are much like later ones. The first sentence of a text in
       one line goes if it returns in running text.
    3. The first copy goes if the second one has all its tokens and more: the body says who said it.
    4. Otherwise the second copy goes.

    A first copy that should go by 1 to 3 stays beside the body if they are too unlike, or if it
    has a word that the body lacks; but a name or source that it ends in may go.

    Parameters
    ----------
    runs
        The rows to remove so far, of which the first copies stay.
    sentences
        Whether each block is a sentence.

    Returns
    -------
    matches, runs
        With the body as the original; the same runs where it is that already.
    """
    matches = blocks.matches
    witness, representative = matches.witness.copy(), matches.representative.copy()
    scores = matches.similarity.copy()
    members = np.bincount(matches.witness)
    left = [*runs]
    for run in _first_goes(blocks, runs, sentences=sentences):
        copy, original = run.copies[0], int(matches.witness[run.copies[0]])
        score = MEASURES[config.measure](blocks.shingles[original], blocks.shingles[copy])
        goes = score >= config.threshold and (
            _has_own_end(blocks, copy, original) or _has_all(blocks, copy, original)
        )
        if goes and members[original] > 2:
            continue
        left.remove(run)
        if goes:
            witness[copy], scores[copy] = copy, 0
            witness[original], scores[original] = copy, score
            if representative[copy] == original:
                representative[copy] = representative[original] = copy
            left.append(RowRun((original,), (copy,)))
    changed = replace(matches, witness=witness, representative=representative, similarity=scores)
    return changed, sorted(left)


def _first_goes(
    blocks: MatchedBlocks, runs: Sequence[RowRun], *, sentences: bool
) -> Iterator[RowRun]:
    """Yield the runs of one row whose original goes, not the copy."""
    matches, worded = blocks.matches, blocks.with_tokens
    place = np.full(len(matches.witness), -1)
    place[worded] = np.arange(len(worded))
    distance = place - place[matches.witness]
    distances = Counter(distance[[row for run in runs for row in run.copies]].tolist())
    for run in runs:
        copy = run.copies[0]
        original, apart = int(matches.witness[copy]), int(distance[copy])
        first, again = int(place[original]), int(place[copy])
        is_alone = len(run.copies) == 1 and distances[apart] == 1
        if not is_alone or _is_beside_alike(blocks, first, again):
            continue
        if _is_copy_of_body(blocks, first, again, sentences=sentences):
            yield run


def _is_copy_of_body(blocks: MatchedBlocks, first: int, again: int, *, sentences: bool) -> bool:
    """Tell whether the first of two copies repeats the body, by their places in ``worded``."""
    original, copy = blocks.with_tokens[[first, again]].tolist()
    if _has_own_end(blocks, original, copy):
        return False
    if _has_own_end(blocks, copy, original):
        return True
    if again - first >= APART:
        near = not sentences and 2 * (again - first) < len(blocks.with_tokens) - 2
        equal = blocks.text(original).strip() == blocks.text(copy).strip()
        if near and (first < TOP or equal):
            return True
        is_lead = sentences and _is_first_sentence(blocks, first, again)
        if first < TOP and (is_lead or _has_summary(blocks)):
            return True
    lengths = blocks.tokens.hashes.lengths
    return bool(lengths[copy] > lengths[original]) and _has_all(blocks, copy, original)


def _has_own_end(blocks: MatchedBlocks, row: int, other: int) -> bool:
    """Tell whether a block ends a sentence, and another one does not."""
    return ends_sentence(blocks.text(row)) and not ends_sentence(blocks.text(other))


def _has_all(blocks: MatchedBlocks, row: int, other: int) -> bool:
    """Tell whether a block has all tokens of another one, as often."""
    tokens = blocks.tokens.hashes
    return not Counter(tokens[other].tolist()) - Counter(tokens[row].tolist())


def _is_beside_alike(blocks: MatchedBlocks, original: int, copy: int) -> bool:
    """Tell whether blocks beside two copies are alike, too: then these are of a larger copy."""
    rows, shingles = blocks.with_tokens, blocks.shingles
    steps = range(max(-REACH, -original), min(REACH + 1, len(rows) - copy))
    beside = [(rows[original + step], rows[copy + step]) for step in steps if step]
    return any(
        overlap_coefficient(shingles[one], shingles[other]) >= SUMMARY for one, other in beside
    )


def _is_first_sentence(blocks: MatchedBlocks, first: int, again: int) -> bool:
    if first > 0 or again + 1 == len(blocks.with_tokens):
        return False
    beside = blocks.with_tokens[[again - 1, again + 1]]
    return bool((blocks.words[beside] >= RUNNING).all())


def _has_summary(blocks: MatchedBlocks) -> bool:
    """Tell whether PARAGRAPHS of the first TOP blocks are much like later ones."""
    rows = blocks.with_tokens.tolist()
    none = np.zeros(0, np.uint64)  # overlaps with nothing
    running = [blocks.shingles[row] if blocks.words[row] >= RUNNING else none for row in rows]
    like = [
        any(overlap_coefficient(shingles, later) >= SUMMARY for later in running[place + APART :])
        for place, shingles in enumerate(running[:TOP])
    ]
    return sum(like) >= PARAGRAPHS
