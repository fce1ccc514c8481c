"""Which rows are listed under which keys, on the disk: sorted runs, merged as they grow in number.

Each batch writes a run of chunks for each kind of key; a run is never changed. ``merging`` makes
one of several (a log-structured merge tree: O'Neil, Cheng, Gawlick and O'Neil 1996), so a pair of a
key and a row is written again a few times only, and a key is looked for in a few places.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from dedup.index.stores import pairs
from dedup.index.stores.chunks import ROW, ROWS
from dedup.index.stores.database import Database
from dedup.index.stores.fences import Fences, chunks_for
from dedup.index.stores.sealing import DamagedError, all_unsealed
from dedup.records import I64, U32, U64

END = 1 << 32  # of all keys
PLACE = 32  # bits of the number of a chunk in its run
TABLES = {
    "run": (
        "number {serial}, kind {integer} NOT NULL, pairs {integer} NOT NULL,"
        " chunks {integer} NOT NULL, last_row {integer} NOT NULL, into_run {integer},"
        " merged_to {integer} NOT NULL"
    ),
    "chunk": "place {integer} PRIMARY KEY, data {bytes} NOT NULL",
}


class Run(NamedTuple):
    """Pairs of a key of one kind and a row, sorted, in chunks."""

    number: int
    kind: int
    pairs: int  # about so many
    chunks: int  # so many were written; some may be merged away
    last_row: int
    into_run: int | None  # the run that it is merged into
    merged_to: int  # what has keys from here on is not merged into it yet; END when all is


class Wanted(NamedTuple):
    """Chunks in which keys are to be looked for."""

    places: I64  # (c,), ascending
    lows: I64  # (c,): the keys that may be in it, keys[low:high]
    highs: I64

    @classmethod
    def none(cls) -> "Wanted":
        """Return no chunks."""
        return cls(*(np.empty(0, np.int64) for _ in cls._fields))


class Runs:
    """The runs of one index."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._fences = Fences(database)

    def all(self) -> list[Run]:
        """Return all runs, by number."""
        columns = ", ".join(Run._fields)
        found = self._database.rows(f"SELECT {columns} FROM run ORDER BY number")  # noqa: S608
        every = [_run_of(*row) for row in found]
        self._fences.keep({run.number for run in every})
        return every

    def wanted(self, kind: int, keys: U32, offset: int, runs: list[Run]) -> Iterator[Wanted]:
        """Yield, run by run, the chunks in which keys of a kind may be.

        Parameters
        ----------
        keys
            (k,): sorted and unique.
        offset
            Added to the places of keys.
        """
        merged_to = {run.number: run.merged_to for run in runs}
        for run in runs:
            if run.kind != kind:
                continue
            first = 0 if run.into_run is None else merged_to[run.into_run]
            low, high = (_place_of(keys, bound) for bound in (first, run.merged_to))
            chunks, lows, highs = chunks_for(self.fences(run), keys[low:high])
            if len(chunks):
                low += offset
                yield Wanted((run.number << PLACE) + chunks, lows + low, highs + low)

    def fences(self, run: Run) -> U32:
        """Return the first key of each chunk of a run, of those too that are merged away."""
        return self._fences.of(run.number, run.chunks)

    def read(self, places: I64) -> list[memoryview]:
        """Return chunks by their places, unsealed.

        Raises
        ------
        DamagedError
            When one is damaged, or is not there.
        """
        found = self._database.find("chunk", "data", "place", places.tolist())
        if len(found) != len(places):
            raise DamagedError
        return all_unsealed([found[place][0] for place in places.tolist()])

    def add(self, kind: int, some: U64) -> None:
        """Write a run of pairs, sorted and unique."""
        last = int((some & ROWS).max())
        self.write(self.begin(kind, len(some), last, merged_to=END), some)

    def begin(self, kind: int, count: int, last_row: int, *, merged_to: int) -> Run:
        """Begin a run that is to have about so many pairs."""
        values = (kind, count, 0, last_row, None, merged_to)
        number = self._database.value(
            "INSERT INTO run (kind, pairs, chunks, last_row, into_run, merged_to)"
            " VALUES (?, ?, ?, ?, ?, ?) RETURNING number",
            *values,
        )
        return Run(number, *values)

    def write(self, run: Run, some: U64) -> Run:
        """Add pairs behind those of a run."""
        firsts, chunks = pairs.packed(some)
        self._fences.add(run.number, run.chunks, firsts)
        start = (run.number << PLACE) + run.chunks
        self._database.execute_many("INSERT INTO chunk VALUES (?, ?)", enumerate(chunks, start))
        return self._changed(run._replace(chunks=run.chunks + len(chunks)))

    def take(self, run: Run, first: int, last: int) -> U64:
        """Return the pairs of keys from ``first`` up to ``last``, which go.

        Chunks go whole: one stays as long as it may have other keys, and those of its keys that are
        merged are passed over by all who read it.
        """
        own, start = self.fences(run), run.number << PLACE
        begin, end = max(_place_of(own, first) - 1, 0), _place_of(own, last)
        if begin >= end:
            return np.empty(0, np.uint64)
        found = pairs.unpacked(self.read(np.arange(start + begin, start + end)))
        kept = 0 if last == END else 1
        query = "DELETE FROM chunk WHERE place BETWEEN ? AND ?"
        self._database.execute(query, start + begin, start + end - 1 - kept)
        bounds = np.array([first, last], np.uint64)
        low, high = np.searchsorted(found >> ROW, bounds).tolist()
        return found[low:high]

    def merge_to(self, run: Run, last: int) -> Run:
        """Say how far a run is merged."""
        return self._changed(run._replace(merged_to=last))

    def _changed(self, run: Run) -> Run:
        query = "UPDATE run SET chunks = ?, merged_to = ? WHERE number = ?"
        self._database.execute(query, run.chunks, run.merged_to, run.number)
        return run

    def drop(self, run: Run) -> None:
        """Take a run away of which all chunks went."""
        self._database.execute("DELETE FROM run WHERE number = ?", run.number)
        self._fences.drop(run.number)

    def forget_cache(self) -> None:
        """Forget what was read of runs, as it may have been undone."""
        self._fences.forget()


def _place_of(keys: U32, bound: int) -> int:
    """Return how many sorted keys are below a bound, which may be END."""
    return len(keys) if bound >= END else int(np.searchsorted(keys, np.uint32(bound)))


def _run_of(*row: Any) -> Run:  # noqa: ANN401
    """Return a run as it was read."""
    run = Run(*row)
    numbers = run._replace(into_run=run.number if run.into_run is None else run.into_run)
    whole = all(isinstance(value, int) for value in numbers)
    if not whole or not 0 <= run.merged_to <= END:
        raise DamagedError
    return run
