"""Check an index: its pages, its texts, and that its posting lists are those of its texts."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import numpy as np

from dedup.arrays.array_types import U64
from dedup.arrays.packed import pack_bytes
from dedup.config import Config
from dedup.index.batch import HashedBatch, read_at_once
from dedup.index.index_result import IndexCheck
from dedup.index.stores.checksums import DamagedError
from dedup.index.stores.postings import KIND_SHIFT, ROW_BITS, ROW_MASK
from dedup.index.stores.store import Store
from dedup.index.write import load_results
from dedup.text.mixing import mix64
from dedup.text.wording import format_count

MOST_PROBLEMS = 1000  # texts that are named
RESTORE = "restore a backup"
REBUILD = "add what dedup-clean index export yields to a new index"


def check(store: Store, config: Config) -> IndexCheck:
    """Check an index as ``Index.check`` does, within ``store.reading``."""
    problems: list[str] = []
    damaged: dict[int, object] = {}  # the ids of texts, by row
    texts = 0

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
        listed = expected = 0
        with part("the posting lists", REBUILD):
            for kind, pairs in store.scan_postings():
                keys = np.uint64(kind) << KIND_SHIFT | pairs >> ROW_BITS
                listed += _sum_of_hashes(keys, pairs & ROW_MASK)
        for some in read_at_once(store.scan(0, damaged.__setitem__)):
            rows = np.array([row for row, _ in some], np.uint64)
            batch = HashedBatch.of(pack_bytes([record.text for _, record in some]), config)
            expected += _sum_of_hashes(batch.entries.values, rows[batch.entries.row_numbers()])
            texts += len(some)
        if texts + len(damaged) != store.count():
            found = format_count(texts + len(damaged), "text")
            problems.append(f"{found} found and {store.count():,} counted: {REBUILD}")
        for name in store.settings().get("batch_names", ()):
            with part(f"the stored result of batch {name!r}", "use another name"):
                load_results(store, name)
        # What cannot be read is not listed either.
        if not (problems or damaged) and (listed - expected) % (1 << 64):
            problems.append(f"the posting lists are not those of the texts: {REBUILD}")
    for row, name in islice(damaged.items(), MOST_PROBLEMS):
        problems.append(
            f"the text of id {name!r} (row {row}) is damaged: remove it with dedup-clean index "
            "remove, and add it again"
        )
    return IndexCheck(texts, tuple(problems))


def _sum_of_hashes(keys: U64, rows: U64) -> int:
    """Return a number that depends on all pairs of a key and a row, and not on their order."""
    return int(mix64(mix64(keys) ^ rows).sum())
