"""What lies in the tables of an index: which pairs, and whether all that is said of them holds."""

from bisect import bisect_left
from collections import Counter
from os import PathLike

import numpy as np

from dedup.index.stores import pairs
from dedup.index.stores.checksums import all_unsealed, unsealed
from dedup.index.stores.opening import open_store
from dedup.index.stores.sorted_runs import END, PLACE


def stored(
    place: str | PathLike[str],
) -> tuple[Counter[tuple[int, int]], Counter[int], set[int]]:
    """Return all pairs of an index, the runs of each kind, and the rows that are there.

    What is said of the chunks and rows is checked.
    """
    store = open_store(place, 20)
    read = store._database.rows  # noqa: SLF001  the tables
    with store.reading():
        every = read("SELECT number, kind, merged_to, chunks, into_run FROM run")
        fences = read("SELECT run, chunk, keys FROM fence ORDER BY run, chunk")
        left: dict[int, bytes] = dict(read("SELECT place, data FROM chunk"))
        texts = {row for (row,) in read("SELECT row FROM text")}
        live = store._live()  # noqa: SLF001  likewise
    store.close()
    found: Counter[tuple[int, int]] = Counter()
    kinds: Counter[int] = Counter()
    targets = {into for *_, into in every} - {None}
    assert targets <= {number for number, _, merged_to, *_ in every if merged_to < END}
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
    assert not texts & {*live.gone.tolist()}
    rows = {row for _, row in found if row >= live.floor} - {*live.gone.tolist()}
    assert rows <= texts
    return found, kinds, texts
