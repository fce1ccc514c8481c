"""Runs of repeated rows, and the guard for natural repetition that rests on them.

A *run* is a stretch of rows that repeats another stretch, row by row. The guard: what
repeats is removed only where it is long enough to be more than a refrain, a label or a
table row. See ``docs/decisions/0005-natural-repetition.md``.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from dedup.arrays.array_types import I64
from dedup.documents.block_matches import BlockNumbers

CHANGED_COPY = 0.65  # overlap of a row and a changed copy of it; one word in 20 leaves 0.77
OFTEN = 50  # times that a short row stands, if it is no refrain
OFTEN_PART = 4  # of as many words as this part of the least
SHORT = 100  # tokens in a row that repeat with other figures, and stay
NEAREST = 8  # rows of the same group, before and behind, that a run is sought from
TWICE = 2
REACH = 4  # rows from the end of a run to a row that belongs to the same copy
FAR = 64  # rows from a lone row to its copy: in so long a text it is meant to return
WHOLE_ROWS = 5  # different rows that a text must have to be taken for itself twice,
WHOLE_TENTHS = 4  # and so many tenths of its rows in the run
Alike = Callable[[int, int], bool]


class RowRun(NamedTuple):
    """Rows, one after the other in the text, that repeat as many others, pair by pair."""

    copies: tuple[int, ...]
    originals: tuple[int, ...]


class TextRows(NamedTuple):
    """All rows of a text, and which of them repeat each other.

    Attributes
    ----------
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
        Which rows of a group differ in their figures; None where none do.
    """

    groups: I64
    ranks: I64
    words: I64
    least: int
    alike: Alike = lambda _copy, _original: False
    figures: BlockNumbers | None = None


def find_runs(rows: I64, text: TextRows) -> list[RowRun]:
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

    Returns
    -------
    list of RowRun
        In the order of the copies; no row is a copy twice.

    Examples
    --------
    >>> import numpy as np
    >>> groups = np.array([0, 1, 2, 3, 1, 2])
    >>> rows, words = np.arange(6), np.array([9, 9, 9, 9, 9, 2])
    >>> find_runs(rows, TextRows(groups, rows, words, 8))
    [RowRun(copies=(4, 5), originals=(1, 2))]
    """
    runs: list[RowRun] = []
    exact = text._replace(groups=text.figures.groups, figures=None) if text.figures else text
    while found := (
        Finder(rows, text).sweep()
        or (text.figures and Finder(rows, exact).sweep())
        or Finder(rows, exact).loops()
    ):
        runs += found
        rows = np.setdiff1d(rows, [row for run in found for row in run.copies])
    return sorted(runs)


class Stretch(NamedTuple):
    """``length`` rows from ``copy`` on repeat as many from ``original`` on."""

    copy: int
    original: int
    length: int

    @property
    def stop(self) -> int:
        """The row behind the copy."""
        return self.copy + self.length


