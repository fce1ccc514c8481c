"""Which rows are listed under which keys, on the disk: sorted runs, merged as they grow in number.

Each batch writes a run of chunks for each kind of key; a run is never changed. Runs of about the
same size are merged once there are MERGED of them (a log-structured merge tree by tiers: O'Neil,
Cheng, Gawlick and O'Neil 1996), so a pair of a key and a row is written again a few times only, and
a key is looked for in a few places.
"""

import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from dedup.records import I64, U64, Flags
from dedup.store import pairs
from dedup.store.chunks import ROWS
from dedup.store.protocol import SAMPLED
from dedup.store.sealing import DamagedError

MERGED = 8  # runs of a size that become one
SMALLEST = 512  # pairs of a run: times a power of MERGED, its size
CHUNK = 1 << 14  # pairs of a chunk, at most: some 40 kB, of which SQLite wastes little
SPARSE = 8  # samples have the least hashes: they lie in so small a part of all keys
KEY_BITS = 32
DENSE = 2  # places a chunk, up to which all are read in a row
END = 1 << KEY_BITS  # of all keys
PLACE = 32  # bits of the number of a chunk in its run
SCHEMA = """
CREATE TABLE run (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind INTEGER NOT NULL,
    bits INTEGER NOT NULL,
    pairs INTEGER NOT NULL,
    last_row INTEGER NOT NULL,
    into_run INTEGER,
    merged_to INTEGER NOT NULL,
    present BLOB NOT NULL
);
CREATE TABLE chunk (place INTEGER PRIMARY KEY, data BLOB NOT NULL);
"""


class Run(NamedTuple):
    """Pairs of a key of one kind and a row, sorted, in chunks."""

    number: int
    kind: int
    bits: int  # of a key, that name its chunk
    pairs: int
    last_row: int
    into_run: int | None  # the run that it is merged into
    merged_to: int  # what has keys from here on is not merged into it yet; END when all is

    @property
    def size(self) -> int:
        """Of which size it is: 0, 1, ..."""
        size, some = 0, self.pairs // SMALLEST
        while some >= MERGED:
            size, some = size + 1, some // MERGED
        return size

    def chunks_of(self, first: int, last: int) -> tuple[int, int]:
        """Return the places of the chunks of keys from ``first`` up to ``last``."""
        shift, start = KEY_BITS - self.bits, self.number << PLACE
        return start + (first >> shift), start + (last >> shift)


