"""Judge deduplications of real texts by brute force: ``python -m benchmarks.exactness``.

Each preset runs on texts that it is meant for, and ``news`` also with Jaccard similarity.
Similarity alone decides: no pair rule (``numeric_variants="remove"``, ``page_variants="remove"``).

- Precision: share of the removed rows whose witness is kept and exactly as similar as reported.
- Recall: removed rows, divided by removed rows and kept rows that are similar to an earlier kept
  row.
"""

import argparse
import random
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from time import perf_counter

import dedup
from benchmarks.corpora import articles, folder, paragraphs, records
from dedup.config import PRESETS, Config
from tests.oracles import judge

CORPORA = ("allsides", "reuters21578", "trove_press_refugees")
CORPORA_WITH_TITLES = (
    "allsides",
    "reuters21578",
    "masakhanews",
    "xwlb_zh",
    "thaigov_th",
    "petitions_ko",
    "wikinews_ja",
    "labelled/scoop",
    "labelled/tgcontest",
)
SENTENCES = ("labelled/mrpc", "arpa_hy")
MAX_POST_CHARACTERS = 280
OCR_ERROR_RATES = (0.01, 0.03, 0.1, 0.2)  # shares of the letters of a scan
SETTINGS = {name: Config.preset(name) for name in PRESETS} | {"jaccard": Config(measure="jaccard")}
COLUMNS = "{:20} {:8} {:>8} {:>8} {:>10} {:>9} {:>9} {:>9}"


def headlines() -> list[str]:
    """Return titles, teasers under their titles, and single sentences."""
    found = []
    for name in CORPORA_WITH_TITLES:
        for record in records(folder() / name / "articles.jsonl.zst"):
            title = record.get("title") or ""
            found.append(f"{title}\n{record['text']}" if name == "labelled/scoop" else title)
    return [text for text in found + articles(*SENTENCES) if text.strip()]


def short_paragraphs(max_texts: int) -> list[str]:
    """Return paragraphs of news that are as short as a post."""
    found = (
        text for text in paragraphs("allsides", "masakhanews") if len(text) <= MAX_POST_CHARACTERS
    )
    return list(islice(found, max_texts))


def scans(texts: list[str], seed: int = 1) -> list[str]:
    """Return texts and a simulated scan of each, with wrong letters and missing spaces."""
    rng, letters = random.Random(seed), "abcdefghijklmnopqrstuvwxyz1"
    found = []
    for text in texts:
        rate = rng.choice(OCR_ERROR_RATES)
        scan = [rng.choice(letters) if rng.random() < rate else letter for letter in text]
        words = "".join(scan).split(" ")
        spaces = ("" if rng.random() < rate else " " for _ in words)
        found += [text, "".join(part for pair in zip(words, spaces, strict=True) for part in pair)]
    return found


Texts = Callable[[int], list[str]]
# By kind of text: the settings to run, the maximum number of texts, and a function that reads them.
CASES: dict[str, tuple[tuple[str, ...], int, Texts]] = {
    "articles": (("news", "jaccard", "strict"), 50_000, lambda count: articles(*CORPORA)[:count]),
    "paragraphs": (
        ("news", "jaccard", "strict"),
        500_000,
        lambda count: paragraphs(*CORPORA)[:count],
    ),
    "headlines": (("short",), 100_000, lambda count: headlines()[:count]),
    "short paragraphs": (("short",), 100_000, short_paragraphs),
    "scans": (("ocr",), 1200, lambda count: articles("labelled/bln600")[:count]),
    "scans of news": (("ocr",), 6000, lambda count: scans(articles("allsides")[: count // 2])),
    "web pages": (("web",), 5000, lambda count: articles("labelled/extraction_a")[:count]),
    "articles as web": (("web",), 10_000, lambda count: articles("trove_press_refugees")[:count]),
}


def main() -> None:
    """Print one row for each kind of text and configuration."""
    parser = argparse.ArgumentParser(description="Judge deduplications of real texts.")
    parser.add_argument("--only", nargs="*", choices=list(CASES), help="kinds of text")
    parser.add_argument("--max-texts", type=int, help="texts of a kind, at most")
    arguments = parser.parse_args()
    names = ("texts", "preset", "rows", "removed", "precision", "recall", "dedup s", "oracle s")
    print(COLUMNS.format(*names))
    for name in arguments.only or CASES:
        settings, max_texts, read_texts = CASES[name]
        try:
            texts = read_texts(min(max_texts, arguments.max_texts or max_texts))
        except FileNotFoundError as error:
            sys.exit(str(error))
        for setting in settings:
            print_row(name, setting, texts)


def print_row(name: str, setting: str, texts: list[str]) -> None:
    """Print a row of the table."""
    config = replace(SETTINGS[setting], numeric_variants="remove", page_variants="remove")
    values, offsets = dedup.shingles(
        texts, ngram_size=config.ngram_size, unit=config.unit, seed=config.seed
    )
    start = perf_counter()
    result = dedup.deduplicate(texts, config)
    end = perf_counter()
    verdict = judge(
        values,
        offsets,
        result.order,
        result.keep,
        result.witness,
        result.similarity,
        config.threshold,
        config.measure,
    )
    seconds = (f"{end - start:.1f}", f"{perf_counter() - end:.1f}")
    shares = (f"{verdict.precision:.6f}", f"{verdict.recall:.6f}")
    row = (name, setting, len(texts), verdict.removed, *shares, *seconds)
    print(COLUMNS.format(*row), flush=True)


if __name__ == "__main__":
    main()
