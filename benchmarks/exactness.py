"""Judge deduplications of real texts by brute force: ``python -m benchmarks.exactness``.

Each preset on texts that it is for, and ``news`` by Jaccard, too. By similarity alone, so that
templates go, too. Precision: the removed rows whose witness is kept
and as similar as reported, in exact arithmetic. Recall: removed rows over those and the kept ones
that are similar to an earlier kept one.
"""

import argparse
import random
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[1]

import dedup  # noqa: E402
from benchmarks.corpora import articles, folder, paragraphs, records  # noqa: E402  # noqa: E402
from dedup.config import PRESETS, Config  # noqa: E402
from tests.oracles import judge  # noqa: E402

CORPORA = ("allsides", "reuters21578", "trove_press_refugees")
TITLED = (
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
POST = 280  # characters of a post
WRONG = (0.01, 0.03, 0.1, 0.2)  # letters of a scan
SETTINGS = {name: Config.preset(name) for name in PRESETS} | {"jaccard": Config(measure="jaccard")}
COLUMNS = "{:20} {:8} {:>8} {:>8} {:>10} {:>9} {:>9} {:>9}"


def headlines() -> list[str]:
    """Return titles, teasers under their titles, and single sentences."""
    found = []
    for name in TITLED:
        for record in records(folder() / name / "articles.jsonl.zst"):
            title = record.get("title") or ""
            found.append(f"{title}\n{record['text']}" if name == "labelled/scoop" else title)
    return [text for text in found + articles(*SENTENCES) if text.strip()]


def short_paragraphs(most: int) -> list[str]:
    """Return the paragraphs of news that are as short as a post."""
    found = (text for text in paragraphs("allsides", "masakhanews") if len(text) <= POST)
    return list(islice(found, most))


def scans(texts: list[str], seed: int = 1) -> list[str]:
    """Return texts, and a scan of each: some letters are wrong, and some words run together."""
    rng, letters = random.Random(seed), "abcdefghijklmnopqrstuvwxyz1"
    found = []
    for text in texts:
        wrong = rng.choice(WRONG)
        scan = [rng.choice(letters) if rng.random() < wrong else letter for letter in text]
        words = "".join(scan).split(" ")
        glue = ("" if rng.random() < wrong else " " for _ in words)
        found += [text, "".join(part for pair in zip(words, glue, strict=True) for part in pair)]
    return found


Texts = Callable[[int], list[str]]
# What is judged: by which settings, of how many texts at most, and which.
CASES: dict[str, tuple[tuple[str, ...], int, Texts]] = {
    "articles": (("news", "jaccard", "strict"), 50_000, lambda most: articles(*CORPORA)[:most]),
    "paragraphs": (
        ("news", "jaccard", "strict"),
        500_000,
        lambda most: paragraphs(*CORPORA)[:most],
    ),
    "headlines": (("short",), 100_000, lambda most: headlines()[:most]),
    "short paragraphs": (("short",), 100_000, short_paragraphs),
    "scans": (("ocr",), 1200, lambda most: articles("labelled/bln600")[:most]),
    "scans of news": (("ocr",), 6000, lambda most: scans(articles("allsides")[: most // 2])),
    "web pages": (("web",), 5000, lambda most: articles("labelled/extraction_a")[:most]),
    "articles as web": (("web",), 10_000, lambda most: articles("trove_press_refugees")[:most]),
}


def main() -> None:
    """Print one row for each kind of text and each of its settings."""
    parser = argparse.ArgumentParser(description="Judge deduplications of real texts.")
    parser.add_argument("--only", nargs="*", choices=list(CASES), help="kinds of text")
    parser.add_argument("--most", type=int, help="texts of a kind")
    given = parser.parse_args()
    names = ("texts", "preset", "rows", "removed", "precision", "recall", "dedup s", "oracle s")
    print(COLUMNS.format(*names))
    for name in given.only or CASES:
        settings, most, texts_of = CASES[name]
        try:
            texts = texts_of(min(most, given.most or most))
        except FileNotFoundError as error:
            sys.exit(str(error))
        for setting in settings:
            compare(name, setting, texts)


def compare(name: str, setting: str, texts: list[str]) -> None:
    """Print a row of the table."""
    config = replace(SETTINGS[setting], numeric_variants="remove")
    values, offsets = dedup.shingles(
        texts, ngram_size=config.ngram_size, unit=config.unit, seed=config.seed
    )
    start = perf_counter()
    result = dedup.deduplicate(texts, config)
    done = perf_counter()
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
    seconds = (f"{done - start:.1f}", f"{perf_counter() - done:.1f}")
    shares = (f"{verdict.precision:.6f}", f"{verdict.recall:.6f}")
    row = (name, setting, len(texts), verdict.removed, *shares, *seconds)
    print(COLUMNS.format(*row), flush=True)


if __name__ == "__main__":
    main()
