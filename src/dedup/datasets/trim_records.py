"""Records without what recurs in others, and lists of what that is for a person to read."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from dedup.arrays.array_types import Flags
from dedup.arrays.long_arrays import row_batches
from dedup.arrays.packed import PackedTexts
from dedup.boilerplate.patterns import PatternRules, find_patterns
from dedup.datasets.record_table import PartRemoval, RecordTable
from dedup.spans.cut_ranges import Spans
from dedup.spans.find_spans import repeated_spans, split_at_spans
from dedup.spans.windows import SpanRule
from dedup.text.block_table import BlockTable, gather_segments, keep_blocks

MAX_SPANS_LISTED = 30  # spans in a report
SPAN_TEXT_BYTES = 200  # of the text of one
SPOOL_BATCH_BYTES = 1 << 24  # bytes of texts that are written at a time


def without_boilerplate(rows: RecordTable) -> tuple[RecordTable, list[dict[str, Any]]]:
    """Leave out the blocks that recur in many records, and say which these are.

    References count, and stand first: a pattern that one of them has stays nowhere else.
    """
    options, memory = rows.job.options, rows.workspace.memory
    rules = PatternRules(options.min_df, options.keep_pattern, options.boilerplate)
    config, threads = rows.job.config, options.threads
    found = find_patterns(rows.texts, config, rules, threads, rows.fixed, memory=memory)
    lines = [asdict(pattern) for pattern in found.patterns]
    listed = [line | {"records": [*map(rows.name, line.pop("rows"))]} for line in lines]
    return without_blocks(rows, found.blocks, found.kept, "blocks"), listed


def without_spans(rows: RecordTable, removed: Flags) -> tuple[RecordTable, list[dict[str, Any]]]:
    """Leave out the stretches of records that stand before, in one that stays; list the longest.

    Parameters
    ----------
    removed
        (n,): records that do not stay, of which nothing counts.
    """
    texts, config, options, memory = (
        rows.texts,
        rows.job.config,
        rows.job.options,
        rows.workspace.memory,
    )
    standing = np.flatnonzero(~removed)
    begins, ends = texts.offsets[standing], texts.offsets[standing + 1]
    utf8, offsets = gather_segments(texts.utf8, begins, ends, memory)
    standing_texts = PackedTexts(utf8, offsets, texts.missing[standing])
    within, across = bool(options.within), options.across
    rule = SpanRule.of(options.min_span, config.unit, within=within, across=across)
    spans = repeated_spans(standing_texts, config, rule, options.threads, memory)
    own = standing[spans.row]
    changeable = (own >= rows.reference_count) & ~rows.fixed[own]
    there = replace(spans, row=own, witness_row=standing[spans.witness_row]).select(changeable)
    listed = describe_longest(there, texts, rows.name)
    return without_blocks(rows, *split_at_spans(texts, there), "spans"), listed


def without_blocks(
    rows: RecordTable, blocks: BlockTable, kept: Flags, why: PartRemoval
) -> RecordTable:
    """Return records of whose texts, of one field each, only some blocks are left.

    Parameters
    ----------
    kept
        (b,): which.
    why
        The others go.
    """
    memory = rows.workspace.memory
    gone = np.zeros(len(rows), np.int64)
    for portion in blocks.batches(memory):
        begin, stop = portion.texts.start, portion.texts.stop
        own = portion.rows[~kept[portion.blocks]] - begin
        gone[portion.texts] = np.bincount(own, minlength=stop - begin)
    changed = np.flatnonzero(gone)
    if not len(changed):
        return rows
    spool, ends = rows.workspace.spool(why), []
    for first, stop in row_batches(rows.texts.offsets, SPOOL_BATCH_BYTES, len(rows)):
        begin, end = blocks.firsts[[first, stop]].tolist()
        some = BlockTable(blocks.edges[begin : end + 1], blocks.firsts[first : stop + 1] - begin)
        part = keep_blocks(rows.texts.slice_rows(first, stop), some, kept[begin:end], memory)
        ends.append(spool.add(part))
    texts = spool.packed(np.concatenate(ends), rows.texts.missing)
    edited, removed_parts = np.union1d(rows.edited, changed), rows.removed_parts | {why: gone}
    sizes = np.diff(texts.offsets)[edited]
    return replace(
        rows,
        texts=texts,
        edited=edited,
        field_sizes=sizes[:, np.newaxis],
        removed_parts=removed_parts,
    )


def describe_longest(
    spans: Spans, texts: PackedTexts, name: Callable[[int], Any]
) -> list[dict[str, Any]]:
    """Return the longest stretches as JSON has them, their records by name.

    Parameters
    ----------
    texts
        In which they are. Places are bytes of them.

    Examples
    --------
    >>> from dedup.arrays.packed import pack
    >>> spans = Spans(*(np.array(column) for column in ([1, 2], [0, 0], [3, 7], [0, 0], [0, 0],
    ...                                                 [3, 7], [1, 2])))
    >>> texts = pack(["one two", "one", "one two"])
    >>> for span in describe_longest(spans, texts, "record {}".format):
    ...     print(span["record"], span["of_record"], span["bytes"], span["tokens"], span["text"])
    record 2 record 0 [0, 7] 2 one two
    record 1 record 0 [0, 3] 1 one
    """
    order = np.argsort(-spans.tokens, kind="stable")[:MAX_SPANS_LISTED]  # of equal ones the first
    return [
        {
            "record": name(span.row),
            "of_record": name(span.witness_row),
            "tokens": span.tokens,
            "bytes": [span.start, span.stop],
            "of_bytes": [span.witness_start, span.witness_stop],
            "text": _text_start(texts, span.row, span.start, span.stop),
        }
        for span in map(spans.__getitem__, order.tolist())
    ]


def _text_start(texts: PackedTexts, row: int, start: int, stop: int) -> str:
    """Return a stretch of a text, or the whole characters that it begins with."""
    first = int(texts.offsets[row]) + start
    shown = texts.utf8[first : first + min(stop - start, SPAN_TEXT_BYTES)]
    return shown.tobytes().decode("utf-8", "ignore")
