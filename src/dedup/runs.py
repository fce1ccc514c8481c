"""Runs of repeated rows, and the guard for natural repetition that rests on them.

A *run* is a stretch of rows that repeats another stretch, row by row. The guard: what
repeats is removed only where it is long enough to be more than a refrain, a label or a
table row. See ``docs/decisions/0005-natural-repetition.md``.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from dedup.records import I64, Figures
from dedup.templates import SHORT

NEAREST = 8  # rows of the same group, before and behind, that a run is sought from
REACH = 4  # rows from the end of a run to a row that belongs to the same copy
CHANGED_COPY = 0.65  # overlap of a row and a changed copy of it; one word in 20 leaves 0.77
WHOLE_ROWS = 5  # different rows that a text must have to be taken for itself twice
Alike = Callable[[int, int], bool]


@dataclass(frozen=True, slots=True)
class RowRun:
    """Rows, one after the other in the text, that repeat as many others, pair by pair."""

    copies: tuple[int, ...]
    originals: tuple[int, ...]


class _Stretch(NamedTuple):
    """``length`` rows from ``copy`` on repeat as many from ``original`` on."""

    copy: int
    original: int
    length: int

    @property
    def stop(self) -> int:
        """The row behind the copy."""
        return self.copy + self.length


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
    is nothing but itself twice. Rows with other figures than their originals go in runs of more
    than SHORT tokens alone. What is left is searched again without the rows found, so that
    nothing more is found in a text from which they were removed.

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
    while found := _search(groups, ranks, rows, words, least, alike, figures):
        left = np.ones(len(rows), np.bool_)
        for copy, original, length in found:
            left[copy : copy + length] = False
            copies = rows[copy : copy + length].tolist()
            originals = rows[original : original + length].tolist()
            runs.append(RowRun(tuple(copies), tuple(originals)))
        rows = rows[left]
    return sorted(runs, key=attrgetter("copies"))


def _search(  # noqa: PLR0913, PLR0917
    groups: I64,
    ranks: I64,
    rows: I64,
    words: I64,
    least: int,
    alike: Alike,
    figures: Figures | None,
) -> list[_Stretch]:
    """Find runs of rows that are left: whatever their figures, or where none are, by these."""
    found = _sweep(_Finder(groups, ranks, rows, words, least, alike, figures))
    if found or figures is None:
        return found
    return _sweep(_Finder(figures.groups, ranks, rows, words, least, alike))


def _sweep(finder: "_Finder") -> list[_Stretch]:
    runs: list[_Stretch] = []
    refused = range(0)
    reached = 0
    for row in finder.repeated():
        if row < reached:
            continue
        run = finder.longest(row, floor=reached)
        # A part of a run that was too short is taken for too short as well.
        if run.copy >= refused.start and run.stop <= refused.stop:
            continue
        if finder.counts(run) and not finder.is_other_news(run):
            runs.append(run)
            reached = run.stop
        else:
            refused = range(run.copy, run.stop)
    taken = {row for run in runs for row in range(run.copy, run.stop)}
    for run in tuple(runs):
        runs.extend(finder.continued(run, 1, taken))
        runs.extend(finder.continued(run, -1, taken))
    return runs


class _Finder:
    """Finds runs along diagonals: rows that lie equally far before or behind their copies.

    Rows are numbered among those that are left; ``rows`` gives their numbers in the text.
    """

    def __init__(  # noqa: PLR0913, PLR0917
        self,
        groups: I64,
        ranks: I64,
        rows: I64,
        words: I64,
        least: int,
        alike: Alike,
        figures: Figures | None = None,
    ) -> None:
        self._groups: list[int] = groups[rows].tolist()
        self._ranks: list[int] = ranks[rows].tolist()
        self._rows: list[int] = rows.tolist()
        self._words: list[int] = np.minimum(words[rows], least).tolist()
        self._least = least
        self._alike = alike
        figures = Figures(groups, np.zeros_like(groups)) if figures is None else figures
        self._differs: list[bool] = (figures.groups != groups)[rows].tolist()
        self._tokens: list[int] = figures.tokens[rows].tolist()
        self._members: dict[int, list[int]] = defaultdict(list)
        self._place: list[int] = []
        for row, group in enumerate(self._groups):
            self._place.append(len(self._members[group]))
            self._members[group].append(row)
        self._firsts = {
            group: min(members, key=self._ranks.__getitem__)
            for group, members in self._members.items()
        }
        self._walked: dict[int, range] = {}  # the last run walked on each diagonal

    def repeated(self) -> list[int]:
        """Return the rows that are not the first of their group."""
        groups = enumerate(self._groups)
        return [row for row, group in groups if self._firsts[group] != row]

    def longest(self, row: int, floor: int) -> _Stretch:
        """Return the longest run of copies through ``row`` that begins at ``floor`` or later."""
        best = _Stretch(row, row, 0)
        for other in self._near(row):
            diagonal = other - row
            if self._repeats(row, diagonal):
                rows = self._walk(row, diagonal)
                start = max(rows.start, floor)
                if rows.stop - start > best.length:
                    best = _Stretch(start, start + diagonal, rows.stop - start)
        return best

    def counts(self, run: _Stretch) -> bool:
        """Tell whether a run is more than natural repetition."""
        words_of: dict[int, int] = {}
        for row in range(run.copy, run.stop):
            group = self._groups[row]
            words_of[group] = max(self._words[row], words_of.get(group, 0))
        if sum(words**3 for words in words_of.values()) >= self._least**3:
            return True
        apart = abs(run.original - run.copy) >= run.length
        if apart and len(words_of) >= WHOLE_ROWS and 10 * run.length >= 4 * len(self._groups):
            return True
        once = all(len(self._members[group]) == 2 for group in words_of)
        return once and self._beside_changed_copy(run)

    def is_other_news(self, run: _Stretch, beside: _Stretch | None = None) -> bool:
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

    def _beside_changed_copy(self, run: _Stretch) -> bool:
        diagonal = run.original - run.copy
        before = range(max(run.copy - REACH, -diagonal, 0), run.copy)
        behind = range(run.stop, min(run.stop + REACH, len(self._groups) - max(diagonal, 0)))
        return any(
            min(self._words[row], self._words[row + diagonal]) >= self._least
            and self._alike(self._rows[row], self._rows[row + diagonal])
            for row in (*before, *behind)
        )

    def continued(self, run: _Stretch, step: int, taken: set[int]) -> Iterator[_Stretch]:
        """Yield the runs that continue the copy onwards (1) or backwards (-1).

        Rows in ``taken`` belong to other runs; those of the runs found are added to it.
        """
        diagonal = run.original - run.copy
        end = run.stop - 1 if step > 0 else run.copy
        row = end + step
        while abs(row - end) <= REACH:
            begin = row
            while self._repeats(row, diagonal) and row not in taken:
                row += step
            first = min(begin, row - step)
            more = _Stretch(first, first + diagonal, abs(row - begin))
            if more.length and not self.is_other_news(more, run):
                taken.update(range(first, more.stop))
                end = row - step
                yield more
            row += step

    def _near(self, row: int) -> list[int]:
        group, place = self._groups[row], self._place[row]
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
        same = self._groups[copy] == self._groups[original]
        return same and self._ranks[original] < self._ranks[copy]
