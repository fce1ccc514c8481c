"""Which of two copies stays: the one in the body, not one in a summary or a quote set apart."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from dedup.config import Config
from dedup.decide import Matches
from dedup.records import I64, Ragged
from dedup.run_finder import REACH
from dedup.runs import RowRun
from dedup.similarity import MEASURES, overlap

TOP = 5  # paragraphs of a text that may be its summary
APART = 3  # paragraphs from a summary to the body, at least
SUMMARY = 0.5  # overlap of a paragraph of a summary and one of the body, at least,
PARAGRAPHS = 2  # of so many of them
RUNNING = 10  # words of a paragraph of running text, at least
# Who said it, behind a dash at the end: of a pull quote, or of an embedded post.
_ATTRIBUTION = re.compile(r"(?:[^\w\s]|\s)[\u2013\u2014]\s?([^\W\d_])[^\u2013\u2014]{2,120}\Z")


def is_attributed(block: str) -> bool:
    """Tell whether a block ends in the name of who said it.

    Examples
    --------
    >>> is_attributed("\u201cWe sail.\u201d \u2014 Ada Vey, captain"), is_attributed("We sail.")
    (True, False)
    """
    found = _ATTRIBUTION.search(block.strip())
    return found is not None and not found[1].islower()


class Blocks(NamedTuple):
    """The blocks of a text."""

    worded: I64  # (m,): those that have a token, ascending
    words: I64  # (n,): how many each has
    shingles: Ragged
    text: Callable[[int], str]
    sentences: bool  # whether each is one


def keep_body_copies(
    blocks: Blocks, matches: Matches, runs: Sequence[RowRun], config: Config
) -> tuple[Matches, list[RowRun]] | None:
    """Remove the copy in a summary, or of a quote that is set apart, and not the one in the body.

    Such a block stands before the only other one that repeats it, as no part of a larger copy.
    Where it says more than the body, all stay. The first TOP blocks are a summary if PARAGRAPHS of
    them are much like blocks at least APART behind them; and the first sentence of a text that is
    cut into sentences is one, if it returns inside running text. A quote is attributed, and the
    body is not.

    Parameters
    ----------
    runs
        The rows to remove so far, of which the first copies stay.

    Returns
    -------
    matches, runs
        With the body as the original; None where it is that already.
    """
    witness, leader, scores = (
        matches.witness.copy(),
        matches.leader.copy(),
        matches.similarity.copy(),
    )
    members = np.bincount(matches.witness)
    left = [*runs]
    for run in _set_apart(blocks, matches, runs):
        copy, original = run.copies[0], int(matches.witness[run.copies[0]])
        score = MEASURES[config.measure](blocks.shingles[original], blocks.shingles[copy])
        alike = score >= config.threshold
        if alike and members[original] > 2:
            continue
        left.remove(run)
        if alike:
            witness[copy], scores[copy] = copy, 0
            witness[original], scores[original] = copy, score
            if leader[copy] == original:
                leader[copy] = leader[original] = copy
            left.append(RowRun((original,), (copy,)))
    if left == [*runs]:
        return None
    changed = replace(matches, witness=witness, leader=leader, similarity=scores)
    return changed, sorted(left, key=attrgetter("copies"))


def _set_apart(blocks: Blocks, matches: Matches, runs: Sequence[RowRun]) -> Iterator[RowRun]:
    """Yield the runs of one block that repeat one of a summary, or a quote."""
    worded = blocks.worded
    place = np.full(len(matches.witness), -1)
    place[worded] = np.arange(len(worded))
    distance = place - place[matches.witness]
    distances = Counter(distance[[row for run in runs for row in run.copies]].tolist())
    summarised: bool | None = None
    for run in runs:
        copy = run.copies[0]
        original, apart = int(matches.witness[copy]), int(distance[copy])
        alone = len(run.copies) == 1 and distances[apart] == 1
        if not alone or is_attributed(blocks.text(copy)):
            continue
        if _is_beside_alike(blocks, int(place[original]), int(place[copy])):
            continue
        in_summary = place[original] < TOP and apart >= APART
        if in_summary and not _is_first_sentence(blocks, int(place[original]), int(place[copy])):
            summarised = _is_summarised(blocks) if summarised is None else summarised
            in_summary = summarised
        if in_summary or is_attributed(blocks.text(original)):
            yield run


def _is_beside_alike(blocks: Blocks, original: int, copy: int) -> bool:
    """Tell whether blocks beside two copies are alike, too: then these are of a larger copy."""
    rows = blocks.worded
    for step in (*range(-REACH, 0), *range(1, REACH + 1)):
        if original + step >= 0 and copy + step < len(rows):
            one, other = (blocks.shingles[rows[at + step]] for at in (original, copy))
            if overlap(one, other) >= SUMMARY:
                return True
    return False


def _is_first_sentence(blocks: Blocks, first: int, again: int) -> bool:
    if not blocks.sentences or first > 0 or again + 1 == len(blocks.worded):
        return False
    beside = blocks.worded[[again - 1, again + 1]]
    return bool((blocks.words[beside] >= RUNNING).all())


def _is_summarised(blocks: Blocks) -> bool:
    long = [row if blocks.words[row] >= RUNNING else None for row in blocks.worded.tolist()]
    shingles = [blocks.shingles[row] if row is not None else None for row in long]
    like = 0
    for at, own in enumerate(shingles[:TOP]):
        behind = [other for other in shingles[at + APART :] if other is not None]
        like += own is not None and any(overlap(own, other) >= SUMMARY for other in behind)
    return like >= PARAGRAPHS
