"""Runs of repeated rows, and the guard for natural repetition that rests on them.

A *run* is a stretch of rows that repeats another stretch, row by row. The guard: what
repeats is removed only where it is long enough to be more than a refrain, a label or a
table row. See ``docs/decisions/0005-natural-repetition.md``.
"""

from dataclasses import dataclass
from functools import partial
from operator import attrgetter

import numpy as np

from dedup.documents.run_finder import Alike, Finder, Stretch
from dedup.records import I64, Figures

CHANGED_COPY = 0.65  # overlap of a row and a changed copy of it; one word in 20 leaves 0.77
OFTEN = 50  # times that a short row stands, if it is no refrain
OFTEN_PART = 4  # of as many words as this part of the least


@dataclass(frozen=True, slots=True)
class RowRun:
    """Rows, one after the other in the text, that repeat as many others, pair by pair."""

    copies: tuple[int, ...]
    originals: tuple[int, ...]


def find_runs(  # noqa: PLR0913, PLR0917
    rows: I64,
    groups: I64,
    ranks: I64,
    words: I64,
    least: int,
    alike: Alike = lambda _copy, _original: False,
    figures: Figures | None = None,
) -> list[RowRun]:
    """Find the repeated runs that are long enough to be removed.

    A run counts when the cubes of its rows' words, each group counted once, add up to that of the
    least: one row of 20 words where 20 are the least, five of 12 or forty of 6. A
    shorter one counts when it belongs to a larger copy: when it continues a run that
    counts, a few changed rows further on; when its rows stand twice and no more, and a
    long row beside it is a changed copy of the row beside its original; or when the text
    is nothing but itself twice. A row that stands at least OFTEN times goes as well, but for the
    first, if it has a quarter of the least words: no refrain returns as often. Rows with other
    figures than their originals go in runs of more than SHORT tokens alone. What is left is
    searched again without the rows found, so that nothing more is found in a text from which they
    were removed.

    Parameters
    ----------
    rows
        (m,): the rows to look at, ascending; they are neighbours of each other.
    groups
        (n,): rows with the same number repeat each other.
    ranks
        (n,): of two rows that repeat each other, the one of lower rank is the original.
    words
        (n,): of each row.
    least
        The fewest words of a row that is removed alone.
    alike
        Whether one row is a changed copy of another, though too different to be removed.
    figures
        What tells apart rows of one group; nothing when None.

    Returns
    -------
    list of RowRun
        In the order of the copies; no row is a copy twice.

    Examples
    --------
    >>> import numpy as np
    >>> groups = np.array([0, 1, 2, 3, 1, 2])
    >>> rows, words = np.arange(6), np.array([9, 9, 9, 9, 9, 2])
    >>> find_runs(rows, groups, rows, words, 8)
    [RowRun(copies=(4, 5), originals=(1, 2))]
    """
    runs: list[RowRun] = []
    finder = partial(Finder, ranks=ranks, words=words, least=least, alike=alike)
    while True:
        found = [*map(_rows_of, _sweep(finder(rows, groups, figures)))]
        if not found and figures is not None:
            found = [*map(_rows_of, _sweep(finder(rows, figures.groups)))]
        if not found:
            found = _looping(
                rows, groups if figures is None else figures.groups, ranks, words, least
            )
        if not found:
            return sorted(runs, key=attrgetter("copies"))
        left = np.ones(len(rows), np.bool_)
        for run in found:
            left[[*run.copies]] = False
            numbers = rows[[*run.copies]], rows[[*run.originals]]
            runs.append(RowRun(*(tuple(some.tolist()) for some in numbers)))
        rows = rows[left]


def _rows_of(run: Stretch) -> RowRun:
    originals = range(run.original, run.original + run.length)
    return RowRun(tuple(range(run.copy, run.stop)), tuple(originals))


def _looping(rows: I64, groups: I64, ranks: I64, words: I64, least: int) -> list[RowRun]:
    """Return the copies of rows that stand more often than a refrain, as runs of the same row."""
    _, group, members = np.unique(groups[rows], return_inverse=True, return_counts=True)
    ranked = np.argsort(ranks[rows], kind="stable")
    first = np.empty(len(members), np.int64)
    first[group[ranked[::-1]]] = ranked[::-1]  # the lowest rank is written last
    often = (members[group] >= OFTEN) & (OFTEN_PART * words[rows] >= least)
    copies = np.flatnonzero(often & (first[group] != np.arange(len(rows))))
    edges = np.flatnonzero((np.diff(copies) != 1) | (np.diff(group[copies]) != 0)) + 1
    return [
        RowRun(tuple(some.tolist()), tuple(first[group[some]].tolist()))
        for some in np.split(copies, edges)
        if len(some)
    ]


def _sweep(finder: Finder) -> list[Stretch]:
    runs: list[Stretch] = []
    refused = range(0)
    reached = 0
    for row in finder.repeated():
        if row < reached:
            continue
        run = finder.longest(row, floor=reached)
        # A part of a run that was too short is taken for too short as well.
        if run.copy >= refused.start and run.stop <= refused.stop:
            continue
        if finder.counts(run) and not finder.is_figure_variant(run):
            runs.append(run)
            reached = run.stop
        else:
            refused = range(run.copy, run.stop)
    taken = {row for run in runs for row in range(run.copy, run.stop)}
    for run in tuple(runs):
        runs.extend(finder.continued(run, 1, taken))
        runs.extend(finder.continued(run, -1, taken))
    return runs
