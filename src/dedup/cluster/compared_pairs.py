"""The third stage: the exact similarity of rows and their candidates."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from dedup.arrays.columns import pack_column
from dedup.config import Config
from dedup.matching.numeric_variants import pair_rule
from dedup.matching.similarity import MEASURES
from dedup.text.hashing import shingle_texts
from dedup.text.recode import recode


def compare_pairs(batches: Iterable[pa.RecordBatch], config: Config) -> Iterator[pa.RecordBatch]:
    """Compare rows with their candidates, and return the pairs that match.

    A pair matches if its similarity is at least ``threshold`` and no pair rule exempts it.

    Parameters
    ----------
    batches
        A row each: ``position`` and ``text``, and ``candidates``, a list of structs of ``position``
        and ``text``.

    Yields
    ------
    pyarrow.RecordBatch
        ``position``, ``candidate``, ``similarity`` (float64).
    """
    measure = MEASURES[config.measure]
    for batch in batches:
        lists = batch.column("candidates")
        candidates = lists.flatten()
        texts = [batch.column("text"), candidates.field("text")]
        packed = pack_column(pa.chunked_array([text.cast(pa.large_string()) for text in texts]))
        shingles = shingle_texts(packed.utf8, packed.offsets, config, threads=1)
        rule = pair_rule(*recode(packed.utf8, packed.offsets, config.unit), config)
        rows = np.repeat(np.arange(len(batch)), np.diff(lists.offsets.to_numpy()))
        candidate_rows = len(batch) + np.arange(len(rows))
        similarity = np.array(
            [
                measure(shingles[row], shingles[other])
                for row, other in zip(rows.tolist(), candidate_rows.tolist(), strict=True)
            ],
            np.float64,
        )
        matches = similarity >= config.threshold
        for pair in np.flatnonzero(matches).tolist():
            row, candidate_row = int(rows[pair]), int(candidate_rows[pair])
            matches[pair] = not rule.exempts(row, candidate_row, float(similarity[pair]))
        columns = {
            "position": batch.column("position").to_numpy()[rows[matches]],
            "candidate": candidates.field("position").to_numpy()[matches],
            "similarity": similarity[matches],
        }
        yield pa.RecordBatch.from_pydict(columns)
