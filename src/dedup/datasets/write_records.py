"""Read the inputs a second time, and write the kept records with the bytes that they had."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dedup.arrays.array_types import I64, U8
from dedup.arrays.parallel import Workers
from dedup.arrays.progress import Progress
from dedup.datasets.decide_records import (
    CHANGE_RECORD,
    KEEP_RECORD,
    REMOVE_RECORD,
    SET_ASIDE,
    Decisions,
)
from dedup.datasets.formats.json_values import split_separator
from dedup.datasets.formats.record_format import (
    ANNOTATION_FIELDS,
    RecordError,
    RecordFormat,
    place_and_reason,
)
from dedup.datasets.formats.text_files import FilesSource, TextFiles
from dedup.datasets.outputs import Outputs, Shards
from dedup.datasets.read_inputs import ReadInput, changed_input_error
from dedup.datasets.record_ledger import RecordLedger
from dedup.errors import InputError
from dedup.files.listing import list_files
from dedup.files.source import Source
from dedup.ledger.ledger_lines import FILES_LEDGER

SEGMENT_BYTES = 1 << 20  # that are read at a time
MIN_VIEW_BYTES = 1 << 16  # a smaller part is copied, so that it does not keep its segment in memory
NO_ACTION = np.uint8(255)  # before the first record and after the last


def write_records(handler: RecordFormat, decisions: Decisions, outputs: Outputs) -> int:
    """Write the kept records of each input to its output, and all other records to the ledger.

    Returns
    -------
    int
        The number of records written.

    Raises
    ------
    InputError
        When an input changed since it was read.
    """
    rows, actions, count = decisions.rows, decisions.actions, 0
    sizes = [read.state.bytes for read in rows.inputs_to_write]
    ledger = RecordLedger(outputs.ledger, decisions) if outputs.ledger else None
    pairs = zip(rows.inputs_to_write, outputs.files, strict=True)
    copied = CopiedBytes(rows.job.progress)
    threads = 0 if rows.job.options.threads == 1 else 1
    with Workers(threads) as thread:
        for shards in outputs.distinct if threads else ():
            shards.write_in_thread(thread, copied.wait)
        for number, (read, output) in enumerate(rows.job.progress.parts(pairs, sizes)):
            span = slice(read.rows.start, read.rows.stop)
            with SecondRead(read, copied, counts_lines=ledger is not None) as source:
                parts = source, output, outputs.quarantine, ledger
                writer = _RecordWriter(handler, decisions, *parts)
                count += writer.write(rows.ends[span], actions[span])
            outputs.end_input(number)
    if ledger:
        ledger.end([file for shards in outputs.distinct for file in shards.files])
    if outputs.quarantine:
        outputs.quarantine.close()
    return count


@dataclass(slots=True)
class CopiedBytes:
    """Reports how many bytes of an input are copied and do not wait to be compressed."""

    progress: Progress
    taken: int = 0  # bytes of the input
    total: int = 0
    waiting: int = 0  # bytes of outputs

    def take(self, taken: int, total: int) -> None:
        """Report that the first ``taken`` of ``total`` bytes were taken from the input."""
        self.taken, self.total = taken, total
        self.progress.reach(max(taken - self.waiting, 0), total)

    def wait(self, waiting: int) -> None:
        """Report the bytes that wait to be written."""
        self.waiting = waiting
        self.take(self.taken, self.total)


class SecondRead(Source):
    """An input that is read for the second time, in segments, to copy its records.

    Parameters
    ----------
    copied
        Receives the number of bytes taken.
    counts_lines
        Whether ``line`` is the number of the line that is read next.
    """

    def __init__(self, first_read: ReadInput, copied: CopiedBytes, *, counts_lines: bool) -> None:
        super().__init__(first_read.copy or first_read.path)
        self.first_read, self._copied = first_read, copied
        self.taken = 0  # bytes that the caller has taken
        self._counts_lines, self.line = counts_lines, 1
        self._segment = b""  # ends where the next read begins

    def take_parts(self, end: int) -> Iterator[bytes | memoryview]:
        """Yield the bytes before ``end`` that were not taken yet, in parts."""
        while self.taken < end:
            if self.taken == self.offset:
                self._segment = self.read(SEGMENT_BYTES)
                if not self._segment:
                    raise changed_input_error(self.name)
                self._copied.take(self.taken, self.first_read.state.bytes)
            begin = self.offset - len(self._segment)
            first, stop = self.taken - begin, min(end, self.offset) - begin
            self.taken = begin + stop
            if self._counts_lines:
                self.line += self._segment.count(b"\n", first, stop)
            if stop - first >= MIN_VIEW_BYTES:
                yield memoryview(self._segment)[first:stop]
            else:
                yield self._segment[first:stop]

    def take(self, end: int) -> bytes:
        """Return the bytes before ``end`` that were not taken yet."""
        return b"".join(self.take_parts(end))

    def skip(self, end: int) -> None:
        """Read and drop the bytes before ``end``."""
        for _ in self.take_parts(end):
            pass

    def finish(self) -> None:
        """Raise an error unless the input ends here and both reads gave the same bytes."""
        if self.read(1) or self.state != self.first_read.state:
            raise changed_input_error(self.name)
        self._copied.take(self.taken, self.first_read.state.bytes)


@dataclass(frozen=True, slots=True)
class _RecordWriter:
    """Writes the kept records of one input."""

    handler: RecordFormat
    decisions: Decisions
    source: SecondRead
    output: Shards
    quarantine: Shards | None
    ledger: RecordLedger | None

    def write(self, ends: I64, actions: U8) -> int:
        """Write the records of the input; return their number.

        Parameters
        ----------
        ends
            (r,) the end of each record, in bytes of the input.
        actions
            (r,) what is done with each record.
        """
        source, count = self.source, 0
        self._begin()
        # Records with the same action are handled together: kept ones are copied as one segment.
        edges = np.flatnonzero(np.diff(actions, prepend=NO_ACTION, append=NO_ACTION))
        for first, last in pairwise(edges.tolist()):
            action = int(actions[first])
            if action == KEEP_RECORD and not self.output.needs_record_ends:
                count += last - first
                if self.output.needs_separator(first=first == 0):
                    self._write_one(KEEP_RECORD, first, int(ends[first]))
                self._copy(int(ends[last - 1]))
            elif action == REMOVE_RECORD and not self.ledger:
                source.skip(int(ends[last - 1]))
            else:
                for row in range(first, last):
                    self._write_one(action, row, int(ends[row]))
                count += 0 if action in (REMOVE_RECORD, SET_ASIDE) else last - first
        # The output has written the tail of an array already. Other inputs have no tail, but maybe
        # blank lines after the last record.
        if not source.first_read.tail:
            self._copy(source.first_read.state.bytes)
        source.skip(source.first_read.state.bytes)
        source.finish()
        return count

    def _begin(self) -> None:
        head = self.source.take(len(self.source.first_read.head))
        try:
            if self.decisions.rows.job.options.annotate:
                head = self.handler.with_names(head, ANNOTATION_FIELDS)
        except RecordError as error:
            raise InputError(f"{self.source.name}: {error}") from error
        self.output.begin(head, self.source.first_read.tail)

    def _copy(self, end: int) -> None:
        for data in self.source.take_parts(end):
            self.output.write(data)

    def _write_one(self, action: int, row: int, end: int) -> None:
        """Write one record, or leave it out; if the output differs, add it to the ledger.

        ``row`` is its row in the input, counted from 0.
        """
        start, line = self.source.taken, self.source.line
        record = self.source.take(end)
        table_row = self.source.first_read.rows.start + row
        if action == SET_ASIDE and self.quarantine is not None:
            self.quarantine.write(self.quarantine.with_separator(record, first=row == 0))
        if action in (REMOVE_RECORD, SET_ASIDE):
            if self.ledger:
                self.ledger.add_removed(table_row, start, line, record)
            return
        try:
            changed = self._changed(action, table_row, record)
        except RecordError as error:
            place = f"record {row + 1:,} (byte {start:,})"
            problem = place_and_reason(place, str(error))
            raise InputError(f"{self.source.name}: {problem}") from error
        written = self.output.with_separator(changed, first=row == 0)
        self.output.write(written)
        self.output.end_record()
        if self.ledger and action == CHANGE_RECORD:
            self.ledger.add_changed(table_row, start, record, written)
        elif self.ledger and written != record:
            separator, element = split_separator(record)
            self.ledger.add_separator(table_row, start, separator, len(written) - len(element))

    def _changed(self, action: int, row: int, record: bytes) -> bytes:
        """Return a record with its cleaned texts or its annotations."""
        if action == KEEP_RECORD:
            return record
        if self.decisions.rows.job.options.annotate:
            annotation = zip(ANNOTATION_FIELDS, self.decisions.annotation(row), strict=True)
            return self.handler.with_fields(record, dict(annotation))
        return self.handler.with_texts(record, self.decisions.texts(row))


def write_text_files(handler: TextFiles, decisions: Decisions, outputs: Outputs) -> int:
    """Write the kept text files of all inputs, and what was done with each file to the ledger.

    Returns
    -------
    int
        The number of files written.

    Raises
    ------
    InputError
        When a folder changed since it was read.
    """
    ledger = RecordLedger(outputs.ledger, decisions, FILES_LEDGER) if outputs.ledger else None
    actions, count, progress = decisions.actions, 0, decisions.rows.job.progress
    for read, output in zip(decisions.rows.inputs_to_write, outputs.files, strict=True):
        source = FilesSource(decisions.rows.job.named_files or list_files(read.path))
        if source.names != [*map(decisions.rows.id_of, read.rows)]:
            raise changed_input_error(read.path)
        for row, (name, data) in zip(read.rows, source, strict=True):
            action = int(actions[row])
            if action in (REMOVE_RECORD, SET_ASIDE):
                output.leave_out(name)
                if ledger:
                    ledger.add_removed_file(row, data)
            else:
                try:
                    original, written = _as_written(data, row, action, handler, decisions)
                except InputError as error:  # the first read could decode it
                    raise changed_input_error(read.path) from error
                output.add(name, written)
                if ledger:
                    ledger.add_kept_file(row, original, written)
            count += action not in (REMOVE_RECORD, SET_ASIDE)
            progress.reach(source.position, read.state.bytes)
        if source.state != read.state:
            raise changed_input_error(read.path)
    if ledger:
        ledger.close()
    return count


def _as_written(
    data: bytes | InputError, row: int, action: int, handler: TextFiles, decisions: Decisions
) -> tuple[bytes, bytes]:
    """Return the bytes of a kept file, before and after its text was cleaned."""
    if isinstance(data, InputError):
        raise data
    if action == KEEP_RECORD:
        return data, data
    (text,) = decisions.texts(row).values()
    return data, handler.with_text(data, text, decisions.rows.id_of(row))
