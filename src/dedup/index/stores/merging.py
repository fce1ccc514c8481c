"""Runs of pairs that are merged to one, a piece at a time.

A merge goes from the least keys to the greatest. The chunks of a piece go from where they were, and
come into the run that all become a part of, in one transaction; how far it is stands with that
run. So each batch does a share of the work, as much as it has written some times over, and none
waits for all of it; what is killed in between goes on from there.

Runs of REST, in which a text is looked for in few places, are merged once there are MERGED of about
the same size (by tiers). Those of the other kinds, of which a text needs a chunk for nearly each of
its probes, and which are few, are merged sooner: a run with all smaller ones, once these have a
part of what it has (by levels). Dayan and Idreos (2018) compare the two.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

import numpy as np

from dedup.index.stores.chunks import ROWS
from dedup.index.stores.pairs import is_live
from dedup.index.stores.protocol import REST
from dedup.index.stores.runs import END, Run, Runs
from dedup.records import I64

MERGED = 4  # runs of REST of a size that become one
SMALLEST = 512  # pairs of a run: times a power of MERGED, its size
PART = 4  # of others: one in so many of its pairs
PIECE = 1 << 18  # pairs that are merged at a time, about
MOST_CHUNKS = 1 << 9  # of the largest run: twice what has as many pairs
AHEAD = 16  # pairs that are merged for each that is written: more than it is ever written again

KIND_OF = attrgetter("kind")  # of a run


class Merging:
    """The merges of the runs of one index."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    def advance(self, written: int, floor: int, gone: I64) -> None:
        """Begin what merges are due, and go on with all a little.

        Parameters
        ----------
        written
            Pairs that were written since.
        floor, gone
            Rows below, and (g,) sorted rows, are there no more: their pairs are left out.
        """
        self._begin_due(floor)
        budget = AHEAD * written
        for each in sorted(self._targets(), key=lambda run: run.pairs):
            target = each
            while budget > 0 and target.merged_to < END:
                target, moved = self._go_on(target, floor, gone, budget)
                budget -= moved
        self._begin_due(floor)

    def begin_all(self) -> None:
        """Begin to merge all runs of each kind that are not being merged."""
        free = [run for run in self._runs.all() if run.into_run is None and run.merged_to == END]
        for _, own in groupby(sorted(free, key=KIND_OF), KIND_OF):
            self._runs.begin_merge(list(own))

    def go_on(self, floor: int, gone: I64) -> bool:
        """Go on with a merge by a piece; return whether there was one."""
        targets = self._targets()
        if targets:
            self._go_on(targets[0], floor, gone, PIECE)
        return bool(targets)

    def _targets(self) -> list[Run]:
        return [run for run in self._runs.all() if run.merged_to < END]

    def _begin_due(self, floor: int) -> None:
        """Begin to merge runs of which there are enough, and those of which all is gone."""
        free = [run for run in self._runs.all() if run.into_run is None and run.merged_to == END]
        for run in free:
            if run.last_row < floor:
                self._runs.begin_merge([run])
        free = [run for run in free if run.last_row >= floor]
        for kind, own in groupby(sorted(free, key=KIND_OF), KIND_OF):
            for some in _by_tiers(list(own)) if kind == int(REST) else _by_levels(list(own)):
                self._runs.begin_merge(some)

    def _go_on(self, target: Run, floor: int, gone: I64, budget: int) -> tuple[Run, int]:
        """Merge the next keys; return the run as it is then, and how many pairs were moved."""
        sources = [run for run in self._runs.all() if run.into_run == target.number]
        first, last = target.merged_to, self._bound(target, sources, budget)
        taken = [self._runs.take(run, first, last) for run in sources]
        merged = np.sort(np.concatenate(taken))
        moved = len(merged)
        if floor or len(gone):
            merged = merged[is_live((merged & ROWS).astype(np.int64), floor, gone)]
        target = self._runs.write(target, merged, last)
        if last == END:
            for run in sources if target.chunks else (*sources, target):
                self._runs.drop(run)
        return target, moved

    def _bound(self, target: Run, sources: list[Run], budget: int) -> int:
        """Return up to which key about so many pairs are merged: the first of some chunk."""
        largest = max(sources, key=lambda run: run.pairs)
        fences = self._runs.fences(largest)
        total = max(sum(run.pairs for run in sources), 1)
        begin = int(np.searchsorted(fences, np.uint32(target.merged_to), "right"))
        end = begin + min(min(budget, PIECE) * len(fences) // total, MOST_CHUNKS)
        return int(fences[end]) if end < len(fences) else END


def _by_tiers(runs: list[Run]) -> Iterator[list[Run]]:
    """Yield runs of one size that are to be merged."""
    for _, own in groupby(sorted(runs, key=_size), _size):
        some = list(own)
        for start in range(0, len(some) - MERGED + 1, MERGED):
            yield some[start : start + MERGED]


def _size(run: Run) -> int:
    """Return of which size a run is: 0, 1, ..."""
    size, some = 0, run.pairs // SMALLEST
    while some >= MERGED:
        size, some = size + 1, some // MERGED
    return size


def _by_levels(runs: list[Run]) -> Iterator[list[Run]]:
    """Yield the largest run that is to be merged with all smaller ones, and these."""
    ordered = sorted(runs, key=lambda run: run.pairs)
    smaller, due = ordered[0].pairs, 0
    for place, run in enumerate(ordered[1:], 1):
        if PART * smaller >= run.pairs:
            due = place
        smaller += run.pairs
    if due:
        yield ordered[: due + 1]
