"""Check that an output is the input without the removed records."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq


class WrongResultError(Exception):
    """A result is wrong, so it must not be timed; the message says why."""


def kept_rows(source: Path, written: Path, report: Mapping[str, Any]) -> list[int]:
    """Return the kept rows, after checking the output and the report against the input.

    Both files are JSON lines with the row number as id; the last row of the input is a copy.

    Raises
    ------
    WrongResultError
        If records are missing or new, if a record changed although its text was not cleaned, or
        if the planted copy was not found.
    """
    records = source.read_bytes().splitlines(keepends=True)
    lines = written.read_bytes().splitlines(keepends=True)
    rows: list[int] = [orjson.loads(line)["id"] for line in lines]
    total = sum(report[part] for part in ("kept", "removed_exact", "removed_near", "bad"))
    changed = [
        (records[row], line) for row, line in zip(rows, lines, strict=True) if records[row] != line
    ]
    if not total == report["documents"] == len(records):
        raise WrongResultError(f"{total:,} records kept or removed of {len(records):,}")
    if len(rows) != report["kept"]:
        raise WrongResultError(f"{len(rows):,} records written, {report['kept']:,} reported")
    if rows != sorted(set(rows)):
        raise WrongResultError("records written twice, or out of order")
    if len(changed) != report["edited"] or not all(shortened(*pair) for pair in changed):
        raise WrongResultError("records changed that were not cleaned")
    if len(kept_copies(records, rows)) > 1:
        raise WrongResultError("did not find the planted copy")
    return rows


def shortened(before: bytes, after: bytes) -> bool:
    """Return whether the text of a record became shorter and nothing else changed."""
    old, new = orjson.loads(before), orjson.loads(after)
    shorter = len(new["text"]) < len(old["text"])
    return shorter and new | {"text": ""} == old | {"text": ""}


def kept_copies(records: list[bytes], rows: list[int]) -> list[int]:
    """Return the kept rows with the text of the last record, which is the planted copy."""
    planted = orjson.loads(records[-1])["text"]
    return [row for row in rows if orjson.loads(records[row])["text"] == planted]


def check_same(lines: Path, table: Path) -> None:
    """Raise WrongResultError if JSON lines and a Parquet file hold different records."""
    records = [orjson.loads(line) for line in lines.read_bytes().splitlines()]
    if pq.read_table(table).to_pylist() != records:
        raise WrongResultError("Parquet and JSON lines hold different records")
