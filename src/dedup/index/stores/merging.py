"""Merges of sorted runs, one step at a time.

A merge goes from the lowest key to the highest. Each step moves a range of keys from the source
runs into the target run, in one transaction, and stores with the target to which key it has come.
So every batch does a share of the work, in proportion to what it wrote, no batch waits for a whole
merge, and a killed process leaves a merge that the next one continues.

Which runs are merged depends on the kind of key (Dayan and Idreos 2018 compare the two ways):

- Runs of KIND_OTHER, in which a lookup needs few pages, are merged by tiers: RUNS_PER_TIER runs of
  about one size become one.
- Runs of the other kinds are small, and a lookup needs a page for nearly each query key in each of
  them. So they are merged sooner, by levels: a run is merged with all smaller ones once these
  together have a quarter of its postings (1 / LEVEL_RATIO).
"""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

import numpy as np

from dedup.index.stores.postings import KEY_KINDS, KIND_OTHER, ROW_MASK, LiveRows
from dedup.index.stores.sorted_runs import KEY_END, SortedRun, SortedRuns

RUNS_PER_TIER = 4
MIN_TIER_POSTINGS = 512  # tier i has runs of up to MIN_TIER_POSTINGS * RUNS_PER_TIER ** (i + 1)
LEVEL_RATIO = 4
STEP_POSTINGS = 1 << 18  # about the most postings that a step moves
MAX_STEP_PAGES = 1 << 9  # of the largest source run: twice the pages of STEP_POSTINGS
MOVED_PER_WRITTEN = 16  # postings that merges move per posting written; more than they ever need
_POSTINGS_OF = attrgetter("postings")


def advance_merges(runs: SortedRuns, written: int, live: LiveRows) -> None:
    """Begin the merges that are due, and continue the merges that have begun.

    Parameters
    ----------
    written
        The number of postings that were written since the last call.
    live
        Merges drop the postings of other rows.
    """
    _begin_due(runs, live)
    budget = MOVED_PER_WRITTEN * written
    while budget > 0 and (moved := merge_step(runs, live, budget)) is not None:
        budget -= moved
    _begin_due(runs, live)


def begin_full_merge(runs: SortedRuns) -> None:
    """Begin to merge all runs of each kind that are in no merge."""
    for idle_runs in _idle_runs(runs).values():
        if idle_runs:
            runs.begin_merge(idle_runs)


def merge_step(runs: SortedRuns, live: LiveRows, budget: int = STEP_POSTINGS) -> int | None:
    """Move the next range of keys; return the number of moved postings, None without a merge."""
    all_runs = runs.all()
    targets = [run for run in all_runs if run.merged_to < KEY_END]
    if not targets:
        return None
    target = min(targets, key=_POSTINGS_OF)
    sources = [run for run in all_runs if run.merge_target == target.number]
    end = _step_end(runs, sources, budget)
    moved = np.sort(np.concatenate([runs.take_postings(run, end) for run in sources]))
    target = runs.append(target, moved[live.contains(moved & ROW_MASK)], end)
    if end == KEY_END:
        for run in sources if target.pages else (*sources, target):
            runs.drop(run)
    return len(moved)


def _idle_runs(runs: SortedRuns) -> dict[int, list[SortedRun]]:
    """Return the runs that are in no merge, by kind."""
    idle = [run for run in runs.all() if run.merge_target is None and run.merged_to == KEY_END]
    return {int(kind): [run for run in idle if run.kind == kind] for kind in KEY_KINDS}


def _begin_due(runs: SortedRuns, live: LiveRows) -> None:
    """Begin the merges that are due, and of each run whose rows are all deleted."""
    for kind, idle_runs in _idle_runs(runs).items():
        for run in idle_runs:
            if run.max_row < live.min_live_row:
                runs.begin_merge([run])
        kept = [run for run in idle_runs if run.max_row >= live.min_live_row]
        for due in _due_by_tier(kept) if kind == int(KIND_OTHER) else _due_by_level(kept):
            runs.begin_merge(due)


def _step_end(runs: SortedRuns, sources: list[SortedRun], budget: int) -> int:
    """Return the key at which a step ends: the first key of a page of the largest source."""
    largest = max(sources, key=_POSTINGS_OF)
    first_keys = runs.first_keys(largest)
    total = max(sum(run.postings for run in sources), 1)
    begin = int(np.searchsorted(first_keys, np.uint32(largest.min_key), "right"))
    step_pages = min(budget, STEP_POSTINGS) * len(first_keys) // total
    end = begin + min(step_pages, MAX_STEP_PAGES)
    return int(first_keys[end]) if end < len(first_keys) else KEY_END


def _due_by_tier(runs: list[SortedRun]) -> Iterator[list[SortedRun]]:
    """Yield runs of one tier that are to be merged."""
    for _, group in groupby(sorted(runs, key=_tier), _tier):
        tier_runs = list(group)
        for start in range(0, len(tier_runs) - RUNS_PER_TIER + 1, RUNS_PER_TIER):
            yield tier_runs[start : start + RUNS_PER_TIER]


def _tier(run: SortedRun) -> int:
    """Return the tier of a run: 0 for the smallest."""
    tier, size = 0, run.postings // MIN_TIER_POSTINGS
    while size >= RUNS_PER_TIER:
        tier, size = tier + 1, size // RUNS_PER_TIER
    return tier


def _due_by_level(runs: list[SortedRun]) -> Iterator[list[SortedRun]]:
    """Yield the largest run that is due, with all smaller ones, if any run is due."""
    ordered = sorted(runs, key=_POSTINGS_OF)
    smaller, due = 0, 0
    for place, run in enumerate(ordered):
        if LEVEL_RATIO * smaller >= run.postings:
            due = place + 1
        smaller += run.postings
    if due > 1:
        yield ordered[:due]
