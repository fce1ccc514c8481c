"""Time of first use: import, first call, first command: ``python -m benchmarks.startup``.

New processes are measured in turns. Each row shows the medians of two measurements, how they
compare, and the target.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.corpora import articles
from benchmarks.generated_texts import dump
from benchmarks.tables import as_markdown, render

MEGABYTES = 5
NEWS = ("allsides", "reuters21578")
GENERATED_ARTICLES = 3_000  # if there is no real news
COMMAND = Path(sys.executable).with_name("dedup-clean")
ARTICLE = Path(__file__).parents[1] / "examples" / "article.txt"
HEADERS = ("measured, compared with", "measured", "compared with", "comparison", "target")

IMPORT = """
from time import perf_counter
start = perf_counter()
import {module}
print(perf_counter() - start)
with open("/proc/self/status") as status:
    print(next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1000)
"""
TWO_CALLS = """
import json, sys
from time import perf_counter
with open(sys.argv[1], encoding="utf-8") as lines:
    texts = [json.loads(line)["text"] for line in lines]
import dedup
for _ in range(2):
    start = perf_counter()
    kept = dedup.deduplicate(texts).keep.sum()
    print(perf_counter() - start)
assert 0 < kept <= len(texts)
"""


def printed_numbers(code: str, *arguments: str) -> list[float]:
    """Run Python code in a new process; return the numbers that it prints."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(line) for line in done.stdout.split()]


def process_seconds(*command: str, **environment: str) -> float:
    """Return the wall seconds of a command."""
    variables = os.environ | environment
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    start = perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=variables)
    return perf_counter() - start


def clean_seconds(texts: Path, byte_code: Path | None) -> float:
    """Return the wall seconds of cleaning a file; `byte_code` is the folder of .pyc files."""
    kept = texts.with_name("kept.jsonl")
    kept.unlink(missing_ok=True)
    environment = {"PYTHONPYCACHEPREFIX": str(byte_code)} if byte_code else {}
    seconds = process_seconds(str(COMMAND), str(texts), "-o", str(kept), **environment)
    if not 0 < kept.stat().st_size <= texts.stat().st_size:
        raise SystemExit(f"wrong result: {kept.stat().st_size} bytes kept")
    return seconds


def medians(measured: Sequence[Sequence[float]]) -> list[float]:
    """Return the median of each column."""
    return [median(column) for column in zip(*measured, strict=True)]


def import_rows(rounds: int) -> list[list[str]]:
    measured = [
        printed_numbers(IMPORT.format(module="dedup"))
        + printed_numbers(IMPORT.format(module="numpy"))
        for _ in range(rounds)
    ]
    ours, our_size, numpy, numpy_size = medians(measured)
    sizes = [f"{our_size:.1f} MB", f"{numpy_size:.1f} MB", f"{our_size - numpy_size:+.1f} MB"]
    return [
        ["import dedup, import numpy", *ms(ours, numpy), f"{ours / numpy:.2f} times", "1.5"],
        ["memory after import dedup, after import numpy", *sizes, "+15"],
    ]


def call_row(texts: Path, rounds: int) -> list[str]:
    first, second = medians([printed_numbers(TWO_CALLS, str(texts)) for _ in range(rounds)])
    difference = f"{1e3 * (first - second):+.0f} ms"
    return ["deduplicate: first call, second call", *ms(first, second), difference, "+50"]


def article_row(rounds: int) -> list[str]:
    """Measure the command on one article, beside a process that only imports numpy."""
    measured = [
        [
            process_seconds(str(COMMAND), str(ARTICLE)),
            process_seconds(sys.executable, "-c", "import numpy"),
        ]
        for _ in range(rounds)
    ]
    ours, numpy = medians(measured)
    name = "dedup-clean of one article, a process that imports numpy"
    return [name, *ms(ours, numpy), f"{ours / numpy:.2f} times", "2"]


def command_row(texts: Path, rounds: int, *, fresh: bool) -> list[str]:
    """Measure the command twice; if `fresh`, the first run finds no .pyc files."""
    measured = []
    for number in range(rounds):
        byte_code = texts.with_name(f"byte-code-{number}") if fresh else None
        measured.append([clean_seconds(texts, byte_code) for _ in range(2)])
    first, second = medians(measured)
    name = "dedup-clean: first run, second run" + (", without .pyc files" if fresh else "")
    return [name, *ms(first, second), f"{first / second:.2f} times", "" if fresh else "1.3"]


def ms(*seconds: float) -> list[str]:
    return [f"{1e3 * value:.0f} ms" for value in seconds]


def some_articles() -> list[str]:
    """Return about 5 MB of real articles, or of generated ones if there are no real ones."""
    try:
        found = articles(*NEWS)
    except FileNotFoundError:
        found = dump(GENERATED_ARTICLES).texts
    size, texts = 0, []
    for text in found:
        size += len(text.encode())
        if size > MEGABYTES * 1_000_000:
            break
        texts.append(text)
    return texts


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the time of first use.")
    parser.add_argument("--rounds", type=int, default=15, help="processes of each kind")
    parser.add_argument("--markdown", type=Path, help="write the table to this file")
    arguments = parser.parse_args()
    rounds = arguments.rounds
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.jsonl"
        texts = some_articles()
        path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), "utf-8")
        clean_seconds(path, None)  # write missing .pyc files
        few_rounds = max(rounds // 3, 1)
        rows = [
            *import_rows(rounds),
            call_row(path, rounds),
            article_row(rounds),
            command_row(path, few_rounds, fresh=False),
            command_row(path, few_rounds, fresh=True),
        ]
        part = (f"{len(texts):,} articles, {MEGABYTES} MB; medians", HEADERS, rows)
        render(*part)
        if arguments.markdown:
            page = as_markdown("Time of first use", [part], ())
            arguments.markdown.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
