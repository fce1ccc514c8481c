"""Writes the ledger of a dataset: a line for each removal, and what restores the inputs.

``ledger/ledger_lines.py`` describes the lines.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dedup.arrays.array_types import Lines, Span
from dedup.datasets.decide_records import Decisions
from dedup.datasets.formats.json_values import ELEMENT_SEPARATOR, dumps
from dedup.datasets.lost_parts import LostParts
from dedup.datasets.outputs import OutputFile, Shards
from dedup.datasets.record_patch import make_patch
from dedup.errors import InputError, LedgerError
from dedup.ledger.ledger_lines import LEDGER_VERSION, RECORDS_LEDGER
from dedup.ledger.record_removals import (
    UNREADABLE_FILE,
    LedgerEntry,
    RecordRemoval,
    RemovalKind,
    RemovalOption,
    Witness,
    encode_bytes,
)


class RecordLedger:
    """Writes the ledger of a dataset.

    Parameters
    ----------
    file
        The output file.
    kind
        The type of the ledger: ``RECORDS_LEDGER``, or ``FILES_LEDGER`` for text files.
    """

    def __init__(self, file: Shards, decisions: Decisions, kind: str = RECORDS_LEDGER) -> None:
        self._file, self._decisions, self._rows = file, decisions, decisions.rows
        self._lost = LostParts(self._rows.lost_within, self._rows.steps)
        inputs, job = self._rows.inputs_to_write, self._rows.job
        self._first_rows = [read.rows.start for read in self._rows.inputs]
        described = [
            {
                "path": str(read.path),
                "bytes": read.state.bytes,
                "xxh3_128": read.state.digest,
                "records": len(read.rows),
                "name": name,
                "tail": read.tail.decode(),
            }
            | encode_bytes(read.head)
            for read, name in zip(inputs, job.names, strict=True)
        ]
        references = [
            {"path": str(read.path), "records": len(read.rows)}
            for read in self._rows.inputs[: len(self._rows.inputs) - len(inputs)]
        ]
        self._write(
            {
                "ledger": kind,
                "version": LEDGER_VERSION,
                "encoding": job.options.encoding,
                "inputs": described,
                "references": references,
            }
        )

    def add_removed(self, row: int, start: int, line: int, record: bytes) -> None:
        """Write the entry of a record that was removed.

        Parameters
        ----------
        row
            The row of the record in the table of all records, from 0, references included.
        start, line
            The byte of its input at which it begins, and the line of that byte.
        record
            Its bytes.
        """
        span = Span(start, start + len(record))
        content = record.lstrip(ELEMENT_SEPARATOR)
        first = line + record.count(b"\n", 0, len(record) - len(content))
        lines = Lines(first, first + content.rstrip().count(b"\n"))
        self._write_removal(row, span, lines, record.decode("utf-8", "surrogateescape"))

    def add_changed(self, row: int, start: int, record: bytes, written: bytes) -> None:
        """Write the entries of the parts that a record lost, and what restores the record."""
        self._write(
            self._number_of(row)
            | {"byte": start, "written": len(written)}
            | self._change(row, record, written)
        )

    def add_separator(self, row: int, start: int, separator: bytes, written: int) -> None:
        """Write the separator before a record, in place of which another one was written."""
        place = self._number_of(row) | {"byte": start, "written": written}
        self._write(place | encode_bytes(separator))

    def add_removed_file(self, row: int, data: bytes | InputError) -> None:
        """Write the entry of a text file that was removed."""
        if isinstance(data, InputError):
            nothing = Span(0, 0), Lines(1, 1), ""
            self._write_removal(row, *nothing, kind=UNREADABLE_FILE)
        else:
            self.add_removed(row, 0, 1, data)

    def add_kept_file(self, row: int, data: bytes, written: bytes) -> None:
        """Write the path of a kept text file; if it was changed, what it lost."""
        file = {"file": self._rows.id_of(row)}
        self._write(file if written == data else file | self._change(row, data, written))

    def end(self, outputs: list[OutputFile]) -> None:
        """Write the last line, which describes the outputs."""
        self._write({"outputs": [asdict(file) | {"path": str(file.path)} for file in outputs]})
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _change(self, row: int, record: bytes, written: bytes) -> LedgerEntry:
        """Write the entries of the parts that a record lost; return what restores its bytes."""
        parts = [*self._parts_of(row)]
        for part in parts:
            self._write(part.to_entry())
        encoding = self._rows.job.options.encoding
        return {"patch": make_patch(record, written, [part.text for part in parts], encoding)}

    def _parts_of(self, row: int) -> Iterator[RecordRemoval]:
        """Yield the parts that a record lost."""
        names = self._rows.job.options.text
        for part in self._lost.of_row(row):
            witness = self._place_of(row if part.witness_row is None else part.witness_row)
            yield RecordRemoval(
                **self._place_of(row),
                option=part.option,
                kind=part.kind,
                field=names[part.field],
                bytes=part.bytes,
                lines=part.lines,
                text=part.text,
                similarity=round(part.similarity, 6),
                witness=Witness(**witness, bytes=part.witness_bytes, lines=part.witness_lines),
                frame_of=part.frame_of,
            )

    def _write_removal(
        self, row: int, span: Span, lines: Lines, text: str, kind: RemovalKind = "bad"
    ) -> None:
        """Write the entry of a removed record; ``kind`` is used if it is no copy."""
        decisions = self._decisions
        option: RemovalOption = "on_error"
        similarity = witness = None
        if decisions.removed[row]:
            match = decisions.match_of(row)
            kind, similarity = match["kind"], match["similarity"]
            option = "index" if decisions.by_index else "across"
            witness_row = decisions.row_of(decisions.witness[row], row)
            place = {"id": match["witness"]} if witness_row is None else self._place_of(witness_row)
            witness = Witness(**place)
        self._write(
            RecordRemoval(
                **self._place_of(row),
                option=option,
                kind=kind,
                bytes=span,
                lines=lines,
                text=text,
                similarity=similarity,
                witness=witness,
            ).to_entry()
        )

    def _place_of(self, row: int) -> dict[str, Any]:
        """Return the input and number of a record, and its id if records have ids."""
        ids = self._rows.ids
        return self._number_of(row) | (
            {"id": self._rows.id_of(row)} if ids and ids.text(row) else {}
        )

    def _number_of(self, row: int) -> dict[str, int]:
        """Return the input of a record, and its number there."""
        number = bisect_right(self._first_rows, row) - 1
        record = row - self._first_rows[number] + 1
        # References come first in the table of records, and last in the ledger.
        number = (number - len(self._rows.job.options.against)) % len(self._first_rows)
        return {"input": number, "record": record}

    def _write(self, value: LedgerEntry) -> None:
        self._file.write(dumps(value) + b"\n")


def checked_file_name(name: str) -> str:
    """Return the relative path of a file, if it stays inside its folder.

    Raises
    ------
    LedgerError
        When it leads out of the folder.
    """
    if Path(name).is_absolute() or ".." in Path(name).parts or not Path(name).name:
        raise LedgerError(f"names a file outside the folder: {name!r}")
    return name