class Finder:
    """Finds runs, and tells which are long enough to be removed.

    Rows are numbered among those that are left; ``rows`` gives their numbers in the text.
    """

    def __init__(self, rows: I64, text: TextRows) -> None:
        self._groups: list[int] = text.groups[rows].tolist()
        self._ranks: list[int] = text.ranks[rows].tolist()
        self._rows: list[int] = rows.tolist()
        self._words: list[int] = np.minimum(text.words[rows], text.least).tolist()
        self._least, self._alike = text.least, text.alike
        figures = text.figures or BlockNumbers(text.groups, np.zeros_like(text.groups))
        self._differs: list[bool] = (figures.groups != text.groups)[rows].tolist()
        self._tokens: list[int] = figures.token_counts[rows].tolist()
        self._members: dict[int, list[int]] = defaultdict(list)
        for row, group in enumerate(self._groups):
            self._members[group].append(row)
        rank = self._ranks.__getitem__
        self._firsts = {group: min(each, key=rank) for group, each in self._members.items()}
        self._walked: dict[int, range] = {}  # the last run walked on each diagonal

    def sweep(self) -> list[RowRun]:
        """Return the runs that are long enough, and the rows that continue them."""
        runs: list[Stretch] = []
        refused, reached = range(0), 0
        for row, group in enumerate(self._groups):
            if row < reached or self._firsts[group] == row:
                continue
            run = self._longest(row, floor=reached)
            # A part of a run that was too short is taken for too short as well.
            if run.copy >= refused.start and run.stop <= refused.stop:
                continue
            if self._counts(run) and not self._is_figure_variant(run):
                runs.append(run)
                reached = run.stop
            else:
                refused = range(run.copy, run.stop)
        taken = {row for run in runs for row in range(run.copy, run.stop)}
        for run in tuple(runs):
            for step in (1, -1):
                runs.extend(self._continued(run, step, taken))
        return [
            RowRun(*(tuple(self._rows[start : start + length]) for start in (copy, original)))
            for copy, original, length in runs
        ]

    def loops(self) -> list[RowRun]:
        """Return the copies of rows that stand more often than a refrain, as runs of a row."""
        runs = []
        for group, members in self._members.items():
            if len(members) < OFTEN:
                continue
            first = self._firsts[group]
            worded = [row for row in members if OFTEN_PART * self._words[row] >= self._least]
            copies = [row for row in worded if row != first]
            for _, some in groupby(enumerate(copies), lambda copy: copy[1] - copy[0]):
                rows = tuple(self._rows[row] for _, row in some)
                runs.append(RowRun(rows, (self._rows[first],) * len(rows)))
        return runs

    def _longest(self, row: int, floor: int) -> Stretch:
        """Return the longest run of copies through ``row`` that begins at ``floor`` or later."""
        runs = []
        for diagonal in (original - row for original in self._near(row)):
            rows = self._walk(row, diagonal)
            start = max(rows.start, floor)
            runs.append(Stretch(start, start + diagonal, rows.stop - start))
        return max(runs, key=attrgetter("length"))  # of equal ones the first

    def _counts(self, run: Stretch) -> bool:
        """Tell whether a run is more than natural repetition."""
        distance = abs(run.original - run.copy)
        is_alone = run.length == 1 and len(self._members[self._groups[run.copy]]) == TWICE
        if is_alone and distance >= FAR:
            return self._beside_changed_copy(run)
        words_of: dict[int, int] = defaultdict(int)
        for row in range(run.copy, run.stop):
            group = self._groups[row]
            words_of[group] = max(self._words[row], words_of[group])
        if sum(words**3 for words in words_of.values()) >= self._least**3:
            return True
        is_whole = 10 * run.length >= WHOLE_TENTHS * len(self._groups)
        if distance >= run.length and len(words_of) >= WHOLE_ROWS and is_whole:
            return True
        once = all(len(self._members[group]) == TWICE for group in words_of)
        return once and self._beside_changed_copy(run)

    def _is_figure_variant(self, run: Stretch, beside: Stretch | None = None) -> bool:
        """Tell whether a run has other figures than what it repeats, and is a short text.

        What it repeats may overlap it: then it is many texts, each as long as they are apart.
        The run that it continues counts as well.
        """
        if not any(self._differs[run.copy : run.stop]):
            return False
        tokens = 0
        for copy, original, length in filter(None, (run, beside)):
            stop = copy + min(length, abs(original - copy))
            tokens += sum(self._tokens[copy:stop])
        return tokens <= SHORT

    def _beside_changed_copy(self, run: Stretch) -> bool:
        diagonal = run.original - run.copy
        before = range(max(run.copy - REACH, -diagonal, 0), run.copy)
        behind = range(run.stop, min(run.stop + REACH, len(self._groups) - max(diagonal, 0)))
        return any(
            min(self._words[row], self._words[row + diagonal]) >= self._least
            and self._alike(self._rows[row], self._rows[row + diagonal])
            for row in (*before, *behind)
        )

    def _continued(self, run: Stretch, step: int, taken: set[int]) -> Iterator[Stretch]:
        """Yield the runs that continue the copy onwards (1) or backwards (-1).

        Rows in ``taken`` belong to other runs; those of the runs found are added to it. A single
        row goes on with no row that stands more than twice, such as the name of a speaker.
        """
        diagonal = run.original - run.copy
        end = run.stop - 1 if step > 0 else run.copy
        row = end + step
        while abs(row - end) <= REACH:
            begin = row
            while self._repeats(row, diagonal) and row not in taken:
                if run.length == 1 and len(self._members[self._groups[row]]) > TWICE:
                    break
                row += step
            first = min(begin, row - step)
            more = Stretch(first, first + diagonal, abs(row - begin))
            if more.length and not self._is_figure_variant(more, run):
                taken.update(range(first, more.stop))
                end = row - step
                yield more
            row += step

    def _near(self, row: int) -> list[int]:
        group = self._groups[row]
        place = bisect_left(self._members[group], row)
        near = self._members[group][max(place - NEAREST, 0) : place + 1 + NEAREST]
        # Of runs as long, the one whose original ranks first wins: that one stands.
        earlier = [other for other in near if self._ranks[other] < self._ranks[row]]
        return sorted(earlier, key=self._ranks.__getitem__) or [self._firsts[group]]

    def _walk(self, row: int, diagonal: int) -> range:
        known = self._walked.get(diagonal, range(0))
        if row not in known:
            start, stop = row, row + 1
            while self._repeats(start - 1, diagonal):
                start -= 1
            while self._repeats(stop, diagonal):
                stop += 1
            known = self._walked[diagonal] = range(start, stop)
        return known

    def _repeats(self, copy: int, diagonal: int) -> bool:
        original = copy + diagonal
        if min(copy, original) < 0 or max(copy, original) >= len(self._groups):
            return False
        is_same = self._groups[copy] == self._groups[original]
        return is_same and self._ranks[original] < self._ranks[copy]
