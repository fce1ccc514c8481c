"""`clean_dataset` on a file, beside loops that only read, or read and write, the same records."""

from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.bare import bare
from benchmarks.check_output import WrongResultError, check_same, kept_rows
from dedup import clean_dataset

AIM = 2.5
HEADERS = ("clean_dataset", "floor", "seconds", "floor s", "ratio", "aim")
Work = Callable[[], object]


def loaded(path: Path) -> int:
    """Parse each line, and return how many there were."""
    with path.open("rb") as file:
        return sum(1 for line in file if orjson.loads(line))


def rewritten(path: Path) -> int:
    """Read a table and write it beside itself; return its rows."""
    read = pq.read_table(path)
    pq.write_table(read, path.with_name("bare.parquet"))
    return len(read)


def as_parquet(lines: Path) -> Path:
    """Write the records of JSON lines as Parquet, and return where."""
    path = lines.with_suffix(".parquet")
    records = [orjson.loads(line) for line in lines.read_bytes().splitlines()]
    pq.write_table(pa.Table.from_pylist(records), path)
    return path


def compare(lines: Path, rounds: int) -> list[list[str]]:
    """Return the rows of the table, from the best of some rounds after a first, checked one."""
    table = as_parquet(lines)
    clean = lines.with_name("clean.jsonl")
    clean_table = clean.with_suffix(".parquet")

    def across() -> object:
        return clean_dataset([lines], clean, within=False)

    def both() -> object:
        return clean_dataset([lines], clean)

    def both_of_table() -> object:
        return clean_dataset([table], clean_table)

    kept_rows(lines, clean, clean_dataset([lines], clean, within=False).to_dict())
    kept_rows(lines, clean, clean_dataset([lines], clean).to_dict())
    both_of_table()
    check_same(clean, clean_table)
    loads, rewrite = (lambda: loaded(lines)), (lambda: rewritten(table))
    part, parts = (lambda: bare(lines, within=False)), (lambda: bare(lines, within=True))
    if not loads() == rewrite() == part() == parts():
        raise WrongResultError("the floors read other numbers of records")
    works = (across, part, both, parts, both_of_table, loads, rewrite)
    *ours, loads_time, rewrite_time = best(works, rounds)
    names = (
        ("JSON lines, across only", "orjson.loads of each line", loads_time),
        ("  its parts alone", "orjson.loads of each line", loads_time),
        ("JSON lines, within and across", "orjson.loads of each line", loads_time),
        ("  its parts alone", "orjson.loads of each line", loads_time),
        ("Parquet, within and across", "pyarrow read and write", rewrite_time),
    )
    return [
        [name, floor, f"{own:.2f}", f"{bare:.2f}", f"{own / bare:.1f}", f"{AIM}"]
        for (name, floor, bare), own in zip(names, ours, strict=True)
    ]


def best(works: Sequence[Work], rounds: int) -> list[float]:
    """Return the least seconds of each; they take turns, so that a busy moment is shared."""
    spent: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, seconds in zip(works, spent, strict=True):
            start = perf_counter()
            work()
            seconds.append(perf_counter() - start)
    return [min(seconds) for seconds in spent]
