"""Which rows are listed under which keys, on the disk: sorted runs, merged as they grow in number.

Each batch writes a run of chunks for each kind of key; a run is never changed. ``merging`` makes
one of several (a log-structured merge tree: O'Neil, Cheng, Gawlick and O'Neil 1996), so a pair of a
key and a row is written again a few times only, and a key is looked for in a few places.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, U32, U64, Ragged
from dedup.arrays.parallel import offsets_of
from dedup.index.stores import pages, pairs
from dedup.index.stores.checksums import DamagedError, all_unsealed, sealed
from dedup.index.stores.database import Database
from dedup.index.stores.pages import ROW, ROWS
from dedup.index.stores.pairs import LiveRows
from dedup.index.stores.records import KIND, KINDS

END = 1 << 32  # of all keys
AT_ONCE = 1 << 8  # chunks that are searched at once: 2 MB
PLACE = 32  # bits of the number of a chunk in its run
MOST_RUNS = 1 << 31


class Run(NamedTuple):
    """Pairs of a key of one kind and a row, sorted, in chunks: a row of the table."""

    number: int
    kind: int
    pairs: int  # about so many
    pages: int  # so many were written; some may be merged away
    last_row: int
    into_run: int | None  # the run that it is merged into
    merged_to: int  # keys from here on are not merged into it yet; END when all are
    start: int = 0  # not in the table: keys below are merged into another run


COLUMNS = "kind, pairs, chunks, last_row, into_run, merged_to"  # behind the number
LIMITS = (MOST_RUNS, len(KINDS), 1 << 48, 1 << PLACE, 1 << 32, MOST_RUNS, END + 1)


class Runs:
    """The runs of one index."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._fences: dict[int, U32] = {}  # that were read, by the number of the run

    def all(self) -> list[Run]:
        """Return all runs, by number.

        Raises
        ------
        DamagedError
            When they are none that this class writes.
        """
        found = self._database.rows(f"SELECT number, {COLUMNS} FROM run ORDER BY number")  # noqa: S608
        every = [_run_of(*row) for row in found]
        sources = [run for run in every if run.into_run is not None]
        targets = {(run.number, run.kind): run.merged_to for run in every if run.merged_to < END}
        if targets.keys() != {(run.into_run, run.kind) for run in sources}:
            raise DamagedError
        if any(run.merged_to < END for run in sources):
            raise DamagedError
        # Another process may have taken away the others.
        known = self._fences.keys() & {run.number for run in every}
        self._fences = {number: self._fences[number] for number in known}
        merged_to = {None: 0} | {number: bound for (number, _), bound in targets.items()}
        return [run._replace(start=merged_to[run.into_run]) for run in every]

    def listed(self, keys: U64, most: int, live: LiveRows) -> Ragged:
        """Return the rows under each key: the ``most`` of the lowest numbers.

        Parameters
        ----------
        keys
            (k,): sorted and unique, the kind above 32 bits.
        live
            Other rows are left out.
        """
        lower, parts = keys.astype(np.uint32), [np.empty(0, np.uint64)]
        places, lows, highs = self._chunks_of(keys, lower)
        for start in range(0, len(places), AT_ONCE):
            own = slice(start, start + AT_ONCE)
            found, rows = pairs.found(
                self.read(places[own]), lows[own], highs[own], lower, live, most
            )
            parts.append(found.astype(np.uint64) << ROW | rows.astype(np.uint64))
        listed = np.sort(np.concatenate(parts))  # places of keys above rows
        lengths = np.bincount((listed >> ROW).astype(np.int64), minlength=len(keys))
        return Ragged(listed & ROWS, offsets_of(lengths)).truncated(most)

    def _chunks_of(self, keys: U64, lower: U32) -> tuple[I64, I64, I64]:
        """Return the places of the chunks in which keys may be, and of each which keys."""
        none = np.empty(0, np.int64)
        bounds = np.searchsorted(keys, np.arange(len(KINDS) + 1, dtype=np.uint64) << KIND).tolist()
        found = [(none, none, none)]
        for run in self.all():
            begin, end = bounds[run.kind : run.kind + 2]
            own = lower[begin:end]
            low, high = begin + _place_of(own, run.start), begin + _place_of(own, run.merged_to)
            if low < high:
                numbers, lows, highs = chunks_for(self.fences(run), lower[low:high])
                found.append(((run.number << PLACE) + numbers, lows + low, highs + low))
        places, lows, highs = map(np.concatenate, zip(*found, strict=True))
        return places, lows, highs

    def fences(self, run: Run) -> U32:
        """Return the first key of each chunk of a run, ascending, of those merged away too.

        By them it is known where a key may lie. They lie in parts, one for each time that chunks
        were written, and are read once.

        Raises
        ------
        DamagedError
            When they are not what was written.
        """
        known = self._fences.get(run.number)
        if known is None or len(known) != run.pages:  # more were written since
            query = "SELECT keys FROM fence WHERE run = ? ORDER BY chunk"
            parts = [row[0] for row in self._database.rows(query, run.number)]
            data = b"".join(all_unsealed(parts))
            if len(data) != 4 * run.pages:
                raise DamagedError
            known = np.frombuffer(data, "<u4")
            if (known[1:] < known[:-1]).any():
                raise DamagedError
            self._fences[run.number] = known
        return known

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

    def every_chunk(self, live: LiveRows) -> Iterator[tuple[int, U64]]:
        """Yield the kind and the pairs of each chunk; check that it lies where it has to.

        Raises
        ------
        DamagedError
            When one is damaged, is not there, or has pairs of other places.
        """
        for run in self.all():
            fences, numbers = self.fences(run), self.numbers(run)
            for start in range(0, len(numbers), AT_ONCE):
                some = np.array(numbers[start : start + AT_ONCE])
                bare = self.read((run.number << PLACE) + some)
                for number, chunk in zip(some.tolist(), bare, strict=True):
                    found = pairs.unpacked([chunk])
                    keys, rows = found >> ROW, found & ROWS
                    ends = fences[number + 1 : number + 2] < keys[-1]
                    if keys[0] != fences[number] or ends.any() or rows.max() > run.last_row:
                        raise DamagedError
                    yield run.kind, found[(keys >= np.uint64(run.start)) & live.among(rows)]

    def add(self, kind: int, some: U64) -> None:
        """Write a run of pairs, sorted and unique."""
        last = int((some & ROWS).max())
        self.write(self.begin(kind, len(some), last), some, END)

    def begin(self, kind: int, count: int, last_row: int) -> Run:
        """Begin a run that is to have about so many pairs."""
        values = (kind, count, 0, last_row, None, 0)
        query = f"INSERT INTO run ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) RETURNING number"  # noqa: S608
        return _run_of(self._database.value(query, *values), *values)

    def begin_merge(self, sources: list[Run]) -> None:
        """Begin a run that others, of one kind, are merged into."""
        count, last = sum(run.pairs for run in sources), max(run.last_row for run in sources)
        target = self.begin(sources[0].kind, count, last)
        self._database.execute_many(
            "UPDATE run SET into_run = ? WHERE number = ?",
            [(target.number, run.number) for run in sources],
        )

    def write(self, run: Run, some: U64, merged_to: int) -> Run:
        """Add pairs behind those of a run, if any, and say how far it is merged."""
        count = run.pages
        if len(some):
            firsts, written = pairs.packed(some, min(pages.ROOM, self._database.room))
            fences = sealed(firsts.astype("<u4").tobytes())
            self._database.execute("INSERT INTO fence VALUES (?, ?, ?)", run.number, count, fences)
            rows = enumerate(written, (run.number << PLACE) + count)
            self._database.insert("chunk", rows)
            count += len(written)
        query = "UPDATE run SET chunks = ?, merged_to = ? WHERE number = ?"
        self._database.execute(query, count, merged_to, run.number)
        return run._replace(pages=count, merged_to=merged_to)

    def numbers(self, run: Run, end: int = END) -> range:
        """Return the numbers of the chunks that may have keys from its start up to ``end``."""
        fences = self.fences(run)
        return range(max(_place_of(fences, run.start) - 1, 0), _place_of(fences, end))

    def take(self, run: Run, end: int) -> U64:
        """Return the pairs of keys from the start of a run up to ``end``, which go.

        Chunks go whole: one stays as long as it may have other keys, and those of its keys that are
        merged are passed over by all who read it.
        """
        numbers, base = self.numbers(run, end), run.number << PLACE
        if not numbers:
            return np.empty(0, np.uint64)
        found = pairs.unpacked(self.read(base + np.array(numbers)))
        query = "DELETE FROM chunk WHERE place BETWEEN ? AND ?"
        last = numbers[-1] if end == END else numbers[-1] - 1
        self._database.execute(query, base + numbers[0], base + last)
        low, high = np.searchsorted(found >> ROW, np.array([run.start, end], np.uint64)).tolist()
        return found[low:high]

    def drop(self, run: Run) -> None:
        """Take a run away of which all chunks went."""
        self._database.execute("DELETE FROM run WHERE number = ?", run.number)
        self._database.execute("DELETE FROM fence WHERE run = ?", run.number)
        self._fences.pop(run.number, None)


