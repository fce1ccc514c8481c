"""Articles as lists of paragraphs: sampled from real corpora, or generated without any data."""

from __future__ import annotations

import io
import itertools
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

from .oracle import distinct, sentences, words

CORPORA = (
    *("trove_press_refugees", "allsides", "reuters21578", "masakhanews", "xwlb_zh"),
    *("thaigov_th", "wikinews_ja", "petitions_ko", "tgnews_sample", "ahd22_ar"),
)
MAX_LINES = 10_000  # lines read from a corpus
MAX_SAMPLE = 1_500  # lines sampled from these
MAX_CHARACTERS = 20_000
MIN_PARAGRAPHS, MAX_PARAGRAPHS, LONG_WORDS = 4, 60, 30
_ENDS = tuple('.!?…:;؟۔።။。！？：；"”’»)')
_DAYS = ("on Monday", "on Thursday", "on 14 March 2019", "in April 1987", "by 2 June")


def data_folder() -> Path:
    """Return the folder of the corpora: ``DEDUP_DATA``, or a folder beside the repository.

    Returns
    -------
    Path
        The folder, whether it exists or not.
    """
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    return Path(os.environ.get("DEDUP_DATA") or beside)


def _qualifies(article: list[str]) -> bool:
    """Tell whether an article has 4 to 60 distinct paragraphs, one of them of 30 words."""
    if not MIN_PARAGRAPHS <= len(article) <= MAX_PARAGRAPHS:
        return False
    return any(len(words(text)) >= LONG_WORDS for text in article) and distinct(article)


def paragraphs(text: str, rng: random.Random) -> list[str]:
    """Normalise a text into one line a paragraph.

    Repeated lines are left out. A line that begins in lower case is joined to the line before it
    (a hard wrap) unless that line ends with a closing mark. A text of fewer than 4 lines is split
    into paragraphs of 2 to 4 sentences.

    Parameters
    ----------
    text : str
        The text as stored.
    rng : random.Random
        Source of the number of sentences.

    Returns
    -------
    list[str]
        Paragraphs, none of them empty.
    """
    found: list[str] = []
    lines = dict.fromkeys(" ".join(line.split()) for line in text.splitlines())
    for line in lines:
        if line and found and line[0].islower() and not found[-1].endswith(_ENDS):
            found[-1] += " " + line
        elif line:
            found.append(line)
    if len(found) >= MIN_PARAGRAPHS:
        return found
    left = [sentence for line in found for sentence in sentences(line)]
    grouped: list[str] = []
    while left:
        size = rng.randint(2, 4)
        grouped.append("".join(left[:size]).strip())
        left = left[size:]
    return [paragraph for paragraph in grouped if paragraph]


def corpus_articles(name: str, seed: int) -> Iterator[list[str]]:
    """Draw the qualifying articles of one corpus, in random order.

    Parameters
    ----------
    name : str
        Folder of the corpus.
    seed : int
        Same seed, same articles.

    Yields
    ------
    list[str]
        Paragraphs.
    """
    path = data_folder() / name / "articles.jsonl.zst"
    if not path.is_file():
        return
    import zstandard  # noqa: PLC0415  only the corpora need it

    rng = random.Random(f"{seed} {name}")
    kept: list[str] = []
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
        lines = io.TextIOWrapper(stream, encoding="utf-8")
        for index, line in enumerate(itertools.islice(lines, MAX_LINES)):
            if index < MAX_SAMPLE:
                kept.append(line)
            elif (slot := rng.randrange(index + 1)) < MAX_SAMPLE:
                kept[slot] = line
    rng.shuffle(kept)
    for line in kept:
        text = str(json.loads(line)["text"])
        if len(text) <= MAX_CHARACTERS and _qualifies(article := paragraphs(text, rng)):
            yield article


def real_articles(count: int, seed: int) -> list[list[str]]:
    """Sample articles evenly from the corpora. If one has too few, the others give more.

    Parameters
    ----------
    count : int
        Number of articles.
    seed : int
        Same seed, same articles.

    Returns
    -------
    list[list[str]]
        Articles as lists of paragraphs; empty if the folder does not exist.
    """
    streams = [corpus_articles(name, seed) for name in CORPORA]
    found: list[list[str]] = []
    while streams and len(found) < count:
        drawn = [(stream, next(stream, None)) for stream in streams]
        streams = [stream for stream, article in drawn if article]
        found += [article for _, article in drawn if article]
    return found[:count]


def _sentence(rng: random.Random, vocabulary: list[str], weights: list[float]) -> str:
    """Write one sentence of made-up words, or of single characters without spaces."""
    drawn = rng.choices(vocabulary, cum_weights=weights, k=rng.randint(6, 30))
    if len(vocabulary[0]) == 1:
        comma = rng.randrange(3, len(drawn))
        return "".join((*drawn[:comma], "，", str(rng.randint(2, 3000)), *drawn[comma:], "。"))
    for index, word in enumerate(drawn):
        chance = rng.random()
        if chance < 0.08:
            drawn[index] = word + ","
        elif chance < 0.14:
            drawn[index] = word.capitalize()
        elif chance < 0.17:
            drawn[index] = rng.choice((f"{rng.randint(2, 90)}%", f"{rng.randint(1000, 9999):,}"))
        elif chance < 0.19:
            drawn[index] += " " + rng.choice(_DAYS).replace("2", str(rng.randint(2, 9)))
    text = " ".join(drawn).rstrip(",")
    return text[0].upper() + text[1:] + rng.choice("...?!")


def generated_articles(count: int, seed: int) -> list[list[str]]:
    """Write articles of made-up words, one in five of them unspaced.

    Parameters
    ----------
    count : int
        Number of articles.
    seed : int
        Same seed, same articles.

    Returns
    -------
    list[list[str]]
        Articles as lists of paragraphs: a headline, a short paragraph, 2 to 38 more.
    """
    rng = random.Random(f"generated {seed}")
    syllables = [onset + vowel for onset in "bdfgklmnprstvz" for vowel in "aeiou"]
    made = {"".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(6000)}
    spaced = sorted(sorted(made), key=len)
    unspaced = [chr(0x4E00 + 3 * rank) for rank in range(len(spaced))]
    weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(spaced))))
    found: list[list[str]] = []
    while len(found) < count:
        vocabulary, glue = (unspaced, "") if len(found) % 5 == 4 else (spaced, " ")
        sizes = [1, 1, *(rng.randint(1, 6) for _ in range(rng.randint(2, 38)))]
        article = [
            glue.join(_sentence(rng, vocabulary, weights) for _ in range(size)) for size in sizes
        ]
        article[0] = article[0][:60].rstrip(".?!。， ")
        if _qualifies(article):
            found.append(article)
    return found
