"""Spark beside one machine: ``python -m benchmarks.spark_scaling``.

The same texts are deduplicated by ``dedup.deduplicate`` and by ``dedup.adapters.spark`` with two
workers (threads, or with ``--cluster`` a master and two workers on this machine), each in a process
of its own. The script stops if a decision, a witness or a similarity differs. With two numbers of
documents it also prints the slope: the processor time of one more document, without the start of
Java and the plans of Spark, which do not grow.

Processor time is that of all processes (Linux). Shuffled bytes are compressed, as Spark writes
them.
"""

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from itertools import islice, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import generated_texts
from benchmarks.corpora import articles
from benchmarks.generated_texts import giant_cluster, iter_dump
from benchmarks.tables import as_markdown, render
from dedup.config import Preset

Texts = Literal["article", "short", "cluster", "boilerplate", "real"]
Row = dict[str, Any]
ROWS_PER_GROUP, STAGES_SHOWN, SEED = 10_000, 30, 1
SHORT_LENGTH = (20, 0.6)  # median words of a short text, and sigma, as in ``benchmarks.scaling``
FOOTER = """
Sign up for the letter of our newsroom, which comes each morning, and read all that is new in the
harbour, on the islands and in the hills; you can leave it again whenever you like.
"""
NAMES = [
    "allsides",
    "trove_press_refugees",
    "reuters21578",
    "masakhanews",
    "xwlb_zh",
    "thaigov_th",
    "petitions_ko",
    "wikinews_ja",
    "arpa_hy",
    "tgnews_sample",
    "ahd22_ar",
    "labelled/newsgroups",
    "labelled/extraction_a",
]
SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.log.level": "ERROR",
    "spark.sql.shuffle.partitions": "8",
    "spark.ui.showConsoleProgress": "false",
}


def texts_of(kind: Texts, count: int) -> Iterator[str]:
    """Yield texts; fewer than ``count`` if there are no more real ones."""
    if kind == "real":
        every = [text for name in NAMES for text in articles(name)]
        random.Random(SEED).shuffle(every)
        return iter(every[:count])
    if kind == "cluster":
        return iter(giant_cluster(count))
    generated_texts.LENGTH["paragraph"] = SHORT_LENGTH
    batches = iter_dump(count, kind="paragraph" if kind == "short" else "article")
    footer = FOOTER if kind == "boilerplate" else ""
    return (text + footer for batch in batches for text in batch.texts)


def write_texts(texts: Iterator[str], path: Path) -> tuple[int, int]:
    """Write texts with their numbers as Parquet, and beside it as Arrow.

    Returns
    -------
    count
        The number of texts.
    size
        Their bytes.
    """
    schema = pa.schema([("id", pa.int64()), ("text", pa.string())])
    count = size = 0
    with (
        pq.ParquetWriter(path, schema) as writer,
        pa.ipc.new_file(path.with_suffix(".arrow"), schema) as mapped,
    ):
        while batch := list(islice(texts, ROWS_PER_GROUP)):
            column = pa.array(batch, pa.string())
            size += sum(len(text.encode()) for text in batch)
            table = pa.table([np.arange(count, count + len(batch)), column], schema=schema)
            writer.write_table(table)
            mapped.write_table(table)
            count += len(batch)
    return count, size


def digest(keep: Any, witness: Any, similarity: Any) -> str:  # noqa: ANN401  arrays
    """Return a digest of the decisions; witness and similarity of kept rows do not count."""
    found = hashlib.sha256(np.ascontiguousarray(keep, np.bool_).tobytes())
    for column, dtype in ((witness, np.int64), (similarity, np.float32)):
        found.update(np.ascontiguousarray(np.where(keep, 0, column), dtype).tobytes())
    return found.hexdigest()


def run_local(path: Path, preset: Preset) -> Row:
    """Deduplicate a file on this machine."""
    import dedup  # noqa: PLC0415  its import is not part of the process of Spark

    texts = pa.ipc.open_file(pa.memory_map(str(path.with_suffix(".arrow")))).read_all()["text"]
    start = time.perf_counter()
    result = dedup.deduplicate(texts, preset)
    seconds = time.perf_counter() - start
    kept = int(result.keep.sum())
    decisions = digest(result.keep, result.witness, result.similarity)
    return {"seconds": seconds, "cpu": cpu_seconds(), "kept": kept, "digest": decisions}


