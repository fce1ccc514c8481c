"""Read the inputs again, and write what stays of them: the bytes that they had."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dedup.arrays.array_types import I64, U8
from dedup.datasets.decide_records import KEEP_RECORD, REMOVE_RECORD, SET_ASIDE, Decisions
from dedup.datasets.formats.json_values import split_separator
from dedup.datasets.formats.record_format import ANNOTATION_FIELDS, RecordError, RecordFormat
from dedup.datasets.formats.text_files import FilesSource, TextFiles
from dedup.datasets.outputs import Outputs, Shards
from dedup.datasets.read_inputs import ReadInput, changed_input_error
from dedup.datasets.record_ledger import FILES_LEDGER, RecordLedger
from dedup.errors import InputError
from dedup.files.listing import list_files
from dedup.files.source import Source

COPY_BYTES = 1 << 22  # bytes copied at a time
NO_ACTION = np.uint8(255)  # before the first record, and behind the last


def write_records(form: RecordFormat, decisions: Decisions, outputs: Outputs) -> int:
    """Write the records of all inputs, each to its output, and what went to the ledger.

    Returns
    -------
    int
        How many records were written.

    Raises
    ------
    InputError
        When an input is no longer what it was when it was read.
    """
    rows, actions, count = decisions.rows, decisions.actions, 0
    log = RecordLedger(outputs.ledger, decisions) if outputs.ledger else None
    for read, output in zip(rows.written, outputs.files, strict=True):
        own = slice(read.rows.start, read.rows.stop)
        with SecondRead(read) as source:
            writer = _RecordWriter(form, decisions, source, output, outputs.quarantine, log)
            count += writer.write(rows.ends[own], actions[own])
    for shards in outputs.distinct:
        shards.close()
    if log:
        log.end([written for shards in outputs.distinct for written in shards.files])
    if outputs.quarantine:
        outputs.quarantine.close()
    return count


class SecondRead(Source):
    """An input that is read for the second time."""

    def __init__(self, known: ReadInput) -> None:
        super().__init__(known.copy or known.path)
        self.known = known

    def pieces(self, end: int) -> Iterator[bytes]:
        """Yield the bytes up to ``end``, some at a time."""
        while self.offset < end:
            data = self.read(min(end - self.offset, COPY_BYTES))
            if not data:
                raise changed_input_error(self.name)
            yield data

    def take(self, end: int) -> bytes:
        """Return the bytes up to ``end``."""
        return b"".join(self.pieces(end))

    def finish(self) -> None:
        """Check that it ends here, and was the same as before."""
        if self.read(1) or self.state != self.known.state:
            raise changed_input_error(self.name)


@dataclass(frozen=True, slots=True)
class _RecordWriter:
    """Writes the records of an input that stay."""

    form: RecordFormat
    decisions: Decisions
    source: SecondRead
    output: Shards
    aside: Shards | None
    log: RecordLedger | None

    def write(self, ends: I64, actions: U8) -> int:
        """Write the records of an input; return how many.

        Parameters
        ----------
        ends, actions
            (rows of the input,): where each record ends, and what is done with it.
        """
        source, count = self.source, 0
        self._begin()
        edges = np.flatnonzero(np.diff(actions, prepend=NO_ACTION, append=NO_ACTION))
        for first, last in pairwise(edges.tolist()):
            action = int(actions[first])
            if action == KEEP_RECORD and not self.output.needs_record_ends:
                count += last - first
                if self.output.needs_separator(first=first == 0):
                    self._write_one(KEEP_RECORD, first, int(ends[first]))
                self._copy(int(ends[last - 1]))
            elif action == REMOVE_RECORD and not self.log:
                for _ in source.pieces(int(ends[last - 1])):
                    pass
            else:
                for row in range(first, last):
                    self._write_one(action, row, int(ends[row]))
                count += 0 if action in (REMOVE_RECORD, SET_ASIDE) else last - first
        # The tail is in the output already; without one blank lines may be left.
        if not source.known.tail:
            self._copy(source.known.state.bytes)
        for _ in source.pieces(source.known.state.bytes):
            pass
        source.finish()
        return count

    def _begin(self) -> None:
        head = self.source.take(len(self.source.known.head))
        try:
            if self.decisions.rows.job.options.annotate:
                head = self.form.with_names(head, ANNOTATION_FIELDS)
        except RecordError as error:
            raise InputError(f"{self.source.name}: {error}") from error
        self.output.begin(head, self.source.known.tail)

    def _copy(self, end: int) -> None:
        for data in self.source.pieces(end):
            self.output.write(data)

    def _write_one(self, action: int, row: int, end: int) -> None:
        """Write a record, or what becomes of it, and log it if that is not what it was."""
        start = self.source.offset
        record = written = self.source.take(end)
        number = self.source.known.rows.start + row
        if action == SET_ASIDE and self.aside is not None:
            self.aside.write(self.aside.with_separator(record, first=row == 0))
        if action in (REMOVE_RECORD, SET_ASIDE):
            written = b""
        else:
            try:
                written = self.output.with_separator(
                    self._changed(action, number, record), first=row == 0
                )
            except RecordError as error:
                place = f"record {row + 1:,} (byte {start:,})"
                raise InputError(f"{self.source.name}: {place}: {error}") from error
            self.output.write(written)
            self.output.end_record()
        if not self.log or (action == KEEP_RECORD and written == record):
            return
        size = len(written)
        if action == KEEP_RECORD:  # another separator, and the same element
            record, element = split_separator(record)
            size -= len(element)
        self.log.add(number, start, record, size)

    def _changed(self, action: int, number: int, record: bytes) -> bytes:
        """Return a record as it is to be written."""
        if action == KEEP_RECORD:
            return record
        if self.decisions.rows.job.options.annotate:
            annotation = self.decisions.annotation(number)
            return self.form.with_fields(
                record, dict(zip(ANNOTATION_FIELDS, annotation, strict=True))
            )
        return self.form.with_texts(record, self.decisions.texts(number))


def write_folders(form: TextFiles, decisions: Decisions, outputs: Outputs) -> int:
    """Write the files of all inputs that stay, and what was done with each to the ledger.

    Returns
    -------
    int
        How many files were written.

    Raises
    ------
    InputError
        When a folder is no longer what it was when it was read.
    """
    log = RecordLedger(outputs.ledger, decisions, FILES_LEDGER) if outputs.ledger else None
    actions, count = decisions.actions, 0
    for read, output in zip(decisions.rows.written, outputs.files, strict=True):
        source = FilesSource(decisions.rows.job.files or list_files(read.path))
        if source.names != [*map(decisions.rows.name, read.rows)]:
            raise changed_input_error(read.path)
        for row, (name, data) in zip(read.rows, source, strict=True):
            action = int(actions[row])
            if action in (REMOVE_RECORD, SET_ASIDE):
                output.leave_out(name)
            else:
                try:
                    output.add(name, _as_written(data, row, action, form, decisions))
                except InputError as error:  # it was text when it was read
                    raise changed_input_error(read.path) from error
            count += action not in (REMOVE_RECORD, SET_ASIDE)
            if log:
                log.add_file(row, action, data)
        if source.state != read.state:
            raise changed_input_error(read.path)
    if log:
        log.close()
    return count


def _as_written(
    data: bytes | InputError, row: int, action: int, form: TextFiles, decisions: Decisions
) -> bytes:
    """Return the bytes of a file that stays, with its clean text if that is another."""
    if isinstance(data, InputError):
        raise data
    if action == KEEP_RECORD:
        return data
    (text,) = decisions.texts(row).values()
    return form.with_text(data, text, decisions.rows.name(row))
