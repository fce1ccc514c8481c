"""The first key of each chunk of a run, by which it is known where a key may lie: its fences.

They lie in parts, one for each time that chunks were written, and are read once.
"""

import numpy as np

from dedup.index.stores.database import Database
from dedup.index.stores.sealing import DamagedError, all_unsealed
from dedup.records import I64, U32


def read_fences(database: Database, run: int) -> U32:
    """Return the first keys of the chunks of a run, ascending.

    Raises
    ------
    DamagedError
        When they are not what was written.
    """
    query = "SELECT keys FROM fence WHERE run = ? ORDER BY chunk"
    parts = [row[0] for row in database.rows(query, run)]
    data = b"".join(all_unsealed(parts))
    if len(data) % 4:
        raise DamagedError
    found = np.frombuffer(data, "<u4")
    if (found[1:] < found[:-1]).any():
        raise DamagedError
    return found


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
