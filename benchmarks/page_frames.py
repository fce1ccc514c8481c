"""Measure page frames on whole pages of news sites: ``python -m benchmarks.page_frames``.

Four questions:

- Are pages of one site told apart, with sources and without? newspaper_a has 198 pages of 99 sites,
  each as seven extractors return it. extraction_a has 91 pages, each about 32 times, but no
  sources: sites of four pages are drawn, which share no frame, so nothing should change.
- Is a story still found in the frames of two sites? The lines of an article are put into the frame
  of a page of another site. The lines of an article are those whose 3-grams its gold text has.
- What does ``deduplicate_blocks`` remove from these pages: frames, or lines of articles?
- What do sources cost? allsides has 12,516 articles; their outlets are the sources.
"""

import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import click
import numpy as np

import dedup
from benchmarks import tables
from benchmarks.corpora import folder, records
from benchmarks.labelled_texts import SOURCES, Labelled, read
from benchmarks.quality import verdict_on

WORD = re.compile(r"\w+")
WHOLE_PAGE_EXTRACTORS = ("html2text", "inscriptis")
BODY_SHARE = 0.8  # of the 3-grams of a line of an article, which the gold text has
MIN_BODY_LINES, MIN_BODY_WORDS = 3, 5
WEB = dedup.Config.preset("web")
WITHOUT_RULE = replace(WEB, page_variants="remove")
QUALITY = ("texts", "settings", "precision", "recall", "F1", "ARI", "kept", "wrong witness")
REMOVED = ("extractor", "words", "frame words removed", "words of articles removed")
PAGES_OF_DRAWN_SITE = 4
REPETITIONS = 9


@dataclass(frozen=True, slots=True)
class Page:
    """One page as one extractor returns it."""

    url: str
    extractor: str
    text: str


def newspaper_pages() -> list[Page]:
    place = folder() / "labelled" / "newspaper_a" / "articles.jsonl.zst"
    return [
        Page(row["url"], row["id"].split(":")[1], row["text"])
        for row in records(place)
        if (row["text"] or "").strip()
    ]


def site_of(url: str) -> str:
    return url.split("/")[2]


def words_of(text: str) -> list[str]:
    """Return the words of a text in small letters.

    >>> words_of("The *ferry*")
    ['the', 'ferry']
    """
    return WORD.findall(text.lower())


def trigrams(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[place : place + 3]) for place in range(len(words) - 2)}


def body_lines(page: Page, gold: str) -> list[bool]:
    """Return which lines of a page belong to the article."""
    article = trigrams(words_of(gold))
    found = []
    for line in page.text.splitlines():
        words = words_of(line)
        ngrams = trigrams(words)
        shared = len(ngrams & article)
        found.append(len(words) >= MIN_BODY_WORDS and shared >= BODY_SHARE * len(ngrams))
    return found


def in_other_frame(page: Page, is_body: list[bool], frame: Page, is_frame_body: list[bool]) -> str:
    """Return the article of a page in the frame of another page, in place of its article.

    >>> page, frame = Page("", "", "menu\\nstory"), Page("", "", "start\\nother\\nterms")
    >>> in_other_frame(page, [False, True], frame, [False, True, False])
    'start\\nstory\\nterms'
    """
    article = [line for line, body in zip(page.text.splitlines(), is_body, strict=True) if body]
    lines, place = frame.text.splitlines(), is_frame_body.index(True)
    kept = [
        line for line, body in zip(lines[place:], is_frame_body[place:], strict=True) if not body
    ]
    return "\n".join([*lines[:place], *article, *kept])


