"""The texts with frozen results: generated texts, and the first texts of each real corpus."""

import io
import json
import random
from collections.abc import Callable, Iterator
from functools import partial

import zstandard

from tests.generated_texts import alike_texts, framed_texts, headlines, random_texts
from tests.natural import natural_texts
from tests.planting.articles import data_folder, generated_articles
from tests.planting.plant import KINDS, Planted, plant

CORPORA = (
    *("trove_press_refugees", "allsides", "reuters21578", "masakhanews", "xwlb_zh", "ahd22_ar"),
    *("thaigov_th", "petitions_ko", "wikinews_ja", "arpa_hy", "tgnews_sample"),
)
TEXTS_PER_CORPUS = 200
MAX_TEXT_CHARACTERS = 20_000


def _planted(count: int, rng: random.Random) -> Iterator[Planted]:
    kinds = [*KINDS]
    for number, article in enumerate(generated_articles(count, seed=3)):
        yield plant(article, kinds[number % len(kinds)], rng)


def _articles() -> list[str]:
    return [planted.text for planted in _planted(120, random.Random("frozen articles"))]


def _paragraphs() -> list[str]:
    rng = random.Random("frozen paragraphs")
    paragraphs = [line for planted in _planted(40, rng) for line in planted.text.splitlines()]
    rng.shuffle(paragraphs)
    return paragraphs


# Name to function; the texts are the same on every machine.
GENERATED: dict[str, Callable[[], list[str]]] = {
    "articles": _articles,
    "paragraphs": _paragraphs,
    "framed": partial(framed_texts, 600, seed=3),
    "headlines": partial(headlines, 500, seed=3),
    "scripts": partial(random_texts, 500, seed=3, max_length=400),
    "alike": alike_texts,
    "natural": lambda: [item.text for item in natural_texts()[::4]],
}


def corpus_texts(name: str) -> list[str] | None:
    """Return the first texts of a corpus, None where the data folder lacks it."""
    path = data_folder() / name / "articles.jsonl.zst"
    if not path.is_file():
        return None
    texts: list[str] = []
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as lines:
        for line in io.TextIOWrapper(lines, "utf-8"):
            text = json.loads(line)["text"]
            if len(text) <= MAX_TEXT_CHARACTERS:
                texts.append(text)
            if len(texts) == TEXTS_PER_CORPUS:
                break
    return texts
