"""Checks a whole index: its pages, its texts, and that its posting lists match its texts."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import numpy as np

from dedup.arrays.array_types import U64
from dedup.arrays.packed import pack_bytes
from dedup.config import Config
from dedup.index.batch import HashedBatch, batch_records
from dedup.index.index_result import IndexCheck
from dedup.index.stores.checksums import DamagedError
from dedup.index.stores.postings import KIND_SHIFT, ROW_BITS, ROW_MASK
from dedup.index.stores.store import Store
from dedup.index.write import load_results
from dedup.text.mixing import mix64
from dedup.text.wording import format_count

MAX_REPORTED_TEXTS = 1000  # damaged texts that are reported
RESTORE = "restore a backup"
REBUILD = "add what dedup-clean index export yields to a new index"


def check(store: Store, config: Config) -> IndexCheck:
    """Check an index as ``Index.check`` does, within ``Store.reading``."""
    problems: list[str] = []
    damaged_ids: dict[int, object] = {}  # by row
    texts = 0

    @contextmanager
    def reading(part: str, remedy: str) -> Iterator[None]:
        try:
            yield
        except DamagedError as error:
            reason = f" ({' '.join(str(error).split())})" if error.args else ""
            problems.append(f"{part} cannot be read{reason}: {remedy}")

    with reading("the database", RESTORE):
        problems += store.problems()
    with reading("the dictionary of the texts", RESTORE):
        store.load_dictionary()
    with reading("the numbers and settings of the index", RESTORE):
        stored_sum = expected_sum = 0
        with reading("the posting lists", REBUILD):
            for kind, postings in store.scan_postings():
                keys = np.uint64(kind) << KIND_SHIFT | postings >> ROW_BITS
                stored_sum += _sum_of_hashes(keys, postings & ROW_MASK)
        for records in batch_records(store.scan(0, damaged_ids.__setitem__)):
            rows = np.array([row for row, _ in records], np.uint64)
            batch = HashedBatch.of(pack_bytes([record.text for _, record in records]), config)
            row_of_key = rows[batch.stored_keys.row_numbers()]
            expected_sum += _sum_of_hashes(batch.stored_keys.values, row_of_key)
            texts += len(records)
        if texts + len(damaged_ids) != store.count():
            found = format_count(texts + len(damaged_ids), "text")
            problems.append(f"{found} found and {store.count():,} counted: {REBUILD}")
        for name in store.settings().get("batch_names", ()):
            with reading(f"the stored result of batch {name!r}", "use another name"):
                load_results(store, name)
        # The keys of a damaged text are unknown, so its postings cannot be checked.
        if not (problems or damaged_ids) and (stored_sum - expected_sum) % (1 << 64):
            problems.append(f"the posting lists do not match the texts: {REBUILD}")
    for row, text_id in islice(damaged_ids.items(), MAX_REPORTED_TEXTS):
        problems.append(
            f"the text of id {text_id!r} (row {row}) is damaged: remove it with dedup-clean index "
            "remove, and add it again"
        )
    return IndexCheck(texts, tuple(problems))


def _sum_of_hashes(keys: U64, rows: U64) -> int:
    """Return a number that depends on all postings, but not on their order."""
    return int(mix64(mix64(keys) ^ rows).sum())
