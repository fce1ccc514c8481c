"""Make corpora with known copies from real texts in nine scripts.

For each language, the script draws texts that are not similar to each other and plants edited
copies of some. The edits are defined here; they are not those that an audit plants. The languages
are in two halves: audits were improved on the first half and are judged on the held-out half.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

import dedup
from benchmarks.corpora import folder, records
from benchmarks.generated_texts import I64
from tests.planting.oracle import sentences, word_spans

# A corpus, and the values of fields that select its records.
Selection = tuple[str, dict[str, tuple[str, ...]]]
FIRST: dict[str, Selection] = {
    "English": ("masakhanews", {"lang": ("eng",)}),
    "Chinese": ("xwlb_zh", {}),
    "Russian": ("tgnews_sample", {"lang": ("ru",)}),
    "Amharic": ("masakhanews", {"lang": ("amh", "tir")}),
    "Arabic": ("ahd22_ar", {}),
}
HELD_OUT: dict[str, Selection] = {
    "French": ("masakhanews", {"lang": ("fra",)}),
    "Hausa": ("masakhanews", {"lang": ("hau",)}),
    "Thai": ("thaigov_th", {}),
    "Japanese": ("wikinews_ja", {}),
    "Korean": ("petitions_ko", {}),
    "Armenian": ("arpa_hy", {}),  # sentences, so short texts only
}
HALVES = {"first": FIRST, "held out": HELD_OUT}
MAX_TEXTS, MIN_TEXTS = 150, 100  # of a language
LONG, SHORT = range(60, 301), range(6, 41)  # words of a text, and of a title or sentence
MAX_SIMILARITY = 0.5  # containment of any two texts before copies are planted
COPIED_SHARE = 0.3  # of the texts have copies
SITES, FRAME_WORDS = 12, 60  # web sites; words of a site's frame, before and after a text
FORM_COPIES = 8  # texts per form letter
BLANK_SHARE = 0.1  # of the words of a form letter are filled in

Edit = Callable[[str, random.Random], str]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts and the number of the original of each, (n,)."""

    language: str
    kind: str
    texts: list[str]
    truth: I64


def read(selection: Selection, words: range) -> list[str]:
    """Return texts of a language, no two of them similar; titles if they are to be short."""
    name, fields = selection
    selected = [
        record
        for record in records(folder() / name / "articles.jsonl.zst")
        if all(record[field] in values for field, values in fields.items())
    ]
    random.Random(name).shuffle(selected)
    texts = [_excerpt(record, words) for record in selected[: 4 * MAX_TEXTS]]
    texts = [text for text in texts if len(word_spans(text)) in words]
    pairs = dedup.near_duplicates(texts, threshold=MAX_SIMILARITY, numeric_variants="remove")
    components = dedup.connected_components(pairs, len(texts))
    return [texts[row] for row in np.unique(components).tolist()][:MAX_TEXTS]


def _excerpt(record: dict[str, str], words: range) -> str:
    """Return the beginning of the text; for short texts, its title or first sentence."""
    text = record["text"] or ""
    if words == LONG:
        return _head(text, LONG.stop - 1)
    return record.get("title") or next(iter(sentences(text[:600])), "").strip()


def corpora(language: str, selection: Selection) -> Iterator[Corpus]:
    """Yield the corpora of a language."""
    for kinds, words in ((SHORT_KINDS, SHORT), (LONG_KINDS, LONG)):
        texts = read(selection, words)
        if len(texts) >= MIN_TEXTS:
            yield from _corpora_of(language, kinds, texts)


def _corpora_of(language: str, kinds: "dict[str, Maker]", texts: list[str]) -> Iterator[Corpus]:
    for kind, make in kinds.items():
        rng = random.Random(f"{language} {kind}")
        made = make(texts, rng)
        rng.shuffle(made)
        numbers = np.array([number for number, _ in made], np.int64)
        yield Corpus(language, kind, [text for _, text in made], numbers)


# Texts, each with the number of its original.
Numbered = list[tuple[int, str]]
Maker = Callable[[list[str], random.Random], Numbered]


def clean(texts: list[str], _: random.Random) -> Numbered:
    """Plant no copies."""
    return list(enumerate(texts))


