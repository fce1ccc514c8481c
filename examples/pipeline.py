"""Clean the texts of a stream of JSON lines: a step between a crawler and an index.

Run it as ``python examples/pipeline.py removed.jsonl < crawled.jsonl > clean.jsonl``.
Every record has an ``id`` and a ``text``. The removed paragraphs go to the ledger.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import dedup


def clean_records(
    records: Iterable[dict[str, str]], ledger: list[dedup.Removal]
) -> Iterator[dict[str, str]]:
    """Yield the records with clean texts, and add what was removed to the ledger."""
    for record in records:
        result = dedup.clean(record["text"], document=str(record["id"]))
        ledger.extend(result.ledger)
        yield record | {"text": result.text}


def main(ledger_path: Path) -> None:
    """Clean standard input to standard output."""
    ledger: list[dedup.Removal] = []
    for record in clean_records(map(json.loads, sys.stdin), ledger):
        print(json.dumps(record))
    dedup.write_ledger(ledger_path, ledger)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python pipeline.py LEDGER < crawled.jsonl > clean.jsonl")
    main(Path(sys.argv[1]))
