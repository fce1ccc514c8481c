"""Plant edited copies of texts, and count which are found."""

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

Spans = list[tuple[int, int]]
PLANTED = 200  # texts that are copied, in each of the ways
WORDS = 2000  # of other texts, for words that are replaced
MOST_CHARACTERS = 20_000  # of a text that is copied
MOST = 0.9  # of the copies
AROUND = 0.3  # of the words of a copy, so many of other texts around it
ONE_WORD, EDITED = "one word changed", "5% of the words changed"


@dataclass(frozen=True, slots=True)
class Others:
    """What other texts lend to a copy."""

    words: list[str]  # for words that are replaced
    before: str  # a text whose beginning is put before the copy
    after: str  # a text whose end is put behind it


Edit = Callable[[str, Others, random.Random], str]


def token_spans(text: str) -> Spans:
    """Return where the tokens of a text begin and end, in characters.

    Words, and single characters of scripts that are written without spaces, as the library compares
    them.

    Examples
    --------
    >>> token_spans("To be, 是!")
    [(0, 2), (3, 5), (7, 8)]
    """
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = tables().kinds_of(codes)
    places = np.flatnonzero((kinds != MARK) & (kinds != IGNORED))
    in_word = np.isin(kinds[places], (WORD, DIGIT))
    first = ~(in_word & np.append(False, in_word)[:-1])  # of a word, or a character by itself
    starts = places[first]
    stops = np.append(starts, len(codes))[1:]
    is_token = np.isin(kinds[starts], (WORD, DIGIT, IDEOGRAPH, LETTER))
    return list(zip(starts[is_token].tolist(), stops[is_token].tolist(), strict=True))


def dressed(text: str, _: Others, __: random.Random) -> str:
    """Change white space, case and the form of accents, and no word."""
    changed = unicodedata.normalize("NFD", text).title()
    return "\r\n  " + "  ".join(changed.split(" ")) + "\n"


def reworded(text: str, others: Others, rng: random.Random, share: float = 0.0) -> str:
    """Replace a share of the words, one at least, by words of other texts."""
    spans = token_spans(text)
    count = min(max(round(share * len(spans)), 1), len(spans))
    for start, stop in sorted(rng.sample(spans, count), reverse=True):
        old = text[start:stop].casefold()
        tries = (rng.choice(others.words) for _ in range(8))
        new = next((word for word in tries if word.casefold() != old), "")
        text = text[:start] + new + text[stop:]
    return text


def shortened(text: str, _: Others, rng: random.Random, share: float = 0.0) -> str:
    """Leave a passage out: so many of the words, one after the other."""
    spans = token_spans(text)
    count = max(round(share * len(spans)), 1)
    first = rng.randint(0, max(len(spans) - count, 0))
    stop = spans[first + count][0] if first + count < len(spans) else len(text)
    return text[: spans[first][0]] + text[stop:]


def halved(text: str, _: Others, __: random.Random) -> str:
    """Keep the first half of the words."""
    spans = token_spans(text)
    return text[: spans[max(round(len(spans) / 2), 1) - 1][1]]


def surrounded(text: str, others: Others, _: random.Random) -> str:
    """Put the beginning of another text before, and the end of a third one behind."""
    words = max(round(AROUND * len(token_spans(text)) / 2), 1)
    before, after = token_spans(others.before)[:words], token_spans(others.after)[-words:]
    header = others.before[: before[-1][1]] if before else ""
    footer = others.after[after[0][0] :] if after else ""
    return f"{header}\n\n{text}\n\n{footer}"


def garbled(text: str, _: Others, rng: random.Random, share: float = 0.0) -> str:
    """Misread a share of the letters: another one, none, or a space in between."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    letters = np.flatnonzero(np.isin(tables().kinds_of(codes), (WORD, IDEOGRAPH, LETTER))).tolist()
    pieces = list(text)
    for at in rng.sample(letters, round(share * len(letters))):
        other = text[rng.choice(letters)]
        pieces[at] = rng.choice((other, other, "", f"{pieces[at]} "))
    return "".join(pieces)


def _shares(what: str, edit: Callable[..., str], *shares: float) -> dict[str, Edit]:
    return {what.format(f"{share:.0%}"): partial(edit, share=share) for share in shares}


EDITS: dict[str, Edit] = {
    "other spaces, case, Unicode form": dressed,
    ONE_WORD: reworded,
    **_shares("{} of the words changed", reworded, 0.02, 0.05, 0.1, 0.2),
    **_shares("a passage of {} dropped", shortened, 0.15, 0.3),
    "30% of other texts put around": surrounded,
    "cut to its first half": halved,
    **_shares("{} of the letters garbled", garbled, 0.02, 0.05, 0.1),
}


@dataclass(frozen=True, slots=True)
class Plant:
    """What became of copies that were edited in one way.

    Attributes
    ----------
    edit
        What was done to them.
    planted
        How many copies.
    found
        The share of them of which text or copy would be removed.
    similar
        The share whose exact similarity is at the threshold or above: those are to be found, but
        for short ones (``Config.numeric_variants``).
    similarity
        Of copy and text, by the measure; the mean.
    similarity_of_most
        The similarity that nine in ten of the copies have, or more.
    """

    edit: str
    planted: int
    found: float
    similar: float
    similarity: float
    similarity_of_most: float


def planted(
    texts: Sequence[str],
    config: Config,
    threads: int | None = None,
    edits: Iterable[str] = tuple(EDITS),
) -> Iterator[Plant]:
    """Edit copies of texts in each way, and look for them among the texts.

    Parameters
    ----------
    texts
        Unlike each other, with one word each at least; some of them are copied.

    Yields
    ------
    Plant
        For each kind of edit; none where there are no texts.
    """
    rng = random.Random(config.seed)  # noqa: S311  a sample, no secret
    chosen = [text for text in texts if len(text) <= MOST_CHARACTERS]
    chosen = rng.sample(chosen, min(PLANTED, len(chosen)))
    if not chosen:
        return
    words = [text[slice(*span)] for text in chosen for span in token_spans(text)]
    words = rng.sample(words, min(WORDS, len(words)))
    count = len(chosen)
    for edit in edits:
        rng, copies = random.Random(f"{config.seed} {edit}"), []  # noqa: S311
        for row, text in enumerate(chosen):
            before, after = (chosen[(row + 1 + rng.randrange(count)) % count] for _ in "ab")
            copies.append(EDITS[edit](text, Others(words, before, after), rng))
        result = deduplicate([*chosen, *copies], config, threads=threads)
        found = ~result.keep[:count] | ~result.keep[count:]
        place = np.argsort(result.order)
        # Containment is of the later one in the earlier one.
        pairs = [
            (copy, text) if first else (text, copy)
            for text, copy, first in zip(chosen, copies, place[:count] < place[count:], strict=True)
        ]
        similarity = similarities(pairs, config, MEASURES[config.measure], threads)
        yield Plant(
            edit=edit,
            planted=count,
            found=float(found.mean()),
            similar=float((similarity >= config.threshold).mean()),
            similarity=float(similarity.mean()),
            similarity_of_most=float(np.quantile(similarity, 1 - MOST, method="lower")),
        )
