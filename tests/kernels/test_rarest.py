"""Rows that share enough of all keys, against the rule in plain Python."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup.kernels.postings import enter, new_postings
from dedup.kernels.rarest import meet_by_rarest, room_for_rarest

KEYS = 12
SOME = st.lists(st.integers(0, KEYS - 1), max_size=9)


def by_rule(kept: list[list[int]], probes: list[int], needed: int, listed: int) -> dict[int, int]:
    """Return what the rows share that are listed under one of the rarest keys, if enough."""
    lists = {key: [row for row, keys in enumerate(kept) if key in keys] for key in probes}
    rarest = sorted(probes, key=lambda key: min(len(lists[key]), listed + 1))
    met = {row for key in rarest[: len(probes) - needed + 1] for row in lists[key][:listed]}
    shared = Counter(row for key in probes for row in lists[key] if row in met)
    return {row: hits for row, hits in shared.items() if hits >= needed}


def by_kernel(kept: list[list[int]], probes: list[int], needed: int, listed: int) -> dict[int, int]:
    # Rows are taken in an order that is not theirs.
    rows = list(range(len(kept)))[::-1]
    entries = np.array([key for row in rows for key in kept[row]], np.uint32)
    edges = np.cumsum([0, *(len(kept[row]) for row in rows)])
    turns = np.argsort(rows)
    postings = new_postings(KEYS, len(entries), len(kept) + 1)
    for row in range(len(kept)):  # what is entered first is listed first
        first, last = edges[turns[row]], edges[turns[row] + 1]
        postings = enter(postings, entries, first, last, row, len(kept) + 1)
    hits, met = np.zeros(len(kept), np.int32), np.empty(len(kept) + 1, np.int64)
    keys = np.array([99, *probes, 99], np.uint32)
    count = meet_by_rarest(
        postings,
        keys,
        1,
        len(probes) + 1,
        needed,
        entries,
        edges,
        turns,
        hits,
        met,
        room_for_rarest(max(len(probes), 1), listed),
    )
    found = {row: int(hits[row]) for row in met[:count].tolist()}
    assert np.count_nonzero(hits) == count == len(found)  # the others are forgotten
    return found


@given(st.lists(SOME, max_size=40), SOME, st.integers(1, 9), st.sampled_from([1, 2, 5, 1000]))
def test_any_keys(kept: list[list[int]], probes: list[int], needed: int, listed: int) -> None:
    # Two shingles may have one key, and a kept row may have a shingle twice.
    probes = sorted(probes)
    needed = min(needed, len(probes) or 1)
    found = by_kernel(kept, probes, needed, listed)
    assert found == by_rule(kept, probes, needed, listed)
    if listed > len(kept):
        every = {row: sum(key in keys for key in probes) for row, keys in enumerate(kept)}
        assert found == {row: hits for row, hits in every.items() if hits >= needed}


def test_of_long_lists_their_rows_are_read_instead() -> None:
    rng = np.random.default_rng(5)
    # Key 0 is rare, 1 to 5 are in most rows.
    kept = [[0] * (row % 50 == 0) + [key for key in range(1, 6) if rng.random() < 0.9]
            for row in range(400)]  # fmt: skip
    for needed in range(1, 7):
        every = by_rule(kept, list(range(6)), needed, 1000)
        assert by_kernel(kept, list(range(6)), needed, 1000) == every
        assert by_kernel(kept, list(range(6)), needed, 8) == by_rule(
            kept, list(range(6)), needed, 8
        )
    assert by_kernel(kept, [0, 3, 3, 4], 3, 1000) == by_rule(kept, [0, 3, 3, 4], 3, 1000)
