"""Corpora of which the truth is known, made of real texts in nine scripts.

Of each language texts are taken that are unlike one another, and copies of some are planted. What
is done to a copy is written here, and not taken from what an audit plants. Two halves of languages:
an audit may be changed to suit what the first shows, and is judged by the second.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

import dedup
from benchmarks.corpora import folder, records
from benchmarks.generated_texts import I64
from tests.planting.oracle import sentences, word_spans

# By language the corpus, and what a record of it is told by.
Where = tuple[str, dict[str, tuple[str, ...]]]
FIRST: dict[str, Where] = {
    "English": ("masakhanews", {"lang": ("eng",)}),
    "Chinese": ("xwlb_zh", {}),
    "Russian": ("tgnews_sample", {"lang": ("ru",)}),
    "Amharic": ("masakhanews", {"lang": ("amh", "tir")}),
    "Arabic": ("ahd22_ar", {}),
}
SECOND: dict[str, Where] = {
    "French": ("masakhanews", {"lang": ("fra",)}),
    "Hausa": ("masakhanews", {"lang": ("hau",)}),
    "Thai": ("thaigov_th", {}),
    "Japanese": ("wikinews_ja", {}),
    "Korean": ("petitions_ko", {}),
    "Armenian": ("arpa_hy", {}),  # sentences: of short texts alone
}
HALVES = {"first": FIRST, "held out": SECOND}
COUNT = 150  # texts of a language, at most
FEWEST = 100  # texts to make corpora of
LONG, SHORT = range(60, 301), range(6, 41)  # words of a text, and of a title or sentence
UNLIKE = 0.5  # of the 5-grams of a text, the most that another one has
COPIED = 0.3  # of the texts have copies
SITES, FRAME = 12, 60  # web sites, and words of the frame of each, on either side of a text
FORMS = 8  # that are filled in with other figures and names: how often each
BLANK = 0.1  # of the words of a form are filled in

Edit = Callable[[str, random.Random], str]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts and their truth: (n,) the number of the text that each is one of."""

    language: str
    kind: str
    texts: list[str]
    truth: I64


def read(where: Where, words: range) -> list[str]:
    """Return texts of a language, no two of them alike; titles where they are to be short."""
    name, told = where
    found = records(folder() / name / "articles.jsonl.zst")
    found = [one for one in found if all(one[key] in values for key, values in told.items())]
    random.Random(name).shuffle(found)
    texts = [_piece(record, words) for record in found[: 4 * COUNT]]
    texts = [text for text in texts if len(word_spans(text)) in words]
    pairs = dedup.near_duplicates(texts, threshold=UNLIKE, numeric_variants="remove")
    components = dedup.connected_components(pairs, len(texts))
    return [texts[row] for row in np.unique(components).tolist()][:COUNT]


def _piece(record: dict[str, str], words: range) -> str:
    """Return the text, as far as it is not too long; or, to be short, the title or a sentence."""
    text = record["text"] or ""
    if words == LONG:
        return _head(text, LONG.stop - 1)
    return record.get("title") or next(iter(sentences(text[:600])), "").strip()


def corpora(language: str, where: Where) -> Iterator[Corpus]:
    """Yield the corpora of a language."""
    for kinds, words in ((SHORTS, SHORT), (LONGS, LONG)):
        texts = read(where, words)
        if len(texts) >= FEWEST:
            yield from _made(language, kinds, texts)


def _made(language: str, kinds: "dict[str, Maker]", texts: list[str]) -> Iterator[Corpus]:
    for kind, make in kinds.items():
        rng = random.Random(f"{language} {kind}")
        made = make(texts, rng)
        rng.shuffle(made)
        numbers = np.array([number for number, _ in made], np.int64)
        yield Corpus(language, kind, [text for _, text in made], numbers)


# A text, with the number of the one that it is.
Made = list[tuple[int, str]]
Maker = Callable[[list[str], random.Random], Made]


def clean(texts: list[str], _: random.Random) -> Made:
    """Copy nothing."""
    return list(enumerate(texts))


