"""Check that an output is the input without the removed records."""

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq

TAIL_BYTES = 1 << 24  # more than the last record has


class WrongResultError(Exception):
    """A result is wrong, so it must not be timed; the message says why."""


def kept_rows(source: Path, written: Path, report: Mapping[str, Any]) -> list[int]:
    """Return the kept rows, after checking the output and the report against the input.

    Both files are JSON lines with the row number as id; the last row of the input is a copy. They
    are read line by line, so that they need not fit in memory.

    Raises
    ------
    WrongResultError
        If records are missing or new, if a record changed although its text was not cleaned, or
        if the planted copy was not found.
    """
    rows: list[int] = []
    changed = with_planted_text = total = 0
    planted = orjson.loads(_last_line(source))["text"]
    with source.open("rb") as records, written.open("rb") as lines:
        numbered = enumerate(records)
        for line in lines:
            row = orjson.loads(line)["id"]
            if rows and row <= rows[-1]:
                raise WrongResultError("records written twice, or out of order")
            rows.append(row)
            record = next((record for number, record in numbered if number == row), b"{}")
            total = row + 1
            if record != line:
                changed += 1
                if not shortened(record, line):
                    raise WrongResultError("records changed that were not cleaned")
            with_planted_text += orjson.loads(record).get("text") == planted
        total += sum(1 for _ in numbered)
    reported = sum(report[part] for part in ("kept", "removed_exact", "removed_near", "bad"))
    if not reported == report["documents"] == total:
        raise WrongResultError(f"{reported:,} records kept or removed of {total:,}")
    if len(rows) != report["kept"]:
        raise WrongResultError(f"{len(rows):,} records written, {report['kept']:,} reported")
    cleaned = [report[part] for part in ("edited", "stripped", "spanned")]
    if not max(cleaned) <= changed <= sum(cleaned):
        raise WrongResultError("records changed that were not cleaned")
    if with_planted_text > 1:
        raise WrongResultError("did not find the planted copy")
    return rows


def _last_line(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - TAIL_BYTES, 0))
        return file.read().rstrip(b"\n").rpartition(b"\n")[2]


def shortened(before: bytes, after: bytes) -> bool:
    """Return whether the text of a record became shorter and nothing else changed."""
    old, new = orjson.loads(before), orjson.loads(after)
    shorter = len(new["text"]) < len(old.get("text", ""))
    return shorter and new | {"text": ""} == old | {"text": ""}


def check_same(lines: Path, table: Path) -> None:
    """Raise WrongResultError if JSON lines and a Parquet file hold different records."""
    with lines.open("rb") as file:
        for line, record in zip_longest(file, _table_records(table)):
            if line is None or orjson.loads(line) != record:
                raise WrongResultError("Parquet and JSON lines hold different records")


def _table_records(table: Path) -> Iterator[dict[str, Any]]:
    for batch in pq.ParquetFile(table).iter_batches():
        yield from batch.to_pylist()
