"""Whether what was written is what was read, but for what was removed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq


class WrongResultError(Exception):
    """A result that may not be timed, and why."""


def kept_rows(source: Path, written: Path, report: Mapping[str, Any]) -> list[int]:
    """Return the rows that were kept, if two files of JSON lines and the report agree.

    The id of a record is its row, and the last row a copy of an earlier one: it was planted.

    Raises
    ------
    WrongResultError
        When a record is missing or was invented, when its bytes are not those that it had
        although its text was not cleaned, or when the planted copy was not found.
    """
    given = source.read_bytes().splitlines(keepends=True)
    lines = written.read_bytes().splitlines(keepends=True)
    rows: list[int] = [orjson.loads(line)["id"] for line in lines]
    parts = sum(report[part] for part in ("kept", "removed_exact", "removed_near", "bad"))
    changed = [
        (given[row], line) for row, line in zip(rows, lines, strict=True) if given[row] != line
    ]
    if not parts == report["documents"] == len(given):
        raise WrongResultError(f"{parts:,} records kept or removed of {len(given):,}")
    if len(rows) != report["kept"]:
        raise WrongResultError(f"{len(rows):,} records written, {report['kept']:,} reported")
    if rows != sorted(set(rows)):
        raise WrongResultError("records written twice, or out of order")
    if len(changed) != report["edited"] or not all(shortened(*pair) for pair in changed):
        raise WrongResultError("records changed that were not cleaned")
    if len(copies_kept(given, rows)) > 1:
        raise WrongResultError("did not find the planted copy")
    return rows


def shortened(before: bytes, after: bytes) -> bool:
    """Return whether the text of a record became shorter, and nothing else changed."""
    old, new = orjson.loads(before), orjson.loads(after)
    shorter = len(new["text"]) < len(old["text"])
    return shorter and new | {"text": ""} == old | {"text": ""}


def copies_kept(given: list[bytes], rows: list[int]) -> list[int]:
    """Return which of the kept rows have the text of the last row given."""
    planted = orjson.loads(given[-1])["text"]
    return [row for row in rows if orjson.loads(given[row])["text"] == planted]


def check_same(lines: Path, table: Path) -> None:
    """Raise WrongResultError where JSON lines and a Parquet file do not hold the same records."""
    records = [orjson.loads(line) for line in lines.read_bytes().splitlines()]
    if pq.read_table(table).to_pylist() != records:
        raise WrongResultError("other records of Parquet than of JSON lines")