def copied(*edits: Edit, share: float = COPIED) -> Maker:
    """Copy some texts, each edited in one of some ways."""

    def make(texts: list[str], rng: random.Random) -> Made:
        chosen = rng.sample(range(len(texts)), int(share * len(texts)))
        copies = [(number, rng.choice(edits)(texts[number], rng)) for number in chosen]
        return [*enumerate(texts), *copies]

    return make


def reworded(low: float, high: float) -> Edit:
    """Replace words, so great a share of them, by words of the same text."""

    def edit(text: str, rng: random.Random) -> str:
        spans = word_spans(text)
        count = max(round(rng.uniform(low, high) * len(spans)), 1)
        for start, stop in sorted(rng.sample(spans, min(count, len(spans))), reverse=True):
            begin, end = rng.choice(spans)
            text = text[:start] + text[begin:end] + text[stop:]
        return text

    return edit


def cut(low: float, high: float) -> Edit:
    """Leave out so great a share of the text, in one piece."""

    def edit(text: str, rng: random.Random) -> str:
        spans = word_spans(text)
        size = max(round(rng.uniform(low, high) * len(spans)), 1)
        first = rng.randrange(len(spans) - size)
        return text[: spans[first][0]] + text[spans[first + size][0] :]

    return edit


def misread(share: float) -> Edit:
    """Take so great a share of the letters for others, as one reads them on paper."""

    def edit(text: str, rng: random.Random) -> str:
        letters = sorted({letter for letter in text if letter.isalpha()})
        return "".join(
            rng.choice((*rng.sample(letters, 3), "", "1"))
            if letter.isalpha() and rng.random() < share
            else letter
            for letter in text
        )

    return edit


def web(texts: list[str], rng: random.Random) -> Made:
    """Put texts on sites, each with its frame; some are seen by several extractors."""
    rest, pages = texts[: 2 * SITES], texts[2 * SITES :]
    frames = [tuple(_head(text, FRAME) for text in rest[site::SITES]) for site in range(SITES)]
    made = []
    for number, text in enumerate(pages):
        header, footer = rng.choice(frames)
        framed, part = f"{header}\n{text}\n{footer}", cut(0.05, 0.4)(text, rng)
        views = (framed, text, f"{text}\n{footer}", part)
        seen = rng.sample(views, rng.randint(2, 4)) if rng.random() < COPIED else [framed]
        made += [(number, view) for view in seen]
    return made


def _head(text: str, words: int) -> str:
    spans = word_spans(text)[:words]
    return text[: spans[-1][1]] if spans else ""


def templates(texts: list[str], rng: random.Random) -> Made:
    """Fill forms in, each with other figures and words: numeric variants. A few are copied."""
    forms, rest = texts[: len(texts) // FORMS], texts[len(texts) // FORMS :]
    known = [text[slice(*rng.choice(word_spans(text)))] for text in rest for _ in range(20)]
    made: Made = list(enumerate(rest[: len(texts) // 2]))
    for form in forms:
        spans = word_spans(_head(form, 80))
        blanks = sorted(rng.sample(spans, round(BLANK * len(spans))), reverse=True)
        for _ in range(FORMS // 2):
            filled = _head(form, 80)
            for start, stop in blanks:
                entry = str(rng.randrange(2, 10**5)) if rng.random() < 0.6 else rng.choice(known)
                filled = filled[:start] + entry + filled[stop:]
            made.append((len(made), filled))
    for number, text in rng.sample(made, len(made) // 10):
        made.append((number, reworded(0, 0.01)(text, rng)))
    return made


LONGS: dict[str, Maker] = {
    "clean": clean,
    "light edits": copied(reworded(0, 0.03), cut(0.02, 0.1)),
    "heavy edits": copied(reworded(0.05, 0.15), cut(0.1, 0.4)),
    "all edits": copied(reworded(0, 0.3), cut(0.02, 0.5)),
    "2% misread": copied(misread(0.02)),
    "5% misread": copied(misread(0.05)),
    "10% misread": copied(misread(0.10)),
    "web": web,
    "templates": templates,
}
SHORTS: dict[str, Maker] = {
    "short, clean": clean,
    "short, edits": copied(reworded(0, 0.15), cut(0.05, 0.2)),
}
