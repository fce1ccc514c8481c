"""Plant repeats in an article, one function for each kind, and record every copy."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from .oracle import containment, sentences, word_spans, words

_CYCLES = (
    "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
    "January|February|March|April|June|July|August|September|October|November|December",
    "星期一|星期二|星期三|星期四|星期五|星期六|星期日",
    "月曜日|火曜日|水曜日|木曜日|金曜日|土曜日|日曜日",
)
_DATES = re.compile(rf"\d+|(?<![A-Za-z])(?:{'|'.join(_CYCLES)})(?![a-z])")
_STOPS = re.compile(r"(?<=[^\W\d_])[,;:.!?]+(?=\s|$)|[，。、；：！？]")
_LAYOUTS = (("\n",), ("\n", " \n"), ("\n\n",), ("\n\n", "\n\n\n", " \n\n", "\n \n"))
_CURLY = str.maketrans("“”‘’", "\"\"''")


@dataclass(frozen=True)
class Copy:
    """A planted paragraph and its original: spans, whether the words are equal, containment."""

    start: int
    stop: int
    of_start: int
    of_stop: int
    exact: bool
    similarity: float


@dataclass(frozen=True)
class Planted:
    """A text, the name of its kind in `KINDS`, and its planted copies in text order."""

    text: str
    kind: str
    copies: tuple[Copy, ...]


Piece = tuple[str, int | None]  # a paragraph, and the index of the piece that it repeats
Change = Callable[[str, random.Random], str]
Kind = Callable[[list[str], random.Random], list[Piece]]


def _same(text: str, _: random.Random) -> str:
    """Leave a paragraph as it is."""
    return text


def _reword(text: str, rng: random.Random, every: int = 20) -> str:
    """Replace one word in 20, evenly or at random, by another word of the paragraph."""
    source, spans = text, word_spans(text)
    even, offset = rng.random() < 0.5, rng.randrange(every)
    for index, (start, stop) in reversed(list(enumerate(spans))):
        if index % every == offset if even else rng.random() < 1 / every:
            drawn = [source[a:b] for a, b in rng.sample(spans, min(9, len(spans)))]
            old = source[start:stop].casefold()
            new = next((word for word in drawn if word.casefold() != old), "other")
            text = text[:start] + new + text[stop:]
    return text


_reword_less = partial(_reword, every=40)


def _drop_sentence(text: str, rng: random.Random) -> str:
    """Drop one sentence of a paragraph that has three or more."""
    found = sentences(text)
    if len(found) >= 3:
        del found[rng.randrange(len(found))]
    return "".join(found).strip()


def _redress(text: str, rng: random.Random) -> str:
    """Change case, quotes and punctuation, but no word."""
    if text == (straight := text.translate(_CURLY)):
        text = re.sub(r"\"(?=\w)", "“", text).replace('"', "”").replace("'", "’")
    else:
        text = straight
    if rng.random() < 0.8:

        def stop(match: re.Match[str]) -> str:
            marks = "，、；：！" if match[0] in "，。、；：！？" else ("", ",", ";", " –")
            return match[0] if rng.random() < 0.3 else rng.choice(marks)

        text = _STOPS.sub(stop, text).strip()
    return rng.choice((str.title, str.upper, str.lower, str.strip))(text)


def _redate(text: str, rng: random.Random) -> str:
    """Change all or some of the numbers, weekdays and months."""
    share = rng.choice((0.4, 1.0))

    def other(match: re.Match[str]) -> str:
        if rng.random() > share:
            return match[0]
        for cycle in (names.split("|") for names in _CYCLES):
            if match[0] in cycle:
                return rng.choice([name for name in cycle if name != match[0]])
        last, step = match[0][-1], rng.randint(1, 9)
        return match[0][:-1] + chr(ord(last) - int(last) + (int(last) + step) % 10)

    return _DATES.sub(other, text)


def _any(text: str, rng: random.Random) -> str:
    """Change a paragraph in a randomly chosen way that has an effect, but not its dates.

    A paragraph with other numbers is another notice, not a copy.
    """
    ways: list[Change] = [_drop_sentence, _redress, _reword, _reword_less]
    rng.shuffle(ways)
    return next((new for way in ways if (new := way(text, rng)) != text), text)


def _repeat(times: int, lead: int = 0, change: Change = _same) -> Kind:
    """Return a kind: the article, followed by its body without the lead."""

    def pieces(article: list[str], rng: random.Random) -> list[Piece]:
        body: list[Piece] = []
        keys = [words(paragraph) for paragraph in article]
        for index, original in enumerate(article[lead:], lead):
            changed = change(original, rng)
            key = words(changed)
            # Undo a change that makes the paragraph equal to another one.
            body.append((original if key != keys[index] and key in keys else changed, index))
            keys.append(key)
        return [(paragraph, None) for paragraph in article] + body * (times - 1)

    return pieces


def _far(change: Change) -> Kind:
    """Return a kind: one paragraph repeats at a distance of half the article or more."""

    def pieces(article: list[str], rng: random.Random) -> list[Piece]:
        sizes = [len(words(paragraph)) for paragraph in article]
        long = [index for index, size in enumerate(sizes) if size >= min(30, max(sizes))]
        at, half, end = rng.choice(long), (len(article) + 1) // 2, len(article)
        original = article[at]
        rest: list[Piece] = [(paragraph, None) for paragraph in article]
        if at + half <= end:
            rest.insert(rng.randint(at + half, end), (change(original, rng), at))
            return rest
        first = rng.randint(0, at - half)
        rest[at] = (change(original, rng), first)
        return [*rest[:first], (original, None), *rest[first:]]

    return pieces


KINDS: dict[str, Kind] = {
    "body_twice": _repeat(2),
    "body_twice_lead_once": _repeat(2, lead=1),
    "paragraph_far_apart": _far(_same),
    "near_word_in_20": _repeat(2, change=_reword),
    "near_word_in_40": _repeat(2, change=_reword_less),
    "near_sentence_dropped": _repeat(2, change=_drop_sentence),
    "near_punctuation_case": _repeat(2, change=_redress),
    "near_dates": _repeat(2, change=_redate),
    "crlf": _repeat(2),
    "no_final_newline": _repeat(2),
    "two_copies": _repeat(3),
    "near_paragraph_far_apart": _far(_any),
}


def plant(article: list[str], kind: str, rng: random.Random) -> Planted:
    """Plant copies in an article.

    Parameters
    ----------
    article, kind : list[str], str
        Paragraphs, each one line; name in `KINDS`.
    rng : random.Random
        Source of the places, the changes and the layout.

    Returns
    -------
    Planted
        The text and its copies.
    """
    pieces = KINDS[kind](article, rng)
    newline = "\r\n" if kind == "crlf" else "\n"
    gaps = rng.choice(_LAYOUTS)
    text, spans = rng.choice(("", "", "", newline)), list[tuple[int, int]]()
    for paragraph, _ in pieces:
        spans.append((len(text), len(text) + len(paragraph)))
        text += paragraph + rng.choice(gaps).replace("\n", newline)
    final = "" if kind == "no_final_newline" else newline * rng.choice((0, 1, 1, 2))
    copies = []
    for span, (paragraph, of) in zip(spans, pieces, strict=True):
        if of is not None:
            original = pieces[of][0]
            exact = paragraph == original or words(paragraph) == words(original)
            similarity = 1.0 if exact else containment(paragraph, original)
            copies.append(Copy(*span, *spans[of], exact, similarity))
    return Planted(text[: spans[-1][1]] + final, kind, tuple(copies))
