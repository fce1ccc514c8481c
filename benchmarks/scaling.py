"""Growth of time and memory with the number of documents: ``python -m benchmarks.scaling``.

Ten thousand documents and ten times as many, up to ``--max-documents``, are deduplicated on all
cores, each number in a process of its own. The script prints a table and writes it to files;
``benchmarks.draw_scaling`` draws it.

Time is the median of several runs (one run of ten million), with the texts in one buffer before.
Memory is all that a run needs beyond its texts: the peak of the process in its first run minus its
size before, with results and temporary arrays. It is divided by the kept rows, because the index
holds these.
"""

import argparse
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np

from benchmarks import generated_texts
from benchmarks.result_files import write_results
from benchmarks.tables import as_markdown

if TYPE_CHECKING:
    from dedup import DedupResult
    from dedup.arrays.packed import PackedTexts

Result = TypeVar("Result")
Kind = Literal["short texts", "paragraphs", "articles", "copies of one text", "one giant cluster"]
Measure = Literal["containment", "jaccard"]
MAX_DOCUMENTS: dict[Kind, int] = {
    "short texts": 10**7,
    "paragraphs": 10**7,
    "articles": 10**6,  # ten million are 28 GB
    "copies of one text": 10**6,
    "one giant cluster": 10**6,
}
MIN_DOCUMENTS = 10**4
MAX_BY_MEASURE: dict[Measure, int] = {"containment": 10**7, "jaccard": 10**6}
# Median words and sigma: ten million short texts are 1.2 GB, and as many paragraphs 3.4 GB.
LENGTHS: dict[Kind, tuple[int, float]] = {"short texts": (20, 0.6), "paragraphs": (60, 0.6)}
LONG_WORDS = 300  # of a text that stays similar with any three words replaced
WARM_UP_ROWS = 3000
MAX_SECONDS = 3.0  # of all runs, after which no other one starts


@dataclass(frozen=True, slots=True)
class Point:
    """Time and memory for a number of documents."""

    kind: Kind
    measure: Measure
    count: int
    size: int  # bytes of text
    kept: int
    seconds: float  # wall time
    processor: float  # seconds of all cores
    memory: int  # bytes beyond the texts
    index: int  # bytes of the sketches and posting lists

    @property
    def microseconds(self) -> float:
        """Processor time of one document."""
        return self.processor / self.count * 1e6

    def row(self) -> list[str]:
        """Return the row of the table."""
        return [
            self.kind,
            self.measure,
            f"{self.count:,}",
            f"{self.size / 1e6:,.0f}",
            f"{self.kept:,}",
            f"{self.seconds:.2f}",
            f"{self.processor:.2f}",
            f"{self.microseconds:.2f}",
            f"{self.size / self.processor / 1e6:.0f}",
            f"{self.memory / 1e6:,.0f}",
            f"{self.memory / self.kept:,.0f}",
            f"{self.index / self.kept:,.0f}",
        ]


HEADERS = (
    *("texts", "measure", "documents", "MB of text", "kept", "wall s", "processor s"),
    *("µs a document", "MB/s a core", "MB beyond the texts", "bytes a kept row", "of these, index"),
)
NOTES = (
    "processor s: all cores. MB beyond the texts: peak memory of a new process, with the result.",
    (
        "short texts, paragraphs, articles: 20, 60 and 400 words at the median, three in ten are"
        " copies. copies of one text: 300 words, one to three of them replaced, so all are similar."
        " one giant cluster: the same with 60 words, so two copies in three are similar."
    ),
)


def make(kind: Kind, count: int, folder: Path) -> None:
    """Write texts as one buffer; only those of a cluster are ever all in a list."""
    from dedup.arrays.packed import pack  # noqa: PLC0415  keep the parent process small

    if kind == "one giant cluster":
        packed = pack(generated_texts.giant_cluster(count))
    elif kind == "copies of one text":
        packed = pack(generated_texts.giant_cluster(count, words=LONG_WORDS))
    else:
        generated: generated_texts.Kind = "article" if kind == "articles" else "paragraph"
        generated_texts.LENGTH["paragraph"] = LENGTHS.get(kind, generated_texts.LENGTH["paragraph"])
        batches = generated_texts.iter_dump(count, kind=generated)
        packed = pack(chain.from_iterable(batch.texts for batch in batches))
    np.save(folder / "utf8.npy", packed.utf8)
    np.save(folder / "offsets.npy", packed.offsets)


