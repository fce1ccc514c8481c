"""Check the runs of an index: every page, its place, and the order of its pairs."""

from collections.abc import Iterator

import numpy as np

from dedup.index.stores import pairs
from dedup.index.stores.chunks import ROW, ROWS
from dedup.index.stores.database import Database
from dedup.index.stores.protocol import TakePostings
from dedup.index.stores.runs import AT_ONCE, END, PLACE, Run, Runs
from dedup.index.stores.sealing import DamagedError, unsealed
from dedup.records import I64, U64
from dedup.units import counted

REBUILD = "add what dedup-clean index export yields to a new index"


def run_problems(
    database: Database, runs: Runs, floor: int, gone: I64, take: TakePostings
) -> Iterator[str]:
    """Yield what is wrong with the runs, and the remedy.

    Parameters
    ----------
    floor, gone
        Rows below, and (g,) sorted rows, are there no more.
    take
        Called with the kind and the pairs of each page that is whole, without those of such rows
        and those that were merged.
    """
    every, pages = runs.all(), 0
    merged_to = {run.number: run.merged_to for run in every}
    for run in every:
        first = 0 if run.into_run is None else merged_to[run.into_run]
        try:
            begin = runs.chunks_from(run, first)
        except DamagedError:
            yield f"the first keys of the pages of run {run.number} are damaged: {REBUILD}"
            continue
        pages += run.chunks - begin
        damaged: list[int] = []
        for start in range(begin, run.chunks, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, run.chunks))
            base = run.number << PLACE
            found = database.find("chunk", "data", "place", [base + number for number in numbers])
            for number in numbers:
                try:
                    some = _pairs_in(runs, run, number, found[base + number][0])
                except (KeyError, DamagedError):
                    damaged.append(number)
                    continue
                some = some[some >= np.uint64(first) << ROW] if first < END else some[:0]
                take(run.kind, some[pairs.is_live((some & ROWS).astype(np.int64), floor, gone)])
        for text in _stretches(damaged):
            yield f"{text} of run {run.number} cannot be read: {REBUILD}"
    stored = database.value("SELECT count(*) FROM chunk")
    if stored > pages:
        yield f"{counted(stored - pages, 'page')} of no run: {REBUILD}"
    lost = database.value("SELECT count(*) FROM fence WHERE run NOT IN (SELECT number FROM run)")
    if lost:
        yield f"{counted(lost, 'list')} of first keys of no run: {REBUILD}"


def _pairs_in(runs: Runs, run: Run, number: int, data: bytes) -> U64:
    """Return the pairs of a page, which has to lie between its first key and that of the next."""
    some, fences = pairs.unpacked([unsealed(data)]), runs.fences(run)
    keys = some >> ROW
    follows = number + 1 == len(fences) or keys[-1] <= fences[number + 1]
    if keys[0] != fences[number] or not follows or (some & ROWS).max() > run.last_row:
        raise DamagedError
    return some


def _stretches(numbers: list[int]) -> Iterator[str]:
    """Yield pages that follow each other as one."""
    places = np.array(numbers, np.int64)
    for some in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1) if numbers else ():
        yield f"page {some[0]}" if len(some) == 1 else f"pages {some[0]} to {some[-1]}"
