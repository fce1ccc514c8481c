"""Near copies planted in the news of nine languages: ``python -m benchmarks.planted_languages``.

Of each language some texts that are unlike one another are taken, and a copy of each is planted,
changed in one of four ways. A copy is due when the shorter one of the two is contained in the
longer one to ``threshold`` at least, which a plain oracle says. It is found when one of the two is
removed and the other one is its witness; any other removal is false.
"""

import random
import re
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import numpy as np

ROOT = Path(__file__).parents[1]

import dedup  # noqa: E402
from benchmarks.corpora import articles  # noqa: E402
from dedup.config import NumericVariants  # noqa: E402
from tests.planting.oracle import containment, word_spans  # noqa: E402

# The corpus of each language, and its script where there are others in it.
CORPORA = {
    "English": ("allsides", None),
    "Russian": ("tgnews_sample", "[\u0400-\u04ff]"),
    "Armenian": ("arpa_hy", None),
    "Arabic": ("ahd22_ar", None),
    "Amharic, Tigrinya": ("masakhanews", "[\u1200-\u137f]"),
    "Chinese": ("xwlb_zh", None),
    "Japanese": ("wikinews_ja", None),
    "Korean": ("petitions_ko", None),
    "Thai": ("thaigov_th", None),
}
COUNT = 1000  # texts of a language, at most
WORDS = range(30, 3000)  # of a text
UNLIKE = 0.3  # similarity of any two of them, at most
AROUND = 15  # words of another text before a framed one, and behind it
# Latin, Arabic, East Asian, Ethiopic and Armenian.
MARKS = ",;:.!?\u060c\u061b\u3002\uff0c\u3001\u1361\u1363\u0589"
PUNCTUATION = re.compile(rf"(?<=[^\W\d])[{MARKS}](?=\s|$)")
FORMS: tuple[Literal["NFC", "NFD", "NFKC", "NFKD"], ...] = ("NFC", "NFD", "NFKC", "NFKD")
Text = str
Edit = Callable[[Text, list[Text], random.Random], Text]


def dressed(text: Text, _: list[Text], rng: random.Random) -> Text:
    """Write it in another Unicode form, in capitals or not, with other punctuation."""
    form = rng.choice(FORMS)
    other = PUNCTUATION.sub(lambda _: rng.choice((" -", ";", "")), text)
    return unicodedata.normalize(form, rng.choice((other.upper(), other.lower(), other)))


def reworded(text: Text, _: list[Text], rng: random.Random) -> Text:
    """Put another word of the text in the place of one in 40."""
    spans = word_spans(text)
    first = rng.randrange(min(40, len(spans)))
    for start, stop in reversed(spans[first::40]):
        begin, end = rng.choice(spans)
        text = text[:start] + text[begin:end] + text[stop:]
    return text


def cut(text: Text, _: list[Text], rng: random.Random) -> Text:
    """Leave out a tenth of its words, in one piece."""
    spans = word_spans(text)
    size = len(spans) // 10
    first = rng.randrange(len(spans) - size)
    return text[: spans[first][0]] + text[spans[first + size][0] :]


def framed(text: Text, others: list[Text], rng: random.Random) -> Text:
    """Put words of other texts before and behind it."""
    before, behind = rng.sample(others, 2)
    beginning = before[: word_spans(before)[AROUND][0]]
    return f"{beginning}\n{text}\n{behind[word_spans(behind)[-AROUND][0] :]}"


EDITS: tuple[Edit, ...] = (dressed, reworded, cut, framed)


class Outcome(NamedTuple):
    """How many copies were planted of some texts, and what became of them."""

    texts: int
    due: int
    found: int
    spared: int  # not removed: too short for a near copy, or a numeric_variant
    false: int


def unlike_texts(name: str, script: str | None, count: int = COUNT) -> list[Text]:
    """Return texts of a corpus, at most so many, of which no two are similar."""
    found = articles(name)
    if script is not None:
        pattern = re.compile(script)
        found = [text for text in found if len(pattern.findall(text)) > len(text) / 3]
    found = [text for text in found if len(word_spans(text)) in WORDS]
    random.Random(name).shuffle(found)
    found = found[: 3 * count]
    pairs = dedup.near_duplicates(found, threshold=UNLIKE, numeric_variants="remove")
    components = dedup.connected_components(pairs, len(found))
    return [found[row] for row in np.unique(components).tolist()][:count]


def planted(texts: list[Text], config: dedup.Config) -> Outcome:
    """Plant a copy of each text, deduplicate, and count."""
    rng = random.Random(1)
    copies = [EDITS[row % len(EDITS)](text, texts, rng) for row, text in enumerate(texts)]
    count = len(texts)
    result = dedup.deduplicate([*texts, *copies], config)
    removed = np.flatnonzero(~result.keep)
    right = (result.witness[removed] - removed) % count == 0
    found = {row % count for row in removed[right].tolist()}
    due = {row for row in range(count) if similarity(texts[row], copies[row]) >= 0.8}
    spared = {row % count for row in np.flatnonzero(result.numeric_variant != np.arange(2 * count))}
    return Outcome(count, len(due), len(due & found), len(due & spared), int((~right).sum()))


def similarity(one: Text, other: Text) -> float:
    """Return how much of the shorter text, the second of equal ones, is in the longer one."""
    shorter, longer = sorted((other, one), key=lambda text: len(word_spans(text)))
    return containment(shorter, longer)


def main() -> None:
    """Print one row for each language."""
    try:
        corpora = {language: unlike_texts(*corpus) for language, corpus in CORPORA.items()}
    except FileNotFoundError as error:
        sys.exit(str(error))
    print("| language | variants | texts | due | found | recall | kept | false |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for language, texts in corpora.items():
        for numeric_variants in get_args(NumericVariants):
            one = planted(texts, dedup.Config(numeric_variants=numeric_variants))
            recall = f"{one.found / one.due:.4f}"
            cells = (one.texts, one.due, one.found, recall, one.spared, one.false)
            print(
                f"| {language} | {numeric_variants} | {' | '.join(map(str, cells))} |", flush=True
            )


if __name__ == "__main__":
    main()
