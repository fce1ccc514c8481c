"""Remove boilerplate and repeated spans from records, and list what was removed."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from dedup.arrays.array_types import Flags
from dedup.arrays.long_arrays import row_batches
from dedup.arrays.memory import Memory
from dedup.arrays.packed import PackedTexts
from dedup.arrays.parallel import concatenate_columns
from dedup.boilerplate.frame_groups import SourceRule
from dedup.boilerplate.patterns import FoundPatterns, PatternRules, find_patterns
from dedup.datasets.lost_parts import TrimStep
from dedup.datasets.record_table import RecordTable
from dedup.files.spool import Spool
from dedup.ledger.record_removals import PartOption
from dedup.ledger.removed_ranges import RemovedParts
from dedup.spans.cut_ranges import Spans
from dedup.spans.find_spans import repeated_spans, split_at_spans
from dedup.spans.windows import SpanRule
from dedup.text.block_table import BlockTable, gather_segments, keep_blocks

MAX_SPANS_LISTED = 30
SPAN_TEXT_BYTES = 200  # of the text of a listed span
SPOOL_BATCH_BYTES = 1 << 24  # texts written to a spool at a time
FOUND_SHARE = 0.95  # of the time, when boilerplate or spans are found; then texts are written


def without_boilerplate(rows: RecordTable) -> tuple[RecordTable, list[dict[str, Any]]]:
    """Remove the blocks that recur in many records; return these blocks, the most frequent first.

    With the sources of records, the frames of sites are among these blocks. References count and
    come first: a recurring block that a reference has is removed everywhere else.
    """
    options, memory = rows.job.options, rows.workspace.memory
    rules = PatternRules(options.min_df, options.keep_pattern, options.boilerplate)
    config, threads = rows.job.config, options.threads
    with memory.progress.part(0.0, FOUND_SHARE):
        texts, fixed = rows.packed_texts, rows.read_only
        rule = None if rows.sources is None else SourceRule(rows.sources)
        found = find_patterns(texts, config, rules, threads, fixed, source_rule=rule, memory=memory)
    patterns = [asdict(pattern) for pattern in found.patterns]
    described = [line | {"records": [*map(rows.id_of, line.pop("rows"))]} for line in patterns]
    if rows.job.lists_parts and not found.kept.all():
        step = TrimStep("blocks", texts, _removed_blocks(found, memory), found.source_names)
        rows = replace(rows, steps=(*rows.steps, step))
    return _keep_blocks(rows, found.blocks, found.kept, "blocks"), described


def _removed_blocks(found: FoundPatterns, memory: Memory) -> RemovedParts:
    """Describe all removed blocks, for a ledger."""
    columns = []
    for batch in found.blocks.batches(memory):
        removed = batch.blocks.start + np.flatnonzero(~found.kept[batch.blocks])
        parts = found.removed_parts(removed)
        columns.append(tuple(memory.adopt(getattr(parts, name)) for name in parts.__slots__))
    return RemovedParts(*concatenate_columns(columns, memory))


def without_spans(rows: RecordTable, removed: Flags) -> tuple[RecordTable, list[dict[str, Any]]]:
    """Remove the spans that repeat an earlier part of a kept record; return the longest.

    Parameters
    ----------
    removed
        (n,): the removed records. Their texts are ignored.
    """
    texts, options = rows.packed_texts, rows.job.options
    config, memory = rows.job.config, rows.workspace.memory
    kept_rows = np.flatnonzero(~removed)
    starts, ends = texts.offsets[kept_rows], texts.offsets[kept_rows + 1]
    utf8, offsets = gather_segments(texts.utf8, starts, ends, memory)
    kept_texts = PackedTexts(utf8, offsets, texts.missing[kept_rows])
    within, across = bool(options.within), options.across
    rule = SpanRule.of(options.min_span, config.unit, within=within, across=across)
    with memory.progress.part(0.0, FOUND_SHARE):
        spans = repeated_spans(kept_texts, config, rule, options.threads, memory)
    record_rows = kept_rows[spans.row]
    changeable = (record_rows >= rows.reference_count) & ~rows.read_only[record_rows]
    in_records = replace(spans, row=record_rows, witness_row=kept_rows[spans.witness_row])
    removable = in_records.select(changeable)
    longest = describe_longest(removable, texts, rows.id_of)
    if rows.job.lists_parts and len(removable):
        step = TrimStep("spans", texts, removable.removed_parts)
        rows = replace(rows, steps=(*rows.steps, step))
    return _keep_blocks(rows, *split_at_spans(texts, removable), "spans"), longest


def _keep_blocks(
    rows: RecordTable, blocks: BlockTable, kept: Flags, option: PartOption
) -> RecordTable:
    """Return the records with only the kept blocks of their texts, which have one field each.

    Parameters
    ----------
    kept
        (b,): whether a block stays.
    option
        The option that removes the other blocks.
    """
    memory = rows.workspace.memory
    removed = np.zeros(len(rows), np.int32)
    for batch in blocks.batches(memory):
        begin, stop = batch.texts.start, batch.texts.stop
        removed_rows = batch.rows[~kept[batch.blocks]] - begin
        removed[batch.texts] = np.bincount(removed_rows, minlength=stop - begin)
    if not removed.any():
        return rows
    with memory.progress.part(FOUND_SHARE, 1.0):
        spool = rows.workspace.spool(option)
        texts = spool_kept_blocks(spool, rows.packed_texts, blocks, kept, memory)
    changed_rows = np.union1d(rows.changed_rows, np.flatnonzero(removed))
    return replace(
        rows,
        texts=texts,
        changed_rows=changed_rows,
        field_sizes=np.diff(texts.offsets)[changed_rows][:, np.newaxis],
        removed_parts=rows.removed_parts | {option: removed},
    )


def spool_kept_blocks(
    spool: Spool, texts: PackedTexts, blocks: BlockTable, kept: Flags, memory: Memory
) -> PackedTexts:
    """Write the kept blocks of texts to a temporary file; return them as its texts.

    Parameters
    ----------
    kept
        (b,): whether a block stays.
    """
    ends = [np.zeros(0, np.int64)]
    for first, stop in row_batches(texts.offsets, SPOOL_BATCH_BYTES, len(texts)):
        begin, end = blocks.firsts[[first, stop]].tolist()
        edges, firsts = blocks.edges[begin : end + 1], blocks.firsts[first : stop + 1] - begin
        batch = texts.slice_rows(first, stop)
        cleaned = keep_blocks(batch, BlockTable(edges, firsts), kept[begin:end], memory)
        ends.append(spool.add(cleaned))
        memory.progress.reach(stop, len(texts))
    return spool.packed(np.concatenate(ends), texts.missing)


def describe_longest(
    spans: Spans, texts: PackedTexts, id_of: Callable[[int], Any]
) -> list[dict[str, Any]]:
    """Return the longest spans for a report, at most 30.

    Parameters
    ----------
    spans
        The removed spans.
    texts
        The texts of all rows; places in a report are bytes of them.
    id_of
        Returns the id of a row.

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
    order = np.argsort(-spans.tokens, kind="stable")[:MAX_SPANS_LISTED]
    return [
        {
            "record": id_of(span.row),
            "of_record": id_of(span.witness_row),
            "tokens": span.tokens,
            "bytes": [span.start, span.stop],
            "of_bytes": [span.witness_start, span.witness_stop],
            "text": _text_start(texts, span.row, span.start, span.stop),
        }
        for span in map(spans.__getitem__, order.tolist())
    ]


def _text_start(texts: PackedTexts, row: int, start: int, stop: int) -> str:
    """Return the text of a span, or the whole characters of its first 200 bytes."""
    first = int(texts.offsets[row]) + start
    beginning = texts.utf8[first : first + min(stop - start, SPAN_TEXT_BYTES)]
    return beginning.tobytes().decode("utf-8", "ignore")