def run_spark(path: Path, options: argparse.Namespace) -> Row:
    """Deduplicate a file on Spark, with two workers."""
    from tests.adapters.test_spark_cluster import spark_cluster  # noqa: PLC0415  needs Spark

    place = path.parent / "cluster"
    place.mkdir(exist_ok=True)
    with spark_cluster(place) if options.cluster else nullcontext("local[2]") as master:
        return run_on(master, path, options)


def run_on(master: str, path: Path, options: argparse.Namespace) -> Row:
    """Deduplicate a file on a cluster, named by the address of its master."""
    from pyspark.sql import SparkSession  # noqa: PLC0415  the other processes do without

    from dedup.adapters import spark  # noqa: PLC0415

    builder = SparkSession.builder.master(master).config("spark.driver.memory", options.memory)
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    if options.checkpoints:
        session.sparkContext.setCheckpointDir(str(path.parent))
    start = time.perf_counter()
    marked = spark.deduplicate(session.read.parquet(str(path)), config=options.preset)
    columns = ["id", "dedup_keep", "dedup_witness", "dedup_similarity"]
    found = marked.select(*columns).toArrow().sort_by("id")
    seconds = time.perf_counter() - start
    stages = _stages(session.sparkContext.uiWebUrl)
    keep = found["dedup_keep"].to_numpy()
    witness = found["dedup_witness"].fill_null(0).to_numpy()
    similarity = found["dedup_similarity"].fill_null(0).to_numpy()
    cpu = cpu_seconds()  # before the workers end: Java does not wait for them
    session.stop()
    return {
        "seconds": seconds,
        "cpu": cpu,
        "kept": int(keep.sum()),
        "digest": digest(keep, witness, similarity),
        "shuffled": sum(stage["shuffleWriteBytes"] for stage in stages),
        "spilled": sum(stage["diskBytesSpilled"] for stage in stages),
        "stages": [_stage_row(stage) for stage in stages],
    }


def _stages(address: str | None) -> list[Row]:
    """Return what Spark says about its stages."""
    port = str(address).rpartition(":")[2]
    api = f"http://127.0.0.1:{port}/api/v1/applications"

    def read(url: str) -> Any:  # noqa: ANN401  JSON
        with urllib.request.urlopen(url) as reply:  # noqa: S310  this machine
            return json.load(reply)

    stages: list[Row] = read(f"{api}/{read(api)[0]['id']}/stages")
    return [stage for stage in stages if stage["status"] == "COMPLETE"]


def _stage_row(stage: Row) -> Row:
    names = ("stageId", "numTasks", "shuffleReadBytes", "shuffleWriteBytes")
    step = stage.get("description", "")
    return {name: stage[name] for name in names} | {
        "step": step.removeprefix("dedup: "),
        "run": stage["executorRunTime"] / 1e3,
    }


