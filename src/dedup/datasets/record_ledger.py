"""The ledger of a dataset: why each record was removed or changed, and its original bytes.

A ledger is a file of JSON lines. For files of records:

- The first line describes the inputs: path, size, digest, number of records, head and tail.
- Then comes a line for each record that was removed or changed, in input order:

  ``input``, ``record``
      The input, counted from 0, and the number of the record in it, counted from 1.
  ``kind``
      Why: ``"exact"`` or ``"near"`` (a copy of its witness); ``"within"``, ``"blocks"``,
      ``"spans"`` or several of them joined by ``+`` (the record was kept, and parts of its text
      were removed by these options); ``"bad"`` (it could not be read); ``"separator"`` (only the
      bytes before it changed).
  ``witness``, ``similarity``
      Only of a copy: the id of the kept record that it repeats, and the similarity. Without ids
      ``witness`` is the number of that record over all inputs, counted from 1.
  ``byte``, ``written``
      Where the record began in the input, and the number of bytes written in its place.
  ``raw`` or ``raw_base64``
      Its original bytes.

- The last line describes the outputs.

So "why was record 17 removed?" is answered by the line with ``"record":17``:

    {"input":0,"record":17,"byte":9120,"written":0,"kind":"near","witness":4,"similarity":0.93,...}

Records without a line are in the output with their original bytes. So the ledger and the outputs
are enough to restore the inputs: see ``restore_dataset``. The page ``docs/why-removed.md`` has
examples.

For folders of text files there is a first line, and then a line for every file, with its path as
``file``; a file without ``kind`` was kept unchanged.
"""

import base64
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dedup.datasets.decide_records import KEEP_RECORD, Decisions
from dedup.datasets.formats.json_values import dumps, loads
from dedup.datasets.formats.jsonl import read_whole_lines
from dedup.datasets.formats.record_format import RecordError
from dedup.datasets.outputs import OutputFile, Shards
from dedup.errors import InputError, LedgerError
from dedup.files.location import Location
from dedup.files.source import Source
from dedup.ledger.ledger_files import LEDGER_REMEDY

RECORDS_LEDGER, FILES_LEDGER, LEDGER_VERSION = "dedup records", "dedup files", 1
UNREADABLE_FILE = "unreadable"  # kind of a file that could not be read: the ledger has no bytes


class RecordLedger:
    """Writes the ledger of a dataset.

    Parameters
    ----------
    file
        The output file.
    kind
        The type of the ledger, not of an entry: ``RECORDS_LEDGER``, or ``FILES_LEDGER`` for text
        files.
    """

    def __init__(self, file: Shards, decisions: Decisions, kind: str = RECORDS_LEDGER) -> None:
        self._file, self._decisions = file, decisions
        self._inputs, self._input = decisions.rows.inputs_to_write, 0
        inputs = [
            {
                "path": str(read.path),
                "bytes": read.state.bytes,
                "xxh3_128": read.state.digest,
                "records": len(read.rows),
                "name": name,
                "tail": read.tail.decode(),
            }
            | encode_bytes(read.head)
            for read, name in zip(self._inputs, decisions.rows.job.names, strict=True)
        ]
        self._write({"ledger": kind, "version": LEDGER_VERSION, "inputs": inputs})

    def add(self, row: int, start: int, record: bytes, written: int) -> None:
        """Write the entry of a record that was removed or changed, or whose separator changed.

        Parameters
        ----------
        row
            The row of the record in the table of all records, from 0, references included.
        start
            The byte of its input at which it begins.
        record
            Its original bytes.
        written
            The number of bytes written in its place.
        """
        while row not in self._inputs[self._input].rows:
            self._input += 1
        number = row - self._inputs[self._input].rows.start + 1
        place = {"input": self._input, "record": number, "byte": start, "written": written}
        self._write(place | _entry_reason(self._decisions, row) | encode_bytes(record))

    def add_file(self, row: int, action: int, data: bytes | InputError) -> None:
        """Write the entry of a text file: its path and, if it was removed or changed, why."""
        entry = {"file": self._decisions.rows.id_of(row)}
        if isinstance(data, InputError):
            entry["kind"] = UNREADABLE_FILE
        elif action != KEEP_RECORD:
            entry |= _entry_reason(self._decisions, row) | encode_bytes(data)
        self._write(entry)

    def end(self, outputs: list[OutputFile]) -> None:
        """Write the last line, which describes the outputs."""
        self._write({"outputs": [asdict(file) | {"path": str(file.path)} for file in outputs]})
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, value: dict[str, Any]) -> None:
        self._file.write(dumps(value) + b"\n")


def _entry_reason(decisions: Decisions, row: int) -> dict[str, Any]:
    """Return why a record was removed or changed: kind, and for a copy its witness."""
    if decisions.removed[row]:
        return decisions.match_of(row)
    if decisions.rows.bad[row]:
        return {"kind": "bad"}
    removed_parts = decisions.rows.removed_parts.items()
    options = "+".join(option for option, counts in removed_parts if counts[row])
    return {"kind": options or "separator"}


def encode_bytes(raw: bytes) -> dict[str, str]:
    """Return bytes as JSON: as a string if they are UTF-8, else in base64."""
    try:
        return {"raw": raw.decode("utf-8")}
    except UnicodeDecodeError:
        return {"raw_base64": base64.b64encode(raw).decode()}


def decode_bytes(value: dict[str, Any]) -> bytes:
    r"""Return the bytes that ``encode_bytes`` encoded.

    Examples
    --------
    >>> decode_bytes(encode_bytes(b"ab")), decode_bytes(encode_bytes(b"\xff"))
    (b'ab', b'\xff')
    """
    if "raw" in value:
        return str(value["raw"]).encode("utf-8")
    return base64.b64decode(value["raw_base64"], validate=True)


def read_entries(ledger: Location) -> Iterator[dict[str, Any]]:
    """Yield the entries of a ledger, and its first and last line.

    Raises
    ------
    LedgerError
        When a line is not a JSON object.
    """
    with Source(ledger) as source:
        lines = (line for chunk in read_whole_lines(source) for line in chunk.splitlines())
        for number, line in enumerate(lines, start=1):
            try:
                yield loads(line)
            except RecordError as error:
                wrong = f"is not a ledger of records: line {number} is not a JSON object"
                raise LedgerError(f"{wrong}; {LEDGER_REMEDY}") from error


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
