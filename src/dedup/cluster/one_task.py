"""All rows in one task, for settings that a cluster cannot spread."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from dedup.config import Config
from dedup.matching.deduplicate import deduplicate


def deduplicate_in_one_task(
    batches: Iterable[pa.RecordBatch], config: Config
) -> Iterator[pa.RecordBatch]:
    """Decide all rows with ``dedup.deduplicate``.

    Parameters
    ----------
    batches
        All rows, ``dedup_row`` and ``text``, in any order.

    Yields
    ------
    pyarrow.RecordBatch
        ``dedup_row``, ``dedup_witness_row`` and ``dedup_similarity`` (float32) of the removed
        rows.
    """
    columns = [(batch.column("dedup_row"), batch.column("text")) for batch in batches]
    if not columns:
        return
    rows = pa.chunked_array([row for row, _ in columns]).to_numpy()
    texts = pa.chunked_array([text.cast(pa.large_string()) for _, text in columns])
    order = np.argsort(rows, kind="stable")
    result = deduplicate(texts.take(pa.array(order)), config)
    removed, rows = np.flatnonzero(~result.keep), rows[order]
    yield pa.RecordBatch.from_pydict(
        {
            "dedup_row": rows[removed],
            "dedup_witness_row": rows[result.witness[removed]],
            "dedup_similarity": result.similarity[removed],
        }
    )