def measured(way: str, path: Path, options: argparse.Namespace) -> Row:
    """Run this script in a process of its own; return its result."""
    with TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [sys.executable, "-m", "benchmarks.spark_scaling", "--way", way]
        command += ["--file", str(path), "--result", str(result), "--preset", options.preset]
        command += ["--memory", options.memory] + ["--checkpoints"] * options.checkpoints
        command += ["--cluster"] * options.cluster
        environment = os.environ | {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
        subprocess.run(command, check=True, env=environment)
        found: Row = json.loads(result.read_text())
        return found


def cpu_seconds() -> float:
    """Return the processor time of this process and of all that it started and that still run."""
    used, parents = dict[int, float](), dict[int, int]()
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            process = int(folder.name)
            parents[process] = int(fields[1])
            used[process] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    known, size = {os.getpid()}, 0
    while size < len(known):
        size = len(known)
        known |= {process for process, parent in parents.items() if parent in known}
    return sum(used[process] for process in known)


def compared(count: int, options: argparse.Namespace, folder: Path) -> Row:
    """Return the measurements of both ways; stop if their decisions differ."""
    kind, preset = options.texts, options.preset
    path = folder / f"{kind}-{count}.parquet"
    count, size = write_texts(texts_of(kind, count), path)
    local, spark = (measured(way, path, options) for way in ("local", "spark"))
    path.unlink()
    path.with_suffix(".arrow").unlink()
    if local["digest"] != spark["digest"]:
        raise SystemExit(f"{kind}, {count:,} documents, {preset}: the decisions differ")
    return {"kind": kind, "preset": preset, "count": count, "size": size} | {
        "local": local,
        "spark": spark,
    }


def table_of(rows: list[Row]) -> tuple[list[str], list[list[str]]]:
    """Return headers and rows of the table of runs."""
    headers = ["texts", "preset", "documents", "MB", "kept", "one machine, CPU s", "s"]
    headers += ["Spark, CPU s", "s", "shuffled MB", "spilled MB", "shuffled a byte of text"]
    lines = [
        [
            row["kind"],
            row["preset"],
            f"{row['count']:,}",
            f"{row['size'] / 1e6:,.0f}",
            f"{row['spark']['kept']:,}",
            f"{row['local']['cpu']:,.1f}",
            f"{row['local']['seconds']:,.1f}",
            f"{row['spark']['cpu']:,.1f}",
            f"{row['spark']['seconds']:,.1f}",
            f"{row['spark']['shuffled'] / 1e6:,.0f}",
            f"{row['spark']['spilled'] / 1e6:,.0f}",
            f"{row['spark']['shuffled'] / row['size']:.2f}",
        ]
        for row in rows
    ]
    return headers, lines


def slopes_of(rows: list[Row]) -> tuple[list[str], list[list[str]]]:
    """Return headers and rows of the table of slopes: from each number of documents to the next."""
    headers = ["documents", "one machine, us a document", "Spark, us a document", "ratio"]
    lines = []
    for few, many in pairwise(rows):
        more = many["count"] - few["count"]
        local, spark = (
            (many[way]["cpu"] - few[way]["cpu"]) / more * 1e6 for way in ("local", "spark")
        )
        name = f"{few['count']:,} to {many['count']:,}"
        lines.append([name, f"{local:,.1f}", f"{spark:,.1f}", f"{spark / local:.1f}"])
    return headers, lines


def stages_of(row: Row) -> tuple[list[str], list[list[str]]]:
    """Return headers and rows of the longest stages."""
    longest = sorted(row["spark"]["stages"], key=lambda stage: -stage["run"])[:STAGES_SHOWN]
    headers = ["stage", "step", "tasks", "task s", "read MB", "written MB"]
    lines = [
        [
            str(stage["stageId"]),
            stage["step"],
            str(stage["numTasks"]),
            f"{stage['run']:,.1f}",
            f"{stage['shuffleReadBytes'] / 1e6:,.0f}",
            f"{stage['shuffleWriteBytes'] / 1e6:,.0f}",
        ]
        for stage in sorted(longest, key=lambda stage: int(stage["stageId"]))
    ]
    return headers, lines


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--documents", type=int, nargs="+", default=[20_000, 60_000], metavar="N")
    parser.add_argument("--texts", choices=get_args(Texts), default="article")
    parser.add_argument("--preset", choices=get_args(Preset), default="news")
    parser.add_argument("--memory", default="6g", help="of the process of Spark (default: 6g)")
    parser.add_argument(
        "--checkpoints",
        action="store_true",
        help="set a folder, so that the workers keep the pairs",
    )
    parser.add_argument("--cluster", action="store_true", help="on a cluster of two workers")
    parser.add_argument("--markdown", type=Path, help="write the tables to this file")
    for hidden in ("--way", "--file", "--result"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        path = Path(options.file)
        is_local = options.way == "local"
        found = run_local(path, options.preset) if is_local else run_spark(path, options)
        Path(options.result).write_text(json.dumps(found))
        return
    with TemporaryDirectory() as folder:
        rows = [compared(count, options, Path(folder)) for count in options.documents]
    parts = [("Runs", *table_of(rows)), ("Slopes", *slopes_of(rows))]
    parts.append((f"The longest stages of {rows[-1]['count']:,} documents", *stages_of(rows[-1])))
    for part in parts:
        render(*part)
    if options.markdown:
        notes = ["All decisions, witnesses and similarities are those of `dedup.deduplicate`."]
        options.markdown.write_text(as_markdown("Spark", parts, notes), encoding="utf-8")


if __name__ == "__main__":
    main()
