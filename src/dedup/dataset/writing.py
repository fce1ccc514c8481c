"""Read the inputs again, and write what stays of them: the bytes that they had."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dedup.dataset.decisions import ASIDE, GO, STAY, Found
from dedup.dataset.ledger import Ledger
from dedup.dataset.outputs import Shards
from dedup.dataset.reading import ReadInput, changed
from dedup.errors import InputError
from dedup.io.json_array import divided
from dedup.io.records import ANNOTATIONS, RecordError, RecordFormat
from dedup.io.source import Source
from dedup.records import I64, U8

COPIED = 1 << 22  # bytes copied at a time
NO_ACTION = np.uint8(255)  # before the first record, and behind the last


def write_records(
    form: RecordFormat,
    found: Found,
    outputs: Sequence[Shards],
    aside: Shards | None,
    ledger: Shards | None,
) -> int:
    """Write the records of all inputs, each to its output, and what went to the ledger.

    Parameters
    ----------
    aside
        Where records go that could not be read, if anywhere.

    Returns
    -------
    int
        How many records were written.

    Raises
    ------
    InputError
        When an input is no longer what it was when it was read.
    """
    rows, actions, count = found.rows, found.actions, 0
    log = Ledger(ledger, found) if ledger else None
    for read, output in zip(rows.written, outputs, strict=True):
        own = slice(read.rows.start, read.rows.stop)
        with _SecondReading(read) as source:
            writer = _Writer(form, found, source, output, aside, log)
            count += writer.write(rows.ends[own], actions[own])
    for shards in dict.fromkeys(outputs):
        shards.close()
    if log:
        log.end([written for shards in dict.fromkeys(outputs) for written in shards.files])
    for shards in filter(None, (aside, ledger)):
        shards.close()
    return count


class _SecondReading(Source):
    """An input that is read for the second time."""

    def __init__(self, known: ReadInput) -> None:
        super().__init__(known.copy or known.path)
        self.known = known

    def take(self, end: int) -> bytes:
        """Return the bytes up to ``end``."""
        size = end - self.offset
        data = self.read(size) if size else b""
        if len(data) < size:
            raise changed(self.name)
        return data

    def pieces(self, end: int) -> Iterator[bytes]:
        """Yield the bytes up to ``end``, some at a time."""
        while self.offset < end:
            yield self.take(min(end, self.offset + COPIED))

    def finish(self) -> None:
        """Check that it ends here, and was the same as before."""
        if self.read(1) or self.fingerprint != self.known.fingerprint:
            raise changed(self.name)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the records of an input that stay."""

    form: RecordFormat
    found: Found
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
        head = source.take(len(source.known.head))
        try:
            if self.found.job.options.annotate:
                head = self.form.with_names(head, ANNOTATIONS)
        except RecordError as error:
            raise InputError(f"{source.name}: {error}") from error
        self.output.begin(head, source.known.tail)
        edges = np.flatnonzero(np.diff(actions, prepend=NO_ACTION, append=NO_ACTION))
        for first, last in pairwise(edges.tolist()):
            action = int(actions[first])
            if action == STAY:
                self._copy(ends, range(first, last))
                count += last - first
            elif action == GO and not self.log:
                for _ in source.pieces(int(ends[last - 1])):
                    pass
            else:
                for row in range(first, last):
                    self._write_one(action, row, int(ends[row]))
                count += 0 if action in (GO, ASIDE) else last - first
        # The tail is in the output already; without one blank lines may be left.
        for data in source.pieces(source.known.fingerprint.bytes):
            if not source.known.tail:
                self.output.write(data)
        source.finish()
        return count

    def _copy(self, ends: I64, rows: range) -> None:
        """Copy records, all in one go where the output need not know where each one ends."""
        row = rows.start
        while row < rows.stop:
            if self.output.is_joined(first=row == 0):
                self._write_one(STAY, row, int(ends[row]))
                row += 1
                continue
            stop = row + 1 if self.output.by_record else rows.stop
            for data in self.source.pieces(int(ends[stop - 1])):
                self.output.write(data)
            self.output.end_record()
            row = stop

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
        if self.found.job.options.annotate:
            annotation = self.found.annotation(number)
            return self.form.with_fields(record, dict(zip(ANNOTATIONS, annotation, strict=True)))
        return self.form.with_texts(record, self.found.texts(number))
