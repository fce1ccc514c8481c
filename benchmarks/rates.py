"""How fast text becomes sketches, one thread: ``python -m benchmarks.rates``.

Megabytes of UTF-8 a second, from a list of texts: the least of some runs. ``packed`` is the
text in one buffer, which all others begin with. ``bottom`` and ``bands`` are the sketches of
``measure="containment"`` and ``"jaccard"``; with ``entries`` also what of a sketch other rows
share, which the index is made of.
"""

import argparse
import sys
from collections.abc import Callable
from time import perf_counter

import numpy as np

import dedup
from benchmarks.languages import CORPORA, sketch, texts_in
from dedup.index import bottom_sketch
from dedup.kernels import compiled, signature
from dedup.lsh import band_constants, choose_bands
from dedup.minhash import permutations
from dedup.text.packed import pack

RUNS = 7
Texts = list[str]


def bottom(texts: Texts) -> object:
    packed = pack(texts)
    rows = compiled.texts_of(packed.utf8, packed.offsets)
    described = compiled._described(len(texts), 1)  # noqa: SLF001
    return compiled._sampled(rows, bottom_sketch(0.8), described, 1)  # noqa: SLF001


def bands(texts: Texts) -> object:
    packed = pack(texts)
    rows = compiled.texts_of(packed.utf8, packed.offsets)
    count, wide = choose_bands(0.8, 128, 0.999)
    factors, shifts = (
        np.pad(part[: count * wide], (0, -count * wide % compiled.VECTOR))
        for part in permutations(128, 1)
    )
    keys = np.empty((count, len(texts)), np.uint32)
    described = compiled._described(len(texts), 1)  # noqa: SLF001
    band_factors, band_shifts = band_constants(count, wide, 1)
    signature.band_sketch(
        rows, 0, len(texts), described, factors, shifts, band_factors, band_shifts, keys
    )
    return keys


STEPS: dict[str, Callable[[Texts], object]] = {
    "str.split": lambda texts: [len(text.split()) for text in texts],
    "packed": pack,
    "minhash": lambda texts: dedup.minhash(texts, threads=1),
    "bottom": bottom,
    "+ entries": lambda texts: sketch(texts, "containment"),
    "bands": bands,
    "+ shared": lambda texts: sketch(texts, "jaccard"),
    "containment": lambda texts: dedup.deduplicate(texts, threads=1),
    "jaccard": lambda texts: dedup.deduplicate(texts, measure="jaccard", threads=1),
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
