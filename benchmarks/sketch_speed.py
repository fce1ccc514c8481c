"""How fast text becomes sketches, one thread: ``python -m benchmarks.sketch_speed``.

Megabytes of UTF-8 a second, from a list of texts: the least of some runs. ``packed`` is the
text in one buffer. ``bottom`` and ``bands`` are the sketches of
``measure="containment"`` and ``"jaccard"``; with ``entries`` also what of a sketch other rows
share, which the index is made of. The last ones are presets; ``containment`` is that of news.
"""

import argparse
import sys
from collections.abc import Callable
from time import perf_counter

import dedup
from benchmarks.languages import CORPORA, sketch, texts_in
from dedup import Config
from dedup.arrays.columns import pack_column
from dedup.config import Measure
from dedup.matching.deduplicate import sampling_for

RUNS = 7
Texts = list[str]


def sampled(texts: Texts, measure: Measure) -> object:
    packed, config = pack_column(texts), Config(measure=measure)
    sample = sampling_for(config)
    return sample and sample(packed.utf8, packed.offsets)


STEPS: dict[str, Callable[[Texts], object]] = {
    "str.split": lambda texts: [len(text.split()) for text in texts],
    "packed": pack_column,
    "minhash": lambda texts: dedup.minhash(texts, threads=1),
    "bottom": lambda texts: sampled(texts, "containment"),
    "+ entries": lambda texts: sketch(texts, "containment"),
    "bands": lambda texts: sampled(texts, "jaccard"),
    "+ shared": lambda texts: sketch(texts, "jaccard"),
    "containment": lambda texts: dedup.deduplicate(texts, threads=1),
    "jaccard": lambda texts: dedup.deduplicate(texts, measure="jaccard", threads=1),
    "web": lambda texts: dedup.deduplicate(texts, Config.preset("web"), threads=1),
    "ocr": lambda texts: dedup.deduplicate(texts, Config.preset("ocr"), threads=1),
}


def seconds(work: Callable[[Texts], object], texts: Texts) -> float:
    """Return the least time of some runs, after one that compiles, or loads what is compiled."""
    work(texts)
    spent = []
    for _ in range(RUNS):
        start = perf_counter()
        work(texts)
        spent.append(perf_counter() - start)
    return min(spent)


def main() -> None:
    """Print one row for each language."""
    parser = argparse.ArgumentParser(description="Measure how fast text becomes sketches.")
    parser.add_argument("--megabytes", type=int, default=40, help="of each language, at most")
    most = parser.parse_args().megabytes * 1_000_000
    print(f"| | MB | {' | '.join(STEPS)} |")
    print(f"| --- | ---: |{' ---: |' * len(STEPS)}")
    for language in CORPORA:
        try:
            texts = texts_in(language, most)
        except FileNotFoundError as error:
            sys.exit(str(error))
        size = sum(len(text.encode()) for text in texts) / 1e6
        cells = [f"{size / seconds(work, texts):.0f}" for work in STEPS.values()]
        print(f"| {language} | {size:.0f} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
