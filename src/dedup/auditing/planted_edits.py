"""Planted edits: edit copies of texts in known ways, and count which copies are found."""

import random
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from dedup.auditing.similarity_view import similarities
from dedup.config import Config
from dedup.matching.deduplicate import deduplicate
from dedup.matching.similarity import MEASURES
from dedup.text.unicode import DIGIT, IDEOGRAPH, IGNORED, LETTER, MARK, WORD, tables

CharacterSpans = list[tuple[int, int]]
MAX_PLANTED_TEXTS = 200  # texts that are copied and edited, for each kind of edit
MAX_PLANTED_CHARACTERS = 20_000  # of a text that is copied
MAX_REPLACEMENT_WORDS = 2000  # words of the texts, from which replacements are drawn
SURROUNDING_SHARE = 0.3  # words of other texts around a copy, as a share of its own words
MOST_COPIES = 0.9  # share of the copies that `PlantedEdit.similarity_of_most` describes
ONE_WORD_CHANGED, FIVE_PERCENT_CHANGED = "one word changed", "5% of the words changed"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Parts of other texts that an edit may insert into a copy."""

    words: list[str]  # replacements for words of the copy
    before: str  # a text whose beginning is put before the copy
    after: str  # a text whose end is put after the copy


EditFunction = Callable[[str, Surroundings, random.Random], str]


def token_spans(text: str) -> CharacterSpans:
    """Return the begin and end of each token of a text, in characters.

    Tokens are words, and single characters of scripts that are written without spaces.

    Examples
    --------
    >>> token_spans("To be, 是!")
    [(0, 2), (3, 5), (7, 8)]
    """
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = tables().kinds_of(codes)
    places = np.flatnonzero((kinds != MARK) & (kinds != IGNORED))
    in_word = np.isin(kinds[places], (WORD, DIGIT))
    is_start = ~(in_word & np.append(False, in_word)[:-1])  # of a word or a single character
    starts = places[is_start]
    stops = np.append(starts, len(codes))[1:]
    is_token = np.isin(kinds[starts], (WORD, DIGIT, IDEOGRAPH, LETTER))
    return list(zip(starts[is_token].tolist(), stops[is_token].tolist(), strict=True))


def reformat(text: str, _: Surroundings, __: random.Random) -> str:
    """Change white space, case and the Unicode form, but no word."""
    changed = unicodedata.normalize("NFD", text).title()
    return "\r\n  " + "  ".join(changed.split(" ")) + "\n"


def replace_words(
    text: str, surroundings: Surroundings, rng: random.Random, share: float = 0.0
) -> str:
    """Replace a share of the words, but at least one, by words of other texts."""
    spans = token_spans(text)
    count = min(max(round(share * len(spans)), 1), len(spans))
    for start, stop in sorted(rng.sample(spans, count), reverse=True):
        old = text[start:stop].casefold()
        candidates = (rng.choice(surroundings.words) for _ in range(8))
        new = next((word for word in candidates if word.casefold() != old), "")
        text = text[:start] + new + text[stop:]
    return text


def drop_words(text: str, _: Surroundings, rng: random.Random, share: float = 0.0) -> str:
    """Drop a share of the words, but at least one, all in one place."""
    spans = token_spans(text)
    count = max(round(share * len(spans)), 1)
    first = rng.randint(0, max(len(spans) - count, 0))
    stop = spans[first + count][0] if first + count < len(spans) else len(text)
    return text[: spans[first][0]] + text[stop:]


def keep_first_half(text: str, _: Surroundings, __: random.Random) -> str:
    """Keep the first half of the words."""
    spans = token_spans(text)
    return text[: spans[max(round(len(spans) / 2), 1) - 1][1]]


def surround(text: str, surroundings: Surroundings, _: random.Random) -> str:
    """Put the beginning of another text before the text, and the end of a third one after it."""
    words = max(round(SURROUNDING_SHARE * len(token_spans(text)) / 2), 1)
    before, after = (
        token_spans(surroundings.before)[:words],
        token_spans(surroundings.after)[-words:],
    )
    header = surroundings.before[: before[-1][1]] if before else ""
    footer = surroundings.after[after[0][0] :] if after else ""
    return f"{header}\n\n{text}\n\n{footer}"


def garble_letters(text: str, _: Surroundings, rng: random.Random, share: float = 0.0) -> str:
    """Add OCR noise to a share of the letters: replace, drop or split off the letter."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    letters = np.flatnonzero(np.isin(tables().kinds_of(codes), (WORD, IDEOGRAPH, LETTER))).tolist()
    characters = list(text)
    for place in rng.sample(letters, round(share * len(letters))):
        wrong = text[rng.choice(letters)]
        characters[place] = rng.choice((wrong, wrong, "", f"{characters[place]} "))
    return "".join(characters)


