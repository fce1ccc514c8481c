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

from dedup.index.stores.pages import ROWS
from dedup.index.stores.pairs import LiveRows
from dedup.index.stores.records import KINDS, REST
from dedup.index.stores.sorted_runs import END, Run, Runs

MERGED = 4  # runs of REST of a size that become one
SMALLEST = 512  # pairs of a run: times a power of MERGED, its size
PART = 4  # of others: one in so many of its pairs
PIECE = 1 << 18  # pairs that are merged at a time, about
MOST_CHUNKS = 1 << 9  # of the largest run: twice what has as many pairs
AHEAD = 16  # pairs that are merged for each that is written: more than it is ever written again
PAIRS_OF = attrgetter("pairs")  # of a run


def advance(runs: Runs, written: int, live: LiveRows) -> None:
    """Begin what merges are due, and go on with all a little.

    Parameters
    ----------
    written
        Pairs that were written since.
    live
        Pairs of other rows are left out.
    """
    _begin_due(runs, live)
    budget = AHEAD * written
    while budget > 0 and (moved := go_on(runs, live, budget)) is not None:
        budget -= moved
    _begin_due(runs, live)


def begin_all(runs: Runs) -> None:
    """Begin to merge all runs of each kind that are not being merged."""
    for own in _free(runs).values():
        if own:
            runs.begin_merge(own)


def go_on(runs: Runs, live: LiveRows, budget: int = PIECE) -> int | None:
    """Merge the next keys; return how many pairs were moved, None where no merge is begun."""
    every = runs.all()
    targets = [run for run in every if run.merged_to < END]
    if not targets:
        return None
    target = min(targets, key=PAIRS_OF)
    sources = [run for run in every if run.into_run == target.number]
    end = _bound(runs, sources, budget)
    taken = np.sort(np.concatenate([runs.take(run, end) for run in sources]))
    target = runs.write(target, taken[live.among(taken & ROWS)], end)
    if end == END:
        for run in sources if target.pages else (*sources, target):
            runs.drop(run)
    return len(taken)


def _free(runs: Runs) -> dict[int, list[Run]]:
    """Return the runs that are not being merged, by kind."""
    free = [run for run in runs.all() if run.into_run is None and run.merged_to == END]
    return {int(kind): [run for run in free if run.kind == kind] for kind in KINDS}


def _begin_due(runs: Runs, live: LiveRows) -> None:
    """Begin to merge runs of which there are enough, and those of which all is gone."""
    for kind, own in _free(runs).items():
        for run in own:
            if run.last_row < live.floor:
                runs.begin_merge([run])
        kept = [run for run in own if run.last_row >= live.floor]
        for some in _by_tiers(kept) if kind == int(REST) else _by_levels(kept):
            runs.begin_merge(some)


def _bound(runs: Runs, sources: list[Run], budget: int) -> int:
    """Return up to which key about so many pairs are merged: the first of some chunk."""
    largest = max(sources, key=PAIRS_OF)
    fences = runs.fences(largest)
    total = max(sum(run.pairs for run in sources), 1)
    begin = int(np.searchsorted(fences, np.uint32(largest.start), "right"))
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
    ordered = sorted(runs, key=PAIRS_OF)
    smaller, due = 0, 0
    for place, run in enumerate(ordered):
        if PART * smaller >= run.pairs:
            due = place + 1
        smaller += run.pairs
    if due > 1:
        yield ordered[:due]