def measure_point(kind: Kind, measure: Measure, folder: Path) -> Point:
    """Deduplicate the texts of a folder; call it in a new process."""
    import dedup  # noqa: PLC0415  keep the parent process small
    from dedup.arrays.packed import PackedTexts  # noqa: PLC0415

    utf8, offsets = np.load(folder / "utf8.npy"), np.load(folder / "offsets.npy")
    count = len(offsets) - 1
    texts = PackedTexts(utf8, offsets, np.zeros(count, np.bool_))
    warm_up = PackedTexts(
        utf8[: offsets[WARM_UP_ROWS]], offsets[: WARM_UP_ROWS + 1], texts.missing[:WARM_UP_ROWS]
    )
    dedup.deduplicate(warm_up, measure=measure)
    before = status_bytes("VmRSS")
    result, *seconds = timed(lambda: dedup.deduplicate(texts, measure=measure))
    runs = [seconds]
    memory = status_bytes("VmHWM") - before
    assert result.keep[result.witness].all(), "a witness was removed"
    assert (result.similarity[~result.keep] >= np.float32(result.config.threshold)).all()
    while len(runs) < 9 and sum(wall for wall, _ in runs) < MAX_SECONDS:
        repeated, *seconds = timed(lambda: dedup.deduplicate(texts, measure=measure))
        assert (repeated.witness == result.witness).all()
        runs.append(seconds)
    wall, processor = map(median, zip(*runs, strict=True))
    size, index = len(utf8), index_bytes(texts, result)
    return Point(kind, measure, count, size, int(result.keep.sum()), wall, processor, memory, index)


def index_bytes(texts: "PackedTexts", result: "DedupResult") -> int:
    """Return the bytes of the index of the kept rows."""
    from dedup.matching.candidates import MAX_POSTINGS  # noqa: PLC0415  keep the parent process small
    from dedup.matching.deduplicate import prepare_rows  # noqa: PLC0415
    from dedup.matching.keep_first import PROCESSING_ORDERS  # noqa: PLC0415
    from dedup.matching.rows import input_rows  # noqa: PLC0415

    _, sketches = prepare_rows(
        input_rows(texts, result.config), result.config, PROCESSING_ORDERS["longest"]
    )
    keys, offsets = sketches.posting_keys
    entered = keys[np.repeat(result.keep[sketches.order], np.diff(offsets))]
    lengths = np.minimum(np.bincount(entered, minlength=sketches.key_count), MAX_POSTINGS)
    # A posting list of several rows moves to twice the space when it is full.
    doubled = np.ceil(np.log2(lengths[lengths > 1])).astype(np.int64)
    lists = 8 * sketches.key_count + 4 * int((2 ** (doubled + 1) - 2).sum())
    numbers = sum(
        array.nbytes for taken in (sketches.query_keys, sketches.posting_keys) for array in taken
    )
    return int(numbers + lists + sum(a.nbytes for a in sketches if isinstance(a, np.ndarray)))


def timed(work: Callable[[], Result]) -> tuple[Result, float, float]:
    """Return a result, wall seconds and processor seconds of all cores."""
    wall, processor = perf_counter(), process_time()
    result = work()
    return result, perf_counter() - wall, process_time() - processor


def status_bytes(field: str) -> int:
    """Return memory of this process: resident now (``VmRSS``) or at its peak (``VmHWM``).

    ``getrusage`` would not do: its peak starts at that of the parent process.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(f"{field}:"))


def points(max_documents: int) -> Iterator[Point]:
    """Measure ten thousand documents, a hundred thousand, and so on."""
    for kind, limit in MAX_DOCUMENTS.items():
        count = MIN_DOCUMENTS
        while count <= min(max_documents, limit):
            with TemporaryDirectory() as name:
                with new_process() as process:
                    process.submit(make, kind, count, Path(name)).result()
                for measure in (name for name, most in MAX_BY_MEASURE.items() if count <= most):
                    with new_process() as process:
                        yield process.submit(measure_point, kind, measure, Path(name)).result()
            count *= 10


def new_process() -> ProcessPoolExecutor:
    """Return a spawned process; a forked one would start with the memory of this one."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def main() -> None:
    """Print the table row by row, and write it to files."""
    parser = argparse.ArgumentParser(description="Measure the growth of time and memory.")
    parser.add_argument("--max-documents", type=int, default=10**7)
    parser.add_argument("--json", type=Path, help="write the numbers to this file")
    parser.add_argument("--markdown", type=Path, help="write the table to this file")
    arguments = parser.parse_args()
    print(f"| {' | '.join(HEADERS)} |\n| --- | --- |{' ---: |' * (len(HEADERS) - 2)}", flush=True)
    measured: list[Point] = []
    for point in points(arguments.max_documents):
        measured.append(point)
        print(f"| {' | '.join(point.row())} |", flush=True)
    rows = [point.row() for point in measured]
    if arguments.json:
        write_results(arguments.json, [asdict(point) for point in measured])
    if arguments.markdown:
        page = as_markdown("Growth of time and memory", [("All cores", HEADERS, rows)], NOTES)
        arguments.markdown.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
