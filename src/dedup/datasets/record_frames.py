"""Find the frames of the sites of records, and the texts without them, which are compared."""

from typing import Any

from dedup.arrays.packed import PackedTexts
from dedup.datasets.record_table import RecordTable
from dedup.datasets.trim_records import FOUND_SHARE, spool_kept_blocks
from dedup.matching.page_frames import find_frames


def without_frames(rows: RecordTable) -> tuple[PackedTexts, dict[str, Any]]:
    """Return the texts of records without the frames of their sites, and a summary of the frames.

    The pages of references count, too. ``rows`` keeps the whole texts, which are written.

    Returns
    -------
    compared, summary
        The texts, in a temporary file; and what ``DatasetReport.frames`` has.
    """
    assert rows.sources is not None
    texts, memory = rows.packed_texts, rows.workspace.memory
    with memory.progress.part(0.0, FOUND_SHARE):
        found = find_frames(texts, rows.sources, rows.job.options.threads, memory)
        is_compared = found.compared_lines(memory)
    with memory.progress.part(FOUND_SHARE, 1.0):
        spool = rows.workspace.spool("compared")
        compared = spool_kept_blocks(spool, texts, found.lines, is_compared, memory)
    return compared, found.summary()
