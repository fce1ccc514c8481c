"""What a run removes, as differences: records beside their witnesses, and parts of texts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Protocol, TypeVar

import numpy as np

from dedup.arrays.array_types import I64, Lines, MatchKind, Span
from dedup.arrays.packed import encode, to_utf8
from dedup.datasets.decide_records import Decisions
from dedup.datasets.lost_parts import LostPart, LostParts
from dedup.documents.cleaned_document import CleanedDocument
from dedup.ledger.removals import Removal
from dedup.reports.differences import describe_differences, word_differences
from dedup.reports.text_diff import DiffLines
from dedup.spans.find_spans import SpanCleanedText
from dedup.text.wording import format_count

CACHED_ORIGINALS = 8
COUNTS_WIDTH = 24  # characters of two numbers of words


class PlacedPart(Protocol):
    """A part that was removed from a text: a ``Removal`` or a ``LostPart``."""

    @property
    def bytes(self) -> Span:
        """Where it was in the original text."""

    @property
    def lines(self) -> Lines:
        """The lines that it was in."""

    @property
    def text(self) -> str:
        """The removed text."""

    @property
    def kind(self) -> MatchKind:
        """Exact or near."""

    @property
    def witness_bytes(self) -> Span:
        """Where its witness is."""

    @property
    def witness_lines(self) -> Lines:
        """The lines that the witness is in."""


PlacedPartT = TypeVar("PlacedPartT", bound=PlacedPart)


def removed_rows(decisions: Decisions) -> I64:
    """Return the rows of removed records, ascending, without references."""
    first = decisions.rows.reference_count
    rows: I64 = first + np.flatnonzero(decisions.removed[first:])
    return rows


def kept_changed_rows(decisions: Decisions) -> I64:
    """Return the rows of kept records that lost parts of their texts, ascending."""
    changed = decisions.rows.changed_rows
    rows: I64 = changed[~decisions.removed[changed] & ~decisions.rows.bad[changed]]
    return rows


def diff_of_records(decisions: Decisions, lines: DiffLines) -> Iterator[str]:
    """Yield the lines on each record that is removed or loses parts, in input order.

    Removed records are shown as they were compared, without the parts that were removed before.
    """
    rows = np.union1d(removed_rows(decisions), kept_changed_rows(decisions))
    lost = LostPartTexts(decisions)
    for row in rows.tolist():
        if decisions.removed[row]:
            yield from _diff_of_copy(decisions, row, lines)
        else:
            yield from _diff_of_lost_parts(decisions, lost, row, lines)


def _diff_of_copy(decisions: Decisions, row: int, lines: DiffLines) -> Iterator[str]:
    match = decisions.match_of(row)
    removed, witness = decisions.rows.id_of(row), match["witness"]
    if match["kind"] == "exact":
        yield lines.title(f"--- {removed}  removed: exact copy of {witness}")
        return
    segments = word_differences(*decisions.compared_texts(row))
    similarity = f"similarity {match['similarity']:.3f}"
    copy = "judged a copy" if match["kind"] == "judged" else "near copy"
    yield lines.title(f"--- {removed}  removed: {copy} of {witness}, {similarity}")
    title = f"+++ {witness}  stays; what differs: "
    differences = describe_differences(segments, lines.width - len(title) - COUNTS_WIDTH)
    yield lines.title(title + differences)
    yield from lines.of_segments(segments)


class LostPartTexts:
    """The parts that records lost, and the texts that they repeat."""

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions
        self._lost = LostParts(decisions.rows.lost_within, decisions.rows.steps)
        self._original = lru_cache(CACHED_ORIGINALS)(self._restored)

    def of_row(self, row: int) -> list[LostPart]:
        """Return the parts that a record lost, by field and place."""
        return self._lost.of_row(row)

    def witness_of(self, row: int, part: LostPart) -> str:
        """Return the text that a part of a record repeats."""
        witness_row = row if part.witness_row is None else part.witness_row
        original = self._original(witness_row, part.field)
        return original[slice(*part.witness_bytes)].decode("utf-8", "surrogatepass")

    def _restored(self, row: int, field: int) -> bytes:
        """Return the original text of a field."""
        left, segments, start = self._left(row, field), [], 0
        for part in self.of_row(row):
            if part.field == field:
                size = part.bytes.start - start
                segments += [left[:size], to_utf8(part.text)]
                left, start = left[size:], part.bytes.stop
        return b"".join([*segments, left])

    def _left(self, row: int, field: int) -> bytes:
        """Return what is left of a field."""
        names = self._decisions.rows.job.options.text
        if len(names) == 1:
            return self._decisions.rows.texts.encoded(row) or b""
        return to_utf8(self._decisions.texts(row)[names[field]])


def _diff_of_lost_parts(
    decisions: Decisions, lost: LostPartTexts, row: int, lines: DiffLines
) -> Iterator[str]:
    parts, names = lost.of_row(row), decisions.rows.job.options.text
    yield lines.title(_title_of_parts(decisions.rows.id_of(row), parts))

    def place(run: Sequence[LostPart]) -> str:
        part, where = run[0], _place(run, in_same_text=run[0].witness_row is None)
        if part.witness_row is not None:
            where += f" of record {decisions.rows.id_of(part.witness_row)}"
        where += f", field {names[part.field]}" if len(names) > 1 else ""
        return where if part.option == "within" else f"{where} (--{part.option})"

    def origin(part: LostPart) -> tuple[object, ...]:
        return part.field, part.option, part.witness_row

    yield from _diff_of_parts(parts, lines, partial(lost.witness_of, row), place, origin)


def diff_of_text(document: CleanedDocument | SpanCleanedText, lines: DiffLines) -> Iterator[str]:
    """Yield the lines on the parts that are removed from a text."""
    if not document.ledger:
        return
    utf8 = encode(document.source)

    def witness(part: Removal) -> str:
        return utf8[slice(*part.witness_bytes)].tobytes().decode("utf-8", "surrogatepass")

    yield lines.title(_title_of_parts(document.document or "text", document.ledger))
    yield from _diff_of_parts(document.ledger, lines, witness, _place)


def _title_of_parts(name: object, parts: Sequence[PlacedPart]) -> str:
    characters = format_count(sum(len(part.text) for part in parts), "character")
    return f"--- {name}  {format_count(len(parts), 'part')} removed, {characters}"


def _diff_of_parts(
    parts: Iterable[PlacedPartT],
    lines: DiffLines,
    witness: Callable[[PlacedPartT], str],
    place: Callable[[Sequence[PlacedPartT]], str],
    origin: Callable[[PlacedPartT], object] = lambda _: None,
) -> Iterator[str]:
    """Yield the lines on parts of one text.

    Parameters
    ----------
    witness
        Returns the text that a part repeats.
    place
        Returns where consecutive parts are, and what they repeat.
    origin
        Returns what consecutive parts have in common if they are shown together.
    """
    for run in runs_of(parts, origin):
        yield lines.place(place(run))
        for part in run:
            if part.kind == "exact":
                yield from lines.of_removed(part.text)
            else:
                yield from lines.of_changes(word_differences(part.text, witness(part)))


def runs_of(
    parts: Iterable[PlacedPartT], origin: Callable[[PlacedPartT], object]
) -> Iterator[list[PlacedPartT]]:
    """Yield consecutive parts that repeat consecutive parts of the same origin."""
    run: list[PlacedPartT] = []
    for part in parts:
        if run and not (_follows(run[-1], part) and origin(run[-1]) == origin(part)):
            yield run
            run = []
        run.append(part)
    if run:
        yield run


def _follows(before: PlacedPart, after: PlacedPart) -> bool:
    stops = before.bytes.stop, before.witness_bytes.stop
    return stops == (after.bytes.start, after.witness_bytes.start)


def lines_of_run(run: Sequence[PlacedPart]) -> tuple[Lines, Lines]:
    """Return the lines of consecutive parts, and those of what they repeat."""
    first, last = run[0], run[-1]
    return (
        Lines(first.lines.first, last.lines.last),
        Lines(first.witness_lines.first, last.witness_lines.last),
    )


def _place(run: Sequence[PlacedPart], *, in_same_text: bool = True) -> str:
    """Return which lines repeat which, or which bytes if all of them are in one line."""
    lines, witness_lines = lines_of_run(run)
    if in_same_text and lines == witness_lines:
        (start, _), (_, stop) = run[0].bytes, run[-1].bytes
        (witness_start, _), (_, witness_stop) = run[0].witness_bytes, run[-1].witness_bytes
        return f"bytes {start}-{stop} repeat bytes {witness_start}-{witness_stop}"
    return f"{lines} {'repeats' if lines.first == lines.last else 'repeat'} {witness_lines}"
