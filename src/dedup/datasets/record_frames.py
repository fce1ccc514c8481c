"""Find the frames of the sites of records, and the texts without them, which are compared."""

from dataclasses import asdict
from typing import Any

from dedup.arrays.packed import PackedTexts
from dedup.datasets.record_table import RecordTable
from dedup.datasets.trim_records import FOUND_SHARE, spool_kept_blocks
from dedup.matching.page_frames import PageFrames, find_frames

MAX_FRAMES_LISTED, MAX_LINE_CHARACTERS = 20, 200


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
    return compared, describe_frames(found)


def describe_frames(found: PageFrames) -> dict[str, Any]:
    """Return a summary of frames: their share of the text, and the lines on the most pages."""
    return {
        "byte_share": round(found.byte_share, 6),
        "lines": found.line_count,
        "sources": found.source_count,
        "listed": [
            asdict(line) | {"text": line.text[:MAX_LINE_CHARACTERS]}
            for line in found.listed[:MAX_FRAMES_LISTED]
        ],
    }
