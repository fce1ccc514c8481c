"""The first key of each chunk of a run, by which it is known where a key may lie: its fences.

They lie in parts, one for each time that chunks were written, and are read once.
"""

import numpy as np

from dedup.index.stores.database import Database
from dedup.index.stores.sealing import DamagedError, sealed, unsealed
from dedup.records import I64, U32, U64

TABLES = {
    "fence": (
        "run {integer} NOT NULL, chunk {integer} NOT NULL, keys {bytes} NOT NULL,"
        " PRIMARY KEY (run, chunk)"
    )
}


class Fences:
    """Those of all runs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[int, U32] = {}

    def of(self, run: int, count: int) -> U32:
        """Return the first keys of the chunks of a run, of which there are so many, ascending."""
        known = self._known.get(run)
        if known is None or len(known) != count:  # more were written since
            known = self._known[run] = self._read(run)
            if len(known) != count:
                raise DamagedError
        return known

    def _read(self, run: int) -> U32:
        query = "SELECT keys FROM fence WHERE run = ? ORDER BY chunk"
        parts = [row[0] for row in self._database.rows(query, run)]
        if not all(isinstance(part, bytes) for part in parts):
            raise DamagedError
        data = b"".join(map(unsealed, parts))
        if len(data) % 4:
            raise DamagedError
        found = np.frombuffer(data, "<u4")
        if (found[1:] < found[:-1]).any():
            raise DamagedError
        return found

    def add(self, run: int, chunk: int, keys: U64) -> None:
        """Write the first keys of chunks behind those of a run, the first of which has a number."""
        data = sealed(keys.astype("<u4").tobytes())
        self._database.execute("INSERT INTO fence VALUES (?, ?, ?)", run, chunk, data)

    def drop(self, run: int) -> None:
        """Take those of a run away."""
        self._database.execute("DELETE FROM fence WHERE run = ?", run)
        self._known.pop(run, None)

    def keep(self, runs: set[int]) -> None:
        """Forget those of all other runs, which another process may have taken away."""
        if not self._known.keys() <= runs:
            self._known = {run: keys for run, keys in self._known.items() if run in runs}

    def forget(self) -> None:
        """Forget what was read, as it may have been undone."""
        self._known.clear()


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
    chunks = np.flatnonzero(lows < highs)
    return chunks, lows[chunks], highs[chunks]