def stories_in_two_frames(pages: Sequence[Page], extractor: str) -> Iterator[tuple[Page, Page]]:
    """Yield pages and the same articles in the frames of pages of other sites."""
    gold = {page.url: page.text for page in pages if page.extractor == "gold"}
    chosen = [
        (page, body_lines(page, gold[page.url]))
        for page in pages
        if page.extractor == extractor and page.url in gold
    ]
    chosen = [(page, body) for page, body in chosen if sum(body) >= MIN_BODY_LINES]
    for number, (page, body) in enumerate(chosen):
        frame, frame_body = chosen[(number + len(chosen) // 2) % len(chosen)]
        text = in_other_frame(page, body, frame, frame_body)
        yield page, Page(f"{frame.url}#{number}", extractor, text)


def drawn_sites(labelled: Labelled, path: str) -> list[str]:
    """Return a source for each text: sites have ``PAGES_OF_DRAWN_SITE`` pages, drawn at random."""
    assert isinstance(labelled.labels, np.ndarray)
    pages = np.random.default_rng(5).permutation(int(labelled.labels.max()) + 1)
    sites = pages[labelled.labels] // PAGES_OF_DRAWN_SITE
    return [
        f"site{site}.example" + path.format(page=page)
        for site, page in zip(sites.tolist(), labelled.labels.tolist(), strict=True)
    ]


def quality_rows() -> Iterator[list[str]]:
    pages = newspaper_pages()
    sources = {source.name: source for source in SOURCES}
    newspaper, extraction = (read(sources[name])[0] for name in ("newspaper_a", "extraction_a"))
    assert newspaper.texts == [page.text for page in pages]
    urls = [page.url for page in pages]
    sites = [site_of(url) for url in urls]
    for labelled, name, config, source in (
        (newspaper, "web without the rule", WITHOUT_RULE, None),
        (newspaper, "web", WEB, None),
        (newspaper, "web, source: URLs", WEB, urls),
        (newspaper, "web, source: names of sites", WEB, sites),
        (extraction, "web without the rule", WITHOUT_RULE, None),
        (extraction, "web", WEB, None),
        (extraction, "web, source: URLs of drawn sites", WEB, drawn_sites(extraction, "/{page}")),
        (extraction, "web, source: names of drawn sites", WEB, drawn_sites(extraction, "")),
    ):
        witness = dedup.deduplicate(labelled.texts, config, source=source).witness
        yield [labelled.name, *verdict_on(name, labelled, witness).cells]


def story_rows() -> Iterator[list[str]]:
    """Count the stories in two frames that are found as copies."""
    pages = newspaper_pages()
    for extractor in WHOLE_PAGE_EXTRACTORS:
        stories = [*stories_in_two_frames(pages, extractor)]
        found = Counter[str]()
        for page, other in stories:
            texts = [page.text, other.text]
            found["rule"] += not dedup.deduplicate(texts, WEB).keep.all()
            found["all"] += not dedup.deduplicate(texts, WITHOUT_RULE).keep.all()
        both = [page for pair in stories for page in pair]
        keep = dedup.deduplicate(
            [page.text for page in both], WEB, source=[page.url for page in both]
        ).keep.tolist()
        found["source"] = sum(not (keep[row] and keep[row + 1]) for row in range(0, len(keep), 2))
        counts = (found[name] for name in ("all", "rule", "source"))
        yield [extractor, f"{len(stories):,}", *(f"{count:,}" for count in counts)]


def removed_rows(source_of: Callable[[str], str]) -> Iterator[list[str]]:
    """Count the words that ``deduplicate_blocks`` removes from pages.

    Parameters
    ----------
    source_of
        Returns the source of a page of this URL.
    """
    pages = newspaper_pages()
    gold: dict[str, set[str]] = defaultdict(set)
    for page in pages:
        if page.extractor == "gold":
            gold[page.url] = {" ".join(words_of(line)) for line in page.text.splitlines()}
    result = dedup.deduplicate_blocks(
        [page.text for page in pages],
        source=[source_of(page.url) for page in pages],
        boilerplate="all",
    )
    words, of_articles, others = Counter[str](), Counter[str](), Counter[str]()
    for row, page in enumerate(pages):
        words[page.extractor] += len(words_of(page.text))
        for removal in result.ledger(row):
            for line in removal.text.splitlines():
                is_article = " ".join(words_of(line)) in gold[page.url]
                counts = of_articles if is_article else others
                counts[page.extractor] += len(words_of(line))
    for extractor, count in words.items():
        columns = count, others[extractor], of_articles[extractor]
        yield [extractor, *(f"{column:,}" for column in columns)]


def processor_seconds(calls: Sequence[Callable[[], Any]]) -> list[float]:
    """Return the median processor time of each call; the calls take turns."""
    seconds: list[list[float]] = [[] for _ in calls]
    for _ in range(REPETITIONS):
        for call, found in zip(calls, seconds, strict=True):
            start = time.process_time()
            call()
            found.append(time.process_time() - start)
    return [*map(median, seconds)]


def cost_rows(*, show_frames: bool) -> Iterator[list[str]]:
    articles = [row for row in records(folder() / "allsides" / "articles.jsonl.zst") if row["text"]]
    texts = [row["text"] for row in articles]
    for field in ("source", "url"):
        source = [row[field] for row in articles]
        plain, with_source, blocks, with_frames = processor_seconds(
            [
                partial(dedup.deduplicate, texts, WEB),
                partial(dedup.deduplicate, texts, WEB, source=source),
                partial(dedup.deduplicate_blocks, texts),
                partial(dedup.deduplicate_blocks, texts, source=source),
            ]
        )
        yield [field, "deduplicate, web", f"{plain:.2f} s", f"{with_source / plain:.2f}"]
        yield [field, "deduplicate_blocks", f"{blocks:.2f} s", f"{with_frames / blocks:.2f}"]
    if show_frames:
        result = dedup.deduplicate_blocks(texts, source=[row["source"] for row in articles])
        frames = [pattern for pattern in result.patterns if pattern.source]
        rows = [[str(one.df), one.source or "", one.text[:120]] for one in frames]
        tables.render("Frames of allsides", ("pages", "source", "first words"), rows)


@click.command(help=__doc__)
@click.option("--markdown", type=click.Path(path_type=Path), help="Write the tables to this file.")
@click.option("--frames", is_flag=True, help="List the frames of allsides, to read them.")
def main(*, markdown: Path | None, frames: bool) -> None:
    parts = [
        ("Pages of one site", QUALITY, [*quality_rows()]),
        (
            "One story in the frames of two sites: pairs found",
            ("extractor", "pairs", "without the rule", "web", "web, source: URLs"),
            [*story_rows()],
        ),
        ("Words removed by deduplicate_blocks with URLs", REMOVED, [*removed_rows(str)]),
        (
            "Words removed by deduplicate_blocks with names of sites",
            REMOVED,
            [*removed_rows(site_of)],
        ),
        (
            "Processor time with sources, 12,516 articles",
            ("source", "call", "without", "ratio"),
            [*cost_rows(show_frames=frames)],
        ),
    ]
    for title, headers, rows in parts:
        tables.render(title, headers, rows)
    if markdown:
        notes = ["The rule: page variants, decision note 29."]
        markdown.write_text(tables.as_markdown("Page frames", parts, notes), encoding="utf-8")


if __name__ == "__main__":
    main()
