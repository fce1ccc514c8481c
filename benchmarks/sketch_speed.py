"""Speed from text to sketches and decisions, one thread: ``python -m benchmarks.sketch_speed``.

The unit is megabytes of UTF-8 a second, from a list of texts; the fastest of several runs counts.

- packed: the texts in one UTF-8 buffer;
- minhash: `dedup.minhash`;
- bottom-k, bands: the sketches for ``measure="containment"`` and ``"jaccard"``;
- + postings: the sketch, and the keys that other rows share, from which the index is built;
- containment, jaccard, web, ocr: all of `dedup.deduplicate` (containment is the preset ``news``).
"""

import argparse
import re
import sys
from collections.abc import Callable
from functools import cache
from itertools import accumulate
from pathlib import Path
from time import perf_counter

import dedup
from benchmarks import corpora, generated_texts
from benchmarks.tables import as_markdown
from dedup.arrays.columns import pack_column, read_column
from dedup.config import Config, Measure
from dedup.matching.batch_sketcher import batch_sketcher
from dedup.matching.deduplicate import prepare_rows
from dedup.matching.keep_first import PROCESSING_ORDERS
from dedup.matching.rows import input_rows

ROUNDS = 7
CORPORA = {
    "English": "allsides",
    "Chinese": "xwlb_zh",
    "Russian": "tgnews_sample",  # the corpus also has English texts
    "Thai": "thaigov_th",
}
NOTES = (
    "packed: the texts in one UTF-8 buffer. minhash: `dedup.minhash`.",
    (
        'bottom-k, bands: the sketches for `measure="containment"` and `"jaccard"`. + postings: and'
        " the keys that other rows share."
    ),
    "containment, jaccard, web, ocr: all of `deduplicate`; containment is the preset `news`.",
)
CYRILLIC = re.compile("[\u0430-\u044f]")
Texts = list[str]


@cache
def texts_in(language: str, max_bytes: int) -> Texts:
    """Return texts of a language, up to a size; generated ones if there is no real English.

    Raises
    ------
    FileNotFoundError
        If the corpus of another language is missing.
    """
    try:
        found = corpora.articles(CORPORA[language])
    except FileNotFoundError:
        if language != "English":
            raise
        found = generated_texts.dump(max_bytes // 2000).texts
    if language == "Russian":
        found = [text for text in found if len(CYRILLIC.findall(text)) > len(text) / 3]
    sizes = accumulate(len(text.encode()) for text in found)
    return [text for text, size in zip(found, sizes, strict=True) if size <= max_bytes]


def sketches(texts: Texts, measure: Measure) -> object:
    packed, config = pack_column(texts), Config(measure=measure)
    sample = batch_sketcher(config)
    return sample and sample(packed.utf8, packed.offsets)


def sketches_and_postings(texts: Texts, measure: Measure) -> object:
    config = Config(measure=measure)
    return prepare_rows(
        input_rows(read_column(texts), config), config, PROCESSING_ORDERS["longest"], 1
    )


STEPS: dict[str, Callable[[Texts], object]] = {
    "str.split": lambda texts: [len(text.split()) for text in texts],
    "packed": pack_column,
    "minhash": lambda texts: dedup.minhash(texts, threads=1),
    "bottom-k": lambda texts: sketches(texts, "containment"),
    "bottom-k + postings": lambda texts: sketches_and_postings(texts, "containment"),
    "bands": lambda texts: sketches(texts, "jaccard"),
    "bands + postings": lambda texts: sketches_and_postings(texts, "jaccard"),
    "containment": lambda texts: dedup.deduplicate(texts, threads=1),
    "jaccard": lambda texts: dedup.deduplicate(texts, measure="jaccard", threads=1),
    "web": lambda texts: dedup.deduplicate(texts, Config.preset("web"), threads=1),
    "ocr": lambda texts: dedup.deduplicate(texts, Config.preset("ocr"), threads=1),
}


def seconds(work: Callable[[Texts], object], texts: Texts) -> float:
    """Return the least time of several runs, after one that loads what is loaded once."""
    work(texts)
    runs = []
    for _ in range(ROUNDS):
        start = perf_counter()
        work(texts)
        runs.append(perf_counter() - start)
    return min(runs)


def main() -> None:
    """Print one row for each language."""
    parser = argparse.ArgumentParser(description="Measure the speed from text to sketches.")
    parser.add_argument("--megabytes", type=int, default=40, help="of each language, at most")
    parser.add_argument("--markdown", type=Path, help="write the table to this file")
    arguments = parser.parse_args()
    max_bytes = arguments.megabytes * 1_000_000
    headers, rows = ("language", "MB", *STEPS), []
    print(f"| {' | '.join(headers)} |\n| --- |{' ---: |' * (len(headers) - 1)}")
    for language in CORPORA:
        try:
            texts = texts_in(language, max_bytes)
        except FileNotFoundError as error:
            sys.exit(str(error))
        size = sum(len(text.encode()) for text in texts) / 1e6
        speeds = [f"{size / seconds(work, texts):.0f}" for work in STEPS.values()]
        rows.append([language, f"{size:.0f}", *speeds])
        print(f"| {' | '.join(rows[-1])} |", flush=True)
    if arguments.markdown:
        part = ("Megabytes of text a second, one thread", headers, rows)
        page = as_markdown("Speed from text to sketches and decisions", [part], NOTES)
        arguments.markdown.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
