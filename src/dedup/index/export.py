"""Export all texts of an index, also of a damaged one."""

import warnings
from collections.abc import Iterator
from itertools import islice

from dedup.config import Config
from dedup.index.batch import batch_records
from dedup.index.index_result import IndexedText
from dedup.index.stores.store import Store
from dedup.text.wording import format_count

MAX_IDS_IN_WARNING = 10


def export_texts(store: Store, config: Config) -> Iterator[IndexedText]:
    """Yield all texts in the order in which they were added; a warning names damaged ones.

    Each batch is read in a transaction of its own, so writers do not wait for the caller.
    """
    start, yielded, damaged_ids = 0, 0, dict[int, object]()
    while True:
        with store.reading():
            records = store.scan(start, damaged_ids.__setitem__)
            batch = next(batch_records(records), [])
            missing = store.count() - yielded  # after the last batch
        if not batch:
            break
        yielded += len(batch)
        for row, record in batch:
            yield IndexedText.of(record, config)
            start = row + 1
    if missing > 0:
        ids = [*map(repr, islice(damaged_ids.values(), MAX_IDS_IN_WARNING))]
        more = ["..."] * (missing > MAX_IDS_IN_WARNING)
        named = ", ".join([*ids, *more]) or "unknown"
        left_out = f"{format_count(missing, 'damaged text')} left out (ids {named})"
        warnings.warn(f"{store.name}: {left_out}: restore a backup", stacklevel=2)
