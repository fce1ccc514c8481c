"""The lines of a ledger of records or of a folder.

A ledger is a file of JSON lines:

- The first line describes the inputs: path, size, digest, number of records, head and tail.
- A line with ``kind`` is a removal, of a record or of a part of its text: ``RecordRemoval`` lists
  its fields. Removals are in the order of the inputs, records and places.
- A line with ``written`` follows the removals of a record that was changed. It says how the record
  is restored: its original bytes begin at ``byte`` of the input; ``written`` bytes were written in
  their place; ``patch`` makes the original bytes of these and of the removed parts (see
  ``datasets/record_patch.py``), or ``raw`` has them.
- The last line describes the outputs.

Records without a line are in the output with their original bytes. So the ledger and the outputs
are enough to restore the inputs: see ``restore_dataset``. The page ``docs/reference/formats.md``
has tables of the fields.

The ledger of a folder of text files has no last line, and one for each kept file: with its path as
``file``, and with ``patch`` or ``raw`` if it was changed.
"""

import json
import re
from collections.abc import Iterator

import orjson

from dedup.errors import LedgerError
from dedup.files.location import Location
from dedup.files.source import Source
from dedup.ledger.record_removals import LedgerEntry

RECORDS_LEDGER, FILES_LEDGER, LEDGER_VERSION = "dedup records", "dedup files", 2
LEDGER_REMEDY = "give the unchanged file that --ledger wrote"
_FIRST_BYTES = tuple(f'{{"ledger":"{name}"'.encode() for name in (RECORDS_LEDGER, FILES_LEDGER))
_LONG_NUMBER = re.compile(rb"[0-9]{17}")  # perhaps in a text
_READ_BYTES = 1 << 21  # at a time


def is_of_records(ledger: Location) -> bool | None:
    """Return whether a ledger is of records or a folder; None if it is empty.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    with Source(ledger) as source:
        head = source.read(max(map(len, _FIRST_BYTES)))
    return head.startswith(_FIRST_BYTES) if head else None


def read_entries(ledger: Location) -> Iterator[LedgerEntry]:
    """Yield the lines of a ledger of records or of a folder.

    Raises
    ------
    LedgerError
        When a line is not a JSON object, or the ledger has another version; the message does not
        name the file.
    """
    for number, line in enumerate(read_lines(ledger), start=1):
        entry = _loads(line)
        if not isinstance(entry, dict):
            wrong = f"is not a ledger of records: line {number} is not a JSON object"
            raise LedgerError(f"{wrong}; {LEDGER_REMEDY}")
        if number == 1:
            _check_version(entry)
        yield entry


def read_lines(ledger: Location) -> Iterator[bytes]:
    """Yield the lines of a ledger, which may be compressed.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    with Source(ledger) as source:
        segments = iter(lambda: source.read(_READ_BYTES, to_line_end=True), b"")
        for segment in segments:
            yield from segment.splitlines()


def _loads(line: bytes) -> object:
    """Read JSON as Python does: with exact numbers and lone surrogates; None if invalid."""
    try:
        if not _LONG_NUMBER.search(line):  # orjson would round it
            return orjson.loads(line)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _check_version(head: LedgerEntry) -> None:
    version = head.get("version", LEDGER_VERSION)
    if version == LEDGER_VERSION:
        return
    remedy = "update dedup"
    if isinstance(version, int) and version < LEDGER_VERSION:
        remedy = "restore with the commit of dedup that wrote it"
    raise LedgerError(f"has version {version}, which this release cannot read; {remedy}")
