"""What a run removes, as differences: records beside their witnesses, and parts of texts."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from dedup.arrays.array_types import Lines, Span
from dedup.arrays.packed import encode
from dedup.datasets.decide_records import Decisions
from dedup.documents.cleaned_document import CleanedDocument
from dedup.ledger.removals import Removal
from dedup.reports.differences import describe_differences, word_differences
from dedup.reports.text_diff import DiffLines
from dedup.spans.find_spans import SpanCleanedText
from dedup.text.wording import format_count

COUNTS_WIDTH = 24  # characters of two numbers of words


def diff_of_records(decisions: Decisions, lines: DiffLines) -> Iterator[str]:
    """Yield the lines on each record that is removed, in input order.

    Texts are shown as they were compared, without the parts that were removed from them before.
    """
    first = decisions.rows.reference_count
    for row in (first + np.flatnonzero(decisions.removed[first:])).tolist():
        yield from _diff_of_copy(decisions, row, lines)


def _diff_of_copy(decisions: Decisions, row: int, lines: DiffLines) -> Iterator[str]:
    match = decisions.match_of(row)
    removed, witness = decisions.rows.id_of(row), match["witness"]
    if match["kind"] == "exact":
        yield lines.title(f"--- {removed}  removed: exact copy of {witness}")
        return
    segments = word_differences(*decisions.compared_texts(row))
    similarity = f"similarity {match['similarity']:.3f}"
    yield lines.title(f"--- {removed}  removed: near copy of {witness}, {similarity}")
    title = f"+++ {witness}  stays; what differs: "
    differences = describe_differences(segments, lines.width - len(title) - COUNTS_WIDTH)
    yield lines.title(title + differences)
    yield from lines.of_segments(segments)


def diff_of_text(document: CleanedDocument | SpanCleanedText, lines: DiffLines) -> Iterator[str]:
    """Yield the lines on the parts that are removed from a text."""
    if not document.ledger:
        return
    utf8 = encode(document.source)

    def text_at(span: Span) -> str:
        return utf8[slice(*span)].tobytes().decode("utf-8", "surrogatepass")

    removed = len(document.source) - len(document.text)
    count = format_count(len(document.ledger), "part")
    characters = format_count(removed, "character")
    name = document.document or "text"
    yield lines.title(f"--- {name}  {count} removed, {characters}")
    for run in _runs(document.ledger):
        yield lines.place(_place(run))
        for removal in run:
            if removal.kind == "exact":
                yield from lines.of_removed(removal.text)
            else:
                segments = word_differences(removal.text, text_at(removal.witness_bytes))
                yield from lines.of_changes(segments)


def _runs(removals: Iterable[Removal]) -> Iterator[list[Removal]]:
    """Yield consecutive removals that repeat consecutive parts."""
    run: list[Removal] = []
    for removal in removals:
        if run and not _follows(run[-1], removal):
            yield run
            run = []
        run.append(removal)
    if run:
        yield run


def _follows(before: Removal, after: Removal) -> bool:
    return (before.bytes.stop, before.witness_bytes.stop) == (
        after.bytes.start,
        after.witness_bytes.start,
    )


def _place(run: Sequence[Removal]) -> str:
    """Return which lines repeat which, or which bytes if all of them are in one line."""
    first, last = run[0], run[-1]
    lines = Lines(first.lines.first, last.lines.last)
    witness_lines = Lines(first.witness_lines.first, last.witness_lines.last)
    if lines == witness_lines:
        span, witness = first.bytes, first.witness_bytes
        return (
            f"bytes {span.start}-{last.bytes.stop} repeat "
            f"bytes {witness.start}-{last.witness_bytes.stop}"
        )
    return f"{lines} {'repeats' if lines.first == lines.last else 'repeat'} {witness_lines}"