def bits_for(kind: int, count: int) -> int:
    """Return the bits of a key that name its chunk, in a run of so many pairs."""
    spread = count * (SPARSE if kind == int(SAMPLED) else 1)
    return max(-(-spread // CHUNK) - 1, 0).bit_length()


class Wanted(NamedTuple):
    """Chunks in which keys are to be looked for."""

    places: I64  # (c,), ascending
    firsts: U64  # (c,): the least key of each
    lows: I64  # (c,): the keys that may be in it, keys[low:high]
    highs: I64

    def between(self, start: int, stop: int) -> "Wanted":
        """Return some of them."""
        own = slice(start, stop)
        return Wanted(self.places[own], self.firsts[own], self.lows[own], self.highs[own])


class Runs:
    """The runs of one index."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._present: dict[int, Flags] = {}  # of runs that change no more

    def all(self) -> list[Run]:
        """Return all runs, by number."""
        columns = ", ".join(Run._fields)
        found = self._connection.execute(f"SELECT {columns} FROM run ORDER BY number")  # noqa: S608
        return [_run_of(*row) for row in found]

    def wanted(self, kind: int, keys: U64, offset: int, runs: list[Run]) -> Iterator[Wanted]:
        """Yield, run by run, the chunks in which keys of a kind may be.

        Parameters
        ----------
        keys
            (k,): 32 bits each, sorted and unique.
        offset
            Added to the places of keys.
        """
        merged_to = {run.number: run.merged_to for run in runs}
        for run in runs:
            if run.kind != kind:
                continue
            first = 0 if run.into_run is None else merged_to[run.into_run]
            low, high = np.searchsorted(keys, np.array([first, run.merged_to], np.uint64)).tolist()
            numbers = (keys[low:high] >> np.uint64(KEY_BITS - run.bits)).astype(np.int64)
            if not len(numbers):
                continue
            starts = np.flatnonzero(np.concatenate(([True], numbers[1:] != numbers[:-1])))
            stops = np.append(starts[1:], len(numbers))
            there = self._presence(run)[numbers[starts]]
            chunks = numbers[starts][there]
            yield Wanted(
                (run.number << PLACE) + chunks,
                chunks.astype(np.uint64) << np.uint64(KEY_BITS - run.bits),
                starts[there] + (low + offset),
                stops[there] + (low + offset),
            )

    def read(self, places: I64) -> list[bytes]:
        """Return chunks that are there, by their places."""
        first, last = int(places[0]), int(places[-1])
        if 0 <= last - first < DENSE * len(places):
            rows = self._connection.execute(
                "SELECT place, data FROM chunk WHERE place BETWEEN ? AND ? ORDER BY place",
                (first, last),
            )
            wanted = set(places.tolist())
            return [data for place, data in rows if place in wanted]
        return [
            row[0]
            for row in self._connection.execute(
                "SELECT chunk.data FROM json_each(?) AS wanted"
                " CROSS JOIN chunk ON chunk.place = wanted.value",
                (str(places.tolist()),),
            )
        ]

    def add(self, kind: int, some: U64) -> None:
        """Write a run of pairs, sorted and unique."""
        last = int((some & ROWS).max())
        run = self.begin(kind, len(some), last, merged_to=END)
        self.write(run, some)

    def begin(self, kind: int, count: int, last_row: int, *, merged_to: int) -> Run:
        """Begin a run that is to have about so many pairs."""
        bits = bits_for(kind, count)
        values = (kind, bits, count, last_row, None, merged_to)
        cursor = self._connection.execute(
            "INSERT INTO run (kind, bits, pairs, last_row, into_run, merged_to, present)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*values, bytes(_bytes_for(bits))),
        )
        assert cursor.lastrowid is not None
        return Run(cursor.lastrowid, *values)

    def write(self, run: Run, some: U64) -> None:
        """Add pairs to a run, in chunks that it has not yet."""
        numbers, chunks = pairs.packed(some, run.bits)
        places = ((run.number << PLACE) + numbers).tolist()
        self._connection.executemany(
            "INSERT INTO chunk VALUES (?, ?)", zip(places, chunks, strict=True)
        )
        present = self._presence(run)
        present[numbers] = True
        self._connection.execute(
            "UPDATE run SET present = ? WHERE number = ?",
            (np.packbits(present).tobytes(), run.number),
        )

    def take(self, run: Run, first: int, last: int) -> U64:
        """Return the pairs of keys from ``first`` up to ``last``, whole chunks, which go."""
        bounds = run.chunks_of(first, last)
        rows = self._connection.execute(
            "SELECT place, data FROM chunk WHERE place >= ? AND place < ? ORDER BY place", bounds
        ).fetchall()
        self._connection.execute("DELETE FROM chunk WHERE place >= ? AND place < ?", bounds)
        numbers = np.array([row[0] - (run.number << PLACE) for row in rows], np.int64)
        return pairs.unpacked(numbers, [row[1] for row in rows], run.bits)

    def has_chunks(self, run: Run) -> bool:
        """Tell whether there is anything in a run."""
        bounds = run.chunks_of(0, END)
        found = self._connection.execute(
            "SELECT 1 FROM chunk WHERE place >= ? AND place < ? LIMIT 1", bounds
        )
        return found.fetchone() is not None

    def forget_cache(self) -> None:
        """Forget what was read of runs, as it may have been undone."""
        self._present.clear()

    def _presence(self, run: Run) -> Flags:
        """Tell which chunks of a run there are."""
        if run.number in self._present:
            return self._present[run.number]
        row = self._connection.execute("SELECT present FROM run WHERE number = ?", (run.number,))
        flags = np.unpackbits(np.frombuffer(row.fetchone()[0], np.uint8)).astype(np.bool_)
        if len(flags) < 1 << run.bits:
            raise DamagedError
        if run.merged_to == END:
            self._present[run.number] = flags
        return flags


def _run_of(*row: Any) -> Run:  # noqa: ANN401
    """Return a run as it was read."""
    run = Run(*row)
    numbers = run._replace(into_run=run.number if run.into_run is None else run.into_run)
    whole = all(isinstance(value, int) for value in numbers)
    if not whole or not 0 <= run.bits <= KEY_BITS or not 0 <= run.merged_to <= END:
        raise DamagedError
    return run


def _bytes_for(bits: int) -> int:
    return -(-(1 << bits) // 8)