def _with_shares(name: str, edit: Callable[..., str], *shares: float) -> dict[str, EditFunction]:
    return {name.format(f"{share:.0%}"): partial(edit, share=share) for share in shares}


EDITS: dict[str, EditFunction] = {
    "other spaces, case, Unicode form": reformat,
    ONE_WORD_CHANGED: replace_words,
    **_with_shares("{} of the words changed", replace_words, 0.02, 0.05, 0.1, 0.2),
    **_with_shares("a passage of {} dropped", drop_words, 0.15, 0.3),
    "30% of other texts put around": surround,
    "cut to its first half": keep_first_half,
    **_with_shares("{} of the letters garbled", garble_letters, 0.02, 0.05, 0.1),
}


@dataclass(frozen=True, slots=True)
class PlantedEdit:
    """How many copies are found that were edited in one way.

    Attributes
    ----------
    edit
        The name of the edit.
    planted
        Number of copies.
    found
        The share of the copies that are found: the settings remove either the copy or its text.
    similar
        The share whose exact similarity is at the threshold or above. Nearly all of these are
        found; a pair rule may keep the others (``Config.numeric_variants``, ``page_variants``).
    similarity
        The mean similarity of copy and text.
    similarity_of_most
        The similarity that nine in ten of the copies reach.
    """

    edit: str
    planted: int
    found: float
    similar: float
    similarity: float
    similarity_of_most: float


def find_planted_edits(
    texts: Sequence[str],
    config: Config,
    threads: int | None = None,
    edits: Iterable[str] = tuple(EDITS),
) -> Iterator[PlantedEdit]:
    """Edit copies of texts in each way, and search for the copies among the texts.

    Parameters
    ----------
    texts
        Different texts, each with at least one word; a random choice of them is copied.

    Yields
    ------
    PlantedEdit
        One for each kind of edit; none if there are no texts.
    """
    rng = random.Random(config.seed)  # noqa: S311  a sample, no secret
    chosen = [text for text in texts if len(text) <= MAX_PLANTED_CHARACTERS]
    chosen = rng.sample(chosen, min(MAX_PLANTED_TEXTS, len(chosen)))
    if not chosen:
        return
    words = [text[slice(*span)] for text in chosen for span in token_spans(text)]
    words = rng.sample(words, min(MAX_REPLACEMENT_WORDS, len(words)))
    count = len(chosen)
    for edit in edits:
        rng, copies = random.Random(f"{config.seed} {edit}"), []  # noqa: S311
        for row, text in enumerate(chosen):
            before, after = (chosen[(row + 1 + rng.randrange(count)) % count] for _ in "ab")
            copies.append(EDITS[edit](text, Surroundings(words, before, after), rng))
        result = deduplicate([*chosen, *copies], config, threads=threads)
        found = ~result.keep[:count] | ~result.keep[count:]
        step = np.argsort(result.order)
        # Containment is that of the text which comes later in the processing order.
        pairs = [
            (copy, text) if text_first else (text, copy)
            for text, copy, text_first in zip(
                chosen, copies, step[:count] < step[count:], strict=True
            )
        ]
        similarity = similarities(pairs, config, MEASURES[config.measure], threads)
        yield PlantedEdit(
            edit=edit,
            planted=count,
            found=float(found.mean()),
            similar=float((similarity >= config.threshold).mean()),
            similarity=float(similarity.mean()),
            similarity_of_most=float(np.quantile(similarity, 1 - MOST_COPIES, method="lower")),
        )
