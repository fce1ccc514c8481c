"""The ledger of a dataset: the bytes of all records that went or were changed, and why.

It is JSON lines. Of files of records it has a head that says what the inputs were, a line for each
record that went or was changed, in their order, and an end that says what the outputs are. Between
two records of an input that are in it, the bytes of the input are those of the output.

Of folders of text it has a head, and a line for each file, since a file has a name.
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
from dedup.files.source import Source
from dedup.ledger.ledger_files import LEDGER_REMEDY

RECORDS_LEDGER, FILES_LEDGER, LEDGER_VERSION = "dedup records", "dedup files", 1
UNREADABLE_FILE = "unreadable"  # the kind of a file whose bytes the ledger does not have


class RecordLedger:
    """Writes a ledger.

    Parameters
    ----------
    file
        Where it goes.
    kind
        Its name: that of records, or of the files of a folder.
    """

    def __init__(self, file: Shards, decisions: Decisions, kind: str = RECORDS_LEDGER) -> None:
        self._file, self._decisions = file, decisions
        self._inputs, self._input = decisions.rows.written, 0
        inputs = [
            {
                "path": str(read.path),
                "bytes": read.state.bytes,
                "xxh3_128": read.state.digest,
                "records": len(read.rows),
                "name": called,
                "tail": read.tail.decode(),
            }
            | encode_bytes(read.head)
            for read, called in zip(self._inputs, decisions.rows.job.names, strict=True)
        ]
        self._write({"ledger": kind, "version": LEDGER_VERSION, "inputs": inputs})

    def add(self, row: int, start: int, record: bytes, written: int) -> None:
        """Write that a record went, or was changed, or what separates it from the one before.

        Parameters
        ----------
        start
            Where it begins in its input.
        written
            Bytes of what was written in its place.
        """
        while row not in self._inputs[self._input].rows:
            self._input += 1
        number = row - self._inputs[self._input].rows.start + 1
        place = {"input": self._input, "record": number, "byte": start, "written": written}
        self._write(place | _entry_reason(self._decisions, row) | encode_bytes(record))

    def add_file(self, row: int, action: int, data: bytes | InputError) -> None:
        """Write what was done with the next file of a folder."""
        about = {"file": self._decisions.rows.name(row)}
        if isinstance(data, InputError):
            about["kind"] = UNREADABLE_FILE
        elif action != KEEP_RECORD:
            about |= _entry_reason(self._decisions, row) | encode_bytes(data)
        self._write(about)

    def end(self, outputs: list[OutputFile]) -> None:
        """Write what the outputs of records are."""
        self._write({"outputs": [asdict(file) | {"path": str(file.path)} for file in outputs]})
        self.close()

    def close(self) -> None:
        """End the file."""
        self._file.close()

    def _write(self, value: dict[str, Any]) -> None:
        self._file.write(dumps(value) + b"\n")


def _entry_reason(decisions: Decisions, row: int) -> dict[str, Any]:
    if decisions.removed[row]:
        return decisions.match(row)
    if decisions.rows.bad[row]:
        return {"kind": "bad"}
    taken = "+".join(why for why, counts in decisions.rows.removed_parts.items() if counts[row])
    return {"kind": taken or "separator"}


def encode_bytes(raw: bytes) -> dict[str, str]:
    """Return bytes as a text where they are one, else in base64."""
    try:
        return {"raw": raw.decode("utf-8")}
    except UnicodeDecodeError:
        return {"raw_base64": base64.b64encode(raw).decode()}


def decode_bytes(value: dict[str, Any]) -> bytes:
    r"""Return the bytes that ``encode_bytes`` was given.

    Examples
    --------
    >>> decode_bytes(encode_bytes(b"ab")), decode_bytes(encode_bytes(b"\xff"))
    (b'ab', b'\xff')
    """
    if "raw" in value:
        return str(value["raw"]).encode("utf-8")
    return base64.b64decode(value["raw_base64"], validate=True)


def read_entries(ledger: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a ledger.

    Raises
    ------
    LedgerError
        When one is no JSON.
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
    """Return the path of a file below a folder, if it does not lead out of that.

    Raises
    ------
    LedgerError
        When it does.
    """
    if Path(name).is_absolute() or ".." in Path(name).parts or not Path(name).name:
        raise LedgerError(f"names a file outside of the folder: {name!r}")
    return name
