"""Keep one text of each story in a stream of JSON lines, before a corpus is built.

Run it as ``python examples/corpus.py duplicates.jsonl < crawled.jsonl > corpus.jsonl``.
Every record has an ``id`` and a ``text``. Removed records go to ``duplicates.jsonl``, each with the
id of the kept record that it repeats, and the share of its shingles that the kept record has.
"""

import json
import sys
from pathlib import Path

import dedup


def main(duplicates_path: Path) -> None:
    """Copy the kept lines of standard input to standard output, byte for byte."""
    lines = sys.stdin.buffer.readlines()
    records = [json.loads(line) for line in lines]
    result = dedup.deduplicate(record["text"] for record in records)
    with duplicates_path.open("w", encoding="utf-8") as duplicates:
        for row, keep in enumerate(result.keep.tolist()):
            if keep:
                sys.stdout.buffer.write(lines[row])
                continue
            removed = records[row] | {
                "duplicate_of": records[result.witness[row]]["id"],
                "similarity": round(float(result.similarity[row]), 4),
            }
            print(json.dumps(removed), file=duplicates)  # in ASCII, for lone surrogates
    print(result, file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit("usage: python corpus.py duplicates.jsonl < crawled.jsonl > corpus.jsonl")
    main(Path(sys.argv[1]))
