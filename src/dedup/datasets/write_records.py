"""Read the inputs again, and write what stays of them: the bytes that they had."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dedup.arrays.array_types import I64, U8
from dedup.datasets.decide_records import ASIDE, GO, STAY, Decisions
from dedup.datasets.formats.json_values import divided
from dedup.datasets.formats.record_format import ANNOTATIONS, RecordError, RecordFormat
from dedup.datasets.formats.text_files import FilesSource, TextFiles
from dedup.datasets.outputs import Outputs, Shards
from dedup.datasets.read_inputs import ReadInput, changed
from dedup.datasets.record_ledger import NAME_OF_FILES, Ledger
from dedup.errors import InputError
from dedup.files.listing import listing_of
from dedup.files.source import Source

COPIED = 1 << 22  # bytes copied at a time
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
    log = Ledger(outputs.ledger, decisions) if outputs.ledger else None
    for read, output in zip(rows.written, outputs.files, strict=True):
        own = slice(read.rows.start, read.rows.stop)
        with _SecondReading(read) as source:
            writer = _Writer(form, decisions, source, output, outputs.quarantine, log)
            count += writer.write(rows.ends[own], actions[own])
    for shards in outputs.distinct:
        shards.close()
    if log:
        log.end([written for shards in outputs.distinct for written in shards.files])
    if outputs.quarantine:
        outputs.quarantine.close()
    return count


class _SecondReading(Source):
    """An input that is read for the second time."""

    def __init__(self, known: ReadInput) -> None:
        super().__init__(known.copy or known.path)
        self.known = known

    def pieces(self, end: int) -> Iterator[bytes]:
        """Yield the bytes up to ``end``, some at a time."""
        while self.offset < end:
            data = self.read(min(end - self.offset, COPIED))
            if not data:
                raise changed(self.name)
            yield data

    def take(self, end: int) -> bytes:
        """Return the bytes up to ``end``."""
        return b"".join(self.pieces(end))

    def finish(self) -> None:
        """Check that it ends here, and was the same as before."""
        if self.read(1) or self.fingerprint != self.known.fingerprint:
            raise changed(self.name)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the records of an input that stay."""

    form: RecordFormat
    decisions: Decisions
    source: _SecondReading
    output: Shards
    aside: Shards | None
    log: Ledger | None

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
            if action == STAY and not self.output.by_record:
                count += last - first
                if self.output.is_joined(first=first == 0):
                    self._write_one(STAY, first, int(ends[first]))
                self._copy(int(ends[last - 1]))
            elif action == GO and not self.log:
                for _ in source.pieces(int(ends[last - 1])):
                    pass
            else:
                for row in range(first, last):
                    self._write_one(action, row, int(ends[row]))
                count += 0 if action in (GO, ASIDE) else last - first
        # The tail is in the output already; without one blank lines may be left.
        if not source.known.tail:
            self._copy(source.known.fingerprint.bytes)
        for _ in source.pieces(source.known.fingerprint.bytes):
            pass
        source.finish()
        return count

    def _begin(self) -> None:
        head = self.source.take(len(self.source.known.head))
        try:
            if self.decisions.rows.job.options.annotate:
                head = self.form.with_names(head, ANNOTATIONS)
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
        if action == ASIDE and self.aside is not None:
            self.aside.write(self.aside.joined(record, first=row == 0))
        if action in (GO, ASIDE):
            written = b""
        else:
            try:
                written = self.output.joined(self._changed(action, number, record), first=row == 0)
            except RecordError as error:
                place = f"record {row + 1:,} (byte {start:,})"
                raise InputError(f"{self.source.name}: {place}: {error}") from error
            self.output.write(written)
            self.output.end_record()
        if not self.log or (action == STAY and written == record):
            return
        size = len(written)
        if action == STAY:  # another separator, and the same element
            record, element = divided(record)
            size -= len(element)
        self.log.add(number, start, record, size)

    def _changed(self, action: int, number: int, record: bytes) -> bytes:
        """Return a record as it is to be written."""
        if action == STAY:
            return record
        if self.decisions.rows.job.options.annotate:
            annotation = self.decisions.annotation(number)
            return self.form.with_fields(record, dict(zip(ANNOTATIONS, annotation, strict=True)))
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
    log = Ledger(outputs.ledger, decisions, NAME_OF_FILES) if outputs.ledger else None
    actions, count = decisions.actions, 0
    for read, output in zip(decisions.rows.written, outputs.files, strict=True):
        source = FilesSource(decisions.rows.job.files or listing_of(read.path))
        if source.names != [*map(decisions.rows.name, read.rows)]:
            raise changed(read.path)
        for row, (name, data) in zip(read.rows, source, strict=True):
            action = int(actions[row])
            if action in (GO, ASIDE):
                output.leave_out(name)
            else:
                try:
                    output.add(name, _as_written(data, row, action, form, decisions))
                except InputError as error:  # it was text when it was read
                    raise changed(read.path) from error
            count += action not in (GO, ASIDE)
            if log:
                log.add_file(row, action, data)
        if source.fingerprint != read.fingerprint:
            raise changed(read.path)
    if log:
        log.close()
    return count


def _as_written(
    data: bytes | InputError, row: int, action: int, form: TextFiles, decisions: Decisions
) -> bytes:
    """Return the bytes of a file that stays, with its clean text if that is another."""
    if isinstance(data, InputError):
        raise data
    if action == STAY:
        return data
    (text,) = decisions.texts(row).values()
    return form.with_text(data, text, decisions.rows.name(row))
