"""Recall of near copies planted in news of nine languages.

Run ``python -m benchmarks.planted_languages``.

For each language, the script draws texts that are not similar to each other and plants one copy of
each, edited in one of four ways. A copy is due if a plain oracle finds that the longer text
contains the shorter one to at least 0.8. It is found if one of the two is removed and the other is
its witness. Every other removal is wrong.
"""

import random
import re
import sys
import unicodedata
from collections.abc import Callable
from typing import Literal, NamedTuple, get_args

import numpy as np

import dedup
from benchmarks.corpora import articles
from dedup.config import NumericVariants
from tests.planting.oracle import containment, word_spans

# The corpus of each language; a script selects texts where the corpus has several languages.
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
MAX_TEXTS = 1000  # of a language
WORDS = range(30, 3000)  # of a text
MAX_SIMILARITY = 0.3  # of any two texts before copies are planted
FRAME_WORDS = 15  # of other texts, before and after a framed text
# Latin, Arabic, East Asian, Ethiopic and Armenian.
MARKS = ",;:.!?\u060c\u061b\u3002\uff0c\u3001\u1361\u1363\u0589"
PUNCTUATION = re.compile(rf"(?<=[^\W\d])[{MARKS}](?=\s|$)")
FORMS: tuple[Literal["NFC", "NFD", "NFKC", "NFKD"], ...] = ("NFC", "NFD", "NFKC", "NFKD")
Text = str
Edit = Callable[[Text, list[Text], random.Random], Text]


def reformatted(text: Text, _: list[Text], rng: random.Random) -> Text:
    """Change Unicode form, case and punctuation."""
    form = rng.choice(FORMS)
    changed = PUNCTUATION.sub(lambda _: rng.choice((" -", ";", "")), text)
    return unicodedata.normalize(form, rng.choice((changed.upper(), changed.lower(), changed)))


def reworded(text: Text, _: list[Text], rng: random.Random) -> Text:
    """Replace one word in 40 by another word of the text."""
    spans = word_spans(text)
    first = rng.randrange(min(40, len(spans)))
    for start, stop in reversed(spans[first::40]):
        begin, end = rng.choice(spans)
        text = text[:start] + text[begin:end] + text[stop:]
    return text


def cut(text: Text, _: list[Text], rng: random.Random) -> Text:
    """Remove a tenth of the words, in one place."""
    spans = word_spans(text)
    size = len(spans) // 10
    first = rng.randrange(len(spans) - size)
    return text[: spans[first][0]] + text[spans[first + size][0] :]


def framed(text: Text, others: list[Text], rng: random.Random) -> Text:
    """Put words of two other texts before and after the text."""
    before, after = rng.sample(others, 2)
    beginning = before[: word_spans(before)[FRAME_WORDS][0]]
    return f"{beginning}\n{text}\n{after[word_spans(after)[-FRAME_WORDS][0] :]}"


EDITS: tuple[Edit, ...] = (reformatted, reworded, cut, framed)


class Outcome(NamedTuple):
    """Counts of planted copies."""

    texts: int
    due: int
    found: int
    numeric_variants: int  # due copies kept as numeric variants
    wrong: int  # removals with a wrong witness


def dissimilar_texts(name: str, script: str | None, count: int = MAX_TEXTS) -> list[Text]:
    """Return at most `count` texts of a corpus, no two of them similar."""
    found = articles(name)
    if script is not None:
        pattern = re.compile(script)
        found = [text for text in found if len(pattern.findall(text)) > len(text) / 3]
    found = [text for text in found if len(word_spans(text)) in WORDS]
    random.Random(name).shuffle(found)
    found = found[: 3 * count]
    pairs = dedup.near_duplicates(found, threshold=MAX_SIMILARITY, numeric_variants="remove")
    components = dedup.connected_components(pairs, len(found))
    return [found[row] for row in np.unique(components).tolist()][:count]


def planted(texts: list[Text], config: dedup.Config) -> Outcome:
    """Plant a copy of each text, deduplicate and count."""
    rng = random.Random(1)
    copies = [EDITS[row % len(EDITS)](text, texts, rng) for row, text in enumerate(texts)]
    count = len(texts)
    result = dedup.deduplicate([*texts, *copies], config)
    removed = np.flatnonzero(~result.keep)
    correct = (result.witness[removed] - removed) % count == 0
    found = {row % count for row in removed[correct].tolist()}
    due = {row for row in range(count) if similarity(texts[row], copies[row]) >= 0.8}
    variant_rows = np.flatnonzero(result.numeric_variant != np.arange(2 * count))
    variants = {row % count for row in variant_rows.tolist()}
    wrong = int((~correct).sum())
    return Outcome(count, len(due), len(due & found), len(due & variants), wrong)


def similarity(left: Text, right: Text) -> float:
    """Return the containment of the shorter text in the longer one."""
    shorter, longer = sorted((right, left), key=lambda text: len(word_spans(text)))
    return containment(shorter, longer)


def main() -> None:
    """Print one row for each language."""
    try:
        corpora = {language: dissimilar_texts(*corpus) for language, corpus in CORPORA.items()}
    except FileNotFoundError as error:
        sys.exit(str(error))
    print("| language | numeric_variants | texts | due | found | recall | variants | wrong |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for language, texts in corpora.items():
        for numeric_variants in get_args(NumericVariants):
            outcome = planted(texts, dedup.Config(numeric_variants=numeric_variants))
            recall = f"{outcome.found / outcome.due:.4f}"
            counts = (*outcome[:3], recall, *outcome[3:])
            cells = (language, numeric_variants, *map(str, counts))
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
