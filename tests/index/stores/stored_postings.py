"""Reads the tables of an index without its own code, and checks that they agree."""

from bisect import bisect_left
from collections import Counter
from os import PathLike

import numpy as np

from dedup.index.stores.checksums import verify_checksum, verify_checksums
from dedup.index.stores.opening import open_store
from dedup.index.stores.pages import decode_pages
from dedup.index.stores.sorted_runs import KEY_END, PAGE_NUMBER_BITS


def stored_postings(
    place: str | PathLike[str],
) -> tuple[Counter[tuple[int, int]], Counter[int], set[int]]:
    """Return all postings of an index, the number of runs of each kind, and the live rows.

    Checks that all pages of each run are there and no others, that the first keys are those of the
    pages, and that deleted rows have no record.
    """
    store = open_store(place, 20)
    read = store._database.rows  # noqa: SLF001  the tables
    with store.reading():
        runs = read("SELECT number, kind, merged_to, chunks, into_run FROM run")
        first_key_blocks = read("SELECT run, chunk, keys FROM fence ORDER BY run, chunk")
        pages: dict[int, bytes] = dict(read("SELECT place, data FROM chunk"))
        rows = {row for (row,) in read("SELECT row FROM text")}
        live = store._live_rows()  # noqa: SLF001  likewise
    store.close()
    postings: Counter[tuple[int, int]] = Counter()
    kinds: Counter[int] = Counter()
    targets = {target for *_, target in runs} - {None}
    assert targets <= {number for number, _, merged_to, *_ in runs if merged_to < KEY_END}
    merged_to = {number: merged_to for number, _, merged_to, *_ in runs}
    assert {run for run, _, _ in first_key_blocks} <= set(merged_to)
    for number, kind, _, count, target in runs:
        first_keys = np.concatenate(
            [np.empty(0, np.uint32)]
            + [
                np.frombuffer(verify_checksum(keys), "<u4")
                for run, _, keys in first_key_blocks
                if run == number
            ]
        ).tolist()
        assert len(first_keys) == count
        min_key = 0 if target is None else merged_to[target]
        # Only pages whose keys are all merged are deleted.
        begin = max(bisect_left(first_keys, min_key) - 1, 0)
        of_run = [
            pages.pop((number << PAGE_NUMBER_BITS) + page) for page in range(begin, len(first_keys))
        ]
        decoded = [decode_pages(verify_checksums([page])).tolist() for page in of_run]
        assert [page[0] >> 32 for page in decoded] == first_keys[begin:]
        postings.update(
            (kind << 32 | posting >> 32, posting & 0xFFFFFFFF)
            for page in decoded
            for posting in page
            if posting >> 32 >= min_key
        )
        kinds[kind] += 1
    assert not pages
    deleted = {*live.deleted.tolist()}
    assert not rows & deleted
    assert {row for _, row in postings if row >= live.min_live_row} - deleted <= rows
    return postings, kinds, rows