def chunks_for(fences: U32, keys: U32) -> tuple[I64, I64, I64]:
    """Return in which chunks keys may be, and of each which keys.

    A key that many rows have may begin at the end of one chunk, and fill some more.

    Parameters
    ----------
    fences
        (c,): the first key of each chunk, ascending.
    keys
        (k,): sorted and unique.

    Returns
    -------
    chunks, lows, highs
        Chunks by number, ascending; in each may be ``keys[low:high]``, one at least.
    """
    lows = np.searchsorted(keys, fences)
    highs = np.append(np.searchsorted(keys, fences[1:], "right"), len(keys))[: len(fences)]
    pages = np.flatnonzero(lows < highs)
    return pages, lows[pages], highs[pages]


def _place_of(keys: U32, bound: int) -> int:
    """Return how many sorted keys are below a bound, which may be END."""
    return len(keys) if bound >= END else int(np.searchsorted(keys, np.uint32(bound)))


def _run_of(*row: Any) -> Run:  # noqa: ANN401
    """Return a run as it was read."""
    run = Run(*row)
    numbers = run if run.into_run is not None else run._replace(into_run=0)
    for value, limit in zip(numbers[:-1], LIMITS, strict=True):
        if not isinstance(value, int) or not 0 <= value < limit:
            raise DamagedError
    return run
