"""What lies in the file of an index: which pairs, and whether all that is said of them holds."""

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from dedup.store import pairs
from dedup.store.runs import PLACE


def stored(path: Path) -> tuple[Counter[tuple[int, int]], Counter[int]]:
    """Return all pairs in a file, and the runs of each kind; check what is said of the chunks."""
    connection = sqlite3.connect(path)
    columns = "number, kind, bits, pairs, merged_to, present"
    found: Counter[tuple[int, int]] = Counter()
    kinds: Counter[int] = Counter()
    query = f"SELECT {columns}, into_run FROM run"
    every: list[tuple[Any, ...]] = connection.execute(query).fetchall()
    assert len({row[0] for row in every} & {row[-1] for row in every}) == len(
        {row[-1] for row in every} - {None}
    )
    chunks = connection.execute("SELECT place, data FROM chunk ORDER BY place").fetchall()
    connection.close()
    left = dict(chunks)
    merged_to = {row[0]: row[4] for row in every}
    for number, kind, bits, _, _, present, into in every:
        own = {
            place - (number << PLACE): data for place, data in chunks if place >> PLACE == number
        }
        flags = np.unpackbits(np.frombuffer(present, np.uint8))
        first = 0 if into is None else merged_to[into] >> (32 - bits)
        assert set(own) == {place for place in np.flatnonzero(flags).tolist() if place >= first}
        for place in own:
            del left[(number << PLACE) + place]
        numbers = np.array(list(own), np.int64)
        some = pairs.unpacked(numbers, list(own.values()), bits).tolist()
        found.update((kind << 32 | pair >> 32, pair & 0xFFFFFFFF) for pair in some)
        kinds[kind] += 1
    assert not left
    return found, kinds
