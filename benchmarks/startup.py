"""What the first use takes: ``python -m benchmarks.startup``.

Each row is measured in new processes, which take turns; the medians are printed, and their ratio
or difference beside what is aimed at.
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
from benchmarks.tables import render

MEGABYTES = 5
NEWS = ("allsides", "reuters21578")
MADE_UP = 3_000  # articles, where there is no news
COMMAND = Path(sys.executable).with_name("dedup-clean")
HEADERS = ("", "this", "beside", "comparison", "aim")

IMPORT = """
from time import perf_counter
start = perf_counter()
import {module}
print(perf_counter() - start)
with open("/proc/self/status") as status:
    print(next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1000)
"""
CALLS = """
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


def printed(code: str, *arguments: str) -> list[float]:
    """Return the numbers that a new process prints."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(line) for line in done.stdout.split()]


def cleaning(texts: Path, byte_code: Path | None) -> float:
    """Return the seconds of the command; ``byte_code`` is where Python keeps what it compiles."""
    kept = texts.with_name("kept.jsonl")
    kept.unlink(missing_ok=True)
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if byte_code is not None:
        environment["PYTHONPYCACHEPREFIX"] = str(byte_code)
    start = perf_counter()
    command = [str(COMMAND), str(texts), "-o", str(kept)]
    subprocess.run(command, check=True, capture_output=True, env=environment)
    spent = perf_counter() - start
    if not 0 < kept.stat().st_size <= texts.stat().st_size:
        raise SystemExit(f"{kept}: {kept.stat().st_size} bytes")
    return spent


def medians(measured: Sequence[Sequence[float]]) -> list[float]:
    """Return the median of each column."""
    return [median(column) for column in zip(*measured, strict=True)]


def imports(rounds: int) -> list[list[str]]:
    measured = [
        printed(IMPORT.format(module="dedup")) + printed(IMPORT.format(module="numpy"))
        for _ in range(rounds)
    ]
    ours, our_size, numpy, numpy_size = medians(measured)
    return [
        ["import dedup, numpy", *ms(ours, numpy), f"{ours / numpy:.2f} times", "1.5"],
        [
            "resident after it",
            f"{our_size:.1f} MB",
            f"{numpy_size:.1f} MB",
            f"{our_size - numpy_size:+.1f} MB",
            "+15",
        ],
    ]


def calls(texts: Path, rounds: int) -> list[str]:
    first, second = medians([printed(CALLS, str(texts)) for _ in range(rounds)])
    difference = f"{1e3 * (first - second):+.0f} ms"
    return ["deduplicate: first call, second", *ms(first, second), difference, "+50"]


def commands(texts: Path, rounds: int, *, fresh: bool) -> list[str]:
    """Measure the command as pip leaves it, or ``fresh``, where no byte code is there at all."""
    measured = []
    for number in range(rounds):
        byte_code = texts.with_name(f"byte-code-{number}") if fresh else None
        measured.append([cleaning(texts, byte_code) for _ in range(2)])
    first, second = medians(measured)
    name = "dedup-clean: first run, second" + (", without byte code" if fresh else "")
    return [name, *ms(first, second), f"{first / second:.2f} times", "" if fresh else "1.3"]


def ms(*seconds: float) -> list[str]:
    return [f"{1e3 * value:.0f} ms" for value in seconds]


def chosen() -> list[str]:
    """Return real articles, or made-up ones, of some megabytes."""
    try:
        found = articles(*NEWS)
    except FileNotFoundError:
        found = dump(MADE_UP).texts
    size, texts = 0, []
    for text in found:
        size += len(text.encode())
        if size > MEGABYTES * 1_000_000:
            break
        texts.append(text)
    return texts


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what the first use takes.")
    parser.add_argument("--rounds", type=int, default=15, help="processes of each kind")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.jsonl"
        texts = chosen()
        path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), "utf-8")
        cleaning(path, None)  # what an editable install has not compiled yet
        rows = [
            *imports(rounds),
            calls(path, rounds),
            commands(path, max(rounds // 3, 1), fresh=False),
            commands(path, max(rounds // 3, 1), fresh=True),
        ]
        render(f"First use, {len(texts):,} articles, {MEGABYTES} MB", HEADERS, rows)


if __name__ == "__main__":
    main()
