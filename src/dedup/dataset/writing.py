"""Read the inputs again, and write what stays of them: the bytes that they had."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from dedup.dataset.changes import ANNOTATIONS, Changes
from dedup.dataset.job import ASIDE, GO, STAY, Found
from dedup.dataset.ledger import Ledger
from dedup.dataset.outputs import Shards
from dedup.dataset.rows import Read, changed
from dedup.errors import InputError
from dedup.io.json_array import divided
from dedup.io.records import RecordError, RecordFormat
from dedup.io.source import Source
from dedup.io.text import STDIN
from dedup.records import I64, U8

COPIED = 1 << 22  # bytes copied at a time
Change = Callable[[int, bytes], bytes]
Log = Callable[[int, int, bytes, int], None]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the records of an input that stay.

    Parameters
    ----------
    output
        Where they go.
    aside
        Where those go that could not be read, if anywhere.
    change
        Given the number of a row and its bytes, returns those that are written.
    head
        Given the head of an input, returns what is written.
    log
        If any, told of each record that is not written as it is: its row, where it begins in the
        input, its bytes, and how many are written.
    """

    output: Shards
    aside: Shards | None
    change: Change
    head: Callable[[bytes], bytes]
    log: Log | None = None

    def write(self, read: Read, source: Source, ends: I64, actions: U8) -> int:
        """Write the records of an input; return how many.

        Parameters
        ----------
        ends, actions
            (rows of the input,): where each record ends, and what is done with it.

        Raises
        ------
        InputError
            When the input is no longer what it was when it was read.
        """
        reader = _Again(source, read)
        count = 0
        try:
            self.output.begin(self.head(reader.take(len(read.head))), read.tail)
        except RecordError as error:
            raise InputError(f"{source.name}: {error}") from error
        for first, last in _stretches(actions):
            action = int(actions[first])
            if action == STAY:
                self._copy(reader, read, ends, range(first, last))
                count += last - first
                continue
            if action == GO and not self.log:
                for _ in reader.pieces(int(ends[last - 1])):
                    pass
                continue
            for row in range(first, last):
                start = source.offset
                record = reader.take(int(ends[row]))
                try:
                    written = self._write_one(action, read.rows, row, record)
                except RecordError as error:
                    place = f"record {row + 1:,} (byte {start:,})"
                    raise InputError(f"{source.name}: {place}: {error}") from error
                count += action not in (GO, ASIDE)
                if self.log:
                    self.log(read.rows.start + row, start, record, written)
        self._finish(reader, read)
        return count

    def _finish(self, reader: "_Again", read: Read) -> None:
        """Go on to the end of an input: a tail, which its output has, or blank lines."""
        for data in reader.pieces(read.fingerprint.bytes):
            if not read.tail:
                self.output.write(data)
        reader.finish()

    def _copy(self, reader: "_Again", read: Read, ends: I64, rows: range) -> None:
        """Copy records, all in one go where the output need not know where each one ends."""
        row = rows.start
        while row < rows.stop:
            if self.output.is_joined(first=row == 0):
                stop = row + 1
                self._copy_joined(reader, read.rows.start + row, int(ends[row]))
            else:
                stop = row + 1 if self.output.by_record else rows.stop
                for data in reader.pieces(int(ends[stop - 1])):
                    self.output.write(data)
            self.output.end_record()
            row = stop

    def _copy_joined(self, reader: "_Again", row: int, end: int) -> None:
        """Copy a record whose separator may change."""
        start = reader.offset
        record = reader.take(end)
        written = self.output.joined(record)
        self.output.write(written)
        separator, element = divided(record)
        if self.log and written != record:
            self.log(row, start, separator, len(written) - len(element))

    def _write_one(self, action: int, rows: range, row: int, record: bytes) -> int:
        if action == ASIDE and self.aside is not None:
            first = self.aside.is_joined(first=row == 0)
            self.aside.write(self.aside.joined(record) if first else record)
        if action in (ASIDE, GO):
            return 0
        written = self.change(rows.start + row, record)
        if self.output.is_joined(first=row == 0):
            written = self.output.joined(written)
        self.output.write(written)
        self.output.end_record()
        return len(written)


def write_records(
    form: RecordFormat,
    found: Found,
    outputs: Sequence[Shards],
    aside: Shards | None,
    ledger: Shards | None,
) -> int:
    """Write the records of all inputs, each to its output, and what went to the ledger.

    Returns
    -------
    int
        How many records were written.
    """
    rows, options, actions = found.rows, found.options, found.actions
    changes = Changes(rows, found.decisions, options.text_key, found.memory)
    change, head = partial(_cleaned, form, changes), _same
    if options.annotate:
        change, head = partial(_annotated, form, changes), partial(_annotated_head, form)
    log = Ledger(ledger, found) if ledger else None
    count = 0
    for read, output in zip(rows.own, outputs, strict=True):
        own = slice(read.rows.start, read.rows.stop)
        with Source(found.copy if read.path == STDIN else read.path) as source:
            writer = Writer(output, aside, change, head, log.add if log else None)
            count += writer.write(read, source, rows.ends[own], actions[own])
    for shards in dict.fromkeys(outputs):
        shards.close()
    if log:
        log.end([written for shards in dict.fromkeys(outputs) for written in shards.files])
    for shards in filter(None, (aside, ledger)):
        shards.close()
    return count


def _cleaned(form: RecordFormat, changes: Changes, row: int, record: bytes) -> bytes:
    return form.with_texts(record, changes.texts(row))


def _annotated(form: RecordFormat, changes: Changes, row: int, record: bytes) -> bytes:
    return form.with_fields(record, dict(zip(ANNOTATIONS, changes.annotation(row), strict=True)))


def _annotated_head(form: RecordFormat, head: bytes) -> bytes:
    return form.with_names(head, ANNOTATIONS)


def _same(head: bytes) -> bytes:
    return head


def _stretches(actions: U8) -> Iterator[tuple[int, int]]:
    """Yield the stretches of rows with which the same is done."""
    edges = np.flatnonzero(np.diff(actions)) + 1
    return pairwise([0, *edges.tolist(), len(actions)]) if len(actions) else iter(())


class _Again:
    """An input that is read for the second time."""

    def __init__(self, source: Source, read: Read) -> None:
        self._source, self._read = source, read

    @property
    def offset(self) -> int:
        """The byte of the input that comes next."""
        return self._source.offset

    def take(self, end: int) -> bytes:
        """Return the bytes up to ``end``."""
        size = end - self._source.offset
        data = self._source.read(size) if size else b""
        if len(data) < size:
            raise changed(self._source.name)
        return data

    def pieces(self, end: int) -> Iterator[bytes]:
        """Yield the bytes up to ``end``, some at a time."""
        while self._source.offset < end:
            yield self.take(min(end, self._source.offset + COPIED))

    def finish(self) -> None:
        """Check that it ends here, and was the same as before."""
        if self._source.read(1) or self._source.fingerprint != self._read.fingerprint:
            raise changed(self._source.name)
