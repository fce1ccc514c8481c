"""The posting lists of an index on disk: sorted runs of pages, which ``merging`` merges.

Each batch writes one run per kind of key; a written run is not changed. As the number of runs
grows, several are merged into one (a log-structured merge tree: O'Neil, Cheng, Gawlick and O'Neil
1996). So a posting is written a few times only, and a lookup searches a few runs only.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, U32, U64, Ragged
from dedup.arrays.parallel import offsets_of
from dedup.index.stores import pages
from dedup.index.stores.checksums import DamagedError, verify_checksums, with_checksum
from dedup.index.stores.database import Database
from dedup.index.stores.postings import (
    KEY_KINDS,
    KIND_SHIFT,
    MAX_KEY,
    MAX_ROW,
    ROW_BITS,
    ROW_MASK,
    LiveRows,
)

KEY_END = MAX_KEY + 1  # one above all keys
PAGES_PER_READ = 1 << 8  # 2 MB
PAGE_NUMBER_BITS = 32  # a page id is ``run.number << PAGE_NUMBER_BITS | page number``
MAX_RUN_NUMBER = (1 << 31) - 1
RUN_COLUMNS = "kind, pairs, chunks, last_row, into_run, merged_to"  # of table run, after number


class SortedRun(NamedTuple):
    """Sorted postings of one kind of key, in pages: a row of the table ``run``."""

    number: int
    kind: int
    postings: int  # about this number; deleted rows may be counted
    pages: int  # pages that were written; a merge may have deleted some
    max_row: int
    merge_target: int | None  # the number of the run that this run is merged into
    merged_to: int  # keys from here on are not merged into this run yet; KEY_END when all are
    min_key: int = 0  # not in the table: lower keys were merged into ``merge_target``


_MAX_VALUES = (  # of the columns of the table, in the order of ``SortedRun``
    MAX_RUN_NUMBER,
    len(KEY_KINDS) - 1,
    (1 << 48) - 1,
    (1 << PAGE_NUMBER_BITS) - 1,
    MAX_ROW,
    MAX_RUN_NUMBER,
    KEY_END,
)


class SortedRuns:
    """The sorted runs of one index."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._first_keys: dict[int, U32] = {}  # by the number of a run: a cache

    def all(self) -> list[SortedRun]:
        """Return all runs, by number.

        Raises
        ------
        DamagedError
            When the rows of the table contradict each other.
        """
        rows = self._database.rows(f"SELECT number, {RUN_COLUMNS} FROM run ORDER BY number")  # noqa: S608
        runs = [_checked_run(*row) for row in rows]
        sources = [run for run in runs if run.merge_target is not None]
        targets = {(run.number, run.kind): run.merged_to for run in runs if run.merged_to < KEY_END}
        if targets.keys() != {(run.merge_target, run.kind) for run in sources}:
            raise DamagedError
        if any(run.merged_to < KEY_END for run in sources):
            raise DamagedError
        # Another process may have deleted the other runs.
        cached = self._first_keys.keys() & {run.number for run in runs}
        self._first_keys = {number: self._first_keys[number] for number in cached}
        min_keys = {None: 0} | {number: merged_to for (number, _), merged_to in targets.items()}
        return [run._replace(min_key=min_keys[run.merge_target]) for run in runs]

    def posting_lists(self, keys: U64, limit: int, live: LiveRows) -> Ragged:
        """Return the posting list of each key: its lowest ``limit`` live rows, ascending.

        Parameters
        ----------
        keys
            (k,): sorted and unique, with their kinds.
        """
        low_keys, batches = keys.astype(np.uint32), [np.empty(0, np.uint64)]
        page_ids, lows, highs = self._pages_with(keys, low_keys)
        for start in range(0, len(page_ids), PAGES_PER_READ):
            batch = slice(start, start + PAGES_PER_READ)
            key_numbers, rows = pages.find_rows(
                self.read_pages(page_ids[batch]), lows[batch], highs[batch], low_keys, live, limit
            )
            batches.append(key_numbers.astype(np.uint64) << ROW_BITS | rows.astype(np.uint64))
        found = np.sort(
            np.concatenate(batches)
        )  # upper 32 bits: number of the key, lower 32 bits: row
        lengths = np.bincount((found >> ROW_BITS).astype(np.int64), minlength=len(keys))
        return Ragged(found & ROW_MASK, offsets_of(lengths)).truncated(limit)

    def _pages_with(self, keys: U64, low_keys: U32) -> tuple[I64, I64, I64]:
        """Return the ids of the pages that may have keys, and the range of keys for each page."""
        none = np.empty(0, np.int64)
        kind_edges = np.arange(len(KEY_KINDS) + 1, dtype=np.uint64) << KIND_SHIFT
        bounds = np.searchsorted(keys, kind_edges).tolist()
        found = [(none, none, none)]
        for run in self.all():
            begin, end = bounds[run.kind : run.kind + 2]
            low = begin + _count_below(low_keys[begin:end], run.min_key)
            high = begin + _count_below(low_keys[begin:end], run.merged_to)
            if low < high:
                numbers, lows, highs = pages_for_keys(self.first_keys(run), low_keys[low:high])
                page_ids = (run.number << PAGE_NUMBER_BITS) + numbers
                found.append((page_ids, lows + low, highs + low))
        page_ids, lows, highs = map(np.concatenate, zip(*found, strict=True))
        return page_ids, lows, highs

    def first_keys(self, run: SortedRun) -> U32:
        """Return the first key of each page of a run, ascending, of deleted pages, too.

        They show which page may have a key. Each write stores those of its pages in one row of the
        table ``fence``; they are read once.

        Raises
        ------
        DamagedError
            When they are not the keys that were written.
        """
        cached = self._first_keys.get(run.number)
        if cached is not None and len(cached) == run.pages:  # else another process wrote more
            return cached
        query = "SELECT keys FROM fence WHERE run = ? ORDER BY chunk"
        blocks = [row[0] for row in self._database.rows(query, run.number)]
        data = b"".join(verify_checksums(blocks))
        if len(data) != 4 * run.pages:
            raise DamagedError
        first_keys: U32 = np.frombuffer(data, "<u4")
        if (first_keys[1:] < first_keys[:-1]).any():
            raise DamagedError
        self._first_keys[run.number] = first_keys
        return first_keys

    def read_pages(self, page_ids: I64) -> list[memoryview]:
        """Return pages by their ids, without checksums.

        Raises
        ------
        DamagedError
            When a page is damaged or missing.
        """
        found = self._database.find("chunk", "data", "place", page_ids.tolist())
        if len(found) != len(page_ids):
            raise DamagedError
        return verify_checksums([found[page_id][0] for page_id in page_ids.tolist()])

    def scan_postings(self, live: LiveRows) -> Iterator[tuple[int, U64]]:
        """Yield the kind and the live postings of each page; check each page against its run.

        Raises
        ------
        DamagedError
            When a page is damaged, is missing, or has keys or rows that its run cannot have.
        """
        for run in self.all():
            first_keys, numbers = self.first_keys(run), self.page_numbers(run)
            for start in range(0, len(numbers), PAGES_PER_READ):
                batch = np.array(numbers[start : start + PAGES_PER_READ])
                contents = self.read_pages((run.number << PAGE_NUMBER_BITS) + batch)
                for number, page in zip(batch.tolist(), contents, strict=True):
                    postings = pages.decode_pages([page])
                    keys, rows = postings >> ROW_BITS, postings & ROW_MASK
                    overlaps = (first_keys[number + 1 : number + 2] < keys[-1]).any()
                    if keys[0] != first_keys[number] or overlaps or rows.max() > run.max_row:
                        raise DamagedError
                    is_live = (keys >= np.uint64(run.min_key)) & live.contains(rows)
                    yield run.kind, postings[is_live]

    def add(self, kind: int, postings: U64) -> None:
        """Write a run of postings, sorted and unique."""
        max_row = int((postings & ROW_MASK).max())
        self.append(self._create(kind, len(postings), max_row), postings, KEY_END)

    def _create(self, kind: int, count: int, max_row: int) -> SortedRun:
        """Create a run, still empty, that will have about ``count`` postings."""
        values = (kind, count, 0, max_row, None, 0)
        query = f"INSERT INTO run ({RUN_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) RETURNING number"  # noqa: S608
        return _checked_run(self._database.value(query, *values), *values)

    def begin_merge(self, sources: list[SortedRun]) -> None:
        """Create the run that ``sources``, all of one kind, will be merged into."""
        count, max_row = sum(run.postings for run in sources), max(run.max_row for run in sources)
        target = self._create(sources[0].kind, count, max_row)
        self._database.execute_many(
            "UPDATE run SET into_run = ? WHERE number = ?",
            [(target.number, run.number) for run in sources],
        )

    def append(self, run: SortedRun, postings: U64, merged_to: int) -> SortedRun:
        """Write postings behind those of a run, and to which key it is merged."""
        count = run.pages
        if len(postings):
            max_words = min(pages.PAGE_WORDS, self._database.page_words)
            first_keys, contents = pages.encode_pages(postings, max_words)
            block = with_checksum(first_keys.astype("<u4").tobytes())
            self._database.execute("INSERT INTO fence VALUES (?, ?, ?)", run.number, count, block)
            rows = enumerate(contents, (run.number << PAGE_NUMBER_BITS) + count)
            self._database.insert("chunk", rows)
            count += len(contents)
        query = "UPDATE run SET chunks = ?, merged_to = ? WHERE number = ?"
        self._database.execute(query, count, merged_to, run.number)
        return run._replace(pages=count, merged_to=merged_to)

    def page_numbers(self, run: SortedRun, end: int = KEY_END) -> range:
        """Return the numbers of the pages that may have keys from ``run.min_key`` to ``end``."""
        first_keys = self.first_keys(run)
        return range(
            max(_count_below(first_keys, run.min_key) - 1, 0), _count_below(first_keys, end)
        )

    def take_postings(self, run: SortedRun, end: int) -> U64:
        """Return the postings of a run below the key ``end``, and delete their pages.

        The last of these pages stays if it may have more keys. Readers skip the keys below ``end``
        that it still has, since they are merged.
        """
        numbers, base = self.page_numbers(run, end), run.number << PAGE_NUMBER_BITS
        if not numbers:
            return np.empty(0, np.uint64)
        postings = pages.decode_pages(self.read_pages(base + np.array(numbers)))
        query = "DELETE FROM chunk WHERE place BETWEEN ? AND ?"
        last = numbers[-1] if end == KEY_END else numbers[-1] - 1
        self._database.execute(query, base + numbers[0], base + last)
        bounds = np.array([run.min_key, end], np.uint64)
        low, high = np.searchsorted(postings >> ROW_BITS, bounds).tolist()
        return postings[low:high]

    def drop(self, run: SortedRun) -> None:
        """Delete a run whose pages are deleted."""
        self._database.execute("DELETE FROM run WHERE number = ?", run.number)
        self._database.execute("DELETE FROM fence WHERE run = ?", run.number)
        self._first_keys.pop(run.number, None)


