"""What lies in the file of an index: which pairs, and whether all that is said of them holds."""

import sqlite3
from bisect import bisect_left
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from dedup.index.stores import pairs
from dedup.index.stores.runs import END, PLACE
from dedup.index.stores.sealing import all_unsealed, unsealed


def stored(path: Path) -> tuple[Counter[tuple[int, int]], Counter[int]]:
    """Return all pairs in a file, and the runs of each kind; check what is said of the chunks."""
    connection = sqlite3.connect(path)
    found: Counter[tuple[int, int]] = Counter()
    kinds: Counter[int] = Counter()
    query = "SELECT number, kind, merged_to, chunks, into_run FROM run"
    every: list[tuple[Any, ...]] = connection.execute(query).fetchall()
    targets = {into for *_, into in every} - {None}
    assert targets <= {number for number, _, merged_to, *_ in every if merged_to < END}
    fences = connection.execute("SELECT run, chunk, keys FROM fence ORDER BY run, chunk").fetchall()
    left = dict(connection.execute("SELECT place, data FROM chunk").fetchall())
    connection.close()
    merged_to = {number: merged_to for number, _, merged_to, *_ in every}
    assert {run for run, _, _ in fences} <= set(merged_to)
    for number, kind, _, count, into in every:
        firsts = np.concatenate(
            [np.empty(0, np.uint32)]
            + [np.frombuffer(unsealed(keys), "<u4") for run, _, keys in fences if run == number]
        ).tolist()
        assert len(firsts) == count
        bound = 0 if into is None else merged_to[into]
        # All are there but those of which all keys are merged.
        begin = max(bisect_left(firsts, bound) - 1, 0)
        chunks = [left.pop((number << PLACE) + place) for place in range(begin, len(firsts))]
        parts = [pairs.unpacked(all_unsealed([chunk])).tolist() for chunk in chunks]
        assert [part[0] >> 32 for part in parts] == firsts[begin:]
        found.update(
            (kind << 32 | pair >> 32, pair & 0xFFFFFFFF)
            for part in parts
            for pair in part
            if pair >> 32 >= bound
        )
        kinds[kind] += 1
    assert not left
    return found, kinds