def copied(*edits: Edit, share: float = COPIED_SHARE) -> Maker:
    """Copy a share of the texts, each with one of the edits."""

    def make(texts: list[str], rng: random.Random) -> Numbered:
        chosen = rng.sample(range(len(texts)), int(share * len(texts)))
        copies = [(number, rng.choice(edits)(texts[number], rng)) for number in chosen]
        return [*enumerate(texts), *copies]

    return make


def reworded(low: float, high: float) -> Edit:
    """Replace a share of the words by other words of the same text."""

    def edit(text: str, rng: random.Random) -> str:
        spans = word_spans(text)
        count = max(round(rng.uniform(low, high) * len(spans)), 1)
        for start, stop in sorted(rng.sample(spans, min(count, len(spans))), reverse=True):
            begin, end = rng.choice(spans)
            text = text[:start] + text[begin:end] + text[stop:]
        return text

    return edit


def cut(low: float, high: float) -> Edit:
    """Remove a share of the words, in one place."""

    def edit(text: str, rng: random.Random) -> str:
        spans = word_spans(text)
        size = max(round(rng.uniform(low, high) * len(spans)), 1)
        first = rng.randrange(len(spans) - size)
        return text[: spans[first][0]] + text[spans[first + size][0] :]

    return edit


def ocr_noise(share: float) -> Edit:
    """Replace or drop a share of the letters, as optical character recognition does."""

    def edit(text: str, rng: random.Random) -> str:
        letters = sorted({letter for letter in text if letter.isalpha()})
        return "".join(
            rng.choice((*rng.sample(letters, 3), "", "1"))
            if letter.isalpha() and rng.random() < share
            else letter
            for letter in text
        )

    return edit


def web(texts: list[str], rng: random.Random) -> Numbered:
    """Put texts on web sites with a frame each; several extractors read some of them."""
    rest, pages = texts[: 2 * SITES], texts[2 * SITES :]
    frames = [
        tuple(_head(text, FRAME_WORDS) for text in rest[site::SITES]) for site in range(SITES)
    ]
    made = []
    for number, text in enumerate(pages):
        header, footer = rng.choice(frames)
        framed, part = f"{header}\n{text}\n{footer}", cut(0.05, 0.4)(text, rng)
        views = (framed, text, f"{text}\n{footer}", part)
        several = rng.random() < COPIED_SHARE
        extracted = rng.sample(views, rng.randint(2, 4)) if several else [framed]
        made += [(number, view) for view in extracted]
    return made


def _head(text: str, words: int) -> str:
    spans = word_spans(text)[:words]
    return text[: spans[-1][1]] if spans else ""


def form_letters(texts: list[str], rng: random.Random) -> Numbered:
    """Fill in forms with other numbers and words: these are no copies. Then copy a few texts."""
    forms, rest = texts[: len(texts) // FORM_COPIES], texts[len(texts) // FORM_COPIES :]
    words = [text[slice(*rng.choice(word_spans(text)))] for text in rest for _ in range(20)]
    made: Numbered = list(enumerate(rest[: len(texts) // 2]))
    for form in forms:
        spans = word_spans(_head(form, 80))
        blanks = sorted(rng.sample(spans, round(BLANK_SHARE * len(spans))), reverse=True)
        for _ in range(FORM_COPIES // 2):
            filled = _head(form, 80)
            for start, stop in blanks:
                entry = str(rng.randrange(2, 10**5)) if rng.random() < 0.6 else rng.choice(words)
                filled = filled[:start] + entry + filled[stop:]
            made.append((len(made), filled))
    for number, text in rng.sample(made, len(made) // 10):
        made.append((number, reworded(0, 0.01)(text, rng)))
    return made


LONG_KINDS: dict[str, Maker] = {
    "clean": clean,
    "light edits": copied(reworded(0, 0.03), cut(0.02, 0.1)),
    "heavy edits": copied(reworded(0.05, 0.15), cut(0.1, 0.4)),
    "all edits": copied(reworded(0, 0.3), cut(0.02, 0.5)),
    "2% OCR noise": copied(ocr_noise(0.02)),
    "5% OCR noise": copied(ocr_noise(0.05)),
    "10% OCR noise": copied(ocr_noise(0.10)),
    "web": web,
    "form letters": form_letters,
}
SHORT_KINDS: dict[str, Maker] = {
    "short, clean": clean,
    "short, edits": copied(reworded(0, 0.15), cut(0.05, 0.2)),
}