def pages_for_keys(first_keys: U32, keys: U32) -> tuple[I64, I64, I64]:
    """Return which pages of a run may have keys, and which keys each.

    A key with a long posting list may begin at the end of one page and fill several more.

    Parameters
    ----------
    first_keys
        (p,): the first key of each page, ascending.
    keys
        (k,): sorted and unique.

    Returns
    -------
    numbers, lows, highs
        Page numbers, ascending; page ``numbers[i]`` may have ``keys[lows[i]:highs[i]]``, at least
        one key.
    """
    lows = np.searchsorted(keys, first_keys)
    highs = np.append(np.searchsorted(keys, first_keys[1:], "right"), len(keys))[: len(first_keys)]
    numbers = np.flatnonzero(lows < highs)
    return numbers, lows[numbers], highs[numbers]


def _count_below(keys: U32, bound: int) -> int:
    """Return the number of sorted keys below a bound, which may be KEY_END."""
    return len(keys) if bound >= KEY_END else int(np.searchsorted(keys, np.uint32(bound)))


def _checked_run(*row: Any) -> SortedRun:  # noqa: ANN401  damaged columns may have any type
    """Return a row of the table as a run."""
    run = SortedRun(*row)
    numbers = run if run.merge_target is not None else run._replace(merge_target=0)
    for value, max_value in zip(numbers[:-1], _MAX_VALUES, strict=True):
        if not isinstance(value, int) or not 0 <= value <= max_value:
            raise DamagedError
    return run
