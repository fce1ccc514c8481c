"""How time and memory grow with the number of documents: ``python -m benchmarks.scaling``.

Up to ``--most`` documents are deduplicated on all cores, each number of them in a process of its
own. A table goes to standard output, a picture of the times to ``--out``, for which
``uv pip install --group bench`` is needed.

The time is the median of some runs, one run of ten million. The texts are in one buffer before it
starts, and the kernels are compiled. The memory is all that a run needs beyond its texts: the
peak of the process in its first run, less what it held before. So results count too, and what
is thrown away on the way. It is divided by the rows that are kept, since the index is of these.
"""

import argparse
import resource
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np

from benchmarks import generated_texts

if TYPE_CHECKING:
    from dedup import DedupResult
    from dedup.arrays.packed import PackedTexts

Result = TypeVar("Result")
Kind = Literal["short documents", "unlike texts", "copies of one text", "one giant cluster"]
Measure = Literal["containment", "jaccard"]
MOST: dict[Kind, int] = {  # that are made
    "short documents": 10**7,
    "unlike texts": 10**6,
    "copies of one text": 10**6,
    "one giant cluster": 10**6,
}
LEAST = 10**4
MEASURES: tuple[Measure, ...] = ("containment", "jaccard")
SHORT = (20, 0.6)  # median words and sigma: ten million of them are 1.3 GB
LONG = 300  # words of a text that stays similar, whichever three of them are changed
WARM = 3000  # rows to load the kernels with
ENOUGH = 3.0  # seconds of runs


@dataclass(frozen=True, slots=True)
class Point:
    """What some documents took."""

    kind: Kind
    measure: Measure
    count: int
    size: int  # bytes of text
    kept: int
    seconds: float  # on the clock
    processor: float  # seconds of all cores
    memory: int  # bytes beyond the text
    index: int  # bytes of the sketches, and of the lists of kept rows by key

    @property
    def microseconds(self) -> float:
        """Return the processor time of a document."""
        return self.processor / self.count * 1e6

    def row(self) -> str:
        """Return a row of the table."""
        cells = (
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
        )
        return f"| {' | '.join(cells)} |"


HEAD = """\
| texts | measure | documents | MB of text | kept | clock s | processor s | µs a document \
| MB/s a core | MB beyond the text | bytes a kept row | of these, index |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""


def make(kind: Kind, count: int, folder: Path) -> None:
    """Write texts as one buffer; they are never all in a list, unless they are one cluster."""
    from dedup.arrays.packed import pack  # noqa: PLC0415  the parent stays small

    if kind == "one giant cluster":
        packed = pack(generated_texts.giant_cluster(count))
    elif kind == "copies of one text":
        packed = pack(generated_texts.giant_cluster(count, words=LONG))
    elif kind == "unlike texts":
        generated_texts.LENGTH["paragraph"] = (LONG, 0.1)
        packed = pack(generated_texts.unlike(count))
    else:
        generated_texts.LENGTH["paragraph"] = SHORT
        chunks = generated_texts.iter_dump(count, kind="paragraph")
        packed = pack(chain.from_iterable(chunk.texts for chunk in chunks))
    np.save(folder / "utf8.npy", packed.utf8)
    np.save(folder / "offsets.npy", packed.offsets)


def measure(kind: Kind, by: Measure, folder: Path) -> Point:
    """Deduplicate the texts of a folder; to be called in a process that has done nothing else."""
    import dedup  # noqa: PLC0415  the parent stays small
    from dedup.arrays.packed import PackedTexts  # noqa: PLC0415

    utf8, offsets = np.load(folder / "utf8.npy"), np.load(folder / "offsets.npy")
    count = len(offsets) - 1
    texts = PackedTexts(utf8, offsets, np.zeros(count, np.bool_))
    first = PackedTexts(utf8[: offsets[WARM]], offsets[: WARM + 1], texts.missing[:WARM])
    dedup.deduplicate(first, measure=by)
    before = resident()
    result, *spent = timed(lambda: dedup.deduplicate(texts, measure=by))
    runs = [spent]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    assert result.keep[result.witness].all(), "a witness was removed"
    assert (result.similarity[~result.keep] >= np.float32(result.config.threshold)).all()
    while len(runs) < 9 and sum(clock for clock, _ in runs) < ENOUGH:
        again, *spent = timed(lambda: dedup.deduplicate(texts, measure=by))
        assert (again.witness == result.witness).all()
        runs.append(spent)
    clock, processor = map(median, zip(*runs, strict=True))
    size, index = len(utf8), index_bytes(texts, result)
    return Point(kind, by, count, size, int(result.keep.sum()), clock, processor, memory, index)


def index_bytes(texts: "PackedTexts", result: "DedupResult") -> int:
    """Return what the index of the kept rows takes."""
    from dedup.matching.candidates import MAX_POSTINGS  # noqa: PLC0415  the parent stays small
    from dedup.matching.deduplicate import prepare_rows  # noqa: PLC0415
    from dedup.matching.keep_first import PROCESSING_ORDERS  # noqa: PLC0415
    from dedup.matching.rows import input_rows  # noqa: PLC0415

    _, sketches = prepare_rows(
        input_rows(texts, result.config), result.config, PROCESSING_ORDERS["longest"]
    )
    keys, offsets = sketches.posting_keys
    entered = keys[np.repeat(result.keep[sketches.order], np.diff(offsets))]
    lengths = np.minimum(np.bincount(entered, minlength=sketches.key_count), MAX_POSTINGS)
    # A list of more than one row moves where its room doubles.
    doubled = np.ceil(np.log2(lengths[lengths > 1])).astype(np.int64)
    lists = 8 * sketches.key_count + 4 * int((2 ** (doubled + 1) - 2).sum())
    numbers = sum(
        array.nbytes for taken in (sketches.query_keys, sketches.posting_keys) for array in taken
    )
    return int(numbers + lists + sum(a.nbytes for a in sketches if isinstance(a, np.ndarray)))


def timed(work: Callable[[], Result]) -> tuple[Result, float, float]:
    """Return a result, and the seconds on the clock and of all cores that it took."""
    clock, processor = perf_counter(), process_time()
    result = work()
    return result, perf_counter() - clock, process_time() - processor


def resident() -> int:
    """Return the bytes of memory that this process holds now."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize()


def points(most: int) -> Iterator[Point]:
    """Measure ten thousand documents, ten times as many, and so on."""
    for kind, made in MOST.items():
        count = LEAST
        while count <= min(most, made):
            with TemporaryDirectory() as name:
                with alone() as process:
                    process.submit(make, kind, count, Path(name)).result()
                for by in MEASURES:
                    with alone() as process:
                        yield process.submit(measure, kind, by, Path(name)).result()
            count *= 10


def alone() -> ProcessPoolExecutor:
    """Return one process; it is spawned, since a forked one begins at this one's memory."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def main() -> None:
    """Print the table row by row, then draw."""
    parser = argparse.ArgumentParser(description="Measure how time and memory grow.")
    parser.add_argument("--most", type=int, default=10**7, help="documents")
    parser.add_argument("--out", type=Path, help="an SVG file to draw the times to")
    given = parser.parse_args()
    if given.out:
        from benchmarks.draw_scaling import draw  # noqa: PLC0415  it is missed before the long wait
    print(HEAD, flush=True)
    lines: dict[str, list[tuple[int, float]]] = {}
    for point in points(given.most):
        print(point.row(), flush=True)
        line = lines.setdefault(f"{point.kind}, {point.measure}", [])
        line.append((point.count, point.microseconds))
        if given.out:  # whoever loses patience has a picture all the same
            given.out.write_text(draw(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
