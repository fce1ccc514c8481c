"""Check an index: its pages, its texts, and that its posting lists are those of its texts."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from dedup.config import Config
from dedup.index import named_batches
from dedup.index.batch import HashedBatch, read_at_once
from dedup.index.result import IndexCheck
from dedup.index.stores.chunks import ROW, ROWS
from dedup.index.stores.protocol import KIND
from dedup.index.stores.sealing import DamagedError
from dedup.index.stores.store import Store
from dedup.kernels.mixing import mix64
from dedup.records import I64, U64, Ragged
from dedup.text.packed import packed_bytes
from dedup.units import counted

MOST_PROBLEMS = 1000  # texts that are named
MOST_SUMS = 1 << 20  # of hashes of keys: 8 MB
RESTORE = "restore a backup"
REBUILD = "add what dedup-clean index export yields to a new index"


def check(store: Store, config: Config) -> IndexCheck:
    """Check an index as ``Index.check`` does, within ``store.reading``."""
    problems: list[str] = []
    texts = damaged = 0

    def skip(row: int, name: object) -> None:
        nonlocal damaged
        damaged += 1
        if damaged <= MOST_PROBLEMS:
            problems.append(
                f"the text of id {name!r} (row {row}) is damaged: remove it with dedup-clean index "
                "remove, and add it again"
            )

    @contextmanager
    def part(name: str, remedy: str) -> Iterator[None]:
        try:
            yield
        except DamagedError as error:
            said = f" ({' '.join(str(error).split())})" if error.args else ""
            problems.append(f"{name} cannot be read{said}: {remedy}")

    with part("the database", RESTORE):
        problems += store.problems()
    with part("the dictionary of the texts", RESTORE):
        store.load_dictionary()
    with part("the numbers and settings of the index", RESTORE):
        sums = _KeySums(store.next_row())
        with part("the posting lists", REBUILD):
            for kind, pairs in store.every_page():
                sums.add_pairs(kind, pairs)
        for some in read_at_once(store.scan(0, skip)):
            batch = HashedBatch.of(packed_bytes([record.text for _, record in some]), config)
            sums.subtract_entries(np.array([row for row, _ in some]), batch.entries)
            texts += len(some)
        if texts + damaged != store.count():
            found = counted(texts + damaged, "text")
            problems.append(f"{found} found and {store.count():,} counted: {REBUILD}")
        for name in store.settings().get("batch_names", ()):
            with part(f"the stored result of batch {name!r}", "use another name"):
                named_batches.load(store, name)
        if not problems:  # what cannot be read is not listed either
            problems += sums.problems()
    return IndexCheck(texts, tuple(problems))


class _KeySums:
    """For each text a sum of hashes of its keys, as far as listed and not expected.

    Of more texts than there may be sums, those that follow each other have one together.

    Parameters
    ----------
    rows
        No text has this number or a greater one.
    """

    def __init__(self, rows: int) -> None:
        self._width = rows // MOST_SUMS + 1
        self._sums = np.zeros(rows // self._width + 1, np.uint64)

    def add_pairs(self, kind: int, pairs: U64) -> None:
        """Add keys that are listed; a row that no text can have counts as the last one."""
        keys = np.uint64(kind) << KIND | pairs >> ROW
        self._sum((pairs & ROWS).astype(np.int64), keys, np.add)

    def subtract_entries(self, rows: I64, entries: Ragged) -> None:
        """Subtract the keys under which texts have to be listed."""
        self._sum(np.repeat(rows, entries.lengths), entries.values, np.subtract)

    def _sum(self, rows: I64, keys: U64, operation: np.ufunc) -> None:
        places = np.minimum(rows // self._width, len(self._sums) - 1)
        operation.at(self._sums, places, mix64(mix64(keys) ^ rows.astype(np.uint64)))

    def problems(self) -> Iterator[str]:
        """Yield the first text of which the sum is not 0."""
        for place in np.flatnonzero(self._sums)[:1].tolist():
            row = place * self._width
            yield f"the posting lists are not those of the texts, from row {row} on: {REBUILD}"
